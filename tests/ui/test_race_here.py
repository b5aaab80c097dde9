"""What a page tells of a race that it has run: it is read as it should be, or refused with a sentence."""

import base64
import json

import pytest

from diffusion.generation import SampleConfig
from diffusion.serving.race import Lane
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError
from diffusion.ui.sections.race_here import plan, read
from diffusion.ui.words.races import how_timed_here

LANES = [Lane("ddpm", 20), Lane("ddim", 5)]
REQUESTS = [RunRequest("tiny", SampleConfig(lane.runner, lane.steps, n=2)) for lane in LANES]
SPRITES = base64.b64encode(bytes(range(256)) * 6).decode()
TOLD = {
    "calls": [40, 10], "seconds": [2.0, 0.5], "sprites": [SPRITES, SPRITES], "alike": True,
    "workers": 2, "isOnGraphics": False,
}   # fmt: skip


def test_what_a_page_tells_is_read():
    told = read(json.dumps(TOLD), LANES, REQUESTS)
    assert [one.seconds for one in told.outcomes] == [2.0, 0.5] and [one.calls for one in told.outcomes] == [40, 10]
    assert told.outcomes[0].sprites.shape == (2, 16, 16, 3) and told.outcomes[1].sprites_a_second == 4
    said = how_timed_here(told.outcomes, told.alike, told.workers, told.is_on_graphics, 1.0)
    assert "<strong>DDIM, 5 steps was 4.0 times as fast</strong> as DDPM, 20 steps." in said
    assert "All 1,536 pixel values" in said and "the lanes started from the same." in said and "2 workers" in said
    otherwise = how_timed_here(told.outcomes, False, 2, True, 1.0)
    assert "the lanes did not start from the same" in otherwise and "2 workers with the graphics processor" in otherwise


@pytest.mark.parametrize(
    "change",
    [
        {"calls": [40]}, {"calls": None}, {"calls": [40, "many"]}, {"seconds": [0, 1]}, {"seconds": [1, True]},
        {"sprites": [SPRITES, SPRITES[4:]]}, {"sprites": [SPRITES, "<b>"]}, {"sprites": [SPRITES, 7]},
        {"workers": 10**9}, {"workers": None},
    ],
    ids=str,
)   # fmt: skip
def test_what_no_page_tells_is_refused(change):
    with pytest.raises(InputError):
        read(json.dumps(TOLD | change), LANES, REQUESTS)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", "null", "{"])
def test_what_is_no_telling_is_refused(text):
    with pytest.raises(InputError, match="could not be read"):
        read(text, LANES, REQUESTS)


def test_a_plan_names_each_lane_and_its_run():
    planned = json.loads(plan(LANES, REQUESTS))
    assert planned["lanes"][0] == {"title": "● DDPM, 20 steps", "kind": "ddpm", "name": "DDPM, 20 steps"}
    assert [RunRequest.from_recipe(recipe) for recipe in planned["race"]] == REQUESTS
