"""Trainings that are compared: they share the time fairly, and their tables say what was measured."""

from dataclasses import replace

import pytest
import torch

from diffusion.cli import main
from diffusion.cli.studies import ablation, learning_curve, readme, second_judge
from diffusion.evaluation.metrics import Crispness
from diffusion.evaluation.quality import Quality
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import TrainConfig, recipe

MEASURED = Quality(
    fsd=2.0, fsd_spread=None, fsd_floor=1.0, fsd_floor_spread=0.125, floor_draws=12, context_accuracy=0.98,
    context_accuracy_real=0.99, density=1.0, density_real=0.98, coverage=0.9, coverage_real=0.95, memorisation=0.0,
    memorisation_real=0.04, memorisation_caught=0.97, losses=None, crispness=Crispness(20, 0.2, 0.3),
    crispness_real=Crispness(16, 0.3, 0.25), cleaned=None, n=1000, seeds=[0], sampler="unipc", steps=10, guidance=1.25,
)   # fmt: skip


def test_trainings_in_turns_all_end_as_they_would_alone(sprites, monkeypatch):
    def run(seed):
        config = recipe("fast", minutes=None, steps=3, batch=4, seed=seed)
        return train(new_model(config, sprites.categories), sprites, config)

    alone = {seed: list(run(seed))[-1] for seed in (0, 1)}
    monkeypatch.setattr(ablation, "TURN_S", 0.01)
    shares = []
    together = ablation.in_turns({seed: run(seed) for seed in (0, 1)}, shares.append)
    for seed in (0, 1):
        assert together[seed].step == 3 and together[seed].loss == alone[seed].loss
    assert shares == sorted(shares) and shares[-1] == 1


@pytest.mark.parametrize("name", ablation.VARIANTS)
def test_every_variant_can_be_trained(sprites, name):
    config = recipe("fast", minutes=None, steps=1, **(ablation.VARIANTS[name] | {"batch": 4}))
    assert isinstance(config, TrainConfig)
    last = list(train(new_model(config, sprites.categories), sprites, config))[-1]
    assert torch.isfinite(torch.tensor(last.loss))


def test_the_table_of_variants_has_the_recipe_first_then_the_best():
    rows = [
        ablation.Variant("the recipe", 1500, MEASURED),
        ablation.Variant("worse", 1400, replace(MEASURED, fsd=3.0)),
        ablation.Variant("better", 1300, replace(MEASURED, fsd=1.5)),
    ]
    text = ablation.markdown(rows, 2, "2 cores of a test")
    recipe_row = "| the recipe | 1,500 | 2.00 | 0.90 | 1.00 | 20.0 | 20% | 0.300 | 98.0% |"
    places = [text.index(row) for row in ("| real sprites |  | 1.00 ± 0.12 | 0.95 |", recipe_row, "| better | 1,300")]
    assert places == sorted(places)
    assert text.index("| better") < text.index("| worse")
    assert "2 minutes on 2 cores of a test" in text


def test_the_curve_gives_mean_and_spread_over_trainings():
    other = replace(MEASURED, fsd=4.0)
    text = learning_curve.markdown([learning_curve.Point(5, 2345, [MEASURED, other])], "2 cores of a test")
    assert "| 5 | 2,345 | 3.00 ± 1.41 | 3.0 | 0.90 |" in text and "| real sprites |  | 1.00 ± 0.12 | 1.0 |" in text


def test_guidance_is_chosen_on_one_half_and_reported_on_the_other(folder, capsys):
    assert main(["guidance", str(folder / "tiny"), "--n", "100", "--tried", "0", "2"]) == 0
    choosing, reporting = capsys.readouterr().out.split("The chosen one on the other half")
    tried = {row.split()[0]: float(row.split()[1]) for row in choosing.splitlines() if row.startswith(("0 ", "2 "))}
    best = min(tried, key=tried.get)
    assert len(tried) == 2 and f"\n{best} " in reporting
    floors = [text[text.index("real sprites") :].split()[2:5] for text in (choosing, reporting)]
    assert floors[0] != floors[1]


def test_two_judges_are_told_where_they_agree():
    low, high = second_judge.Opinion(0.6, 1.0, 0.1), second_judge.Opinion(6.0, 10.0, 99.0)
    text = second_judge.table({"real": (low, low), "noise": (high, low), "white": (high, high)}, 2000)
    assert "They agree on 2 of 3 sets" in text and "2,000 sprites of each set" in text


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_second_judge_agrees_on_what_lies_above_the_floor_and_on_the_order(capsys):
    assert main(["second-judge"]) == 0
    agreed = capsys.readouterr().out.splitlines()[-1]
    assert "They agree on 12 of 12 sets" in agreed and float(agreed.rstrip(".").split()[-1]) > 0.9


def test_the_readme_has_a_place_for_the_curve():
    text = readme.PATH.read_text()
    assert learning_curve.BEGIN in text and learning_curve.END in text
