"""The U-Net tab in a real browser: any network draws itself, and its maps follow the sliders in place."""

import pytest
import torch
from conftest import served

from diffusion.explain.activations import describe
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.networks.course_unet import ContextUnet


@pytest.fixture(scope="module")
def networks(tmp_path_factory, tiny_model):
    """A checkpoints folder with the default network, chosen first, and a course file."""
    folder = tmp_path_factory.mktemp("networks")
    save_checkpoint(tiny_model, {}, "sprites", folder)
    torch.manual_seed(0)
    torch.save(ContextUnet(n_feat=16, n_cfeat=3).state_dict(), folder / "course.pth")
    return folder


@pytest.fixture(scope="module")
def networks_url(networks):
    with served(networks) as url:
        yield url


@pytest.fixture
def page(open_page, networks_url):
    """The open tab, its first maps drawn."""
    page = open_page(networks_url)
    page.get_by_role("tab", name="U-Net", exact=True).click()
    page.wait_for_selector("#unet .tiles[data-block]")
    return page


def tiles(page):
    return page.locator("#unet .tiles").evaluate("canvas => canvas.toDataURL()")


def wait_for_other_tiles(page, before):
    page.wait_for_function("before => document.querySelector('#unet .tiles').toDataURL() !== before", arg=before)


def wait_for_block(page, name):
    page.wait_for_selector(f"#unet .tiles[data-block='{name}']")


def drawn(page):
    """What the drawing says: block by block its name, output shape and whether time and context enter."""
    return page.locator("#unet .block").evaluate_all(
        "blocks => blocks.map(block => [block.querySelector('strong').textContent,"
        " block.querySelector('small').textContent,"
        " [...block.querySelectorAll('.takes span')].map(mark => mark.className)])"
    )


def expected(model):
    return [
        [block.name, "×".join(map(str, block.shape_out)), list(block.takes)] for block in describe(model).blocks
    ]


def choose_model(page, name):
    page.locator("input[aria-label='Model']:visible").click()
    page.get_by_role("option", name=name).click()


def test_each_network_gives_its_own_drawing(page, networks):
    model = load_checkpoint("sprites", networks)
    assert drawn(page) == expected(model)
    assert page.locator("#unet .lines .skip").count() == 1
    choose_model(page, "course.pth")
    wait_for_block(page, "up 1")
    page.wait_for_function("document.querySelectorAll('#unet .block').length === 8")
    model = load_checkpoint("course.pth", networks)
    assert drawn(page) == expected(model)
    assert page.locator("#unet .lines .skip").count() == 3
    assert f"ContextUnet: {describe(model).parameters:,} parameters" in page.locator("#unet .total").inner_text()
    assert page.locator("#unet-weight-2").is_visible() and not page.locator("#unet-weight-3").is_visible()


def test_a_block_is_chosen_with_the_mouse_or_the_keyboard(page):
    page.get_by_role("button", name="bottom 2:").click()
    wait_for_block(page, "bottom 2")
    assert "128×4×4 → 128×4×4, 328,704 parameters" in page.locator("#unet .shape").inner_text()
    assert page.locator("#unet .tiles").get_attribute("aria-label") == "128 maps of 4 by 4 of the block bottom 2"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_block(page, "bottom 3")
    pressed = page.locator("#unet .block[aria-pressed=true] strong").all_inner_texts()
    assert pressed == ["bottom 3"]


@pytest.mark.parametrize("slider", ["unet-t", "unet-weight-2"])
def test_the_maps_follow_a_slider(page, slider):
    before = tiles(page)
    page.locator(f"#{slider} input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    wait_for_other_tiles(page, before)


def test_the_bars_show_where_the_context_changes_something(page):
    bars = page.locator("#unet .block .change")
    widths = bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    assert widths[0] == 0 and all(width > 0 for width in widths[2:])
    page.locator("#unet-weight-0 input[type=range]").focus()
    page.keyboard.press("Home")   # the context that was asked for is taken away: nothing is left to change
    page.wait_for_function(
        "[...document.querySelectorAll('#unet .block .change')].every(bar => !bar.getBoundingClientRect().width)"
    )


def test_what_the_context_changes_can_be_shown(page):
    before = tiles(page)
    page.get_by_label("what context changes").click()
    wait_for_other_tiles(page, before)
    page.get_by_role("button", name="enter:").click()
    wait_for_block(page, "enter")
    assert "all of them 0" in page.locator("#unet .note").inner_text()


def test_nothing_moves_while_sliders_and_blocks_change(page):
    page.wait_for_timeout(500)
    page.evaluate(
        "() => { window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries()"
        ".map((entry) => entry.value))).observe({ type: 'layout-shift' }); }"
    )
    page.locator("#unet-t input[type=range]").focus()
    for _ in range(5):
        before = tiles(page)
        page.keyboard.press("PageUp")
        wait_for_other_tiles(page, before)
    for block in ("enter", "up 1", "leave"):
        page.get_by_role("button", name=f"{block}:").click()
        wait_for_block(page, block)
    page.wait_for_timeout(200)
    assert page.evaluate("window.shifts") == []


def test_on_a_phone_the_maps_stay_in_view_above_the_sliders(page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(300)
    page.locator("#unet-weight-4").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(300)
    top = page.locator("#unet .tiles").evaluate("canvas => canvas.getBoundingClientRect().top")
    assert 0 <= top < 370
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
