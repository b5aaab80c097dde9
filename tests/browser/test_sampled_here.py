"""The Sample tab where the learner's browser draws by itself."""

import json
import re

import numpy as np
import pytest
from pages import answered, frames, open_sample, reload, requests, type_in, until

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import load_checkpoint
from diffusion.serving.requests import RunRequest
from diffusion.serving.wire_formats import player_value, run_payload
from diffusion.trajectory import record

SAMPLE_READY = "#sample-device [data-device=ready]"


@pytest.fixture
def here(visit):
    """The tab as `fetch_model` leaves it."""
    page = visit()
    fetch_model(page)
    return page


def fetch_model(page):
    """Have the server draw a small run, while the model is fetched, until that is here."""
    open_sample(page)
    for label, value in (("Steps", "4"), ("Number of sprites", "2")):
        type_in(page.get_by_label(label).first, value)
    sample(page)
    page.get_by_text("2 sprites, 4 steps, 8 network calls a sprite").wait_for()
    page.wait_for_selector(SAMPLE_READY)
    answered(page)


def sample(page):
    page.get_by_role("button", name="Sample", exact=True).click()


def facts(page, ending):
    page.get_by_text(re.compile(f"^2 sprites, 4 steps, 8 network calls a sprite: .*{ending}")).wait_for()


def pixels(page):
    """Of both views at the end of the run."""
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("End")
    frames(page, 2)
    read = "all => all.map(one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data])"
    return page.locator("#sample-player .stage canvas").evaluate_all(read)


def test_a_run_is_drawn_here_without_the_server_and_is_the_same(here):
    theirs = pixels(here)
    with requests(here, lambda request: request.method == "POST") as asked:
        sample(here)
        facts(here, r"in this browser, \d workers?\.$")
        assert not asked
    here.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame")
    ours = pixels(here)
    assert [len(view) for view in ours] == [len(view) for view in theirs]
    pairs = [(a, b) for our, their in zip(ours, theirs, strict=True) for a, b in zip(our, their, strict=True)]
    # Float16 weights against the original ones: of a network that has learnt nothing, a few pixels change their colour.
    assert sum(abs(a - b) <= 2 for a, b in pairs) >= 0.995 * len(pairs)
    assert here.locator("#sample-player .readout").inner_text() == "t = 0, no noise left"


def test_a_run_that_was_drawn_here_can_be_saved_and_tells_its_settings(here, tmp_path):
    sample(here)
    facts(here, "in this browser")
    with here.expect_request(lambda request: "component_server" in request.url) as saving, here.expect_download():
        here.get_by_role("button", name="Save PNG").click()
    recipe = json.loads(saving.value.post_data)["data"]
    config = recipe["config"]
    assert (recipe["checkpoint"], config["sampler"], config["steps"], config["n"]) == ("tiny", "sa_solver", 4, 2)


def test_the_server_draws_once_it_is_chosen_and_tells_what_is_out_of_bounds(here):
    here.locator("#sample-device").get_by_role("button", name="the server").click()
    sample(here)
    facts(here, r"on \d")
    here.locator("#sample-device").get_by_role("button", name="this browser").click()
    here.get_by_label("Seed").first.fill("")
    sample(here)
    here.get_by_text("seed = None: give a whole number").wait_for()
    here.get_by_text("Not drawn to its end.").wait_for()


LISTEN = """() => document.querySelector("#sample-player .player").addEventListener("run", ({ detail }) => {
    const [{ views, ...lane }] = detail.lanes;
    const bytes = Object.entries(views).map(([name, { bits, data }]) => [name, [bits, [...data]]]);
    window.payload = { ...detail, lanes: [{ ...lane, views: Object.fromEntries(bytes) }] };
})"""


def rounded(lane):
    """A lane of a player but for its pictures, its shares of the sprite without their last digits."""
    digits = [[round(value, 12) for value in one["alphaBar"]] for one in (lane, lane["curve"])]
    others = {name: value for name, value in lane.items() if name not in ("alphaBar", "curve")}
    return digits, lane["curve"]["t"], others


