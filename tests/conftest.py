"""What several tests share: a small set of sprites, a tiny trained model, and a folder that holds it."""

import os
import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest

from diffusion.models.checkpoints import save_checkpoint
from diffusion.sprites.painter import paint
from diffusion.sprites.palette import palette_of
from diffusion.training.distillation import new_student
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDED = "SPRITE_LAB_NEEDS_BROWSER" in os.environ


@pytest.fixture(scope="session")
def sprites():
    return paint(200, seed=3)


@pytest.fixture(scope="session")
def tiny_model(sprites):
    """Trained just long enough that its context shows in its sprites."""
    guided_everywhere = {"guidance": 1.25, "guided_below": 1.0}   # so that all steps cost the same
    config = recipe("fast", minutes=None, steps=40, batch=16, warmup_steps=5, **guided_everywhere)
    model = new_model(config, sprites.categories, palette=palette_of(sprites.images))
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
    """The checkpoints folder of the running app: "tiny", and a one-step student that has learnt nothing yet."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(new_student(tiny_model, 1), {}, "tiny-1", folder)
    save_checkpoint(tiny_model, {}, "tiny", folder)
    return folder


@contextmanager
def served(folder):
    """The real app over the models in `folder`, served on a free port of this machine: its address."""
    from diffusion.ui import build_app, launch_options

    demo = build_app(folder, "cpu")
    _, url, _ = demo.launch(**launch_options(), prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()


@pytest.fixture(scope="session")
def app_url(app_folder):
    """The address of the app that most tests share."""
    with served(app_folder) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None and not NEEDED:
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def _is_error(message):
    """Whether something went wrong, other than that a test took the network away while the page still loaded."""
    return message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text


@pytest.fixture
def open_page(browser):
    """Opens a page of one test."""
    with watched_pages(browser) as open_page:
        yield open_page


@contextmanager
def watched_pages(browser):
    """Opens pages; at the end, no console error and no request to another host may have happened."""
    pages, errors, strangers = [], [], []

    def open_page(url):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        pages.append(page)
        page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: strangers.append(request.url) if not is_local(request.url, url) else None)
        page.goto(url)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not errors
    assert not strangers


def is_local(url, app_url):
    return url.startswith(("data:", "blob:")) or urlsplit(url).netloc == urlsplit(app_url).netloc


@pytest.fixture
def page(open_page, app_url):
    """A page of the app."""
    page = open_page(app_url)
    page.wait_for_selector("#sample-player canvas[data-frame]")
    return page
