"""A finished race as a picture and as an animation: the lanes side by side, with their names and seconds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from diffusion.serving.race import Timed
from diffusion.support.images import picture_of
from diffusion.support.saved_pictures import gif_bytes, png_bytes
from diffusion.trajectory import GIF_LAST_MS

SCALE = 3
MIN_WIDTH, GAP, CAPTION, TYPE = 170, 8, 36, 13
GIF_FRAMES = 60
GIF_MS = (30, 200)   # a frame: so races from 2 to 12 seconds are shown in their own time


def race_png(timed: Sequence[Timed], recipe: dict[str, Any]) -> bytes:
    """The finished sprites of all lanes as a PNG that holds `recipe`."""
    return png_bytes(_side_by_side(timed, _seconds(timed)), recipe)


def race_gif(timed: Sequence[Timed], recipe: dict[str, Any]) -> bytes:
    """The race by the clock as an animated GIF that holds `recipe`."""
    moments = np.linspace(0, _seconds(timed), GIF_FRAMES)
    pictures = np.stack([np.asarray(_side_by_side(timed, moment)) for moment in moments])
    a_frame = int(np.clip(1000 * _seconds(timed) / GIF_FRAMES, *GIF_MS))
    return gif_bytes(pictures, [a_frame] * (GIF_FRAMES - 1) + [GIF_LAST_MS], recipe)


def frame_at(at: Sequence[float], seconds: float) -> int:
    """The last of the frames that was there after so many seconds."""
    return max(0, int(np.searchsorted(at, seconds + 1e-9, side="right")) - 1)


def _seconds(timed: Sequence[Timed]) -> float:
    return max(one.trajectory.seconds for one in timed)


def _side_by_side(timed: Sequence[Timed], seconds: float) -> Image.Image:
    lanes = [_lane(one, seconds) for one in timed]
    picture = Image.new("RGB", (sum(lane.width for lane in lanes) + GAP * (len(lanes) - 1), lanes[0].height), "white")
    x = 0
    for lane in lanes:
        picture.paste(lane, (x, 0))
        x += lane.width + GAP
    return picture


def _lane(one: Timed, seconds: float) -> Image.Image:
    """The sprites of a lane after so many seconds, its name and how long it took below them."""
    frame = one.trajectory.views["x_t"][frame_at(one.trajectory.at, seconds)]
    sprites = picture_of(frame, scale=SCALE)
    width = max(MIN_WIDTH, sprites.width)
    lane = Image.new("RGB", (width, sprites.height + CAPTION), "white")
    lane.paste(sprites, ((width - sprites.width) // 2, 0))
    draw, font = ImageDraw.Draw(lane), ImageFont.load_default(TYPE)
    for line, text in enumerate((one.lane.title, f"{one.trajectory.seconds:.2f} s")):
        draw.text((width / 2, sprites.height + 2 + line * CAPTION / 2), text, "black", font, anchor="ma")
    return lane
