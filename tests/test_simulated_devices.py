"""Everything that computes keeps to the rules of a GPU and of a Mac, and gives there what it gives on the CPU."""

from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import torch
from simulated_device import simulated
from torch import Tensor

from diffusion.cli.studies import benchmark
from diffusion.denoiser import MIXINGS, DiffusionModel
from diffusion.evaluation.judge import Judge
from diffusion.evaluation.memorisation import Copies, losses
from diffusion.evaluation.quality import evaluate
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.explain.activations import VIEWS, describe, feature_maps, noisy
from diffusion.explain.demonstrations import DEMONSTRATIONS
from diffusion.explain.noised_sprite import NoisedSprite, denoise, network_guess
from diffusion.explain.opened_batch import open_batch
from diffusion.generation import Run, SampleConfig, categories_in_turn, generate
from diffusion.mixing import Path
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.posterior import Posterior
from diffusion.predictions import PREDICTIONS
from diffusion.samplers import SAMPLERS, sample
from diffusion.schedule import Schedule
from diffusion.serving.engine import Engine
from diffusion.serving.jobs.previews import Previews
from diffusion.serving.race import Lane, Start, Track, same_start
from diffusion.serving.requests import RunRequest
from diffusion.serving.turns import Question, Turns
from diffusion.sprites.painter import paint
from diffusion.sprites.palette import clean, palette_of
from diffusion.support.device import pick_device, pick_shared_device
from diffusion.support.images import to_tensor, to_uint8
from diffusion.training import parallel
from diffusion.training.distillation import distill, new_student
from diffusion.training.dmd import match_distribution
from diffusion.training.history import LossSeries
from diffusion.training.logbook import Logbook
from diffusion.training.loop import TrainStep, new_model, train
from diffusion.training.own_runs import OwnRuns, own_runs
from diffusion.training.recipes import RECIPES, TrainConfig, recipe
from diffusion.training.snapshots import Snapshots
from diffusion.trajectory import frames, record

KINDS = ("cuda", "mps")
SMALL = {"sprite": {"width": 32}, "course": {"n_feat": 8}, "course-as-taught": {"n_feat": 8}}
N = 3   # sprites of a run

Numbers = list[Tensor | np.ndarray | float]


@cache
def some_sprites():
    return paint(60, seed=3)


@cache
def a_judge() -> Judge:
    """One that has learnt nothing."""
    return Judge(len(some_sprites().categories)).eval().requires_grad_(False)


def small(name: str, **changes) -> TrainConfig:
    """Two steps of a recipe, with a network that is as small as its optimizers allow."""
    network = SMALL[RECIPES[name].get("network", "sprite")]
    exact = {"number_format": "float32", "network_options": network}
    return recipe(name, **{"minutes": None, "steps": 2, "batch": 4} | exact | changes)


def model_of(config: TrainConfig, device: str) -> DiffusionModel:
    sprites = some_sprites()
    return new_model(config, sprites.categories, device, palette_of(sprites.images))


def trained(name: str, device: str, **changes) -> TrainStep:
    """The last step of a short training."""
    config = small(name, **changes)
    *_, last = train(model_of(config, device), some_sprites(), config)
    last.model.net.eval()
    return last


def resting(name: str, device: str, **changes) -> DiffusionModel:
    """A model that has learnt nothing, ready to sample from."""
    model = model_of(small(name, **changes), device)
    model.net.eval().requires_grad_(False)
    return model


def learnt(step: TrainStep) -> Numbers:
    """The last losses: they hang on all that was learnt. A weight may hang on rounding, where it counts for nothing."""
    return [step.batch.each, step.batch.time, step.loss]


def run_of(model: DiffusionModel, config: SampleConfig) -> Run:
    return Run(model, config, categories_in_turn(model.categories, N))


def training(name: str, device: str, **changes) -> Numbers:
    return learnt(trained(name, device, **changes))


