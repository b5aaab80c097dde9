"""A learner's own sprites in the Train tab: files in, what was read of them shown."""

from pathlib import Path
from typing import NamedTuple

import gradio as gr
import numpy as np
from PIL import Image

from diffusion.sprites.readers import LABELS_MARK, describe_set, read_sprites
from diffusion.sprites.readers.pictures import PICTURE_SUFFIXES
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError, whole
from diffusion.support.images import enlarge, grid
from diffusion.support.wording import plain
from diffusion.ui.words import lessons

SHEET_SPRITES, SHEET_COLUMNS, SHEET_SCALE = 64, 16, 3


class OwnSprites(NamedTuple):
    """Where a learner gives files."""

    files: gr.File
    tile: gr.Number


def own_sprites_section() -> OwnSprites:
    """Build the accordion."""

    def look(files: list[str] | None, tile: int) -> tuple:
        sprites = own_sprites(files, tile)
        return (sheet(sprites), plain(describe_set(sprites)).replace("\n", "\n\n")) if sprites else (None, "")

    with gr.Accordion("Train on your own sprites", open=False):
        gr.Markdown(lessons.OWN_SPRITES)
        files = gr.File(label="Your sprites", file_count="multiple", type="filepath", height=120)
        tile = gr.Number(16, label="Tile size, if it is one sheet", precision=0, minimum=1)
        found = gr.Image(label="What was read", format="png", interactive=False, height=180, buttons=[])
        told = gr.Markdown()
    for control in (files, tile):
        control.change(look, [files, tile], [found, told], api_visibility="private", trigger_mode="always_last")
    return OwnSprites(files, tile)


def own_sprites(files: list[str] | None, tile: int) -> SpriteSet | None:
    """The learner's sprites, if files were given: one, or .npy images with the .npy of their labels."""
    if not files:
        return None
    labels, others = [], []
    for path in map(Path, files):
        (labels if LABELS_MARK in path.name.lower() else others).append(path)
    if len(others) != 1 or len(labels) > 1:
        raise InputError("give one file of sprites, or an .npy of images and the .npy of its labels.")
    path = others[0]
    of_a_sheet = whole("tile size", tile) if path.suffix.lower() in PICTURE_SUFFIXES else None
    return read_sprites(path, labels=labels[0] if labels else None, tile=of_a_sheet)


def sheet(sprites: SpriteSet) -> Image.Image:
    """A contact sheet of some of the sprites."""
    pick = np.linspace(0, len(sprites) - 1, min(len(sprites), SHEET_SPRITES)).astype(int)
    return enlarge(grid(sprites.images[pick], SHEET_COLUMNS), SHEET_SCALE)
