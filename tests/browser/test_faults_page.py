"""What goes wrong, in a real browser: it is seen, it is shown as it is, and it makes the page ask no other host."""

import shutil
from dataclasses import replace

import pytest
from pages import open_sample, open_tab, ready, reload
from PIL import Image

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import save_checkpoint
from diffusion.serving.requests import RunRequest
from diffusion.support.saved_pictures import png_bytes

FOREIGN = "<img src=http://elsewhere.invalid/x> **b** 7*7"


@pytest.fixture
def own_app(serve, tmp_path, tiny_model):
    """An app over a folder of its own, and the folder."""
    save_checkpoint(tiny_model, {}, "tiny", tmp_path)
    with serve(tmp_path) as url:
        yield url, tmp_path


def test_a_file_that_cannot_be_made_is_told_by_its_button(own_app, open_page):
    url, folder = own_app
    page = open_page(url)
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")   # nothing is fetched while the folder goes
    reload(page)
    open_sample(page)
    page.get_by_role("button", name="Sample", exact=True).click()
    save = page.locator("#sample-player .save[data-kind=png]")
    save.wait_for()
    shutil.rmtree(folder)
    save.click()
    page.locator("#sample-player .told").get_by_text("checkpoint 'tiny' was not found; there is: none yet.").wait_for()
    assert save.inner_text() == "Save PNG" and save.is_enabled()


def test_a_foreign_name_in_a_saved_picture_is_shown_as_it_is(page, tmp_path):
    recipe = RunRequest("tiny", SampleConfig(n=1), ((FOREIGN, 1.0),)).recipe
    (tmp_path / "saved.png").write_bytes(png_bytes(Image.new("RGB", (16, 16)), recipe))
    open_sample(page)
    page.get_by_role("button", name="Go on from a saved picture").click()
    page.locator("#saved-picture input[type=file]").set_input_files(tmp_path / "saved.png")
    page.get_by_test_id("toast-body").get_by_text(f"category '{FOREIGN}' is unknown").wait_for()


def test_foreign_names_in_own_sprites_are_shown_as_they_are(page, sprites, tmp_path):
    named = replace(sprites, categories=("**b**", "7*7*7", "_i_ `c`", "[a](b)", "<img src=http://elsewhere.invalid/x>"))
    named.save(tmp_path / "mine.npz")
    open_tab(page, "Train")
    page.get_by_role("button", name="Train on your own sprites").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Click to Upload").locator("visible=true").first.click()
    chooser.value.set_files(tmp_path / "mine.npz")
    for name in named.categories:
        page.get_by_text(name).locator("visible=true").first.wait_for()


def test_an_error_outside_the_queue_is_seen(own_app, open_page, watch):
    url, folder = own_app
    page = open_page(url)
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    reload(page)
    ready(page)
    open_tab(page, "U-Net")
    page.wait_for_selector("#unet canvas.tiles[data-block]")
    shutil.rmtree(folder)
    page.locator("#unet-t input[type=range]").evaluate(
        "slider => { slider.value = 77; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.get_by_role("alert").get_by_text("checkpoint 'tiny' was not found; there is: none yet.").wait_for()
    assert all("500" in wrong for wrong in watch.wrong)
    watch.wrong.clear()   # the browser says of each such answer that it is an error: it is one


def test_where_what_was_recorded_does_not_come_the_player_says_so_and_goes_on(new_page, app_url):
    page = new_page(app_url)
    page.route("**/recorded/**", lambda route: route.abort("internetdisconnected"))
    page.goto(app_url)
    open_tab(page, "Sample")
    silent = page.locator("#sample-player .told").get_by_text("The server did not answer")
    silent.wait_for()
    page.get_by_role("button", name="Sample", exact=True).click()
    page.wait_for_selector("#sample-player canvas[data-frame]")
    assert silent.count() == 0
    page.close()
