"""What is thought of a drawing as it dissolves, and the recording that ships."""

import base64
import json
from itertools import pairwise

import numpy as np
import pytest

from diffusion.explain.dissolving import first_drawing, record_dissolving, stretches
from diffusion.explain.noised_sprite import NoisedSprite, network_guess
from diffusion.explain.thoughts import State, Thinker
from diffusion.support.images import to_uint8
from diffusion.ui.tabs.noise_tab import RECORDED


@pytest.fixture
def thinker(sprites):
    return Thinker(sprites)


@pytest.fixture
def drawing(sprites):
    return NoisedSprite(sprites.images[0].tobytes(), 1, 3, "linear")


def test_stretches_cover_the_schedule_and_end_in_doubt(thinker, drawing):
    found = stretches(thinker, drawing)
    assert [t for stretch in found for t in stretch["t"]] == list(range(5, 501, 5))
    assert found[0]["state"] == State.SURE and all(a["state"] != b["state"] for a, b in pairwise(found))


def test_a_recording_holds_what_is_thought_and_guessed_at_each_level(thinker, drawing, tiny_model):
    recorded = record_dissolving(tiny_model, thinker, drawing)
    assert recorded["t"] == [1, *range(20, 501, 20)]
    guesses = np.frombuffer(base64.b64decode(recorded["guesses"]), np.uint8).reshape(26, 16, 16, 3)
    for k in (0, 10, 25):
        level = NoisedSprite(drawing.pixels, recorded["t"][k], drawing.seed, "linear")
        assert recorded["sentences"][k] == thinker.think(level).sentence
        assert np.abs(guesses[k] - to_uint8(network_guess(tiny_model, level))[0].astype(int)).max() <= 1


def test_the_recording_that_ships_is_of_the_first_drawing():
    recorded = json.loads(RECORDED.read_text())
    assert recorded["sentences"][0] == "It is Bob. No other sprite I know fits."
    guesses = np.frombuffer(base64.b64decode(recorded["guesses"]), np.uint8).reshape(-1, 16, 16, 3)
    assert np.abs(guesses[0] - first_drawing().image.astype(int)).mean() < 8   # hardly any noise: it is seen as it is
    assert len(guesses) == len(recorded["t"]) == len(recorded["sentences"])
