"""Walks on the plane through three sprites as pictures, in SVG."""

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor

from diffusion.explain.sprite_plane import SpritePlane, SpriteWalk
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.support.wording import counted, plain
from diffusion.ui.picture_html import data_url, picture_tag
from diffusion.ui.words import geometry

SIDE, MARGIN, SPRITE = 400, 34, 40   # of a picture, the room at its edges, a sprite
MOST_DOTTED = 30                     # steps whose dots stay apart


def walks_html(chosen: SpriteSet, found: Sequence[SpriteWalk]) -> str:
    """The states and the guesses of walks, each on paper, and what came of them."""
    plane = SpritePlane(to_tensor(chosen.images))
    papers = (
        _paper(chosen, plane, geometry.STATES, {walk.kind: walk.states for walk in found}),
        _paper(chosen, plane, geometry.GUESSES, {walk.kind: walk.guesses for walk in found}),
    )
    ends = "".join(map(_end, found))
    missing = "" if any(walk.kind == "student" for walk in found) else f"{geometry.NO_STUDENT} "
    about = f"{missing}{geometry.scale(float(plane.corners[1, 0]))}"
    return f'<div class="papers">{"".join(papers)}</div><div class="ends">{ends}</div><p>{about}</p>'


def _paper(chosen: SpriteSet, plane: SpritePlane, title: str, lines: dict[str, Tensor]) -> str:
    on_paper = _fitting(torch.cat([plane.corners, *lines.values()]))
    corners = on_paper(plane.corners)
    outline = f'<polygon points="{_points(corners)}"/>'
    drawn = "".join(_line(kind, on_paper(line)) for kind, line in lines.items())
    sprites = "".join(
        f'<image href="{data_url(Image.fromarray(image))}" x="{x - SPRITE / 2:.1f}" y="{y - SPRITE / 2:.1f}" '
        f'width="{SPRITE}" height="{SPRITE}"><title>{plain(name)}</title></image>'
        for image, name, (x, y) in zip(chosen.images, chosen.descriptions, corners.tolist(), strict=True)
    )
    drawing = f'<svg viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="{title}">{outline}{sprites}{drawn}</svg>'
    return f"<figure>{drawing}<figcaption>{title}</figcaption></figure>"


def _fitting(places: Tensor) -> Callable[[Tensor], Tensor]:
    """Where places of the plane lie in a picture that holds all of `places`, each way at the same scale."""
    low, high = places.amin(0), places.amax(0)
    scale = (SIDE - 2 * MARGIN) / (high - low).max()
    middle = (low + high) / 2
    return lambda at: SIDE / 2 + (at - middle) * scale * torch.tensor([1.0, -1.0])


def _line(kind: str, at: Tensor) -> str:
    """A walk as a line, with a dot for each step where there is room, and a ring where it ends."""
    every = at if len(at) <= MOST_DOTTED else at[:0]
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in every.tolist())
    x, y = at[-1].tolist()
    end = f'<circle class="end" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
    return f'<g data-kind="{kind}"><polyline points="{_points(at)}"/>{dots}{end}</g>'


def _points(at: Tensor) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in at.tolist())


def _end(walk: SpriteWalk) -> str:
    title, (first, *_, last) = geometry.WALKERS[walk.kind], walk.heights.tolist()
    told = geometry.walked(title, counted(walk.steps, "step"), first, last)
    picture = picture_tag(walk.sprite, f"Where the walk ended: {title}")
    return f'<figure data-kind="{walk.kind}">{picture}<figcaption>{told}</figcaption></figure>'
