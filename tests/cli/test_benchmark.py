"""The benchmark counts what it says: calls of one run, however often that is repeated, and every recipe's own batch."""

from types import SimpleNamespace

import pytest
import torch

from diffusion.cli.studies import benchmark, both_sides
from diffusion.cli.studies.benchmark import SPRITES, run_speed, training_images
from diffusion.cli.studies.both_sides import (
    OURS,
    keep_course,
    load_course,
    measure_course,
    quality_of_sides,
    what_is,
)  # fmt: skip
from diffusion.evaluation.frontier import measure_point
from diffusion.evaluation.judge import train_judge
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import save_checkpoint
from diffusion.support.checks import InputError
from diffusion.training.recipes import recipe


def test_a_run_s_calls_are_those_of_one_run(tiny_model, monkeypatch):
    took = iter([0.5, 0.25, 0.25, 9.0])
    monkeypatch.setattr(benchmark, "_seconds", lambda work, device: (work(), next(took))[1])
    measured = run_speed(tiny_model, SampleConfig("ddim", steps=3, guidance=1.0))
    assert measured == {"sprites_a_second": pytest.approx(SPRITES / 0.25), "calls": 3}


def test_a_step_of_training_counts_the_images_of_its_recipe(monkeypatch):
    monkeypatch.setattr(benchmark, "train", lambda *_: (SimpleNamespace(took=took) for took in (5.0, 2.0, 2.0, 90.0)))
    images = training_images(("fast", "course"), torch.device("cpu"))
    assert images == {name: recipe(name).batch / 2 for name in ("fast", "course")}


def test_a_factor_of_speed_is_the_product_of_network_calls_and_rest():
    runs = {
        "course ddpm-500": {"sprites_a_second": 0.5, "calls": 500},
        "unipc-10": {"sprites_a_second": 60.0, "calls": 20},
    }
    split = benchmark.factors(runs, network=4.0)
    assert split["course ddpm-500"] == {"times": 1, "network": 1, "calls": 1, "rest": 1}
    assert split["unipc-10"] == {"times": 120, "network": 4, "calls": 25, "rest": pytest.approx(1.2)}


def test_a_side_is_told_in_words(tiny_model):
    told = what_is(tiny_model, SampleConfig("unipc", 10, guidance=2.5))
    assert told == "SpriteUnet, UniPC with 10 steps, guidance 2.5"
    assert what_is(tiny_model, SampleConfig("ddpm", 1, guidance=1.0)).endswith("DDPM with 1 step, not guided")
    assert what_is(tiny_model, SampleConfig("jumps", 4, guidance=1.0)).endswith("Jumps with 4 steps, not guided")


@pytest.fixture
def real(sprites):
    return RealSprites(sprites, train_judge(sprites, steps=5))


@pytest.fixture
def course(real, monkeypatch):
    """The course's side, trained for two steps with a small network and drawn in two."""
    short = {"minutes": None, "steps": 2, "batch": 4, "network_options": {"n_feat": 8}}
    monkeypatch.setattr(both_sides, "recipe", lambda name, minutes: recipe(name, **short))
    monkeypatch.setattr(both_sides, "COURSE_RUN", SampleConfig("ddpm", 2))
    monkeypatch.setattr("diffusion.evaluation.frontier.N", 20)
    shares = []
    measured = measure_course(0.5, real, torch.device("cpu"), shares.append)
    assert shares == sorted(shares) and shares[-1] == 1
    return measured


def test_the_course_s_side_is_trained_measured_and_kept(course, real, tmp_path):
    assert (course.minutes, course.steps, course.quality["n"], course.quality["seeds"]) == (0.5, 2, 20, [0])
    assert (course.quality["sampler"], course.quality["guidance"]) == ("ddpm", 1)
    with pytest.raises(InputError, match=r"course_side\.json is missing or damaged\. .*python -m diffusion results"):
        load_course(real.judge.fingerprint, tmp_path)
    keep_course(course, tmp_path)
    assert load_course(real.judge.fingerprint, tmp_path) == course
    with pytest.raises(InputError, match="another judge"):
        load_course("others", tmp_path)


def test_both_sides_stand_in_one_table_with_the_time_they_learnt(course, real, tiny_model, tmp_path):
    record = {"steps": 16000, "seconds": 4080.0, "machine": "a test"}
    save_checkpoint(tiny_model, record, "sprites", tmp_path)
    save_checkpoint(tiny_model, {}, "sprites-1", tmp_path)
    config = SampleConfig("unipc", 2, 20)
    names = zip(OURS, ("sprites", "sprites-1"), strict=True)
    points = {run: measure_point(name, tiny_model, config, real) for run, name in names}
    text = "\n".join(quality_of_sides(course, points, tmp_path))
    assert f"| course ddpm-500 | 2 steps, 0.5 minutes on {course.machine} | {course.quality['fsd']:.2f} |" in text
    assert f"| sa_solver-10 | 16,000 steps, 68 minutes on a test | {points['sa_solver-10'].made.fsd:.2f} |" in text
    assert "| student-1 | not told |" in text and "20 sprites of each from one seed" in text
    with pytest.raises(InputError, match="frontier is not measured"):
        quality_of_sides(course, {}, tmp_path)
