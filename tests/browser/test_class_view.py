"""What a teacher sets for a class, seen in a real browser: hidden tabs, and a projector's large text and sprites."""

import pytest
from pages import answered, breaking_off, open_tab, ready, reload, until, wait_until_hidden

PROJECTOR = {"width": 1280, "height": 720}
TABS = ("noise", "sample", "context", "race", "train", "unet", "edit")
SMALL = 18     # px of text
LARGE = 256    # px of a sprite
SEEN = "(element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })"
SMALL_TEXTS = f"""(least) => {{
    const seen = {SEEN}, texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), small = [];
    const scale = (matrix) => matrix ? Math.hypot(matrix.a, matrix.b) : 1;
    const size = (element) => parseFloat(getComputedStyle(element).fontSize) * scale(element.getScreenCTM?.());
    for (let text; (text = texts.nextNode()); ) {{
        const element = text.parentElement;
        if (!text.data.trim() || element.closest("script, style") || !seen(element)) continue;
        if (size(element) < least - 0.01) small.push(`${{size(element)}}: ${{text.data}}`);
    }}
    return small;
}}"""
TOO_WIDE = f"""() => [...document.querySelectorAll("body *")]
    .filter((element) => ({SEEN})(element) && element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.outerHTML.slice(0, 80))"""
CANVASES = {   # where few sprites are shown: their canvases, and how many stand side by side in one
    "noise": ("#dissolve .pictures canvas", 1),
    "sample": ("#sample-player .stage canvas", 2),
    "context": ("#mix-view .sprites button canvas", 1),
    "race": ("#race-player .stage canvas", 2),
    "unet": (".maps figure canvas", 1),
    "edit": ("#edit-view .variants canvas", 1),
}


@pytest.fixture
def projected(visit):
    def projected(tab):
        page = visit(f"?projector=1&tab={tab}")
        page.set_viewport_size(PROJECTOR)
        page.wait_for_selector(f"#tab-{tab}-button[aria-selected=true]")
        page.wait_for_selector(f"#tab-{tab} {CANVASES[tab][0]}" if tab in CANVASES else f"#tab-{tab}")
        return page

    return projected


def widths(page, selector):
    seen = f"(canvases) => canvases.filter({SEEN}).map((canvas) => canvas.getBoundingClientRect().width)"
    return page.locator(selector).evaluate_all(seen)


@pytest.mark.parametrize("tab", TABS)
def test_text_and_few_sprites_are_large_and_nothing_is_wider_than_the_screen(projected, tab):
    page = projected(tab)
    answered(page)
    assert page.evaluate(SMALL_TEXTS, SMALL) == []
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PROJECTOR["width"]
    if tab in CANVASES:
        selector, columns = CANVASES[tab]
        until(lambda: min(widths(page, selector), default=0) >= columns * LARGE, page)   # a picture that comes fades in


def test_without_the_switch_text_is_as_it_comes(visit):
    page = visit("?tab=unet")
    page.wait_for_selector("#tab-unet .block small")
    assert page.evaluate(SMALL_TEXTS, SMALL)


def names(page):
    return page.get_by_role("tab").all_inner_texts()


def test_hidden_tabs_are_not_there_and_the_first_one_that_is_opens(visit):
    page = visit("?hide=noise,train,unet&tab=train")
    page.wait_for_selector("#tab-sample-button[aria-selected=true]")
    wait_until_hidden(page, "train")
    assert names(page) == ["Sample", "Context", "DDPM vs DDIM", "Edit"]
    open_tab(page, "Context")
    page.wait_for_url("**tab=context**")
    assert "hide=noise%2Ctrain%2Cunet" in page.url or "hide=noise,train,unet" in page.url
    reload(page)
    page.wait_for_selector("#tab-context-button[aria-selected=true]")
    assert "Train" not in names(page)


def test_who_starts_afresh_keeps_what_the_teacher_set_and_nothing_else(visit):
    page = visit("?hide=train&projector=1&tab=noise&t=200")
    page.wait_for_selector(".noised[data-t='200']")
    with breaking_off(page):
        page.get_by_role("link", name="Start afresh").click()
        page.wait_for_url("**/?hide=train&projector=1")
        ready(page)
    wait_until_hidden(page, "train")


def test_a_link_that_forgets_does_so_once_and_no_reload_does(visit):
    page = visit()
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    for address, kept in (("?forget=0", "server"), ("?forget=1&hide=train", None)):
        with breaking_off(page):
            page.goto(page.url.partition("?")[0] + address)
        ready(page)
        assert page.evaluate("localStorage.getItem('sprite-lab-device')") == kept
    assert "forget" not in page.url and "hide=train" in page.url
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    reload(page)
    ready(page)
    assert page.evaluate("localStorage.getItem('sprite-lab-device')") == "server"


@pytest.mark.parametrize(
    "query", ["hide=nowhere", "hide=noise,sample,context,race,train,unet,edit", "projector=maybe", "lesson=<b>9</b>"]
)
def test_a_switch_that_cannot_be_is_told_and_nothing_is_hidden(visit, query):
    page = visit(f"?{query}")
    page.get_by_test_id("toast-body").get_by_text("The link says").wait_for()
    assert len(names(page)) == len(TABS)


def test_the_link_of_the_form_shows_the_class_what_was_ticked(visit):
    page = visit("class")
    page.get_by_label("Train").uncheck()
    page.get_by_label("For a projector").check()
    page.get_by_label("Lesson to begin with").select_option("noise")
    page.get_by_role("button", name="Make the link").click()
    assert page.locator(".code svg").bounding_box()["width"] > 300
    page.locator(".link a").click()
    page.wait_for_selector(".tour[data-lesson=noise]")
    wait_until_hidden(page, "train")
    assert page.evaluate("document.documentElement.classList.contains('projector')")
