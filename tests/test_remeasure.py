"""Quality measured in the background: one at a time, it can be stopped, gives way to races, and tells what it lacks."""

import dataclasses
from threading import Event

import pytest

from diffusion.engine import Engine, RunRequest
from diffusion.frontier import find
from diffusion.generation import SampleConfig
from diffusion.quality import RealSprites, train_judge
from diffusion.remeasure import DONE, FAILED, RUNNING, STOPPED, Remeasuring


@pytest.fixture(scope="module")
def real(sprites):
    return RealSprites(sprites, train_judge(sprites, steps=5))


@pytest.fixture
def engine(folder):
    return Engine(folder, "cpu")


REQUESTS = [RunRequest("tiny", SampleConfig("ddim", 2)), RunRequest("tiny", SampleConfig("ddpm", 3))]


def wait(measurement):
    ended = Event()
    for _ in range(600):
        if measurement.status != RUNNING:
            return
        ended.wait(0.05)


def test_runs_are_measured_and_kept(engine, real):
    remeasuring = Remeasuring(engine, real_sprites=lambda: real)
    for _ in range(2):   # measured again, a run has still one point
        measurement = remeasuring.start(REQUESTS, 20)
        wait(measurement)
        assert (measurement.status, measurement.share, measurement.message) == (DONE, 1, "")
        assert len(remeasuring.points) == 2 and not remeasuring.running
    model = engine.model("tiny")
    assert find(remeasuring.points, model, SampleConfig("ddim", 2), 20).calls == 4
    assert find(remeasuring.points, model, SampleConfig("ddpm", 3), 20).calls == 6


def test_only_one_is_measured_at_a_time_and_it_stops(engine, real):
    may_go = Event()
    remeasuring = Remeasuring(engine, may_go.wait, lambda: real)
    measurement = remeasuring.start(REQUESTS, 20)
    with pytest.raises(ValueError, match="under way already"):
        remeasuring.start(REQUESTS, 20)
    assert measurement.seconds_left is None
    remeasuring.stop()
    may_go.set()
    wait(measurement)
    assert measurement.status == STOPPED and not remeasuring.points


def test_a_model_of_other_sprites_is_told(engine, real, sprites):
    others = dataclasses.replace(sprites, categories=("a", "b", "c", "d", "e"))
    remeasuring = Remeasuring(engine, real_sprites=lambda: RealSprites(others, real.judge))
    measurement = remeasuring.start(REQUESTS, 20)
    wait(measurement)
    assert measurement.status == FAILED and "the model knows" in measurement.message
