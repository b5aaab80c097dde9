"""What a race came to, in HTML: a column of facts for each lane, their quality, and their sprites compared."""

from collections.abc import Sequence
from html import escape

import numpy as np
import torch

from diffusion.frontier import Point
from diffusion.race import Difference, Lane, Timed, Twice, difference, disturbed, same_start
from diffusion.support.device import describe_machine
from diffusion.support.images import enlarge, grid
from diffusion.trajectory import grid_columns
from diffusion.ui.pictures import data_url

MARKS = {"ddpm": "●", "ddim": "▲", "dpmpp_2m": "■", "unipc": "▼", "student": "◆"}   # as on the frontier
PICTURE_SCALE = 3
FSD, RIGHT = "FSD, lower is better", "asked category comes out"
WAITING = "Somebody else's race is being timed. Yours starts when it has ended: neither shall slow the other."
NOT_YET, NOT_MEASURED = "–", "<small>not measured</small>"


def timing(timed: Sequence[Timed], device: str, guidance: float) -> str:
    """The facts that were measured in this race, and how."""
    return timing_table([one.lane for one in timed], timed) + how_timed(timed, device, guidance)


def timing_table(lanes: Sequence[Lane], timed: Sequence[Timed | None]) -> str:
    """What each lane cost, as far as it has ended."""
    first = timed[0]
    rows = {
        "network calls a sprite, counted": [f"{one.trajectory.calls:,}" if one else NOT_YET for one in timed],
        "seconds": [f"{one.trajectory.seconds:.2f}" if one else NOT_YET for one in timed],
        "sprites a second": [f"{one.sprites_a_second:.1f}" if one else NOT_YET for one in timed],
        "times as fast as the first lane": [
            _times(first.trajectory.seconds / one.trajectory.seconds) if first and one else NOT_YET for one in timed
        ],
    }
    return lane_table(lanes, rows)


def how_timed(timed: Sequence[Timed], device: str, guidance: float) -> str:
    """Who was how much faster, from which noise, and under which conditions, in sentences."""
    slow, fast = (pick(timed, key=lambda one: one.trajectory.seconds) for pick in (max, min))
    ratio = slow.trajectory.seconds / fast.trajectory.seconds
    alike, values = same_start(timed)
    same = f"All {values:,} numbers of the starting noise were compared: " + (
        "the lanes started from the same." if alike else "<strong>the lanes did not start from the same.</strong>"
    )
    threads = torch.get_num_threads()
    calls = ": a guided step takes two calls, with the context and without, computed together" if guidance != 1 else ""
    if any(one.lane.kind == "student" for one in timed):
        calls += "; a student has its guidance built in, and takes one"
    return (
        f"<p><strong>{escape(fast.lane.title)} was {ratio:.1f} times as fast</strong> as {escape(slow.lane.title)}.</p>"
        f"{_busy(disturbed(timed, device))}"
        f'<p class="aside">{same} One lane ran after the other, each after the same warm-up, {len(fast.start)} sprites '
        f"at once, {str(fast.start.dtype).removeprefix('torch.')}, {threads} thread{'s' * (threads > 1)}, on "
        f"{escape(describe_machine(device))}. Guidance {guidance:g}{calls}.</p>"
    )


def quality_before(lanes: Sequence[Lane]) -> str:
    """Where the quality will stand, so that nothing moves when it comes."""
    return lane_table(lanes, {name: [NOT_YET] * len(lanes) for name in (FSD, RIGHT)}, heads=False)


def quality(lanes: Sequence[Lane], points: Sequence[Point | None], now: Sequence[Point], n: int) -> str:
    """How good each lane is, as far as it was measured; `now` are the points that were measured on this machine."""
    there = [point for point in points if point]
    fsd, right = f"{FSD}, of {n:,} sprites", RIGHT
    if there:
        fsd += f" (real ones: {there[0].fsd_floor:.2f})"
        right += f" (real ones: {there[0].accuracy_real:.1%})"
    rows = {
        fsd: [f"{point.fsd:.2f}" if point else NOT_MEASURED for point in points],
        right: [f"{point.accuracy:.1%}" if point else NOT_MEASURED for point in points],
    }
    return lane_table(lanes, rows, heads=False) + _how_measured(there, now)


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
    return f"{MARKS[lane.kind]} {lane.title}"


def compared(timed: Sequence[Timed]) -> str:
    """The first lane beside each of the others, and where they differ."""
    (a, a_name), *others = [(one.trajectory.sprites, one.lane.title) for one in timed]
    rows = [_beside(a, a_name, b, b_name, difference(a, b)) for b, b_name in others]
    return (
        "<p>The same noise at the start, so sprite by sprite they can be compared. Right is |a − b|: black where both "
        "have the same colour.</p>" + "".join(rows)
    )


def repeated(lanes: Sequence[Lane], twice: Sequence[Twice]) -> str:
    """Each lane's two runs, and where they differ."""
    rows = [
        _beside(run.first, f"{lane.title}, once", run.second, "and again", difference(run.first, run.second))
        for lane, run in zip(lanes, twice, strict=True)
    ]
    return (
        "<p>Each lane ran twice from the same starting noise, the second time with other fresh noise for the steps "
        "that add any.</p>" + "".join(rows)
    )


def _beside(a: np.ndarray, a_name: str, b: np.ndarray, b_name: str, apart: Difference) -> str:
    if not apart.values:
        said = f"<strong>The same picture:</strong> none of {a.size:,} values differs."
    else:
        said = f"Pixels differ by <strong>{apart.mean:.0f} of 255</strong> on average"
        said += f" (different sprites: {apart.others:.0f})." if len(a) > 1 else "."
    pictures = ((a, a_name), (b, b_name), (apart.picture, f"difference of {a_name} and {b_name}"))
    cells = "".join(_picture(sprites, name) for sprites, name in pictures)
    return f'<div class="beside">{cells}<p>{said}</p></div>'


def _picture(sprites: np.ndarray, name: str) -> str:
    source = data_url(enlarge(grid(sprites, grid_columns(len(sprites))), PICTURE_SCALE))
    shown = "|a − b|" if name.startswith("difference of") else name
    image = f'<img src="{source}" alt="{escape(name, quote=True)}">'
    return f"<figure>{image}<figcaption>{escape(shown)}</figcaption></figure>"


def _how_measured(points: Sequence[Point], now: Sequence[Point]) -> str:
    said = "FSD, the Fréchet sprite distance, tells how far the made sprites are from real ones."
    if points:
        where = ", ".join(dict.fromkeys(_where(point, now) for point in points))
        said += f" Each model at its own guidance, {escape(where)}."
    return f'<p class="aside">{said}</p>'


def _where(point: Point, now: Sequence[Point]) -> str:
    machine = f"on {point.machine}"
    return f"measured just now {machine}" if point in now else f"from the stored table, measured {machine}"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 100 else f"{ratio:.0f}"


def _busy(share: float | None) -> str:
    if share is None:
        return ""
    return (
        f"<p><strong>Other work kept this machine busy:</strong> a lane had the processor for {share:.0%} of its time "
        "only. Alone it would be faster, and ratios are rough.</p>"
    )
