"""The loss plot and its noise bands in a real browser: drawn from their value, read by pointer and keyboard, steady."""

from statistics import median

import numpy as np
import pytest
from pages import PHONE, VIEWPORT, WATCH_SHIFTS, frames

from diffusion.training.history import LossSeries, Mark, RealFsd
from diffusion.ui import looks
from diffusion.ui.components.component import component
from diffusion.ui.routes.component_routes import component_routes

STEPS, SECONDS = 3300, 600   # as after ten minutes
ROUND = {"marks": 60, "quality": 40}
SENT = "document.querySelector('#loss-plot .curves').getAttribute('aria-label')"
N = 20
PAUSE = "await new Promise((done) => setTimeout(done, 200));"
PAUSES = f"async () => {{ for (let i = 0; i < {N}; i++) {{ {PAUSE} }} }}"
UPDATES = f"""async () => {{
    const canvas = document.querySelector('#loss-plot .curves');
    const go = [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'go');
    for (let i = 0; i < {N}; i++) {{
        const seen = new Promise((done) => new MutationObserver(done).observe(canvas, {{ attributes: true }}));
        go.click();
        await seen;
        {PAUSE}
    }}
}}"""


STANDS_STILL = """async () => {
    const canvas = document.querySelector('#loss-plot .curves');
    for (let same = 0, last = ''; same < 6; last = canvas.toDataURL()) {
        await new Promise(requestAnimationFrame);
        same = canvas.toDataURL() === last ? same + 1 : 0;
    }
}"""


