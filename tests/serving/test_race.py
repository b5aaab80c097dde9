"""Races: one start for all, timed one after the other; what is said of them is computed from the arrays."""

import dataclasses
import io
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import numpy as np
import pytest
import torch
from PIL import Image

from diffusion.denoiser import DiffusionModel
from diffusion.generation import Run, SampleConfig, categories_in_turn
from diffusion.models.checkpoints import save_checkpoint
from diffusion.serving import race
from diffusion.serving.engine import Engine
from diffusion.serving.race import (
    Lane,
    Start,
    Track,
    UnderWay,
    Waiting,
    difference,
    disturbed,
    same_start,
    students,
    view_room,
)
from diffusion.serving.race_pictures import frame_at, race_gif, race_png
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError
from diffusion.support.saved_pictures import read_recipe
from diffusion.trajectory import key_frames

DDPM, DDIM = Lane("ddpm", 12), Lane("ddim", 3)


@pytest.fixture(scope="module")
def engine(tmp_path_factory, tiny_model):
    folder = tmp_path_factory.mktemp("race")
    pupil = DiffusionModel(dataclasses.replace(tiny_model.config, steps=2, guidance=1.0), tiny_model.net,
                           tiny_model.schedule)   # fmt: skip
    save_checkpoint(tiny_model, {}, "tiny", folder)
    save_checkpoint(pupil, {}, "tiny-2", folder)
    save_checkpoint(tiny_model, {}, "tiny-3", folder)   # no student, whatever its name says
    (folder / "tiny-4.json").write_text("damaged")
    (folder / "tiny-4.safetensors").write_text("damaged")
    return Engine(folder, "cpu")


@pytest.fixture(scope="module")
def ended(engine):
    lanes = [DDPM, DDIM, Lane("ddim", 3, 1.0), Lane("student-2")]
    *_, ended = Track().race(engine, "tiny", lanes, Start(n=2, seed=5))
    return ended


def test_students_are_found_by_what_they_are(engine):
    assert students(engine, "tiny") == {"student-2": "tiny-2"}
    assert students(engine, "tiny-2") == {} and students(engine, None) == {}


def test_all_lanes_start_from_the_same_noise(ended):
    assert same_start(ended) == (True, 2 * 3 * 16 * 16)
    first = [one.trajectory.views["x_t"][0] for one in ended]
    assert all(np.array_equal(first[0], other) for other in first)
    moved = ended[1]._replace(start=ended[1].start + 1e-6)
    assert not same_start([ended[0], moved])[0]


def test_calls_are_those_of_the_run_and_lanes_keep_their_order(ended):
    assert [one.trajectory.calls for one in ended] == [24, 6, 6, 2]
    assert [one.lane.title for one in ended] == ["DDPM, 12 steps", "DDIM, 3 steps", "DDIM, 3 steps, eta 1",
                                                 "Student, 2 steps"]   # fmt: skip
    assert all(set(one.trajectory.views) == {"x_t", "x0"} for one in ended)
    assert all(one.outcome.sprites_a_second == 2 / one.trajectory.seconds for one in ended)


def test_a_lane_ends_as_its_run_alone(ended, engine):
    for one in ended:
        assert np.array_equal(one.trajectory.sprites, engine.sprites(one.request))


def test_the_quickest_lane_is_seen_first_and_all_start_as_one_picture(engine, monkeypatch):
    monkeypatch.setattr(race, "LIVE_EVERY_S", 0.0)
    moments = list(Track().race(engine, "tiny", [DDPM, DDIM], Start(n=2)))
    under_way, ended = moments[:-1], moments[-1]
    assert all(isinstance(moment, UnderWay) for moment in under_way)
    assert [moment.running for moment in under_way] == [1] * 4 + [0] * 13
    first, quick_done = under_way[0], under_way[3]
    assert np.array_equal(first.pictures[0], first.pictures[1])
    assert np.array_equal(quick_done.pictures[1], ended[1].trajectory.sprites) and quick_done.step == quick_done.steps
    assert np.array_equal(quick_done.pictures[0], first.pictures[0])
    assert quick_done.ended == [None, None] and under_way[4].ended == [None, ended[1]]


def test_two_races_wait_for_each_other(engine, monkeypatch):
    monkeypatch.setattr(race, "ASK_EVERY_S", 0.01)
    monkeypatch.setattr(race, "LIVE_EVERY_S", 0.0)
    track = Track()
    first, second = (track.race(engine, "tiny", [DDPM, DDIM], Start(n=2)) for _ in range(2))
    track._running.acquire()
    assert isinstance(next(second), Waiting)
    track._running.release()
    assert isinstance(list(second)[-1], list) and isinstance(list(first)[-1], list)


def test_what_follows_a_slider_goes_before_a_race_and_is_no_part_of_its_time(engine, monkeypatch):
    monkeypatch.setattr(race, "LIVE_EVERY_S", 0.0)
    answered, ended, pause = Event(), Queue(), 3.0
    slider = Thread(target=lambda: engine.at_once(lambda: answered.wait(pause)))
    racing = Thread(target=lambda: ended.put(list(Track().race(engine, "tiny", [DDIM, DDPM], Start(n=2)))))
    slider.start()
    racing.start()
    assert not answered.wait(pause / 2) and ended.empty()
    seen = ended.get(timeout=30)
    assert len(seen) > 1 and all(timed.outcome.seconds < pause / 2 for timed in seen[-1])


