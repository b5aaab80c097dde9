"""The Edit tab: the editor by pointer and by key, and the variants that follow it, drawn here or by the server."""

import base64
import json

import numpy as np
import pytest
from pages import PHONE, open_more, open_tab, ready, redrawn, requests, slid, until
from PIL import Image

from diffusion.sprites.painter import bob

FINAL = "#edit-view .variants[data-final=true]"
PIXELS = """(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data]"""
EDITOR = "#pixel-editor .drawing"


def open_edit(page):
    ready(page)
    open_tab(page, "Edit")
    page.wait_for_selector(FINAL)


@pytest.fixture
def page(visit):
    page = visit()
    open_edit(page)
    return page


def drawing(page):
    """What the editor shows, (16, 16, 3)."""
    return np.array(page.locator(EDITOR).evaluate(PIXELS)).reshape(16, 16, 4)[..., :3]


def variants(page):
    shown = [canvas.evaluate(PIXELS) for canvas in page.locator("#edit-view .variants canvas").all()]
    return np.array(shown).reshape(4, 16, 16, 4)[..., :3]


def tool(page, name):
    page.locator("#pixel-editor .tools label", has_text=name).first.click()


def press_pixel(page, x, y):
    box = page.locator(EDITOR).bounding_box()
    page.mouse.click(box["x"] + (x + 0.5) * box["width"] / 16, box["y"] + (y + 0.5) * box["height"] / 16)


def followed(page, act):
    """Do something, and wait until it has been drawn in full."""
    page.wait_for_selector(FINAL)
    with redrawn(page, "#edit-view .variants"):
        act()


def button(page, name):
    return page.locator("#tab-edit, #pixel-editor, #edit-view").get_by_role("button", name=name, exact=True).first


def test_it_opens_with_bob_and_four_variants_of_him(page):
    assert (drawing(page) == bob()).all()
    assert len(np.unique(variants(page).reshape(4, -1), axis=0)) == 4
    texts = page.locator("#edit-view .variants button").all_inner_texts()
    assert all("changed" in text for text in texts)


def test_drawing_filling_picking_erasing_and_undoing(page):
    red = [int(part) for part in page.locator("#pixel-editor input[aria-label=red]").input_value().split(",")]
    page.locator("#pixel-editor input[aria-label=red]").click()
    followed(page, lambda: press_pixel(page, 0, 0))
    assert drawing(page)[0, 0].tolist() == red
    tool(page, "Fill")
    page.locator("#pixel-editor input[aria-label=green]").click()   # which draws again
    tool(page, "Fill")
    green = [int(part) for part in page.locator("#pixel-editor input[aria-label=green]").input_value().split(",")]
    press_pixel(page, 15, 0)
    filled = (drawing(page) == green).all(-1)
    assert filled[0, 15] and filled.sum() > 10 and not filled[0, 0]
    tool(page, "Pick")
    press_pixel(page, 0, 0)
    tool(page, "Draw")
    press_pixel(page, 8, 8)
    assert drawing(page)[8, 8].tolist() == red
    tool(page, "Erase")
    press_pixel(page, 8, 8)
    assert drawing(page)[8, 8].tolist() == [255, 255, 255]
    for _ in range(4):
        button(page, "Undo").click()
    assert (drawing(page) == bob()).all() and button(page, "Undo").is_disabled()
    button(page, "Redo").click()
    assert drawing(page)[0, 0].tolist() == red


def test_a_mirror_paints_both_sides(page):
    button(page, "Clear").click()
    button(page, "Mirror").click()
    press_pixel(page, 2, 5)
    painted = (drawing(page) != 255).any(-1)
    assert np.argwhere(painted).tolist() == [[5, 2], [5, 13]]
    button(page, "Mirror").click()


def test_the_keyboard_paints_and_undoes(page):
    page.locator(EDITOR).focus()
    for key in ("ArrowLeft", "ArrowUp", "Space"):
        page.keyboard.press(key)
    changed = (drawing(page) != bob()).any(-1)
    assert np.argwhere(changed).tolist() == [[7, 7]]
    page.keyboard.press("Control+z")
    assert (drawing(page) == bob()).all()
    page.keyboard.press("Control+y")
    assert (drawing(page) != bob()).any()


def test_the_noise_says_how_much_changes(page):
    changes = {}
    for landmark in ("Touch up", "Something new"):
        followed(page, lambda name=landmark: page.get_by_role("button", name=name, exact=True).click())
        changes[landmark] = np.abs(variants(page) - drawing(page)).mean()
    assert changes["Touch up"] < changes["Something new"]


def test_kept_pixels_stay_and_the_rest_is_invented(page):
    page.get_by_text("Finish it").click()
    followed(page, lambda: button(page, "the lower half").click())
    made = variants(page)
    assert (made[:, :8] == bob()[:8]).all() and (made[:, 8:] != bob()[8:]).any()
    tool(page, "Let stay")
    followed(page, lambda: press_pixel(page, 8, 12))
    assert (variants(page)[:, 12, 8] == bob()[12, 8]).all()
    button(page, "nothing").click()
    page.get_by_text("Nothing is grey yet").wait_for()
    page.get_by_text("Change it").click()
    page.wait_for_selector("#pixel-editor .mask", state="hidden")