@pytest.mark.parametrize(("sampler", "title", "clean"), [("unipc", "UniPC", False), ("ddpm", "DDPM", True)])
def test_the_player_gets_what_the_server_would_have_given_it(here, app_folder, sampler, title, clean):
    here.get_by_label("Sampler").first.click()
    here.get_by_role("option", name=title, exact=True).click()
    type_in(here.get_by_label("Steps").first, "4")
    here.get_by_label("Clean colours").set_checked(clean)
    here.evaluate(LISTEN)
    sample(here)
    facts(here, "in this browser")
    ours = here.evaluate("payload")
    request = RunRequest("tiny", SampleConfig(sampler, 4, n=2, guidance=1.25, clean=clean))
    run = record(request.run(load_checkpoint("tiny", app_folder)))
    theirs = json.loads(player_value(run_payload(run), recipe=request.recipe))
    [lane], [their_lane] = ours.pop("lanes"), theirs.pop("lanes")
    views, their_views, at, their_at = lane.pop("views"), their_lane.pop("views"), lane.pop("at"), their_lane.pop("at")
    assert ours == theirs
    assert rounded(lane) == rounded(their_lane)
    assert at == sorted(at) and len(at) == len(their_at)
    assert list(views) == list(their_views) and ("z" in views) == (sampler == "ddpm")
    for name, (bits, data) in views.items():
        apart = np.array(data) - run.views[name].reshape(-1).astype(int)
        alike = 0.99 if clean else 0.999   # two colours may be as likely
        assert bits == 8 and (abs(apart) <= 1).mean() >= alike, name


def test_a_run_shows_itself_as_it_goes_and_stops(here):
    type_in(here.get_by_label("Steps").first, "500")
    type_in(here.get_by_label("Number of sprites").first, "10")
    readout = here.locator("#sample-player .readout")
    with requests(here, lambda request: request.method == "POST") as asked:
        sample(here)
        here.wait_for_function("document.querySelector('#sample-player .readout').textContent.includes(' of 500, ')")
        here.wait_for_timeout(700)   # in which it tells of itself again
        assert here.locator("#sample-player .stage figure").count() == 2
        here.get_by_role("button", name="Stop").click()
        here.wait_for_timeout(500)   # in which a run that goes on shows itself
        reached = readout.inner_text()
        here.wait_for_timeout(500)
        assert readout.inner_text() == reached and reached.startswith("stopped at step ")
        assert reached.endswith(" of 500") and not asked
    scrub = here.locator("#sample-player .scrub")
    assert scrub.input_value() == scrub.get_attribute("max") != "0"
    seen = here.locator("#sample-player .stage canvas").first.evaluate("canvas => canvas.toDataURL()")
    scrub.press("Home")
    assert readout.inner_text().startswith("step ")
    assert here.locator("#sample-player .stage canvas").first.evaluate("canvas => canvas.toDataURL()") != seen
    type_in(here.get_by_label("Steps").first, "4")
    type_in(here.get_by_label("Number of sprites").first, "2")
    sample(here)
    facts(here, "in this browser")


def test_where_the_page_lacks_its_code_the_server_draws(visit):
    page = visit()
    page.route("**/browser/code/film.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    reload(page)
    open_sample(page)
    page.locator("#sample-device").get_by_text("The server draws.").wait_for()
    sample(page)
    page.get_by_text(re.compile(r"^16 sprites, \d+ steps.* on \d")).wait_for()


def test_sampling_goes_on_once_the_server_has_stopped(open_page, serve, own_app_folder):
    with serve(own_app_folder) as url:
        page = open_page(url)
        fetch_model(page)
    seed = page.get_by_label("Seed").first
    sample(page)
    facts(page, "in this browser")
    first = pixels(page)
    page.get_by_role("button", name="New seed").click()
    page.wait_for_function("field => field.value !== '0'", arg=seed.element_handle())
    facts(page, "in this browser")
    until(lambda: pixels(page) != first, page)


def test_a_server_that_does_not_answer_is_told_of_and_this_browser_draws_again(here):
    here.context.set_offline(True)
    here.locator("#sample-device").get_by_role("button", name="the server").click()
    sample(here)
    here.get_by_text("The server did not answer: try again, or have this browser draw.").wait_for()
    here.locator("#sample-device").get_by_role("button", name="this browser").click()
    sample(here)
    facts(here, "in this browser")
    here.context.set_offline(False)
