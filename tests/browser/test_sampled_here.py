"""The Sample tab where the learner's browser draws by itself."""

import json
import re

import pytest
from pages import answered, frames, ready, requests

SAMPLE_READY = "#sample-device [data-device=ready]"


@pytest.fixture
def here(visit):
    """The tab with a small run that the server drew while the model was fetched, and a model that is here by now."""
    page = visit()
    ready(page)
    for label, value in (("Steps", "4"), ("Number of sprites", "2")):
        page.get_by_label(label).first.fill(value)
    sample(page)
    page.get_by_text("2 sprites, 4 steps, 8 network calls a sprite").wait_for(timeout=30_000)
    page.wait_for_selector(SAMPLE_READY, timeout=30_000)
    answered(page)
    return page


def sample(page):
    page.get_by_role("button", name="Sample", exact=True).click()


def facts(page, ending):
    page.get_by_text(re.compile(f"^2 sprites, 4 steps, 8 network calls a sprite: .*{ending}")).wait_for(timeout=30_000)


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
    assert sum(abs(a - b) <= 2 for a, b in pairs) >= 0.999 * len(pairs)   # float16 weights against the original ones
    assert here.locator("#sample-player .readout").inner_text() == "t = 0, no noise left"


def test_a_run_that_was_drawn_here_can_be_saved_and_tells_its_settings(here, tmp_path):
    sample(here)
    facts(here, "in this browser")
    with here.expect_request(lambda request: "component_server" in request.url) as saving, here.expect_download():
        here.get_by_role("button", name="Save PNG").click()
    recipe = json.loads(saving.value.post_data)["data"]
    config = recipe["config"]
    assert (recipe["checkpoint"], config["sampler"], config["steps"], config["n"]) == ("tiny", "unipc", 4, 2)


def test_the_server_draws_once_it_is_chosen_and_tells_what_is_out_of_bounds(here):
    here.locator("#sample-device").get_by_role("button", name="the server").click()
    sample(here)
    facts(here, r"on \d")
    here.locator("#sample-device").get_by_role("button", name="this browser").click()
    here.get_by_label("Seed").first.fill("")
    sample(here)
    here.get_by_text("seed = None: give a whole number").wait_for(timeout=30_000)


def test_sampling_goes_on_without_the_server(here):
    here.context.set_offline(True)
    sample(here)
    facts(here, "in this browser")
    here.context.set_offline(False)
