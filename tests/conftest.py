"""What several tests share: a small set of sprites, a tiny trained model, and a folder that holds it."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest

from diffusion.checkpoints import save_checkpoint
from diffusion.sprites.painter import paint
from diffusion.training import new_model, recipe, train


@pytest.fixture(scope="session")
def sprites():
    return paint(200, seed=3)


@pytest.fixture(scope="session")
def tiny_model(sprites):
    config = recipe("fast", minutes=None, steps=3, batch=8)
    model = new_model(config, sprites.categories)
    *_, last = train(model, sprites, config)
    last.model.net.eval()
    return last.model


@pytest.fixture
def folder(tmp_path, tiny_model):
    """A checkpoints folder with one model, "tiny"."""
    save_checkpoint(tiny_model, {"note": "for tests"}, "tiny", tmp_path)
    return tmp_path
