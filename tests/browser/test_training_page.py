"""The Train tab as a class uses it: pause and resume, another learning rate, files to take away, others who watch."""

import io
import json
import re
import zipfile

import pytest
from pages import FAILED, LOSS, PHONE, open_tab, ready, reload, requests, type_in, until
from PIL import Image

from diffusion.ui.words.trainings import NONE_YET

CONTROLS_BEFORE = """(start) => {
    const row = start.closest('.steering');
    return row.querySelectorAll('.block, button.lg, button.md').length;
}"""
PARTS = ("#training-start", "#train-player", "#loss-plot", "#noise-bands")


def open_train(page):
    ready(page)
    open_tab(page, "Train")


def press(page, name):
    page.locator(f"button:visible:has-text('{name}')").first.click()


def stop_button(page):
    return page.get_by_role("button", name="Stop", exact=True)


def start(page):
    """Start a training and wait for its loss, not for that of one before it."""
    page.get_by_role("button", name="Start training").click()
    stop_button(page).and_(page.locator(":enabled")).wait_for()
    page.wait_for_selector(LOSS)
    page.locator("#noise-bands").get_by_text("Most is left to learn with").wait_for()


def stop(page):
    stop_button(page).click()
    page.get_by_text("The model is called").wait_for()


def stop_if_it_runs(page):
    if stop_button(page).count() and stop_button(page).is_enabled():
        stop(page)


