"""The app on a phone: no tab ever scrolls sideways."""

import pytest
from pages import PHONE, VIEWPORT, answered, open_tab, ready

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
