"""The Train tab as a class uses it: pause and resume, another learning rate, files to take away, others who watch."""

import json
import re

import pytest
from test_browser import open_tab, type_in


@pytest.fixture
def training(page):
    """A page whose training has begun; it is stopped at the end."""
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector("#loss-plot canvas[aria-label^='Loss ']", timeout=60_000)
    yield page
    stop = page.get_by_role("button", name="Stop", exact=True)
    if stop.is_enabled():
        stop.click()
        page.get_by_text("The model is called").wait_for(timeout=30_000)


def press(page, name):
    page.locator(f"button:visible:has-text('{name}')").first.click()


def test_a_training_is_paused_changed_resumed_and_taken_away(training):
    page = training
    press(page, "Pause")
    page.get_by_text("Paused").wait_for(timeout=20_000)
    page.get_by_text("While it runs").click()
    type_in(page.get_by_label("New learning rate"), "7")
    press(page, "Change it")
    page.get_by_text("learning_rate = 7").first.wait_for()
    page.get_by_label("New learning rate").fill("0.0005")
    press(page, "Change it")
    press(page, "Resume")
    page.get_by_text("learning rate 0.0005").wait_for(timeout=60_000)
    page.get_by_text("Checkpoints", exact=True).click()
    press(page, "Get its files")
    with page.expect_download() as download:
        page.locator("a[download$='.json']").first.click()
    described = json.loads(download.value.path().read_text())
    assert described["training"]["command"] == "the Train tab" and described["model"]["network"] == "sprite"


def test_others_watch_by_a_link_and_cannot_steer(training, open_page):
    training.get_by_text("While it runs").click()
    link = training.locator("label:has-text('A link for others') >> css=input,textarea").first
    training.wait_for_function("(field) => field.value.includes('?watch=')", arg=link.element_handle())
    guest = open_page(link.input_value())
    guest.get_by_text("You are watching the training of somebody else").wait_for(timeout=20_000)
    guest.wait_for_selector("#loss-plot canvas[aria-label^='Loss ']", timeout=20_000)
    guest.wait_for_selector("#train-player canvas[data-frame]")
    assert guest.get_by_role("button", name="Stop", exact=True).count() == 0
    assert guest.get_by_role("button", name="Start training").count() == 0


def test_scrubbing_back_through_the_sprites_stays_where_it_was(training):
    page, frames = training, "#train-player canvas[data-frame]"
    page.wait_for_function("document.querySelector('#train-player .scrub').max >= 2", timeout=60_000)
    page.locator("#train-player .scrub").focus()
    page.keyboard.press("Home")
    known = page.locator("#train-player .scrub").get_attribute("max")
    page.wait_for_function(f"document.querySelector('#train-player .scrub').max > {known}", timeout=60_000)
    assert page.locator(frames).first.get_attribute("data-frame") == "0"
    assert page.locator("#train-player .readout").inner_text() == "untrained"


def test_a_batch_is_opened(training):
    training.get_by_text("One batch, opened").click()
    training.wait_for_selector("#opened section img.sprite", timeout=20_000)
    assert re.search(r"The mean of these 4 is \d", training.locator("#opened .mean").inner_text())


def test_a_strange_link_shows_the_page_as_it_is(open_page, app_url):
    page = open_page(f"{app_url}?watch=<b>nobody</b>")
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").wait_for()
    assert page.get_by_text("somebody else").count() == 0
