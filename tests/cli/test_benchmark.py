"""The benchmark counts what it says: calls of one run, however often that is repeated, and every recipe's own batch."""

from types import SimpleNamespace

import pytest
import torch

from diffusion.cli.studies import benchmark
from diffusion.cli.studies.benchmark import SPRITES, run_speed, training_images
from diffusion.generation import SampleConfig
from diffusion.training.recipes import recipe


def test_a_run_s_calls_are_those_of_one_run(tiny_model, monkeypatch):
    took = iter([0.5, 0.25, 0.25, 9.0])
    monkeypatch.setattr(benchmark, "_seconds", lambda work, device: (work(), next(took))[1])
    measured = run_speed(tiny_model, SampleConfig("ddim", steps=3, guidance=1.0))
    assert measured == {"sprites_a_second": pytest.approx(SPRITES / 0.25), "calls": 3}


def test_a_step_of_training_counts_the_images_of_its_recipe(monkeypatch):
    monkeypatch.setattr(benchmark, "train", lambda *_: (SimpleNamespace(seconds=end) for end in (5.0, 7.0, 9.0, 99.0)))
    images = training_images(("fast", "course"), torch.device("cpu"))
    assert images == {name: recipe(name).batch / 2 for name in ("fast", "course")}