@pytest.fixture(scope="module", autouse=True)
def sprites_come_often():
    """On a busy machine the next ones would be minutes away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diffusion.serving.jobs.previews.PREVIEW_SHARE", 0.5)
        yield


@pytest.fixture(scope="module", autouse=True)
def none_goes_on(standing_page):
    yield
    stop_if_it_runs(standing_page.page)


@pytest.fixture(autouse=True)
def none_goes_on_where_a_test_failed(standing_page, request):
    """The app trains one at a time: what one test left over would keep all others waiting."""
    yield
    if request.node.stash.get(FAILED, False):
        stop_if_it_runs(standing_page.page)


@pytest.fixture
def training(standing):
    """A page whose training has begun; the tests hand it on, and who stops it leaves it so."""
    page = standing(open_train)
    if not stop_button(page).is_enabled():
        start(page)
    return page


def recorded(page):
    page.wait_for_selector(".loss-plot:has(.recorded:not(:empty)) canvas[aria-label^='Loss ']")
    page.wait_for_selector("#train-player canvas[data-frame]")
    page.wait_for_function("document.querySelector('#train-player .readout').textContent.startsWith('step')")


def where(page):
    """Where the parts of the tab stand, in whole px."""
    return [round(page.locator(part).bounding_box()[side]) for part in PARTS for side in ("y", "height")]


def test_a_recorded_training_is_seen_and_scrubbed_until_one_of_its_own_takes_its_place_and_nothing_moves(standing):
    page = standing(open_train)
    stop_if_it_runs(page)
    page.evaluate("localStorage.clear()")
    reload(page)
    open_train(page)
    recorded(page)
    page.get_by_text("As it learnt (recorded)").wait_for()
    page.locator("#train-player .scrub").focus()
    page.keyboard.press("Home")
    assert page.locator("#train-player .readout").inner_text() == "untrained"
    before = where(page)
    start(page)
    page.get_by_text("By now", exact=True).wait_for()
    assert page.get_by_text("(recorded)").count() == 0
    assert where(page) == before


def test_buttons_that_cannot_be_used_say_why(page):
    open_train(page)
    for name in ("pause", "resume", "stop"):
        button = page.locator(f"#training-{name}")
        assert button.is_disabled() and button.get_attribute("title") == NONE_YET
        assert button.get_attribute("aria-description") == NONE_YET
    assert page.locator("#training-start").is_enabled() and not page.locator("#training-start").get_attribute("title")


@pytest.mark.parametrize("size", [{"width": 1280, "height": 720}, PHONE])
def test_a_training_is_started_without_scrolling(page, size):
    page.set_viewport_size(size)
    open_train(page)
    for field in (page.get_by_role("button", name="Start training"), page.get_by_label("Minutes of training").first):
        box = field.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
    above = page.locator("#training-start").evaluate(CONTROLS_BEFORE)
    assert above <= 5


def test_training_draws_its_loss_and_stops(training):
    training.wait_for_selector("#train-player canvas[data-frame]")
    stop(training)


def test_a_training_is_paused_changed_resumed_and_taken_away(training):
    page = training
    press(page, "Pause")
    page.get_by_text("Paused").wait_for()
    page.get_by_text("While it runs").click()
    type_in(page.get_by_label("New learning rate"), "7")
    press(page, "Change it")
    page.get_by_text("learning_rate = 7").first.wait_for()
    page.get_by_label("New learning rate").fill("0.0005")
    press(page, "Change it")
    press(page, "Resume")
    page.get_by_text("learning rate 0.0005").wait_for()
    page.get_by_text("Checkpoints", exact=True).click()
    press(page, "Get its files")
    with page.expect_download() as download:
        page.locator("a[download$='.json']").first.click()
    described = json.loads(download.value.path().read_text())
    assert described["training"]["command"] == "the Train tab" and described["model"]["network"] == "sprite"
    page.get_by_text("Checkpoints", exact=True).click()
    page.get_by_text("While it runs").click()


def steps_told(page):
    return int(re.search(r"step ([\d,]+)", page.locator("#training-line").text_content())[1].replace(",", ""))


def test_a_training_costs_other_tabs_nothing_and_is_up_to_date_once_it_is_seen_again(training):
    open_tab(training, "Sample")
    training.wait_for_timeout(1500)   # what was under way is answered, Gradio's first look from there among it
    before = steps_told(training)
    with requests(training, lambda request: request.method == "POST") as posted:
        training.wait_for_timeout(3000)
        assert not posted
        training.evaluate("document.watched.askedAt = -1e9")   # long ago: the server shall know that the page is there
        until(lambda: posted, training)
    open_tab(training, "Train")
    until(lambda: steps_told(training) > before, training)


def test_a_training_that_ends_while_another_tab_is_open_is_told_there_once_it_is_seen(training):
    stop(training)
    type_in(training.get_by_label("Minutes of training").first, "0.1")
    start(training)
    open_tab(training, "Sample")
    training.wait_for_timeout(12_000)
    open_tab(training, "Train")
    training.get_by_text("Finished", exact=True).wait_for()
    training.get_by_role("button", name="Start training").and_(training.locator(":enabled")).wait_for()
    type_in(training.get_by_label("Minutes of training").first, "5")   # of the tests that come after


def test_others_watch_by_a_link_and_cannot_steer(training, open_page):
    training.get_by_text("While it runs").click()
    link = training.locator("label:has-text('A link for others') >> css=input,textarea").first
    training.wait_for_function("(field) => field.value.includes('?watch=')", arg=link.element_handle())
    guest = open_page(link.input_value())
    guest.get_by_text("You are watching the training of somebody else").wait_for()
    guest.wait_for_selector(LOSS)
    guest.wait_for_selector("#train-player canvas[data-frame]")
    assert stop_button(guest).count() == 0
    assert guest.get_by_role("button", name="Start training").count() == 0
    training.get_by_text("While it runs").click()


def test_a_batch_is_opened(training):
    training.get_by_text("One batch, opened").click()
    training.wait_for_selector("#opened section img.sprite")
    assert re.search(r"The mean of these 4 is \d", training.locator("#opened .mean").inner_text())
    training.get_by_text("One batch, opened").click()


def test_scrubbing_back_through_the_sprites_stays_where_it_was(training):
    page, frames = training, "#train-player canvas[data-frame]"
    page.wait_for_function("document.querySelector('#train-player .scrub').max >= 2")
    page.locator("#train-player .scrub").focus()
    page.keyboard.press("Home")
    known = page.locator("#train-player .scrub").get_attribute("max")
    page.wait_for_function(f"document.querySelector('#train-player .scrub').max > {known}")
    assert page.locator(frames).first.get_attribute("data-frame") == "0"
    assert page.locator("#train-player .readout").inner_text() == "untrained"


def test_a_reload_shows_the_training_again(training):
    reload(training)
    open_train(training)
    training.wait_for_selector(LOSS)
    stop(training)


def test_a_strange_link_shows_the_page_as_it_is(visit):
    page = visit("?watch=<b>nobody</b>")
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").wait_for()
    assert page.get_by_text("somebody else").count() == 0


def upload(page, path):
    open_tab(page, "Train")
    page.get_by_text("Train on your own sprites").click()
    page.locator("input[type=file]").first.set_input_files(path)


def test_own_sprites_are_shown_before_training(page, sprites, tmp_path):
    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i, label in enumerate(sprites.labels[:60]):
            picture = io.BytesIO()
            Image.fromarray(sprites.images[i]).save(picture, format="PNG")
            archive.writestr(f"{'кот' if label else 'dog'}/{i}.png", picture.getvalue())
    upload(page, path)
    page.get_by_text("60 sprites of 16x16 pixels").wait_for()
    page.get_by_text("кот: ").wait_for()


def test_bad_sprites_are_told_in_a_sentence(page, tmp_path):
    path = tmp_path / "fake.png"
    path.write_text("this is no picture")
    upload(page, path)
    page.locator("strong:has-text('fake.png')").wait_for()   # where the sprites would be told of


def test_a_sheet_is_cut_as_found_and_corrected_by_hand(page, sprites, tmp_path):
    rows = sprites.images[:24].reshape(4, 6, 16, 16, 3).swapaxes(1, 2).reshape(64, 96, 3)
    Image.fromarray(rows).save(tmp_path / "sheet.png")
    upload(page, tmp_path / "sheet.png")
    page.get_by_text("24 sprites of 16x16 pixels").wait_for()
    width = page.get_by_label("Tile width")
    assert (width.input_value(), page.get_by_label("Tile height").input_value()) == ("16", "16")
    type_in(width, "8")
    page.get_by_text("Cut sheet.png into tiles of 8x16 pixels").wait_for()
    width.fill("")
    page.get_by_text("24 sprites of 16x16 pixels").wait_for()
