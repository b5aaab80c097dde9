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
    """Trained just long enough that its context shows in its sprites."""
    config = recipe("fast", minutes=None, steps=40, batch=16, warmup_steps=5)
    model = new_model(config, sprites.categories)
    *_, last = train(model, sprites, config)
    last.model.net.eval()
    return last.model


@pytest.fixture
def folder(tmp_path, tiny_model):
    """A checkpoints folder with one model, "tiny"."""
    save_checkpoint(tiny_model, {"note": "for tests"}, "tiny", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory, tiny_model):
    """The checkpoints folder of the running app."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(tiny_model, {}, "tiny", folder)
    return folder


@pytest.fixture(scope="session")
def app_url(app_folder):
    """The real app, served on a free port of this machine."""
    from diffusion.ui import build_app, launch_options

    demo = build_app(app_folder, "cpu")
    _, url, _ = demo.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()
