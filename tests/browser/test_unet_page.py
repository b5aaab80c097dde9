"""The U-Net tab in a real browser: any network draws itself, and its maps follow the sliders in place."""

import json

import numpy as np
import pytest
import torch
from pages import PHONE, WATCH_SHIFTS, answered, choose_model, frames, open_more, open_tab, ready, sized
from starlette.routing import Route

from diffusion.explain.activations import describe
from diffusion.models.checkpoints import load_checkpoint
from diffusion.networks.course_unet import ContextUnet
from diffusion.ui import looks
from diffusion.ui.components.component import component
from diffusion.ui.routes.browser_routes import code
from diffusion.ui.routes.component_routes import component_routes


@pytest.fixture
def page(standing):
    """The open tab, its first maps drawn; what a test sets, it sets back."""
    return standing(open_unet)


def open_unet(page):
    ready(page)
    open_tab(page, "U-Net")
    page.wait_for_selector("#unet .tiles[data-block]")
    answered(page)
    open_more(page, "unet")


@pytest.fixture
def course_file(app_folder, app_url):
    """A course file among the models of the app."""
    torch.manual_seed(0)
    path = app_folder / "course.pth"
    torch.save(ContextUnet(n_feat=16, n_cfeat=3).state_dict(), path)
    yield path
    path.unlink()


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


def test_each_network_gives_its_own_drawing(page, course_file, app_folder):
    first = expected(load_checkpoint("tiny", app_folder))
    assert drawn(page) == first
    assert page.locator("#unet .lines .skip").count() == 2
    open_tab(page, "Sample")
    open_tab(page, "U-Net")
    answered(page)   # the choice of models has been read again
    choose_model(page, "course.pth")
    wait_for_block(page, "up 1")
    page.wait_for_function("document.querySelectorAll('#unet .block').length === 8")
    model = load_checkpoint("course.pth", app_folder)
    assert drawn(page) == expected(model)
    assert page.locator("#unet .lines .skip").count() == 3
    assert f"ContextUnet: {describe(model).parameters:,} parameters" in page.locator("#unet .total").inner_text()
    assert page.locator("#unet-weight-2").is_visible() and not page.locator("#unet-weight-3").is_visible()
    choose_model(page, "tiny")
    page.wait_for_function("count => document.querySelectorAll('#unet .block').length === count", arg=len(first))
    page.locator("#unet-weight-3").wait_for()
    assert drawn(page) == first


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
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => document.querySelector('#unet .tiles').toDataURL() === before", arg=before)


def test_the_bars_show_where_the_context_changes_something(page):
    bars = page.locator("#unet .block .change")
    widths = bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    assert widths[0] == 0 and all(width > 0 for width in widths[2:])
    page.locator("#unet-weight-0 input[type=range]").focus()
    page.keyboard.press("Home")   # the context that was asked for is taken away: nothing is left to change
    bars = "[...document.querySelectorAll('#unet .block .change')]"
    nothing_left = f"{bars}.every(bar => !bar.getBoundingClientRect().width)"
    page.wait_for_function(nothing_left)
    page.keyboard.press("End")
    page.wait_for_function(f"!{nothing_left}")


def test_what_the_context_changes_can_be_shown(page):
    before = tiles(page)
    page.get_by_label("what context changes").click()
    wait_for_other_tiles(page, before)
    page.get_by_role("button", name="enter:").click()
    wait_for_block(page, "enter")
    assert "all of them 0" in page.locator("#unet .note").inner_text()
    page.get_by_role("radio", name="the maps").click()
    page.wait_for_function("!document.querySelector('#unet .note').textContent.includes('all of them 0')")


def guess(page, figure):
    read = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    return np.array(page.locator(f"#unet .maps .{figure} canvas").evaluate(read))


def test_a_cut_part_is_seen_and_the_guess_stands_beside_that_of_the_whole_network(page):
    before = guess(page, "x0")
    for name, cut in (("the skips", "skips"), ("the context", "context"), ("this block", "block")):
        page.locator("#unet-cut").get_by_label(name).check()
        page.wait_for_selector(f"#unet .net[data-cut={cut}]")
        assert np.abs(guess(page, "whole") - before).max() <= 2   # the browser's weights are rounded
        assert np.abs(guess(page, "x0") - before).max() > 2
    page.locator("#unet-cut").get_by_label("nothing").check()
    page.wait_for_selector("#unet .net[data-cut=nothing]")
    assert page.locator("#unet .maps .whole").count() == 0
    assert np.abs(guess(page, "x0") - before).max() <= 2


def test_nothing_moves_while_sliders_and_blocks_change(page):
    frames(page, 5)
    page.evaluate(WATCH_SHIFTS)
    page.locator("#unet-t input[type=range]").focus()
    for _ in range(5):
        before = tiles(page)
        page.keyboard.press("PageUp")
        wait_for_other_tiles(page, before)
    for block in ("enter", "up 1", "leave"):
        page.get_by_role("button", name=f"{block}:").click()
        wait_for_block(page, block)
    frames(page, 5)
    assert page.evaluate("window.shifts") == []


SPILLS = """() => [...document.querySelectorAll("#unet .block")].filter((block) => {
    const text = document.createRange();
    return [...block.querySelectorAll("strong, small")].some((line) => {
        text.selectNodeContents(line);
        return text.getBoundingClientRect().width > block.clientWidth;
    });
}).map((block) => block.innerText)"""


@pytest.mark.parametrize("width", [1440, 1280, 1250, 1100, 820, 720, 360])
def test_what_a_block_says_stays_within_it(page, width):
    with sized(page, width):
        assert page.evaluate(SPILLS) == []


def test_on_a_phone_the_maps_stay_in_view_above_the_sliders(page):
    with sized(page, **PHONE):
        page.locator("#unet-weight-4").scroll_into_view_if_needed()
        page.mouse.wheel(0, 2000)
        page.wait_for_function("scrollY > 0")
        frames(page, 5)
        top = page.locator("#unet .tiles").evaluate("canvas => canvas.getBoundingClientRect().top")
        assert 0 <= top < 370
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate("scrollTo(0, 0)")


@pytest.fixture(scope="module")
def drawing_url(app_folder):
    """A page with the drawing alone, and two buttons: one gives it its network, the other the choice of a block."""
    import gradio as gr

    facts = describe(load_checkpoint("tiny", app_folder))
    network = json.dumps(facts.payload() | {"checkpoint": "tiny"})
    with gr.Blocks() as demo:
        shown = component("unet", "unet", network="", glimpse="", sprites={})
        asked = gr.Textbox(label="asked")
        gr.Button("network").click(lambda: gr.HTML(network=network), None, shown, queue=False)
        gr.Button("choice").click(lambda: gr.HTML("bottom 2"), None, shown, queue=False)
        shown.select(lambda block: block, shown, asked, queue=False)
    routes = [*component_routes(), Route("/browser/code/{name}", code)]
    _, url, _ = demo.launch(**looks(), app_kwargs={"routes": routes}, prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()


def test_a_choice_that_comes_after_its_network_is_looked_at(new_page, drawing_url):
    page = new_page(drawing_url)
    page.add_init_script("localStorage.setItem('sprite-lab-device', 'server')")
    page.goto(drawing_url)
    page.evaluate("document.look = { checkpoint: 'tiny', weights: [] }")
    page.get_by_role("button", name="network").click()
    page.wait_for_selector("#unet .block")
    page.get_by_role("button", name="choice").click()
    page.wait_for_function("document.querySelector('textarea').value === 'bottom 2'")
    page.close()
