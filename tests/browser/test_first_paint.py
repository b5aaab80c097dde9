"""What is seen at once, before the page is there: it stands where the page then stands, in the same colours."""

import re

import pytest
from pages import ready

PLACES = """(around) => {
    const root = document.querySelector(around);
    return [".title h1", ".noised", ".network", ".share", ".who", ".sentence"].map((selector) => {
        const node = root.querySelector(selector), { x, y, width, height } = node.getBoundingClientRect();
        return [selector, ...[x, y, width, height].map(Math.round), getComputedStyle(node).color];
    });
}"""
BACKGROUND = """(selector) => {
    const colourOf = (node) => getComputedStyle(node).backgroundColor;
    let node = document.querySelector(selector);
    while (colourOf(node) === "rgba(0, 0, 0, 0)") node = node.parentElement;   // which nothing is drawn behind
    return colourOf(node);
}"""
THEMED = "[...document.querySelectorAll('body style')].some(({ textContent }) => textContent.includes(':root'))"
PICTURES = """async () => Promise.all(["noised", "network"].map(async (name) => {
    const picture = new Image(), canvas = new OffscreenCanvas(16, 16), context = canvas.getContext("2d");
    const canvasOf = document.querySelector(`#first-paint .${name}`);
    picture.src = canvasOf.style.backgroundImage.slice(5, -2);
    await picture.decode();
    context.drawImage(picture, 0, 0);
    return [...context.getImageData(0, 0, 16, 16).data];
}))"""
FIRST_DRAWN = """() => {
    const put = CanvasRenderingContext2D.prototype.putImageData;
    window.drawn = {};
    CanvasRenderingContext2D.prototype.putImageData = function (image, ...where) {
        if (this.canvas.closest("#dissolve")) window.drawn[this.canvas.className] ??= [...image.data];
        return put.call(this, image, ...where);
    };
}"""
GRADIO = "**/assets/core-*.js"


@pytest.fixture
def waiting(new_page, app_url):
    """Opens a page that Gradio does not build until it is `let_on`; it knows nothing of others."""
    pages = []

    def waiting(address="", width=1440, height=900, theme="light"):
        page = new_page(app_url)
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.route(GRADIO, lambda route: None)
        page.goto(app_url + address, wait_until="commit")
        page.wait_for_function("document.readyState !== 'loading'")
        return page

    yield waiting
    for page in pages:
        page.close()


def let_on(page):
    page.unroute(GRADIO)   # what was held goes on
    ready(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (800, 1000), (390, 844), (320, 640)])
def test_nothing_moves_as_the_page_takes_its_place(waiting, width, height, theme):
    page = waiting("", width, height, theme)
    assert page.locator("#first-paint .noised").is_visible()
    before, ground = page.evaluate(PLACES, "#first-paint"), page.evaluate(BACKGROUND, "#first-paint")
    let_on(page)
    page.wait_for_selector("#first-paint", state="detached")
    assert not page.evaluate(THEMED)
    for old, new in zip(before, page.evaluate(PLACES, "gradio-app"), strict=True):
        if old[0] not in (".share", ".sentence"):   # which change as it dissolves
            assert old == new
        assert old[1:3] == new[1:3]
    assert ground == page.evaluate(BACKGROUND, ".gradio-container")


def test_its_pictures_are_the_first_that_the_page_draws(waiting):
    page = waiting()
    pictures = page.evaluate(PICTURES)
    page.evaluate(FIRST_DRAWN)
    said = page.locator("#first-paint .sentence").inner_text()
    assert page.locator("#first-paint .share").inner_text() == "2 % noise"
    let_on(page)
    assert page.evaluate("[drawn.noised, drawn.network]") == pictures
    page.locator("#dissolve .sentence").get_by_text(said).wait_for()


def test_nobody_can_press_what_is_not_there_yet(waiting):
    page = waiting()
    paint = page.locator("#first-paint")
    assert paint.get_attribute("aria-hidden") == "true" and paint.evaluate("(node) => node.inert")
    assert paint.locator("button").count() and not paint.locator("button:visible").count()


def test_a_link_to_another_tab_shows_the_names_of_the_tabs_alone(waiting):
    page = waiting("?tab=context&mix=1")
    assert page.locator("#first-paint .open").inner_text() == "Context"
    assert not page.locator("#first-paint .dissolve").count()
    page.unroute(GRADIO)
    page.wait_for_selector("#first-paint", state="detached")
    page.wait_for_selector("#mix-view canvas")


@pytest.mark.parametrize("switch", ["projector=1", "hide=train"])
def test_a_page_that_a_teacher_has_set_up_is_not_shown_otherwise_before(waiting, switch):
    assert not waiting(f"?{switch}").locator("#first-paint").count()


def test_it_shows_the_tabs_that_there_are(waiting):
    page = waiting()
    names = page.locator("#first-paint .names span").all_inner_texts()
    let_on(page)
    assert names == [re.sub(r"\s+", " ", name).strip() for name in page.get_by_role("tab").all_inner_texts()]
