"""Own sprites in the Train tab: what is shown of a reading, and how it is corrected by hand."""

import numpy as np
import pytest
from PIL import Image

from diffusion.sprites.readers import SheetGrid, read_given
from diffusion.support.checks import InputError
from diffusion.ui.sections.training.own_sprites_section import GRID, chosen, corrected_choices, own_sprites, shown
from diffusion.ui.sheet_picture import LINE, WIDEST, contact_sheet, cut_sheet

PITCH, MARGIN = 17, 2
NUMBERS = dict.fromkeys(GRID, 0)


@pytest.fixture
def sheet(sprites, tmp_path):
    """A file with 24 sprites in rows of 6, a pixel apart, two from the edge, on nothing."""
    rows, columns = 4, 6
    pixels = np.zeros((rows * PITCH + 2 * MARGIN - 1, columns * PITCH + 2 * MARGIN - 1, 4), np.uint8)
    for k, image in enumerate(sprites.images[:24]):
        top, left = MARGIN + k // columns * PITCH, MARGIN + k % columns * PITCH
        drawn = (image != 255).any(axis=2)
        pixels[top : top + 16, left : left + 16] = np.dstack([image, 255 * drawn])
    Image.fromarray(pixels).save(tmp_path / "sheet.png")
    return str(tmp_path / "sheet.png")


def test_a_sheet_is_shown_with_its_cuts_and_their_numbers(sheet, sprites):
    view = shown([sheet], {}, None)
    assert dict(zip(GRID, view.numbers, strict=True)) == vars(SheetGrid(16, 16, MARGIN, MARGIN, 1, 1))
    assert "24 sprites" in view.told and view.by_hand.visible and view.cut.visible
    assert (own_sprites([sheet], {}).images == sprites.images[:24]).all()


def test_a_correction_is_read_and_can_be_taken_back(sheet):
    halves = NUMBERS | {"width": 8, "height": 16, "gap_x": 0, "gap_y": 1, "left": MARGIN, "top": MARGIN}
    corrected = corrected_choices({}, "sheet.png", tuple(halves.values()))
    assert len(own_sprites([sheet], corrected)) > 24
    assert shown([sheet], corrected, "sheet.png").numbers[0] == 8
    cleared = halves | {"width": None}
    as_found = corrected_choices(corrected, "sheet.png", tuple(cleared.values()))
    assert len(own_sprites([sheet], as_found)) == 24


def test_what_cannot_be_read_is_told_in_its_place(sheet, tmp_path):
    (tmp_path / "damaged.png").write_bytes(b"x" * 100)
    view = shown([str(tmp_path / "damaged.png")], {}, None)
    assert not view.found.visible and "damaged" in view.told and not view.by_hand.visible
    huge = corrected_choices({}, "sheet.png", tuple((NUMBERS | {"width": 500, "height": 500}).values()))
    assert "smaller than a tile" in shown([sheet], huge, "sheet.png").told
    assert shown(None, {}, None).told == ""


NO_CHOICES = [[], "x", {"tiles": 3}, {"grids": [1]}, {"tile": 5}, {"gap": -1}, {"key": "red"}, None]


@pytest.mark.parametrize("values", NO_CHOICES)
def test_choices_that_are_none_are_told(values, sheet):
    with pytest.raises(InputError):
        chosen(values)


def test_a_colour_key_is_offered(sprites, tmp_path):
    magenta = np.where((sprites.images[:24] == 255).all(-1, keepdims=True), [255, 0, 255], sprites.images[:24])
    rows = magenta.astype(np.uint8).reshape(4, 6, 16, 16, 3).swapaxes(1, 2).reshape(64, 96, 3)
    Image.fromarray(rows).save(tmp_path / "keyed.png")
    view = shown([str(tmp_path / "keyed.png")], {}, None)
    assert view.key.visible and view.key.label == "#ff00ff means transparent"
    keyed = own_sprites([str(tmp_path / "keyed.png")], {"key": "ff00ff"})
    assert (keyed.images == sprites.images[:24]).all()


def test_pictures_of_a_reading_fit_the_page(sheet):
    from pathlib import Path

    reading = read_given([Path(sheet)])
    picture = cut_sheet(reading.sheets[0])
    assert max(picture.size) <= WIDEST and contact_sheet(reading.sprites).size[0] > 16 * 16 * 3
    lines = (np.asarray(picture) == [0xFF, 0x2F, 0xA0]).all(axis=2)
    assert LINE == "#ff2fa0" and lines.any(axis=0).sum() > 6 and lines.any(axis=1).sum() > 4
