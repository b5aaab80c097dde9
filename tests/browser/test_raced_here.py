"""The DDPM vs DDIM tab where the learner's browser runs the race by itself."""

import json

import numpy as np
import pytest
from pages import answered, open_more, open_tab, ready, requests, type_in

from diffusion.serving.engine import Engine
from diffusion.serving.race import Lane, Start, Track
from diffusion.serving.wire_formats import player_value, run_payload
from diffusion.ui.tabs.race_tab import named

HERE = "at once, float32, in this browser,"
LANES = (Lane("ddpm", 20), Lane("student-1"))
LISTEN = """() => {
    window.shown = [];
    document.querySelector("#race-player .player").addEventListener("run", ({ detail }) => {
        const plain = ({ views, ...lane }) => {
            const bytes = Object.entries(views).map(([name, { bits, data }]) => [name, [bits, [...data]]]);
            return { ...lane, views: Object.fromEntries(bytes) };
        };
        window.shown.push({ ...detail, lanes: detail.lanes.map(plain) });
    });
}"""


@pytest.fixture
def here(visit):
    """The tab with a short race set, of a student too, in a page that has not fetched any model yet."""
    page = visit()
    ready(page)
    open_tab(page, "DDPM vs DDIM")
    open_more(page, "race")
    type_in(page.locator("#race-steps-1 input[type=number]"), "20")
    page.get_by_label("Lane 2").click()
    page.get_by_role("option", name="Student, 1 step").click()
    type_in(page.get_by_label("Number of sprites").and_(page.locator("input[type=number]:visible")), "4")
    page.wait_for_selector("#race-device [data-device]")
    answered(page)
    page.evaluate(LISTEN)
    return page


def race(page, facts):
    page.get_by_role("button", name="Race", exact=True).click()
    page.get_by_text(facts).wait_for()
    answered(page)


def choose(page, who):
    page.locator("#race-device").get_by_role("button", name=who).click()


def cells(page, row):
    return page.locator(f"table.lanes tr:nth-child({row}) td").all_inner_texts()


def test_the_lanes_run_here_and_the_server_runs_none(here):
    with requests(here, lambda request: "queue/join" in request.url) as asked:
        race(here, HERE)
        assert len(asked) == 2   # it plans, and tells what came of it
    assert cells(here, 3) == ["40", "1"]
    slow, fast = (float(cell) for cell in cells(here, 5))
    assert slow > fast
    alike = "All 3,072 pixel values of the starting noise were compared: the lanes started from the same."
    here.get_by_text(alike).wait_for()
    here.wait_for_selector("#race-device [data-device=ready]")