def test_one_draws_on_with_a_variant_and_keeps_one(page):
    page.locator("#edit-view .variants button").nth(2).click()
    third = variants(page)[2]
    followed(page, lambda: button(page, "Draw on").click())
    assert (drawing(page) == third).all()
    button(page, "Keep").click()
    page.wait_for_selector("#edit-favourites canvas")
    page.locator("#edit-favourites button").first.click()
    until(lambda: (drawing(page) == third).all(), page)


def test_a_variant_is_trained_on(page):
    for k in range(2):
        page.locator("#edit-view .variants button").nth(k).click()
        button(page, "Train on it").click()
        page.get_by_text(f"{k + 1} sprite{'s' * k} of yours will be trained on").wait_for()
    open_tab(page, "Train")
    page.get_by_role("button", name="Train on your own sprites").click()
    page.get_by_text("2 sprites of 16x16 pixels").wait_for()


def test_the_server_draws_the_same_variants(page):
    page.wait_for_selector("#edit-device [data-device=ready]")
    seen = {}
    for who in ("this browser", "the server"):
        page.locator("#edit-device").get_by_role("button", name=who).click()
        with requests(page, lambda request: "component_server" in request.url) as asked:
            followed(page, lambda name="Clear": button(page, name).click())
            followed(page, lambda name="Undo": button(page, name).click())
            assert bool(asked) == (who == "the server")
        seen[who] = variants(page)
    assert (abs(seen["this browser"] - seen["the server"]) <= 2).mean() >= 0.97   # clean colours that are as likely


def test_a_picture_of_ones_own_stays_in_the_browser(page, tmp_path):
    picture = np.full((8, 8, 3), 200, np.uint8)
    Image.fromarray(picture).save(tmp_path / "mine.png")
    (tmp_path / "no.png").write_bytes(b"no picture")
    with requests(page, lambda request: request.method == "POST" and "upload" in request.url) as uploads:
        page.locator("#pixel-editor input[type=file]").set_input_files(tmp_path / "mine.png")
        until(lambda: (drawing(page) == 200).all(), page)
        page.locator("#pixel-editor input[type=file]").set_input_files(tmp_path / "no.png")
        page.get_by_text("no.png is no picture that this browser can read").wait_for()
        assert not uploads and (drawing(page) == 200).all()


def test_it_walks_back_to_its_noise_and_blends(page):
    page.get_by_role("button", name="Back to its noise, and forwards again").click()
    button(page, "Walk back and forwards").click()
    page.get_by_text("mean of the noise it ends in").wait_for()
    assert page.locator("#walk-player .stage figure").count() == 3
    page.get_by_role("columnheader", name="25 steps, above").wait_for()
    assert page.get_by_role("columnheader", name="steps").count() == 4
    page.locator("#walk-back").get_by_label("10", exact=True).click()   # asks anew by itself
    page.get_by_role("columnheader", name="10 steps, above").wait_for()
    button(page, "Remember this drawing as A").click()
    page.get_by_text("Remembered as A").wait_for()
    page.locator("#pixel-editor .shelf button").nth(4).click()
    page.wait_for_timeout(400)   # until the editor tells the server
    button(page, "Blend A with this drawing").click()
    page.wait_for_selector("#arc-player canvas[data-frame]")


def test_a_link_brings_the_drawing_and_the_settings(page, open_page):
    press_pixel(page, 0, 0)
    page.get_by_role("button", name="Touch up", exact=True).click()
    page.wait_for_function("location.search.includes('noise=40') && location.search.includes('drawn=')")
    other = open_page(page.url)
    other.wait_for_selector(FINAL)
    assert (drawing(other) == drawing(page)).all() and (drawing(page) != bob()).any()
    assert other.locator("#edit-noise input[type=number]").input_value() == "40"


def test_on_a_phone_nothing_is_wider_than_the_screen_and_a_touch_draws(browser, watch, app_url):
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = watch.over(context.new_page(), app_url)
    page.goto(app_url)
    open_edit(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(EDITOR).scroll_into_view_if_needed()
    box = page.locator(EDITOR).bounding_box()
    page.touchscreen.tap(box["x"] + 0.5 * box["width"] / 16, box["y"] + 15.5 * box["height"] / 16)
    until(lambda: (drawing(page) != bob()).any(), page)
    context.close()


def test_programs_edit_too(app_url):
    client = pytest.importorskip("gradio_client").Client(app_url, verbose=False)
    text = base64.b64encode(bob().tobytes()).decode()
    value = json.loads(client.predict("tiny", text, {"hero": 1}, "change", 0.5, api_name="/edit"))
    assert value["lanes"][0]["sprites"] == 4


def test_the_edit_is_there_as_a_slider_moves(page):
    assert slid(page, "#edit-noise", 37, "document.editing.noise_share") == 0.37
    assert slid(page, "#become-1", 0.5, "document.editing.weights[1]") == 0.5
    open_more(page, "edit")
    page.wait_for_selector("#edit-guidance input[type=range]")
    assert slid(page, "#edit-guidance", 2.5, "document.editing.guidance") == 2.5
    page.wait_for_timeout(500)   # all has been told
    told = page.evaluate("[document.editing.noise_share, document.editing.weights[1], document.editing.guidance]")
    assert told == [0.37, 0.5, 2.5]
