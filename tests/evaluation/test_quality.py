"""The measures of quality against closed forms and obvious cases."""

import dataclasses

import numpy as np
import pytest
import torch

from diffusion.evaluation.judge import load_judge, save_judge, train_judge
from diffusion.evaluation.metrics import crispness, density_and_coverage, frechet_distance
from diffusion.evaluation.quality import evaluate, made_likeness, real_likeness
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig, generate
from diffusion.models.checkpoints import CheckpointError, save_tensors
from diffusion.support.checks import InputError
from diffusion.support.images import to_tensor
from diffusion.training.distillation import new_student
from diffusion.training.loop import new_model
from diffusion.training.recipes import recipe


@pytest.fixture(scope="module")
def judge(sprites):
    return train_judge(sprites, steps=60)


def test_frechet_distance_of_gaussians_is_the_closed_form():
    """Two sets whose means and covariances are known exactly: |m|^2 + tr(A + B - 2 (A B)^(1/2)), here diagonal."""
    base = np.random.default_rng(0).standard_normal((4000, 3))
    base = (base - base.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(base, rowvar=False))).T
    a, b = base * [1.0, 2.0, 3.0], base * [2.0, 2.0, 1.0] + [1.0, 0.0, -2.0]
    expected = 5 + (1 - 2) ** 2 + (2 - 2) ** 2 + (3 - 1) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_density_and_coverage_of_the_same_and_of_far_sets():
    real = np.random.default_rng(1).standard_normal((300, 4))
    density, coverage = density_and_coverage(np.random.default_rng(2).standard_normal((300, 4)), real)
    assert density == pytest.approx(1, abs=0.15) and coverage > 0.9
    assert density_and_coverage(real + 100, real) == (0, 0)


def test_crispness_counts_colours_white_and_distance(sprites):
    x = to_tensor(sprites.images[:1])
    measured = crispness(x, x)
    assert measured.white == (sprites.images[0] == 255).all(axis=2).mean()
    assert measured.nearest == pytest.approx(0, abs=1e-3)
    assert 4 <= measured.colours <= 24
    assert crispness(x + 0.1 * torch.randn_like(x), x).white < measured.white


def test_the_judge_learns_its_categories(judge, sprites):
    read = judge.read(to_tensor(sprites.images))
    assert float((read.argmax(1).numpy() == sprites.labels).mean()) > 0.9
    torch.testing.assert_close(read.sum(1), torch.ones(len(sprites)))


def test_a_judge_comes_back_from_disk(judge, sprites, tmp_path):
    save_judge(judge, tmp_path / "judge.safetensors")
    x = to_tensor(sprites.images[:8])
    assert np.array_equal(load_judge(tmp_path / "judge.safetensors").features(x), judge.features(x))


def test_evaluate_measures_an_untrained_model_as_bad(judge, sprites):
    untrained = new_model(recipe("fast"), sprites.categories)
    untrained.net.eval()
    quality = evaluate(untrained, RealSprites(sprites, judge), SampleConfig(steps=2, n=20), seeds=(0, 1))
    assert quality.fsd > 1.5 * quality.fsd_floor > 0
    assert 0 <= quality.context_accuracy <= 1 and quality.context_accuracy_real > 0.8
    assert quality.n == 20 and quality.seeds == [0, 1]
    assert quality.raw is None


def test_evaluate_measures_raw_sprites_beside_the_cleaned_ones(judge, sprites, tiny_model):
    quality = evaluate(tiny_model, RealSprites(sprites, judge), SampleConfig(steps=2, n=20), seeds=(0, 1))
    assert quality.raw.white < quality.crispness.white
    assert quality.raw.fsd != quality.fsd and quality.values()["raw"]["fsd"] == quality.raw.fsd


def test_every_number_is_the_mean_over_seeds_with_the_spread_of_a_sample(judge, sprites, tiny_model):
    real, run = RealSprites(sprites, judge), SampleConfig(steps=2, n=20)
    context = real.contexts(20)
    single = [
        real.likeness(generate(tiny_model, dataclasses.replace(run, seed=seed), context).clamp(-1, 1), context)
        for seed in (0, 1)
    ]
    quality = evaluate(tiny_model, real, run, seeds=(0, 1))
    first, second = (one.fsd for one in single)
    assert quality.fsd_spread == pytest.approx(abs(first - second) / 2**0.5)
    assert made_likeness(quality.values()) == pytest.approx(np.mean(single, axis=0))
    assert real_likeness(quality.values()) == pytest.approx(real.floor(20).likeness)
    assert evaluate(tiny_model, real, run, seeds=(1,)).fsd_spread is None


def test_a_student_has_no_training_loss(judge, sprites, tiny_model):
    real, run = RealSprites(sprites, judge), SampleConfig("ddim", 2, 20)
    assert evaluate(tiny_model, real, run, seeds=(0,)).losses.unseen > 0
    jumping = dataclasses.replace(run, sampler="jumps")
    assert evaluate(new_student(tiny_model, 2), real, jumping, seeds=(0,)).losses is None


def test_quality_needs_held_out_sprites(judge, sprites):
    nothing_out = dataclasses.replace(sprites, held_out=np.zeros(len(sprites), dtype=bool))
    with pytest.raises(ValueError, match="held-out"):
        RealSprites(nothing_out, judge)


def test_a_handful_of_held_out_sprites_is_too_few_and_told(sprites, judge, tiny_model):
    few = dataclasses.replace(sprites, held_out=np.arange(len(sprites)) < 5)
    with pytest.raises(InputError, match="at least 6 sprites held out and 2 to train on, and there are 5 and 195"):
        evaluate(tiny_model, RealSprites(few, judge), SampleConfig(n=4, steps=1))


@pytest.mark.parametrize("damage", [lambda state: {}, lambda state: state | {"category.bias": torch.zeros(3, 3)}])
def test_what_is_no_judge_is_told(judge, tmp_path, damage):
    save_tensors(damage(judge.state_dict()), tmp_path / "judge.safetensors")
    with pytest.raises(CheckpointError, match=r"judge\.safetensors is not a judge"):
        load_judge(tmp_path / "judge.safetensors")