def distilled(steps: int, device: str) -> Numbers:
    model = resting("fast", device)
    *_, last = distill(runs_of(model), new_student(model, steps), small("student"))
    return learnt(last)


def matched(steps: int, device: str) -> Numbers:
    model, config = resting("fast", device), small("dmd")
    *_, last = match_distribution(model, runs_of(model), new_student(model, steps), some_sprites(), config)
    return learnt(last)


def runs_of(model: DiffusionModel) -> OwnRuns:
    return own_runs(model, some_sprites(), 1e-9, torch.Generator().manual_seed(0))


def sampled(name: str, sampler: str, mixing: str, device: str) -> Numbers:
    config = SampleConfig(sampler, 3, N, guidance=2.0, mixing=mixing, clean=True)
    run = record(run_of(resting(name, device), config))
    return [run.views["x0"], run.sprites]


def walked(device: str) -> Numbers:
    path = Path((("food", 1.0),), seed=9, points=3)
    request = RunRequest("any", SampleConfig(steps=3, n=6), (("hero", 1.0),), path)
    *_, last = request.run(resting("fast", device))
    return [last.x_next]


def by_heart(device: str) -> Numbers:
    x, schedule = to_tensor(some_sprites().images).to(device), Schedule.cosine(50)
    *_, last = sample(Posterior(schedule, x), schedule, x[:2].flip(0), [40, 20, 0], SAMPLERS["unipc"].rule())
    return [last.x_next]


def cleaned(device: str) -> Numbers:
    sprites = some_sprites()
    return [clean(0.9 * to_tensor(sprites.images[:N]).to(device), palette_of(sprites.images))]


def drawn(device: str) -> Numbers:
    noised = NoisedSprite(some_sprites().images[0].tobytes(), 12, 3, "linear")
    models = [resting(name, device) for name in ("fast", "course")]
    return [part for model in models for part in (network_guess(model, noised), denoise(model, noised).sprites)]


def demonstrated(name: str, device: str) -> Numbers:
    model = resting("course" if name == "course" else "fast", device)
    config, context = SampleConfig("ddim", 3, N), categories_in_turn(model.categories, N)
    return [next(iter(run)).x_next for run in DEMONSTRATIONS[name].pair(model, config, context)]


def opened(name: str, prediction: str, time: float | None, device: str) -> Numbers:
    config = small(name, prediction=prediction)
    examples = open_batch(model_of(config, device), some_sprites(), config, N, seed=2, time=time)
    return [part for e in examples for part in (e.x, e.answer, e.eps_told, e.x0_told, e.time, e.signal, e.loss)]


