"""The DDPM vs DDIM tab in a real browser: lanes are added, run, replayed in their own time and saved; the frontier."""

import dataclasses
import json

import pytest
from pages import open_tab, ready, requests, sized, type_in

from diffusion.evaluation.frontier import FILE, keep, measure_point
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig
from diffusion.serving.engine import Engine
from diffusion.serving.reference import Reference
from diffusion.ui.components.frontier_plot.frontier_plot import frontier_value

LANE = "#race-player figure:nth-child({}) canvas"
FAKE_CLOCK = """() => {
    const waiting = [];
    let now = performance.now();
    performance.now = () => now;
    window.requestAnimationFrame = (tick) => waiting.push(tick);
    window.pass = (seconds) => {
        const until = now + 1000 * seconds;
        while (now < until) {
            now = Math.min(until, now + 10);
            waiting.splice(0).forEach((tick) => tick(now));
        }
    };
}"""


def race(page, steps):
    """On the server."""
    open_tab(page, "DDPM vs DDIM")
    page.wait_for_selector("#race-device [data-device]")
    page.locator("#race-device").get_by_role("button", name="the server").click()
    type_in(page.locator("#race-steps-1 input[type=number]"), str(steps))
    page.get_by_role("button", name="Race", exact=True).click()


def ended(page):
    page.get_by_text("numbers of the starting noise").wait_for()


def frame(page, lane):
    return int(page.locator(LANE.format(lane)).get_attribute("data-frame"))


CUT_OFF = """() => [...document.querySelectorAll("#tab-race .lane input[type=range]")].filter((slider) => {
    const right = (node) => node.getBoundingClientRect().right;
    return slider.offsetParent && right(slider) + 8 > right(slider.closest(".lane"));
}).map((slider) => slider.getAttribute("aria-label"))"""


@pytest.mark.parametrize("width", [1440, 1280, 820, 360])
def test_no_slider_of_a_lane_is_cut_off(page, width):
    open_tab(page, "DDPM vs DDIM")
    with sized(page, width):
        assert page.locator("#tab-race .lane input[type=range]:visible").count() == 3
        assert page.evaluate(CUT_OFF) == []


def test_lanes_are_seen_as_they_run_and_compared_in_the_end(page):
    open_tab(page, "DDPM vs DDIM")
    page.get_by_role("button", name="Add a lane").click()
    page.get_by_label("Lane 3").wait_for()
    race(page, 20)
    page.wait_for_function("document.querySelector('#race-player .readout').textContent.includes('step')")
    ended(page)
    assert page.locator("#race-player .stage canvas").count() == 3
    heads = page.locator("table.lanes th[scope=col]").all_inner_texts()
    assert heads == ["● DDPM, 20 steps", "▲ DDIM, 25 steps", "▼ UniPC, 10 steps"]
    counted = page.locator("table.lanes tr:nth-child(3) td").all_inner_texts()
    assert counted == ["40", "50", "20"]
    assert page.get_by_text("12,288 numbers of the starting noise").count() == 1
    page.get_by_text("Is it as good?").click()
    page.locator(".comparison .beside").nth(1).wait_for()
    assert page.locator(".comparison .beside").count() == 2
    page.get_by_text("Is it the same twice?").click()
    page.get_by_role("button", name="Run each lane twice").click()
    page.get_by_text("The same picture:").first.wait_for()
    assert page.get_by_text("The same picture:").count() == 2   # DDIM and UniPC


def test_a_race_can_be_saved_and_its_replay_takes_the_recorded_seconds_of_each_lane(page):
    race(page, 40)
    ended(page)
    with page.expect_download() as download:
        page.locator("#race-player").get_by_role("button", name="Save GIF").click()
    assert download.value.suggested_filename == "sprites.gif"
    page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Play", exact=True)).first.focus()
    page.keyboard.press("End")
    last = [frame(page, lane) for lane in (1, 2)]
    seconds = [float(cell) for cell in page.locator("table.lanes tr:nth-child(5) td").all_inner_texts()]
    page.evaluate(FAKE_CLOCK)
    page.locator("#race-player .play").click()
    passed = 0
    for lane in sorted((1, 2), key=lambda lane: seconds[lane - 1]):
        before, after = 0.95 * seconds[lane - 1] - 0.005, 1.05 * seconds[lane - 1] + 0.005   # told in hundredths
        page.evaluate("pass", before - passed)
        assert frame(page, lane) < last[lane - 1]
        page.evaluate("pass", after - before)
        assert frame(page, lane) == last[lane - 1]
        passed = after


@pytest.fixture(scope="module")
def points(tiny_model, sprites):
    real = RealSprites(sprites, load_judge())
    runs = [SampleConfig(sampler, steps, 20) for sampler in ("ddpm", "ddim") for steps in (2, 4, 6)]
    return [measure_point("tiny", tiny_model, run, real) for run in runs]


@pytest.fixture
def frontier(app_folder, points):
    keep(points, app_folder)
    yield points
    (app_folder / FILE).unlink()


@pytest.fixture
def app(standing):
    """The page, with the tab not open: what it shows of the frontier it reads when it opens."""
    page = standing(ready)
    yield page
    open_tab(page, "Sample")


def seen(page):
    return page.locator("#frontier .seen strong").all_inner_texts()


def test_the_points_of_the_frontier_show_their_sprites(app, frontier):
    open_tab(app, "DDPM vs DDIM")
    app.wait_for_selector("#frontier .spot")
    assert app.locator("#frontier .spot").count() == 6
    first = app.get_by_role("button", name="DDIM, 2 steps: 4 calls")
    first.focus()
    app.keyboard.press("ArrowRight")
    assert seen(app) == ["DDIM, 4 steps", "DDIM, 2 steps"]
    with requests(app, lambda request: request.url.startswith("http")) as asked:
        app.get_by_role("button", name="DDPM, 6 steps: 12 calls").focus()
        assert seen(app) == ["DDPM, 6 steps", "DDIM, 4 steps"]
        sizes = app.locator("#frontier .seen img").evaluate_all("all => all.map(one => one.naturalWidth)")
        assert sizes == [74, 74] and not asked
    assert app.locator("#frontier table tr").count() == 8
    app.get_by_text("the same seeds, compared with real ones").wait_for()


def test_what_was_measured_just_now_stands_beside_the_stored_points(app_folder, frontier):
    engine = Engine(app_folder, "cpu")
    others = [dataclasses.replace(frontier[0], **change) for change in ({"n": 30}, {"weights": "others"})]
    points = json.loads(frontier_value(engine, Reference(), [frontier[0], *others]))["points"]
    assert [point["now"] for point in points] == [False] * 6 + [True]
    assert points[-1] == points[0] | {"now": True}


def test_points_of_other_weights_are_told_and_not_shown(page, frontier, app_folder):
    keep([dataclasses.replace(point, weights="others") for point in frontier], app_folder)
    open_tab(page, "DDPM vs DDIM")
    page.get_by_text("6 of 6 stored points are of other weights").wait_for()
    assert page.locator("#frontier .spot").count() == 0


def test_without_a_measurement_the_frontier_says_how_to_make_one(app):
    open_tab(app, "DDPM vs DDIM")
    app.get_by_text("python -m diffusion frontier measures it").wait_for()
