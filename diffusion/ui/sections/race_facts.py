"""What a race came to, in HTML: a column of facts for each lane, their quality, and their sprites compared."""

from collections.abc import Sequence
from html import escape

import numpy as np

from diffusion.evaluation.frontier import Point
from diffusion.evaluation.real_sprites import BESIDE, beside
from diffusion.serving.race import KINDS, Difference, Lane, Outcome, Twice, difference
from diffusion.support.images import picture_of
from diffusion.support.wording import counted, with_spread
from diffusion.ui.picture_html import data_url
from diffusion.ui.words import races

PICTURE_SCALE = 3
FSD = "FSD, lower is better"
NOT_YET, NOT_MEASURED = "–", "<small>not measured</small>"


def timing_table(lanes: Sequence[Lane], outcomes: Sequence[Outcome | None]) -> str:
    """What each lane cost, as far as it has ended."""
    first = outcomes[0]
    rows = {
        "network calls a sprite, counted": [f"{one.calls:,}" if one else NOT_YET for one in outcomes],
        "seconds": [f"{one.seconds:.2f}" if one else NOT_YET for one in outcomes],
        "sprites a second": [f"{one.sprites_a_second:.1f}" if one else NOT_YET for one in outcomes],
        "times as fast as the first lane": [
            _times(first.seconds / one.seconds) if first and one else NOT_YET for one in outcomes
        ],
    }
    return lane_table(lanes, rows)


def quality_before(lanes: Sequence[Lane]) -> str:
    """Where the quality will stand, so that nothing moves when it comes."""
    return lane_table(lanes, {name: [NOT_YET] * len(lanes) for name in (FSD, *BESIDE)}, heads=False)


def quality(lanes: Sequence[Lane], points: Sequence[Point | None], now: Sequence[Point], n: int) -> str:
    """How good each lane is, as far as it was measured; `now` are the points that were measured on this machine."""
    there = [point for point in points if point]
    names = [f"{FSD}, of {counted(n, 'sprite')}", *BESIDE]
    if there:
        of_real = with_spread(there[0].real.fsd, there[0].floor_spread), *beside(there[0].real)
        names = [f"{name} (real ones: {value})" for name, value in zip(names, of_real, strict=True)]
    measured = [
        (f"{point.made.fsd:.2f}", *beside(point.made)) if point else [NOT_MEASURED] * len(names) for point in points
    ]
    rows = dict(zip(names, zip(*measured, strict=True), strict=True))
    return lane_table(lanes, rows, heads=False) + f'<p class="aside">{races.how_measured(there, now)}</p>'


def lane_table(lanes: Sequence[Lane], rows: dict[str, list[str]], heads: bool = True) -> str:
    """A column for each lane, under its pictures; the name of a row stands above its numbers."""
    names = "".join(
        f'<th scope="col" class="{lane.kind}">{escape(marked(lane))}</th>' for lane in lanes
    )
    body = "".join(
        f'<tr class="what"><th scope="rowgroup" colspan="{len(lanes)}">{escape(name)}</th></tr>'
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for name, cells in rows.items()
    )
    return f'<table class="lanes">{f"<tr>{names}</tr>" if heads else ""}{body}</table>'


def marked(lane: Lane) -> str:
    """What a lane is called, with the mark that it has on the frontier."""
    return f"{KINDS[lane.kind].mark} {lane.title}"


def compared(outcomes: Sequence[Outcome]) -> str:
    """The first lane beside each of the others, and where they differ."""
    (a, a_name), *others = [(one.sprites, one.lane.title) for one in outcomes]
    rows = [_beside(a, a_name, b, b_name, difference(a, b)) for b, b_name in others]
    return f"<p>{races.COMPARED}</p>{''.join(rows)}"


def repeated(lanes: Sequence[Lane], twice: Sequence[Twice]) -> str:
    """Each lane's two runs, and where they differ."""
    rows = [
        _beside(run.first, f"{lane.title}, once", run.second, "and again", difference(run.first, run.second))
        for lane, run in zip(lanes, twice, strict=True)
    ]
    return f"<p>{races.TWICE}</p>{''.join(rows)}"


def _beside(a: np.ndarray, a_name: str, b: np.ndarray, b_name: str, apart: Difference) -> str:
    pictures = ((a, a_name), (b, b_name), (apart.picture, f"difference of {a_name} and {b_name}"))
    cells = "".join(_picture(sprites, name) for sprites, name in pictures)
    return f'<div class="beside">{cells}<p>{races.difference(apart)}</p></div>'


def _picture(sprites: np.ndarray, name: str) -> str:
    source = data_url(picture_of(sprites, scale=PICTURE_SCALE))
    shown = "|a − b|" if name.startswith("difference of") else name
    image = f'<img src="{source}" alt="{escape(name, quote=True)}">'
    return f"<figure>{image}<figcaption>{escape(shown)}</figcaption></figure>"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"