def previewed(device: str) -> Numbers:
    sprites, step = some_sprites(), trained("fast", device)
    previews = Previews(LossSeries(), lambda: RealSprites(sprites, a_judge()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diffusion.serving.jobs.previews.JUDGED", 8)
        previews.open(step.model)
        previews.look(step, kept=True)
    return [preview.sprites for preview in previews.all]


def measured(device: str) -> Numbers:
    real, model = RealSprites(some_sprites(), a_judge()), resting("fast", device)
    quality = evaluate(model, real, SampleConfig(steps=2, n=8), seeds=[0])
    return [quality.memorisation, quality.density, quality.crispness.nearest]


def seen_and_unseen(prediction: str, device: str) -> Numbers:
    return list(losses(model_of(small("fast", prediction=prediction), device), *some_sprites().split()))


def compared(device: str) -> Numbers:
    model = resting("fast", device)
    made = generate(model, SampleConfig(steps=2, n=N), categories_in_turn(model.categories, N))
    return [match.distance for match in Copies(some_sprites()).check(to_uint8(made)).matches]


def looked_into(name: str, device: str) -> Numbers:
    model = resting(name, device)
    block, x_t = describe(model).blocks[1].name, noisy(model, some_sprites().images[0], 100)
    context = categories_in_turn(model.categories, 1)
    return [feature_maps(model, x_t, 100, context, block, view).tiles for view in VIEWS]


WORK: dict[str, Callable[[str], Numbers]] = {
    **{f"training, {name}": partial(training, name) for name in RECIPES},
    "training, v": partial(training, "fast", prediction="v"),
    "training in bfloat16": partial(training, "fast", number_format="bfloat16"),
    **{f"{steps}-step student": partial(distilled, steps) for steps in (1, 2)},
    **{f"{steps}-step student, made crisp": partial(matched, steps) for steps in (1, 2)},
    **{f"sampling, {sampler}": partial(sampled, "fast", sampler, "vector") for sampler in SAMPLERS},
    **{f"sampling, {mixing}, as taught": partial(sampled, "as-taught", "ddim", mixing) for mixing in MIXINGS},
    "a path": walked,
    "the posterior": by_heart,
    "cleaning": cleaned,
    "a drawing": drawn,
    **{f"demonstration, {name}": partial(demonstrated, name) for name in DEMONSTRATIONS},
    **{
        f"an opened batch, {prediction}{' at another t' if time else ''}": partial(opened, name, prediction, time)
        for prediction, name in zip(PREDICTIONS, ("course", "as-taught", "fast", "fast"), strict=True)
        for time in (None, 0.4)
    },
    "previews": previewed,
    "quality": measured,
    "copies": compared,
    **{f"losses, {prediction}": partial(seen_and_unseen, prediction) for prediction in PREDICTIONS},
    **{f"inside, {name}": partial(looked_into, name) for name in ("fast", "course")},
}


@cache
def on_cpu(name: str) -> Numbers:
    return WORK[name]("cpu")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WORK)
def test_all_work_keeps_to_the_device_and_gives_the_numbers_of_the_cpu(kind, name):
    expected = on_cpu(name)
    with simulated(kind):
        made = [part.cpu() if isinstance(part, Tensor) else part for part in WORK[name](kind)]
    for one, other in zip(made, expected, strict=True):
        torch.testing.assert_close(torch.as_tensor(one), torch.as_tensor(other), rtol=1e-4, atol=3e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_simulated_device_keeps_to_its_rules(kind):
    with simulated(kind) as machine:
        there, here, random = torch.ones(2, device=kind), torch.ones(2), torch.Generator()
        assert there.device == machine.device and (there + 1).sum().cpu().device.type == "cpu"
        assert there.to(kind).data_ptr() == there.data_ptr() != there.cpu().data_ptr()
        assert torch.equal(there[torch.tensor([1])].cpu(), here[:1]) and (there * torch.tensor(2.0)).device.type == kind
        for wrong in (
            there.double, there.numpy, lambda: np.asarray(there), lambda: here.double().to(kind),
            lambda: torch.zeros(2, dtype=torch.float64, device=kind), lambda: torch.stack([here, there]),
            lambda: there + here, lambda: here[there.long()], lambda: torch.rand(2, generator=random, device=kind),
        ):   # fmt: skip
            with pytest.raises((RuntimeError, TypeError), match=r"float64|numpy|and on the CPU|a generator of cpu"):
                wrong()
    assert (here + torch.ones(2)).device.type == "cpu"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["fast", "course"])
def test_a_training_goes_on_on_another_device(kind, name, tmp_path):
    """From the device to the CPU and back, with all that is kept beside it: the same losses as without a break."""
    config, sprites = small(name, steps=3), some_sprites()
    unbroken = [step.loss for step in train(model_of(config, "cpu"), sprites, config)]
    with simulated(kind):
        losses = []
        for device, stop in ((kind, 1), ("cpu", 2), (kind, 3)):
            losses += go_on(config, device, stop, tmp_path)
    assert losses == pytest.approx(unbroken, rel=1e-4)


def go_on(config: TrainConfig, device: str, stop: int, folder) -> list[float]:
    """Train to the step `stop` from what is kept in the folder; the losses of these steps."""
    logbook = Logbook(config, "mine", folder)
    snapshots, previews = Snapshots(logbook, room=3), Previews(logbook.series, None)
    logbook.companions.append(previews)
    saved, model = logbook.resume() if logbook.state_path.exists() else None, model_of(config, device)
    before = len(logbook.losses)
    previews.open(model)
    with closing(logbook.follow(train(model, some_sprites(), config, saved))) as steps:
        for step in steps:
            snapshots.judged(step, step.loss)
            if step.step == stop:
                break
    assert load_checkpoint("mine", folder, device).device == step.model.device
    assert fingerprint(load_checkpoint("mine", folder)) == fingerprint(step.model)
    return logbook.losses[before:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["fast", "course"])
def test_seconds_count_all_that_the_device_was_asked_for_and_nothing_else(kind, name):
    config = SampleConfig("ddim", 3, N)
    with simulated(kind) as machine:
        step = trained(name, kind)
        assert step.seconds == machine.asked
        for timed in (lambda run: list(frames(run))[-1].at, lambda run: benchmark._seconds(lambda: [*run], run.device)):
            next(iter(run_of(step.model, config)))   # of which the device is not done when the time begins
            before = machine.asked
            seconds = timed(run_of(step.model, config))
            assert seconds == machine.asked - before > 0


def test_the_app_on_a_gpu_draws_shows_and_races(tmp_path, monkeypatch):
    # The device is this thread's.
    monkeypatch.setattr("diffusion.serving.race._from_own_thread", lambda items: items)
    monkeypatch.setattr(Turns, "ask", lambda turns, question: in_this_thread(question))
    save_checkpoint(resting("fast", "cpu"), {}, "mine", tmp_path)
    request = RunRequest("mine", SampleConfig(steps=3, n=N))
    expected = Engine(tmp_path, "cpu").drawing(request).sprites
    with simulated("cuda") as machine:
        engine = Engine(tmp_path, "auto")
        assert engine.model("mine").device == machine.device
        drawing = engine.drawing(request)
        assert drawing.seconds == machine.asked > 0
        assert_alike(drawing.sprites, expected)
        assert_alike(engine.trajectory(request).sprites, expected)
        *_, timed = Track().race(engine, "mine", [Lane("ddim", 2), Lane("ddim", 4)], Start(N))
        quick, slow = (one.trajectory.seconds for one in timed)
        assert same_start(timed)[0] and slow == 2 * quick > 0


def in_this_thread(question: Question) -> Any:
    """The answer to a question, computed at once."""
    steps = question.work([question.item])
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return ended.value[0]


def assert_alike(a: np.ndarray, b: np.ndarray) -> None:
    """The same pictures, but for rounding."""
    assert np.abs(a.astype(int) - b).max() <= 1


def test_several_threads_pass_a_mac_s_gpu_by(tmp_path):
    with simulated("mps"):
        assert pick_device().type == "mps" and pick_shared_device().type == Engine(tmp_path).device.type == "cpu"
        with pytest.raises(ValueError, match=r"device 'mps' works for one thread at a time.*choose auto or cpu"):
            Engine(tmp_path, "mps")
    with simulated("cuda"):
        assert pick_device().type == pick_shared_device().type == "cuda"


@pytest.mark.parametrize("kind", KINDS)
def test_processes_agree_on_the_very_same_seconds(kind, monkeypatch):
    monkeypatch.setattr(parallel, "processes", lambda: 2)
    monkeypatch.setattr(parallel.dist, "broadcast", lambda value, src: None)
    with simulated(kind) as machine:
        assert parallel.agree(1 / 3, machine.device) == 1 / 3


def test_processes_cannot_share_a_mac_s_gpu(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="cannot be shared by several processes"):
        parallel.process_group(torch.device("mps")).__enter__()
