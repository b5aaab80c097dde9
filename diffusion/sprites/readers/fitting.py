"""Drawings of any size, with transparency, to sprites of 16x16 pixels on one ground: nothing is shrunk that fits."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from PIL import Image

from diffusion.sprites.spriteset import SIZE
from diffusion.support.wording import counted, listed

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
NEARLY_WHITE = 240
LOOKED_AT = 16   # pixels a side of a large block that are looked at, at least

COLOUR_CODE = np.array([2**16, 2**8, 1])
FURTHEST_COLOURS = 3 * 255 + 1

Colour = tuple[int, int, int]
Ground = np.ndarray | None   # uint8 (4,), as in a drawing
Drawing = np.ndarray   # uint8 (H, W, 4), all 0 where nothing is drawn


@dataclass(frozen=True)
class Fitted:
    """Sprites, uint8 (N, 16, 16, 3), and which of the drawings lost an empty border, or lost detail."""

    images: np.ndarray
    cropped: np.ndarray
    shrunk: np.ndarray


def fit(drawings: Sequence[Drawing], ground: Colour) -> Fitted:
    """Each drawing as a sprite on this ground; what several of one size have in common is judged together."""
    images = np.empty((len(drawings), SIZE, SIZE, 3), dtype=np.uint8)
    cropped, shrunk = np.zeros((2, len(drawings)), dtype=bool)
    for same in _by_size(drawings):
        size = drawings[same[0]].shape[:2]
        if size == (SIZE, SIZE):
            images[same] = on_ground(np.stack([drawings[i] for i in same]), ground)
            continue
        step = enlargement(drawings[i] for i in same) if max(size) > SIZE else 1
        small = [drawings[i][::step, ::step] for i in same]
        boxes = _boxes(small)
        for i, drawing, box in zip(same, small, boxes, strict=True):
            kept = _without_border(drawing, box)
            cropped[i] = kept.shape != drawing.shape
            shrunk[i] = max(kept.shape) > SIZE
            images[i] = to_sprite(on_ground(kept, ground), ground)
    return Fitted(images, cropped, shrunk)


def to_sprite(pixels: np.ndarray, ground: Colour = WHITE) -> np.ndarray:
    """A picture as a sprite, uint8 (H, W, 3) to (16, 16, 3), centred on the ground where it is not square.

    No colours are mixed if it fits into 16x16 (it is enlarged by the largest whole factor) or if its longer side
    is a multiple of 16 (each block of pixels gives its most common colour); otherwise it is averaged over areas,
    which has none of the halos that sharper filters put around hard edges.
    """
    side = max(pixels.shape[:2])
    if side <= SIZE:
        factor = SIZE // side
        return _centred(pixels.repeat(factor, axis=0).repeat(factor, axis=1), SIZE, ground)
    square = _centred(pixels, side, ground)
    if side % SIZE == 0:
        return _most_common_colours(square)
    return np.asarray(Image.fromarray(square).resize((SIZE, SIZE), Image.Resampling.BOX))


def on_ground(drawing: Drawing, ground: Colour) -> np.ndarray:
    """The drawing laid on a ground, uint8 (H, W, 3)."""
    alpha = drawing[..., 3:].astype(np.uint16)
    behind = np.array(ground, dtype=np.uint16)
    return ((drawing[..., :3] * alpha + behind * (255 - alpha) + 127) // 255).astype(np.uint8)


def on_best_ground(
    drawings: Sequence[Drawing], names: Sequence[str], ground: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Sprites, uint8 (N, 16, 16, 3), of drawings from files of these names, and a note for all that was done to them.

    ground: rrggbb, or None for white, and black where most drawings are white on nothing.
    """
    colour, notes = _ground(drawings, names, ground)
    fitted = fit(drawings, colour)
    if fitted.cropped.any():
        notes.append(f"Cropped {counted(int(fitted.cropped.sum()), 'drawing')} to what is drawn.")
    if fitted.shrunk.any():
        large = _once(names[i] for i in np.flatnonzero(fitted.shrunk))
        count = counted(int(fitted.shrunk.sum()), "drawing")
        notes.append(f"Shrunk {count} of more than {SIZE}x{SIZE} pixels, which loses detail: {large}.")
    return fitted.images, tuple(notes)


def _ground(drawings: Sequence[Drawing], names: Sequence[str], ground: str | None) -> tuple[Colour, list[str]]:
    """The colour behind the sprites, and a note if it is not plain white."""
    if ground is not None:
        red, green, blue = bytes.fromhex(ground)
        return (red, green, blue), []
    lost = [name for name, drawing in zip(names, drawings, strict=True) if _is_lost_on_white(drawing)]
    if 2 * len(lost) > len(drawings):
        return BLACK, ["The ground is black, since most drawings are white on nothing."]
    if lost:
        return WHITE, [f"White on nothing, {counted(len(lost), 'drawing')} cannot be seen on white: {_once(lost)}."]
    return WHITE, []


def _once(names: Iterable[str]) -> str:
    """The names, each once, as a list in words."""
    return listed(list(dict.fromkeys(names)))


def fit_as_they_are(drawings: Sequence[Drawing]) -> bool:
    """Whether what is drawn on each of these canvases of one size has room in a sprite."""
    step = enlargement(drawings)
    small = [drawing[::step, ::step] for drawing in drawings]
    return all(max(box.height, box.width) <= SIZE for box in _boxes(small) if box)


