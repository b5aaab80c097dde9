"""What tests of pages do again and again, and the watch over all pages."""

import json
import shutil
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

FAILED = pytest.StashKey[bool]()   # whether a test has failed so far
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
VIEWPORT = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
BLANK = "about:blank"
LOSS = ".loss-plot:has(.recorded:empty) canvas[aria-label^='Loss ']"   # of a training of one's own
PATIENCE_S = 90   # with another browser, two apps and perhaps a training on the same two cores
# For so long a field has kept what was typed into it: gradio sets a fresh one back within two frames, which take long
# where two browsers share a core.
KEPT_FRAMES, KEPT_MS = 5, 300
KEEPS = """async (field, [value, frames, ms]) => {
    for (let i = 0, start = performance.now(); i < frames || performance.now() - start < ms; i++) {
        await new Promise(requestAnimationFrame);
        if (field.value !== value) return false;
    }
    return true;
}"""
WATCH_SHIFTS = """() => {
    window.shifts = [];
    const seen = (list) => window.shifts.push(...list.getEntries().map((entry) => entry.value));
    new PerformanceObserver(seen).observe({ type: "layout-shift" });
}"""


class Watch:
    """What went wrong on any page: console errors and requests to another host. And what a page still waits for."""

    def __init__(self):
        self.wrong = []

    def over(self, page, url):
        """Watch a page that shows what is served at `url`, and wait for it patiently."""
        page.context.set_default_timeout(1000 * PATIENCE_S)
        unanswered[page] = waiting = set()

        def asked(request):
            if not is_local(request.url, url):
                self.wrong.append(f"a request to another host: {request.url}")
            if request.method == "POST":
                waiting.add(request)

        def said(message):
            if is_error(message) and page not in leaving:
                self.wrong.append(f"console: {message.text} {message.location['url']}")

        page.on("request", asked)
        page.on("requestfinished", lambda request: waiting.discard(request))
        page.on("requestfailed", lambda request: waiting.discard(request))
        page.on("console", said)
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        return page

    def check(self):
        """Nothing has gone wrong since the last check."""
        wrong, self.wrong = self.wrong, []
        assert not wrong, "\n".join(wrong)


unanswered = {}    # by page: what it posted and has no answer to
leaving = set()    # pages that break off what they do, and say so


def is_error(message):
    """Whether something went wrong, other than that a test took the network away while the page still loaded."""
    return message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text


def is_local(url, app_url):
    return url.startswith(("data:", "blob:")) or urlsplit(url).netloc == urlsplit(app_url).netloc


class Standing:
    """A page that stays open from test to test: who uses it sets back what was set."""

    def __init__(self, page, url):
        self.page, self.url, self.opened = page, url, None

    def __call__(self, opened):
        """The page as `opened(page)` leaves it, loaded only if another kind of test, or one that failed, was here."""
        if self.opened is not opened:
            self.opened = None
            start_afresh(self.page, self.url)
            opened(self.page)
            self.opened = opened
        return self.page

    def leave(self):
        """Show nothing any more: what plays takes a core from other tests."""
        self.opened = None
        leave(self.page)


def start_afresh(page, url, motion="no-preference"):
    """Load an address as if this page had never shown anything, and had opened no others.

    A page behind another one is drawn once a second.
    """
    for opened in page.context.pages:
        if opened is not page:
            opened.close()
    page.unroute_all()
    page.context.set_offline(False)
    page.mouse.up()
    page.mouse.move(0, 0)
    page.set_viewport_size(VIEWPORT)
    page.emulate_media(reduced_motion=motion)
    leave(page)
    page.goto(url)


def leave(page):
    """Forget what the page remembers, and end all that goes on there; what it says of that is no error."""
    if page.url == BLANK:
        return
    page.evaluate("localStorage.clear()")
    with breaking_off(page):
        page.goto(BLANK)


@contextmanager
def breaking_off(page):
    """While a page goes elsewhere and breaks off what it does: what it says of that is no error."""
    leaving.add(page)
    yield
    leaving.remove(page)
    unanswered[page].clear()


@contextmanager
def sized(page, width, height=900):
    """While the window has another size; a page that stays open gets its own one back."""
    page.set_viewport_size({"width": width, "height": height})
    frames(page, 5)
    try:
        yield
    finally:
        page.set_viewport_size(VIEWPORT)


def reload(page):
    """Load the page again; what it broke off for that, and says so, is no error."""
    leaving.add(page)
    page.reload()
    leaving.remove(page)


def ready(page):
    """Wait for the app as it opens."""
    page.wait_for_selector("#dissolve canvas[data-t]")


def open_sample(page):
    """Wait for the app as it opens, and for the run that the Sample tab shows at first."""
    ready(page)
    open_tab(page, "Sample")
    page.wait_for_selector("#sample-player canvas[data-frame]")
    open_more(page, "sample")


def open_more(page, tab):
    """Open what is seldom set, if it is not open yet."""
    button = page.locator(f"#{tab}-more > button")
    if "open" not in (button.get_attribute("class") or "").split():
        button.click()


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def wait_until_hidden(page, tab):
    """Wait until a tab, by its key, has no button that is seen."""
    page.wait_for_function("(id) => !document.getElementById(id)?.checkVisibility()", arg=f"tab-{tab}-button")


def until(true, page):
    """Wait for a condition that this side knows, while the page's events come in."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        page.wait_for_timeout(10)


def answered(page):
    """Wait until the page has an answer to all that it has posted, and has had two frames to show it."""
    until(lambda: not unanswered[page], page)
    frames(page, 2)


def frames(page, count):
    """Let the page draw so many frames."""
    page.evaluate(
        "async (count) => { for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame); }", count
    )


def type_in(field, value):
    """Fill a field that may have just come to be, so that it keeps what it was given."""
    field.fill(value)
    while not field.evaluate(KEEPS, [value, KEPT_FRAMES, KEPT_MS]):
        field.fill(value)


def question(request):
    """What a request asks a component's server, by the function's name, or nothing."""
    return json.loads(request.post_data)["fn_name"] if "component_server" in request.url else None


@contextmanager
def requests(page, wanted=lambda request: True):
    """The requests of a page from now on to the end of the block, a list that grows."""
    seen = []

    def note(request):
        if wanted(request):
            seen.append(request)

    page.on("request", note)
    try:
        yield seen
    finally:
        page.remove_listener("request", note)


@contextmanager
def redrawn(page, view, state="[data-final=true]"):
    """Wait for the drawing of what is done in the block; one that a better one follows may come and go unseen."""
    drawn = page.locator(view).get_attribute("data-drawn")
    yield
    page.wait_for_selector(f"{view}{state}:not([data-drawn='{drawn}'])")


def picture(page, player, lane=0):
    """The pixels of a player's canvas, as a data URL."""
    return page.locator(f"{player} canvas").nth(lane).evaluate("canvas => canvas.toDataURL()")


def wait_for_another_picture(page, player, before):
    page.wait_for_function(
        "([player, before]) => document.querySelector(`${player} canvas`).toDataURL() !== before", arg=[player, before]
    )


def choose_model(page, name):
    page.locator("input[aria-label='Model']:visible").click()
    page.get_by_role("option", name=name, exact=True).click()


def slid(page, slider, value, told):
    """What `told`, in JavaScript, says at once as a slider moves, before anybody else hears of it."""
    return page.evaluate(
        """([slider, value, told]) => {
            const range = document.querySelector(`${slider} input[type=range]`);
            range.value = value;
            range.dispatchEvent(new Event("input", { bubbles: true }));
            return eval(told);
        }""",
        [slider, value, told],
    )
