"""The app in a real browser: every tab works, nothing is logged as an error, nothing leaves this machine."""

import io
import zipfile

import pytest
from PIL import Image


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def type_in(field, value):
    """Fill a field that has just come to be; what is typed in the 20 ms after it mounts, gradio sets back."""
    field.wait_for()
    field.page.wait_for_timeout(200)
    field.fill(value)


def picture(page, player, lane=0):
    """The pixels of a player's canvas, as a data URL."""
    return page.locator(f"{player} canvas").nth(lane).evaluate("canvas => canvas.toDataURL()")


def wait_for_another_picture(page, player, before):
    page.wait_for_function(
        "([player, before]) => document.querySelector(`${player} canvas`).toDataURL() !== before", arg=[player, before]
    )


def test_scrubbing_with_the_keyboard_draws_without_a_request(page):
    scrub = page.locator("#sample-player .scrub")
    scrub.focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    noise, requests = picture(page, "#sample-player"), []
    page.on("request", lambda request: requests.append(request.url))
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.locator("#sample-player canvas").first.get_attribute("data-frame") == "5"
    assert picture(page, "#sample-player") != noise
    page.keyboard.press("End")
    assert page.locator("#sample-player .readout").inner_text() == "t = 0, noise 0 %, no noise left"
    assert not requests


def frame(page):
    """Which frame the Sample tab's player shows."""
    return int(page.locator("#sample-player canvas").first.get_attribute("data-frame"))


def test_keys_move_the_run_wherever_the_focus_is(page):
    page.get_by_role("button", name="One step back").focus()
    page.keyboard.press("End")
    last = frame(page)
    page.keyboard.press("ArrowLeft")
    assert frame(page) == last - 1
    page.keyboard.press("Home")
    assert frame(page) == 0
    page.keyboard.press("ArrowRight")
    assert frame(page) == 1


def test_a_run_plays_backwards_to_the_noise(page):
    page.locator("#sample-player .speed").select_option("4")
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Play backwards").click()
    page.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    page.get_by_role("button", name="Play backwards").wait_for()   # it stands again


def test_views_are_linked_and_can_be_chosen(page):
    captions = page.locator("#sample-player figcaption")
    assert captions.all_inner_texts() == ["noisy x_t", "predicted x0"]
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    frames = page.locator("#sample-player .stage canvas").evaluate_all("all => all.map(one => one.dataset.frame)")
    assert frames == ["0", "0"]
    page.get_by_role("checkbox", name="predicted noise").check()
    assert captions.all_inner_texts() == ["noisy x_t", "predicted x0", "predicted noise"]
    page.get_by_role("checkbox", name="noisy x_t").uncheck()
    assert captions.all_inner_texts() == ["predicted x0", "predicted noise"]


def test_the_sprite_under_the_pointer_is_enlarged_in_all_views(page):
    canvas = page.locator("#sample-player .stage canvas").first
    canvas.hover(position={"x": 30, "y": 30})
    loupe = page.locator("#sample-player .loupe")
    loupe.wait_for(state="visible")
    assert loupe.locator("canvas").count() == 3
    page.mouse.move(5, 5)
    loupe.wait_for(state="hidden")


def test_someone_who_wants_no_motion_sees_the_finished_sprites(browser, app_url):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(app_url)
    page.wait_for_selector("#sample-player canvas[data-frame]")
    scrub = page.locator("#sample-player .scrub")
    assert scrub.input_value() == scrub.get_attribute("max")
    page.wait_for_timeout(300)
    assert page.get_by_role("button", name="Play", exact=True).count() == 1
    page.close()


def test_scrubbing_needs_no_server(page):
    page.context.set_offline(True)
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    assert frame(page) == 0
    page.keyboard.press("ArrowRight")
    assert frame(page) == 1
    page.context.set_offline(False)


def test_nothing_moves_on_the_page_while_a_run_plays(page):
    page.evaluate("""() => { window.shift = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift" }); }""")
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('#sample-player .scrub').value > 10")
    assert page.evaluate("window.shift") == 0


def test_a_long_run_shows_itself_as_it_goes_and_stops(page):
    page.get_by_label("Steps").last.fill("500")
    page.get_by_role("button", name="Sample", exact=True).click()
    page.wait_for_function("document.querySelector('#sample-player .readout').textContent.includes('to go')")
    page.get_by_role("button", name="Stop").first.click()
    page.wait_for_timeout(1000)
    reached = page.locator("#sample-player .readout").inner_text()
    page.wait_for_timeout(1000)
    assert page.locator("#sample-player .readout").inner_text() == reached


def test_a_saved_picture_brings_its_settings_back(page, tmp_path):
    page.get_by_label("Seed").first.fill("7")
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_role("button", name="Save PNG").click(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    path = tmp_path / "saved.png"
    download.value.save_as(path)
    page.get_by_label("Seed").first.fill("0")
    page.get_by_text("Go on from a saved picture").click()
    page.locator("#saved-picture input[type=file]").set_input_files(path)
    page.wait_for_function("[...document.querySelectorAll('input[type=number]')].some((box) => box.value === '7')")


def test_a_fault_is_shown_beside_the_right_run(page):
    page.get_by_text("Break it: one thing wrong").click()
    page.get_by_role("button", name="Too few steps").click()
    page.get_by_text("network calls a sprite: ").wait_for(timeout=30_000)
    assert page.locator("#sample-player figcaption").all_inner_texts() == ["25 steps", "2 steps"]


def test_a_run_plays_and_pauses(page):
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    noise = picture(page, "#sample-player")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_for_another_picture(page, "#sample-player", noise)
    page.get_by_role("button", name="Pause").click()
    shown = picture(page, "#sample-player")
    page.wait_for_timeout(200)
    assert picture(page, "#sample-player") == shown


def test_the_gif_can_be_saved(page):
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_role("button", name="Save GIF").wait_for(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save GIF").click()
    assert download.value.path().read_bytes()[:6] == b"GIF89a"


def test_training_draws_its_loss_and_stops(page):
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector("#loss-plot canvas[aria-label^='Loss ']", timeout=30_000)
    page.wait_for_selector("#train-player canvas[data-frame]", timeout=30_000)
    page.locator("#noise-bands").get_by_text("Most wrong with").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("The model is called").wait_for(timeout=30_000)


def test_a_reload_shows_the_training_again(page):
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector("#loss-plot canvas[aria-label^='Loss ']", timeout=30_000)
    page.reload()
    open_tab(page, "Train")
    page.wait_for_selector("#loss-plot canvas[aria-label^='Loss ']", timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("The model is called").wait_for(timeout=30_000)


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
    page.get_by_text("fake.png").last.wait_for()
    assert "fake.png" in page.get_by_test_id("toast-body").inner_text()


@pytest.mark.parametrize("tab", ["Sample", "Train", "Context", "DDPM vs DDIM", "U-Net"])
def test_a_phone_never_scrolls_sideways(page, tab):
    page.set_viewport_size({"width": 360, "height": 740})
    open_tab(page, tab)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