def enlargement(drawings: Iterable[Drawing]) -> int:
    """The largest whole factor by which drawings of one size can have been enlarged together, 1 if they were not."""
    factor = 0
    for drawing in drawings:
        down = np.flatnonzero((drawing[1:] != drawing[:-1]).any(axis=(1, 2))) + 1
        right = np.flatnonzero((drawing[:, 1:] != drawing[:, :-1]).any(axis=(0, 2))) + 1
        factor = gcd(factor, *drawing.shape[:2], *down.tolist(), *right.tolist())
        if factor == 1:
            break
    return factor or 1


@dataclass(frozen=True)
class Box:
    """The part of a canvas that is drawn on."""

    top: int
    left: int
    height: int
    width: int


def drawn_box(drawing: Drawing, ground: Ground) -> Box | None:
    """The smallest box around the ink, if there is any."""
    is_drawn = ink(drawing, ground)
    rows, columns = np.flatnonzero(is_drawn.any(axis=1)), np.flatnonzero(is_drawn.any(axis=0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(columns[0]), int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)


def ink(drawing: Drawing, ground: Ground) -> np.ndarray:
    """Which pixels are drawn, bool (H, W): those that are not transparent, or, where none is, not of this colour."""
    is_there = drawing[..., 3] > 0
    return (drawing != ground).any(axis=2) if ground is not None and is_there.all() else is_there


def common_ground(drawings: Iterable[Drawing]) -> Ground:
    """The colour of most corners of these drawings, if there is one: uint8 (4,)."""
    corners = np.concatenate([drawing[[0, 0, -1, -1], [0, -1, 0, -1]] for drawing in drawings])
    colours, counts = np.unique(corners, axis=0, return_counts=True)
    return colours[counts.argmax()] if 2 * counts.max() > len(corners) else None


def _by_size(drawings: Sequence[Drawing]) -> list[list[int]]:
    """Where in the sequence the drawings of each size stand."""
    of_size = defaultdict(list)
    for i, drawing in enumerate(drawings):
        of_size[drawing.shape[:2]].append(i)
    return list(of_size.values())


def _boxes(drawings: Sequence[Drawing]) -> list[Box]:
    """The drawn box of each; one for all if that fits into a sprite, so that they keep their places to one another."""
    if max(drawings[0].shape[:2]) <= SIZE:
        return [Box(0, 0, *drawing.shape[:2]) for drawing in drawings]
    ground = common_ground(drawings)
    boxes = [drawn_box(drawing, ground) for drawing in drawings]
    common = _around(list(filter(None, boxes)))
    return [common] * len(boxes) if max(common.height, common.width) <= SIZE else [box or common for box in boxes]


def _around(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them; an empty one around none."""
    top, left = min((box.top for box in boxes), default=0), min((box.left for box in boxes), default=0)
    bottom = max((box.top + box.height for box in boxes), default=0)
    right = max((box.left + box.width for box in boxes), default=0)
    return Box(top, left, bottom - top, right - left)


def _without_border(drawing: Drawing, box: Box) -> Drawing:
    """Without as much of an empty border as lets the rest fit, or be shrunk without mixing colours."""
    side = max(drawing.shape[:2])
    needed = -(-max(box.height, box.width, 1) // SIZE) * SIZE
    if needed > side or (side % SIZE == 0 and needed > SIZE):
        return drawing
    return _window(drawing, box, needed)


def _window(drawing: Drawing, box: Box, side: int) -> Drawing:
    """The part of the canvas, at most `side` a side, that holds all that is drawn and lies nearest to its middle."""
    top = _start(drawing.shape[0], box.top, box.height, side)
    left = _start(drawing.shape[1], box.left, box.width, side)
    return drawing[top : top + side, left : left + side]


def _start(length: int, first: int, drawn: int, side: int) -> int:
    """Where a window along one axis begins."""
    if length <= side:
        return 0
    return min(max((length - side) // 2, first + drawn - side), first)


def _is_lost_on_white(drawing: Drawing) -> bool:
    """Whether it is drawn in white on nothing."""
    is_there = drawing[..., 3] > 0
    return not is_there.all() and is_there.any() and int(drawing[is_there][:, :3].min()) >= NEARLY_WHITE


def _centred(pixels: np.ndarray, side: int, ground: Colour) -> np.ndarray:
    height, width, _ = pixels.shape
    if height == width == side:
        return pixels
    square = np.full((side, side, 3), ground, dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = pixels
    return square


def _most_common_colours(square: np.ndarray) -> np.ndarray:
    """Each of 16x16 blocks in its most common colour; of equally common ones, that nearest to the block's mean.

    Blocks of more than 31x31 pixels are judged by a regular grid of their pixels.
    """
    block = len(square) // SIZE
    step = max(1, block // LOOKED_AT)
    blocks = square.reshape(SIZE, block, SIZE, block, 3)[:, ::step, :, ::step].swapaxes(1, 2)
    codes = np.sort(blocks.reshape(SIZE * SIZE, -1, 3) @ COLOUR_CODE, axis=1)   # equal colours stand in runs
    position = np.arange(codes.shape[1])
    starts = np.where(np.diff(codes, axis=1, prepend=-1) != 0, position, 0)
    run_so_far = position - np.maximum.accumulate(starts, axis=1)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
    off_mean = np.abs(colours - colours.mean(axis=1, keepdims=True)).sum(axis=-1)
    best = (run_so_far * FURTHEST_COLOURS - off_mean).argmax(axis=1)
    return colours[np.arange(len(colours)), best].astype(np.uint8).reshape(SIZE, SIZE, 3)
