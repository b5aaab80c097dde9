"""Quality measured in the background: one at a time, it can be stopped, gives way to races, and tells what it lacks."""

import dataclasses
from threading import Event, current_thread

import pytest

from diffusion.evaluation.frontier import find, spelt_out
from diffusion.evaluation.judge import train_judge
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig
from diffusion.serving.engine import Engine
from diffusion.serving.measurements import Measurements
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.serving.states import State
from diffusion.support.faults import BROKEN


@pytest.fixture(scope="module")
def real(sprites):
    return RealSprites(sprites, train_judge(sprites, steps=5))


def compared_with(real):
    return Reference(lambda: real.sprites, lambda: real.judge)


@pytest.fixture
def engine(folder):
    return Engine(folder, "cpu")


REQUESTS = [RunRequest("tiny", SampleConfig("ddim", 2)), RunRequest("tiny", SampleConfig("ddpm", 3))]


def wait(measurement):
    ended = Event()
    for _ in range(600):
        if measurement.state != State.RUNNING:
            return
        ended.wait(0.05)


def test_runs_are_measured_and_kept(engine, real):
    measurements = Measurements(compared_with(real))
    for _ in range(2):   # measured again, a run has still one point
        measurement = measurements.start(engine, REQUESTS, 20)
        wait(measurement)
        assert (measurement.state, measurement.share, measurement.message) == (State.FINISHED, 1, "")
        assert len(measurements.points) == 2 and not measurements.running

    def found(config):
        config = spelt_out(engine.model("tiny"), config)
        return find(measurements.points, engine.fingerprint("tiny"), real.judge.fingerprint, config, 20)

    assert found(SampleConfig("ddim", 2)).calls == 4
    assert found(SampleConfig("ddpm", 3)).calls == 6


def test_its_network_calls_are_made_in_turns_and_outlive_the_page_that_asked(engine, real, monkeypatch):
    threads, net = set(), engine.model("tiny").net
    forward = net.forward
    monkeypatch.setattr(net, "forward", lambda *inputs: threads.add(current_thread().name) or forward(*inputs))
    measurement = Measurements(compared_with(real)).start(engine.of("someone", lambda: True), REQUESTS, 40, "someone")
    wait(measurement)
    assert (measurement.state, measurement.message) == (State.FINISHED, "")
    assert threads == {"turns"}


def test_only_one_is_measured_at_a_time_and_it_stops(engine, real):
    may_go = Event()
    measurements = Measurements(compared_with(real), may_go.wait)
    measurement = measurements.start(engine, REQUESTS, 20)
    with pytest.raises(ValueError, match="under way already"):
        measurements.start(engine, REQUESTS, 20)
    assert measurement.seconds_left is None
    measurements.stop()
    may_go.set()
    wait(measurement)
    assert measurement.state == State.STOPPED and not measurements.points


def test_a_model_of_other_sprites_is_told(engine, real, sprites):
    others = dataclasses.replace(sprites, categories=("a", "b", "c", "d", "e"))
    measurements = Measurements(Reference(lambda: others, lambda: real.judge))
    measurement = measurements.start(engine, REQUESTS, 20)
    wait(measurement)
    assert measurement.state == State.FAILED and "the model knows" in measurement.message


def test_whatever_breaks_a_measurement_the_next_one_can_be_made(engine, real, monkeypatch):
    measurements = Measurements(compared_with(real))
    with monkeypatch.context() as patch:
        patch.setattr(RealSprites, "likeness", lambda *_: {}["nothing"])
        broken = measurements.start(engine, REQUESTS, 20)
        wait(broken)
    assert broken.state == State.FAILED and broken.message == BROKEN and not measurements.running
    again = measurements.start(engine, REQUESTS[:1], 20)
    wait(again)
    assert again.state == State.FINISHED