class Replay:
    """A training that goes on by a few steps at each look."""

    def __init__(self):
        self.random, self.series, self.step = np.random.default_rng(0), LossSeries(RealFsd(7.5, 0.25, 128)), 0

    def go(self, steps):
        for _ in range(steps):
            self.step += 1
            at, loss = self.step * SECONDS / STEPS, 0.2 + 1.3 / (1 + self.step / 60) + 0.02 * self.random.normal()
            self.series.add(self.step, at, loss, self.random.uniform(0, 1, 32), self.random.uniform(0, 2 * loss, 32))
            if self.step % (STEPS // ROUND["quality"]) == 0:
                self.series.measured(self.step, at, 1.5 + 3000 / self.step, 1 - 50 / self.step)
        return self.text()

    def text(self):
        gap = STEPS // ROUND["marks"]
        marks = [Mark(step, step * SECONDS / STEPS, "saved") for step in range(gap, self.step, gap)]
        return self.series.text("running", marks)


@pytest.fixture(scope="module")
def replay():
    return Replay()


def both(happens):
    """What happens to the value that the two plots have in common, for each of them."""
    return lambda: [happens()] * 2


@pytest.fixture(scope="module")
def plot_url(replay):
    """A page with the two plots alone, and a button for each thing that may happen to their value."""
    import gradio as gr

    with gr.Blocks() as demo:
        plots = [component("loss_plot", "loss-plot"), component("noise_bands", "noise-bands")]
        happenings = {"go": lambda: replay.go(3), "go far": lambda: replay.go(1000), "forget": lambda: ""}
        for name, happens in happenings.items():
            gr.Button(name).click(both(happens), None, plots, queue=False, show_progress="hidden")
    routes = {"routes": component_routes()}
    _, url, _ = demo.launch(**looks(), app_kwargs=routes, prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()


@pytest.fixture(scope="module")
def standing_plot(new_page, plot_url):
    page = new_page(plot_url)
    page.goto(plot_url)
    page.wait_for_selector("#loss-plot .point", state="attached")
    yield page
    page.close()


@pytest.fixture
def page(standing_plot):
    """The page with the plot, as it opens: nothing is drawn yet."""
    standing_plot.set_viewport_size(VIEWPORT)
    standing_plot.mouse.move(0, 0)
    if "No loss yet" not in standing_plot.evaluate(SENT):
        press(standing_plot, "forget")
    return standing_plot


def press(page, name):
    before = page.evaluate(SENT)
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_function(f"before => {SENT} !== before", arg=before)


def point_at(page, share):
    box = page.locator(".curves").bounding_box()
    page.mouse.move(box["x"] + share * box["width"], box["y"] + 100)


def point(page):
    return page.locator(".reading .point").inner_text()


def step_read(page):
    return int(point(page).partition(",")[0].removeprefix("step "))


def picture(page):
    return page.locator(".curves").evaluate("canvas => canvas.toDataURL()")


def still(page):
    """Wait until the curve stands still: its axes glide to new limits."""
    page.evaluate(STANDS_STILL)


def test_what_is_read_stays_while_the_curve_grows(page, replay):
    press(page, "go far")
    press(page, "go")   # over the thousand: the axis has its next limit
    assert point(page).startswith(f"Now: step {replay.step:,}")
    still(page)
    point_at(page, 0.3)
    page.wait_for_function("!document.querySelector('.point').textContent.startsWith('Now')")
    read = step_read(page)
    for _ in range(3):
        before = page.evaluate(SENT)
        page.get_by_role("button", name="go", exact=True).dispatch_event("click")   # the pointer stays where it is
        page.wait_for_function(f"before => {SENT} !== before", arg=before)
        assert abs(step_read(page) - read) <= 4   # or its neighbour, where the point itself was thinned out
    page.mouse.move(0, 0)
    assert point(page).startswith(f"Now: step {replay.step:,}")


def test_the_key_tells_what_as_many_real_sprites_get(page):
    press(page, "go far")
    assert page.locator(".keys .real").inner_text() == "FSD of 128 real sprites: 7.5 ± 0.3"


def test_the_keyboard_walks_along_the_curve_and_what_stands_there_is_told(page, replay):
    press(page, "go far")
    page.locator(".curves").focus()
    page.keyboard.press("Home")
    assert point(page).startswith("step 1,")
    page.keyboard.press("ArrowRight")
    second = point(page)
    assert second.startswith("step ") and not second.startswith("step 1,")
    page.keyboard.press("End")
    assert page.locator(".curves").get_attribute("aria-valuenow") == str(replay.step)
    assert page.locator(".curves").get_attribute("aria-valuetext").startswith(f"step {replay.step:,}")
    page.keyboard.press("Home")
    notes = set()
    for _ in range(40):
        page.keyboard.press("PageUp")
        notes.add(page.locator(".note").inner_text())
    assert any("checkpoint saved" in note for note in notes)
    assert any("FSD" in note and "(128 real sprites: 7.5 ± 0.3)" in note for note in notes)
    assert any("asked category comes out" in note for note in notes)
    page.keyboard.press("Escape")
    assert point(page).startswith("Now: ")


@pytest.mark.parametrize("width", [360, 560])
def test_the_switches_redraw_the_curve_and_nothing_else_moves(page, width):
    press(page, "go far")
    page.set_viewport_size({"width": width, "height": 900})
    still(page)
    page.evaluate(WATCH_SHIFTS)
    pictures = [picture(page)]
    for name in ("linear", "time", "logarithmic", "steps"):
        page.get_by_label(name, exact=True).check()
        pictures.append(picture(page))
    assert pictures[0] == pictures[-1] and len(set(pictures)) == 4
    for _ in range(3):
        press(page, "go")
    press(page, "forget")
    assert "No loss yet" in page.evaluate(SENT)
    frames(page, 5)
    assert page.evaluate("window.shifts") == []


def test_the_loss_of_each_noise_band_is_told_on_a_phone_too(page):
    page.set_viewport_size(PHONE)
    press(page, "go")
    bars = page.locator(".bands .bar").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    assert len(bars) == 10 and all(height > 0 for height in bars)
    assert page.locator(".sentence").inner_text().startswith("Most is left to learn with ")
    assert "untrained" in page.locator(".bands li").first.get_attribute("title")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".curves").evaluate("canvas => canvas.width > 0 && canvas.clientWidth < innerWidth")


@pytest.mark.slow
def test_an_update_costs_at_most_15_ms_of_the_browser_after_ten_minutes(page, replay):
    while replay.step < STEPS:
        press(page, "go far")
    metrics = page.context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_while(script):
        before = busy()
        page.evaluate(script)
        return 1000 * (busy() - before)

    def busy():
        values = {entry["name"]: entry["value"] for entry in metrics.send("Performance.getMetrics")["metrics"]}
        return values["TaskDuration"]

    point_at(page, 0.4)
    page.wait_for_timeout(1000)
    costs = [busy_while(UPDATES) - busy_while(PAUSES) for _ in range(3)]
    assert median(costs) / N <= 15, "ms of browser time an update"
