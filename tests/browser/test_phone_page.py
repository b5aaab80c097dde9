"""The app on a phone, and on a tablet: no tab scrolls sideways, pictures come first, and the button stays in view."""

import pytest
from pages import PHONE, VIEWPORT, answered, frames, open_tab, ready

DRAWN = {   # what a tab draws last
    "Sample": "#sample-player canvas[data-frame]",
    "Noise": "#dissolve canvas[data-t]",
    "Train": "#train-player .player",
    "Context": "#mix-view .sprites[data-final=true]",
    "DDPM vs DDIM": "#race-player canvas[data-frame]",
    "U-Net": "#unet .tiles[data-block]",
    "Edit": "#edit-view .variants[data-final=true]",
}


def open_all(page):
    """A page of its own: what its tabs fetch goes on for a while."""
    ready(page)


@pytest.fixture
def phone(standing):
    page = standing(open_all)
    page.set_viewport_size(PHONE)
    yield page
    open_tab(page, "Sample")
    page.set_viewport_size(VIEWPORT)


@pytest.mark.parametrize("tab", DRAWN)
def test_a_phone_never_scrolls_sideways(phone, tab):
    open_tab(phone, tab)
    phone.wait_for_selector(DRAWN[tab])
    answered(phone)
    assert phone.evaluate("innerWidth") == PHONE["width"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [320, 360, 390])
def test_the_header_is_seen_whole_and_pictures_have_nearly_the_whole_width(phone, width):
    phone.set_viewport_size(PHONE | {"width": width})
    open_tab(phone, "Noise")
    link, pictures = (phone.locator(place).bounding_box() for place in ("#copy-link", "#dissolve .pictures"))
    header = phone.locator(".title").bounding_box()
    assert link["x"] + link["width"] <= header["x"] + header["width"] + 1
    assert pictures["width"] >= width - 48


@pytest.mark.parametrize("size", [PHONE, {"width": 820, "height": 1180}])
@pytest.mark.parametrize(("tab", "go"), [("Sample", "#sample-go"), ("DDPM vs DDIM", "#tab-race .acting .primary")])
def test_the_picture_comes_first_and_what_starts_the_work_is_in_view_wherever_one_is(phone, size, tab, go):
    phone.set_viewport_size(size)
    open_tab(phone, tab)
    phone.wait_for_selector(DRAWN[tab])
    for where in ("0", "300", "document.body.scrollHeight"):
        phone.evaluate(f"scrollTo(0, {where})")
        frames(phone, 5)
        button = phone.locator(go).bounding_box()
        assert button["y"] >= 0 and button["y"] + button["height"] <= size["height"], where
    last = phone.locator(".tabitem:visible > .column > *:visible").last.bounding_box()
    assert last["y"] + last["height"] <= button["y"]   # at the end of the page it covers nothing
    phone.evaluate("scrollTo(0, 0)")
    picture = phone.locator(DRAWN[tab]).first.bounding_box()
    assert picture["y"] < 400 and picture["width"] >= 0.4 * size["width"]