def test_a_race_that_is_left_alone_lets_the_next_one_start(engine, monkeypatch):
    monkeypatch.setattr(race, "LIVE_EVERY_S", 0.0)
    track = Track()
    left = track.race(engine, "tiny", [Lane("ddpm", 400), DDIM], Start(n=2))
    next(left)
    left.close()
    waiting = Thread(target=track.give_way)
    waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()


@pytest.mark.parametrize(
    ("lanes", "message"),
    [
        ([("ddim",)], "number of lanes = 1"),
        ([("ddim",)] * 5, "number of lanes = 5"),
        ([("ddim",), ("magic",)], "'magic' is unknown"),
        ([("ddim",), ("student-7",)], "no student called 'student-7'"),
        ([("ddim",), ("ddim", 501)], "1 to 500"),
        ([("ddim",), ("ddim", 5, 1.5)], "eta = 1.5"),
        ([("ddim",), ("ddpm", 5, 0.5)], "only the sampler ddim"),
    ],
)
def test_lanes_that_cannot_be_are_told_before_anything_runs(engine, lanes, message):
    with pytest.raises(ValueError, match=message):
        Track().race(engine, "tiny", [Lane(*lane) for lane in lanes], Start(n=1))


@pytest.mark.parametrize("values", [{}, {"runner": "ddim", "speed": 9}, {"runner": 3}, None])
def test_a_lane_of_a_program_is_checked(values):
    with pytest.raises(ValueError, match=r"lane|runner"):
        Lane.from_values(values)


def test_four_lanes_send_no_more_than_one_run_alone():
    alone = 3 * 16 * 16 * 16 * len(key_frames(500, 16 * 256)) * (1 + 1 + 0.5 + 0.5)
    for lanes in (2, 3, 4):
        frames = len(key_frames(500, 16 * 256, view_room(lanes)))
        assert lanes * frames * 3 * 16 * 16 * 16 * 2 <= alone and frames >= 30


def test_differences_are_exact():
    a, b = np.zeros((2, 16, 16, 3), np.uint8), np.zeros((2, 16, 16, 3), np.uint8)
    a[0], b[0, 0, 0] = 10, (250, 10, 10)
    b[0].reshape(-1)[3:] = 10
    apart = difference(a, b)
    assert apart.values == 1 and apart.mean == 240 / a.size and apart.picture[0, 0, 0].tolist() == [240, 0, 0]
    assert apart.others == 10
    assert difference(b, b).values == 0


def test_ddim_twice_is_the_same_and_with_fresh_noise_it_is_not(engine):
    lanes = [Lane("ddim", 4), Lane("ddpm", 4), Lane("ddim", 4, 0.5), Lane("student-2")]
    requests = [lane.request(engine, "tiny", Start(n=3, seed=1)) for lane in lanes]
    shares = []
    again = [difference(*twice).values for twice in Track().twice(engine, requests, shares.append)]
    assert again[0] == again[3] == 0 and again[1] > 100 and again[2] > 100
    assert shares == sorted(shares) and shares[-1] == 1


def test_other_fresh_noise_keeps_the_start(tiny_model):
    def steps(**more):
        return list(Run(tiny_model, SampleConfig("ddpm", 3, 1), categories_in_turn(tiny_model.categories, 1), **more))

    plain, other = steps(), steps(noise_seed=9)
    assert torch.equal(plain[0].x_t, other[0].x_t) and torch.equal(plain[0].x0, other[0].x0)
    assert not torch.equal(plain[0].z, other[0].z)


def test_a_busy_machine_is_noticed(ended):
    calm, busy = ended[0]._replace(processor_share=0.99), ended[1]._replace(processor_share=0.4)
    assert disturbed([calm, calm], "cpu") is None
    assert disturbed([calm, busy], "cpu") == 0.4
    assert disturbed([calm, busy], "cuda") is None


def test_a_race_is_kept_to_be_saved_with_its_recipe(engine, tmp_path):
    track = Track()
    *_, ended = track.race(engine, "tiny", [DDPM, DDIM], Start(n=2))
    requests = [RunRequest.from_recipe(one.request.recipe) for one in ended]
    assert track.finished(engine, requests) is ended
    with pytest.raises(ValueError, match="no longer kept"):
        track.finished(engine, requests[:1])
    gif = race_gif(ended, {"race": 1})
    for ending, data in (("png", race_png(ended, {"race": 1})), ("gif", gif)):
        path = Path(tmp_path / f"race.{ending}")
        path.write_bytes(data)
        assert read_recipe(path) == {"race": 1}
    with Image.open(io.BytesIO(gif)) as moving:
        assert moving.n_frames > 3 and moving.width == 2 * 170 + 8


def test_a_replay_shows_what_was_there_at_the_time():
    at = [0.0, 0.5, 2.0]
    assert [frame_at(at, seconds) for seconds in (0, 0.49, 0.5, 1.99, 2.0, 9)] == [0, 0, 1, 1, 2, 2]


def test_a_lane_of_ddpm_may_have_the_smaller_variance():
    lane = Lane.from_values({"runner": "ddpm", "steps": 10, "variance": "posterior"})
    assert lane.title == "DDPM, 10 steps, posterior variance"
    with pytest.raises(InputError, match="variance 'gamma' is unknown"):
        Lane("ddpm", 10, variance="gamma")


def test_two_lanes_of_ddpm_that_differ_in_variance_part(engine):
    lanes = [Lane("ddpm", 5, variance=variance) for variance in ("beta", "posterior")]
    *_, ended = Track().race(engine, "tiny", lanes, Start(n=2, seed=5))
    beta, posterior = (timed.trajectory for timed in ended)
    assert not np.array_equal(beta.sprites, posterior.sprites)
