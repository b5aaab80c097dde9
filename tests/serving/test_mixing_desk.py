"""What the server reads in sprites that a page drew by itself."""

import numpy as np
import pytest

from diffusion.models.checkpoints import save_checkpoint
from diffusion.serving.engine import Engine
from diffusion.serving.mixing_desk import N_SPRITES, page_readings
from diffusion.serving.reference import Reference
from diffusion.support.checks import InputError
from diffusion.support.images import as_base64
from diffusion.training.loop import new_model
from diffusion.training.recipes import recipe

SPRITES = np.random.default_rng(0).integers(0, 256, (N_SPRITES, 16, 16, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def reference():
    return Reference()


def test_sprites_are_read_as_the_server_reads_its_own(folder, reference, tiny_model):
    about = {"checkpoint": "tiny", "pixels": as_base64(SPRITES)}
    readings = page_readings(Engine(folder, "cpu"), reference, about)
    assert np.array_equal(readings, reference.read_categories(SPRITES, tiny_model.categories))
    assert readings.shape == (N_SPRITES, 5)


@pytest.mark.parametrize(
    "about",
    [{}, None, [], {"checkpoint": "tiny"}, {"checkpoint": "tiny", "pixels": as_base64(SPRITES[1:])},
     {"checkpoint": "tiny", "pixels": "no base64!"}, {"checkpoint": "tiny", "pixels": 7}],
)  # fmt: skip
def test_what_is_no_sprites_is_told(folder, reference, about):
    with pytest.raises(InputError, match="these are no 16 sprites of 16x16 pixels"):
        page_readings(Engine(folder, "cpu"), reference, about)


def test_other_categories_are_not_read(folder, reference):
    save_checkpoint(new_model(recipe("fast", minutes=None, steps=1), ("cat", "dog")), {}, "pets", folder)
    with pytest.raises(InputError, match="built-in categories alone"):
        page_readings(Engine(folder, "cpu"), reference, {"checkpoint": "pets", "pixels": as_base64(SPRITES)})
