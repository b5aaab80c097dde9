"""Pictures that remember how they were made: a recipe inside a PNG or a GIF, and read from it again."""

import io
import json
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from diffusion.support.checks import InputError
from diffusion.support.wording import shown

KEY = "sprite-diffusion-lab"
MAX_PICTURE_BYTES = 20_000_000
MAX_RECIPE_CHARACTERS = 10_000


def png_bytes(picture: Image.Image, recipe: dict[str, Any]) -> bytes:
    """A picture as PNG, with the recipe in a text chunk."""
    chunk, buffer = PngInfo(), io.BytesIO()
    chunk.add_text(KEY, json.dumps(recipe))
    picture.save(buffer, format="PNG", pnginfo=chunk)
    return buffer.getvalue()


def gif_bytes(pictures: np.ndarray, durations_ms: list[int], recipe: dict[str, Any]) -> bytes:
    """Pictures, uint8 (F, H, W, 3), as an endless animated GIF, with the recipe in its comment."""
    buffer, comment = io.BytesIO(), (KEY + json.dumps(recipe)).encode()
    imageio.imwrite(buffer, pictures, extension=".gif", duration=durations_ms, loop=0, comment=comment)
    return buffer.getvalue()


def read_recipe(path: Path) -> dict[str, Any]:
    """The recipe inside a picture that was saved here; InputError, one sentence, if there is none."""
    if path.stat().st_size > MAX_PICTURE_BYTES:
        raise InputError(f"{shown(path)} is larger than {MAX_PICTURE_BYTES // 10**6} MB.")
    try:
        with Image.open(path, formats=("PNG", "GIF")) as picture:
            text = picture.info.get(KEY) or picture.info.get("comment", b"").decode().removeprefix(KEY)
        recipe = json.loads(text) if len(text) <= MAX_RECIPE_CHARACTERS else None
    except (OSError, ValueError, RecursionError, Image.DecompressionBombError, AttributeError) as error:
        raise InputError(f"{shown(path)} holds no settings: give a PNG or GIF that was saved in this app.") from error
    if not isinstance(recipe, dict):
        raise InputError(f"{shown(path)} holds no settings: give a PNG or GIF that was saved in this app.")
    return recipe