def test_the_player_gets_what_the_server_would_have_given_it(here, app_folder):
    race(here, HERE)
    *lives, ours = here.evaluate("shown")
    *_, timed = Track().race(Engine(app_folder, "cpu"), "tiny", LANES, Start(n=4, clean=True))
    theirs = json.loads(player_value(*(run_payload(one.trajectory) | named(one.lane) for one in timed)))
    assert {**ours, "recipe": None, "lanes": []} == theirs | {"lanes": []}
    for lane, their_lane, one in zip(ours["lanes"], theirs["lanes"], timed, strict=True):
        assert lane.keys() == their_lane.keys()
        for name in ("side", "title", "kind", "sprites", "steps", "calls", "t"):
            assert lane[name] == their_lane[name], name
        assert lane["at"] == sorted(lane["at"]) and len(lane["at"]) == len(their_lane["at"])
        assert list(lane["views"]) == list(their_lane["views"]) == ["x_t", "x0"]
        for name, (_, data) in lane["views"].items():
            apart = np.array(data) - one.trajectory.views[name].reshape(-1).astype(int)
            assert (abs(apart) <= 1).mean() >= 0.995, name   # float16 weights against the original ones
    first_shown, quick = lives[0]["lanes"], ours["lanes"][1]["views"]["x_t"][1]
    assert first_shown[0]["labels"] == ["Student, 1 step: step 1 of 1, finished"]   # the quickest came first
    assert first_shown[0]["views"]["x_t"][1] == quick[: len(quick) // 2]            # and the other stood at the start
    assert first_shown[1]["views"]["x_t"][1] == quick[len(quick) // 2 :]


def test_what_the_server_makes_of_a_race_it_makes_of_one_that_ran_here(here):
    race(here, HERE)
    here.get_by_text("Is it as good?").click()
    here.locator(".comparison .beside").wait_for()
    here.get_by_text("Is it the same twice?").click()
    here.get_by_role("button", name="Run each lane twice").click()
    here.get_by_text("The same picture:").wait_for()   # of the student
    here.get_by_role("button", name="Measure how good these lanes are").wait_for()
    here.get_by_text("not measured").first.wait_for()
    here.locator("#race-player").get_by_role("button", name="Save PNG").click()
    here.get_by_text("this race was run by your browser, which saves no races").wait_for()


def test_the_server_runs_all_lanes_once_it_is_chosen(here):
    choose(here, "the server")
    race(here, "at once, float32, 1 thread, on ")
    assert cells(here, 3) == ["40", "1"] and not here.evaluate("shown")
    choose(here, "this browser")
    race(here, HERE)


def test_a_race_that_is_stopped_tells_nothing_and_can_be_run_again(here):
    type_in(here.locator("#race-steps-1 input[type=number]"), "500")
    here.get_by_role("button", name="Race", exact=True).click()
    here.wait_for_function("document.querySelector('#race-player .readout').textContent.startsWith('DDPM, 500 steps')")
    here.get_by_role("button", name="Stop", exact=True).click()
    here.locator("p", has_text="Press Race").first.wait_for()
    answered(here)
    step = here.locator("#race-player .readout").inner_text()
    here.wait_for_timeout(500)   # in which a race that goes on shows itself
    assert here.locator("#race-player .readout").inner_text() == step and cells(here, 3) == ["–", "–"]
    type_in(here.locator("#race-steps-1 input[type=number]"), "20")
    race(here, HERE)


PLANNED = """async ([plan, short]) => {
    const { race } = await import(new URL("browser/code/race_runs.js", document.baseURI));
    const model = { categories: ["a"], palette: false }, drawn = [];
    const device = {
        placeOfAll: () => "graphics",
        open: async (names) => (names.includes("lost") ? null : names.map(() => model)),
        takes: ({ run }) => run.steps <= short,
        draw: async ({ run }) => (drawn.push(run.steps), null),
    };
    return [await race(device, plan, () => {}), drawn];
}"""


@pytest.mark.parametrize(
    ("names", "n", "short"), [(["tiny", "tiny"], 4, 10), (["tiny", "lost"], 4, 500), (["tiny", "tiny"], 64, 500)]
)
def test_where_one_lane_cannot_run_here_none_does(here, names, n, short):
    """One is too long, its model is not here, or, of four, they have more sprites than can be told of."""
    configs = [{"sampler": "ddim", "steps": steps, "n": n, "seed": 0, "origins": None} for steps in (2, 50)]
    runs = [
        {"checkpoint": name, "config": config, "weights": None} for name, config in zip(names, configs, strict=True)
    ]
    assert here.evaluate(PLANNED, [{"race": runs * 2, "lanes": []}, short]) == [None, []]


PARTED = """async (plan) => {
    const { race } = await import(new URL("browser/code/race_runs.js", document.baseURI));
    const model = { categories: ["a"], palette: false }, ended = { film: {}, pixels: new Uint8Array(), place: "cores" };
    const device = {
        placeOfAll: () => "graphics", open: async (names) => names.map(() => model), takes: () => true,
        draw: async () => ended,
    };
    return race(device, plan, () => {});
}"""


def test_where_the_graphics_processor_breaks_down_no_lane_of_it_counts(here):
    """The cores have drawn that lane to its end."""
    config = {"sampler": "ddim", "steps": 2, "n": 1, "seed": 0, "origins": None}
    runs = [{"checkpoint": "tiny", "config": config, "weights": None}] * 2
    assert here.evaluate(PARTED, {"race": runs, "lanes": []}) is None
