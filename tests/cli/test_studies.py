"""Trainings that are compared: they share the time fairly, and their tables say what was measured."""

from dataclasses import asdict, replace

import pytest
import torch

from diffusion.cli import main
from diffusion.cli.studies import ablation, chosen_guidance, learning_curve, readme, second_judge
from diffusion.evaluation.metrics import Crispness
from diffusion.evaluation.quality import Quality
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.predictions import PREDICTIONS
from diffusion.schedule import SCHEDULES
from diffusion.support.checks import InputError
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import TrainConfig, recipe

MEASURED = Quality(
    fsd=2.0, fsd_spread=None, fsd_floor=1.0, fsd_floor_spread=0.125, floor_draws=12, context_accuracy=0.98,
    context_accuracy_real=0.99, density=1.0, density_real=0.98, coverage=0.9, coverage_real=0.95, memorisation=0.0,
    memorisation_real=0.04, memorisation_caught=0.97, losses=None, crispness=Crispness(20, 0.2, 0.3),
    crispness_real=Crispness(16, 0.3, 0.25), raw=None, n=1000, seeds=[0], sampler="unipc", steps=10, guidance=1.25,
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
def test_every_variant_can_be_trained_and_gives_sprites(sprites, name):
    config = recipe("fast", minutes=None, steps=1, **(ablation.VARIANTS[name] | {"batch": 4}))
    assert isinstance(config, TrainConfig)
    last = list(train(new_model(config, sprites.categories), sprites, config))[-1]
    assert torch.isfinite(torch.tensor(last.loss))
    made = generate(last.model, SampleConfig(steps=2, n=2), categories_in_turn(sprites.categories, 2))
    assert made.isfinite().all()


def settings(config):
    """All of a config, those in its tables by their own names."""
    values = asdict(config)
    tables = {name: values.pop(f"{name}_options") for name in ("schedule", "network")}
    return values | {f"{table}.{name}": value for table, options in tables.items() for name, value in options.items()}


def levels(config):
    """log(noise / signal) of the examples of a training, in order."""
    prediction = PREDICTIONS[config.prediction]
    normal = config.normal_mean + config.normal_spread * torch.special.ndtri((torch.arange(4000.0) + 0.5) / 4000)
    schedule, x = SCHEDULES[config.schedule](**config.schedule_options), torch.zeros(4000, 1, 1, 1)
    signal, noise = prediction.coefficients(schedule, prediction.example(schedule, x, x, normal).time)
    return (noise / signal).log().sort().values.double()


def apart(a, b):
    """The largest difference of two distributions, 0..1."""
    shares = [torch.searchsorted(values, torch.cat([a, b])) / len(values) for values in (a, b)]
    return float((shares[0] - shares[1]).abs().max())


@pytest.mark.parametrize("name", ablation.VARIANTS)
def test_the_name_of_a_variant_tells_all_its_changes(name):
    usual, config = recipe("fast"), recipe("fast", **ablation.VARIANTS[name])
    before, after = settings(usual), settings(config)
    changed = {setting for setting in before.keys() | after.keys() if before.get(setting) != after.get(setting)}
    changed = {"ema" if setting.startswith("ema_") else setting for setting in changed}
    changed -= {"normal_mean", "normal_spread"} | ({"schedule.shift"} if "schedule" in changed else set())
    if "prediction" in changed:   # then the network says its answer, for it knows no other way
        changed -= {"network.from_x0"}
    if "network" in changed:   # then it has sizes of its own
        changed = {setting for setting in changed if not setting.startswith("network.")}
    expected = 0 if name == ablation.RECIPE else 1 + name.count(" + ")
    assert len(changed) + (apart(levels(usual), levels(config)) > 0.05) == expected, changed


def test_predictions_that_are_told_t_learn_from_the_noise_levels_of_the_recipe():
    for name in ("predicts v", "predicts the noise + sampled from 8% signal"):
        assert apart(levels(recipe("fast")), levels(recipe("fast", **ablation.VARIANTS[name]))) < 0.03


def test_variants_begin_where_they_say():
    schedule = SCHEDULES["cosine"](**ablation.FROM_8_PERCENT)
    assert float(schedule.signal(schedule.T)) == pytest.approx(0.08, abs=0.005)


def trained(name, fsd=2.0, seed=0, minutes=2.0, steps=1500):
    planned = ablation.plan([name], minutes, [seed])[0]
    return ablation.Training(*planned, "2 cores of a test", "judge", steps, replace(MEASURED, fsd=fsd).values())


def test_the_table_of_variants_has_the_recipe_first_then_the_best():
    trainings = [
        trained("AdamW", 3.0),
        trained("float32", 1.5),
        trained("the recipe", 1.0),
        trained("the recipe", 3.0, seed=1, steps=1300),
    ]
    text = ablation.markdown(trainings, 2, "2 cores of a test")
    recipe_row = "| the recipe | 2 | 1,400 | 2.00 ± 1.41 | 0.90 | 1.00 | 20.0 | 20% | 0.300 | 98.0% |"
    first = "| real sprites |  |  | 1.00 ± 0.12 | 0.95 |"
    places = [text.index(row) for row in (first, recipe_row, "| float32 | 1 | 1,500 | 1.50 |", "| AdamW | 1 |")]
    assert places == sorted(places)
    assert "2 minutes on 2 cores of a test" in text and f"guidance\n{recipe('fast').guidance:g} where" in text


def test_variants_that_decide_have_several_trainings():
    names = [(planned.name, planned.config.seed) for planned in ablation.plan(["AdamW", "the recipe"], 2, [5, 6])]
    assert names == [("AdamW", 5), ("the recipe", 5), ("the recipe", 6)] and set(ablation.VARIANTS) >= ablation.DECIDING


@pytest.fixture
def short_ablation(monkeypatch, sprites, tmp_path):
    """The command, in a small world: 200 sprites, steps instead of minutes, a few sprites measured."""
    monkeypatch.setattr(ablation, "built_in", lambda: sprites)
    monkeypatch.setattr(ablation, "N", 10)
    monkeypatch.setattr(ablation, "AT_ONCE", 1)
    short = {"minutes": None, "steps": 1, "batch": 4}
    monkeypatch.setattr(ablation, "recipe", lambda name, **changes: recipe(name, **changes | short))
    return ["ablation", "--kept", str(tmp_path / "kept.json"), "--out", str(tmp_path / "page.md"), "--only"]


def test_a_chosen_subset_is_trained_and_what_was_broken_off_goes_on(short_ablation, monkeypatch, tmp_path):
    real, asked = ablation.train_and_measure, []

    def measure(configs, *others):
        asked.extend(config.optimizer for config in configs.values())
        if len(asked) == 2:
            raise KeyboardInterrupt
        return real(configs, *others)

    monkeypatch.setattr(ablation, "train_and_measure", measure)
    assert main([*short_ablation, "float32", "AdamW"]) != 0 and asked == ["adamw", "muon"]
    assert main([*short_ablation, "float32", "AdamW"]) == 0 and asked == ["adamw", "muon", "muon"]
    assert main([*short_ablation, "float32"]) == 0 and len(asked) == 3
    page = (tmp_path / "page.md").read_text()
    assert "| float32 | 1 | 1 |" in page and "| AdamW | 1 | 1 |" in page and "| the recipe |" not in page
    kept = ablation.load(tmp_path / "kept.json")
    assert [training.name for training in kept] == ["AdamW", "float32"]
    (tmp_path / "kept.json").write_text('{"trainings": [{}]}')
    with pytest.raises(InputError, match=r"kept\.json is missing or damaged\. Remove it"):
        ablation.load(tmp_path / "kept.json")


def test_the_curve_gives_mean_and_spread_over_trainings():
    other = replace(MEASURED, fsd=4.0)
    points = [learning_curve.Point(5, 2345, [MEASURED, other]), learning_curve.Point(20, 9000, [MEASURED])]
    text = learning_curve.markdown(points, "2 cores of a test")
    assert "| 5 | 2 | 2,345 | 3.00 ± 1.41 | 3.0 | 0.90 |" in text and "| 20 | 1 | 9,000 | 2.00 | 2.0 |" in text
    assert "| real sprites |  |  | 1.00 ± 0.12 | 1.0 |" in text


def test_guidance_is_chosen_on_one_half_and_reported_on_the_other(folder, sprites, monkeypatch, capsys):
    monkeypatch.setattr(chosen_guidance, "built_in", lambda: sprites)
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
