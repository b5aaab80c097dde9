"""The two sides of every comparison with the course: what each is, how long it learnt, and how good its sprites are."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from diffusion.cli.studies import readme
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation import frontier
from diffusion.evaluation.frontier import Point
from diffusion.evaluation.quality import evaluate, made_likeness
from diffusion.evaluation.real_sprites import BESIDE, RealSprites, beside
from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.models.hub import find_model
from diffusion.models.measured import Measured
from diffusion.samplers import ALL_SAMPLERS, USUAL_SAMPLER
from diffusion.support.checks import InputError
from diffusion.support.device import describe_machine
from diffusion.support.files import DamagedFileError, read_json, write_json
from diffusion.support.progress import Progress, part
from diffusion.support.wording import counted, with_spread
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe

COURSE_NAME, COURSE_RUN = "course ddpm-500", SampleConfig("ddpm", 500)   # the course's: no guidance
USUAL_RUN = f"{USUAL_SAMPLER}-10"
OURS = (USUAL_RUN, "student-1")
COURSE_FILE = "course_side.json"   # beside the models
COURSE_MINUTES = 20.0
MAX_BYTES = 100_000


@dataclass(frozen=True)
class CourseSide:
    """What the course's network and recipe come to after `minutes` of training, where, and by which judge."""

    minutes: float
    steps: int
    machine: str
    judge: str
    quality: Measured   # the values of a Quality, measured as the frontier is


def measure_course(minutes: float, real: RealSprites, device: torch.device, progress: Progress) -> CourseSide:
    """Train the course's network by the course's recipe, and measure the run that the course draws with."""
    config = recipe("course", minutes=minutes)
    for step in train(new_model(config, real.training.categories, device), real.training, config):
        progress(step.progress / 2)
    run = replace(COURSE_RUN, n=frontier.N)
    quality = evaluate(step.model, real, run, (frontier.SEED,), part(progress, 1, 2))
    return CourseSide(minutes, step.step, describe_machine(device.type), real.judge.fingerprint, quality.values())


def keep_course(course: CourseSide, folder: Path = CHECKPOINTS) -> None:
    """Write it beside the models."""
    write_json(folder / COURSE_FILE, asdict(course))


def load_course(judge: str, folder: Path = CHECKPOINTS) -> CourseSide:
    """What is kept beside the models; InputError if there is nothing, it is damaged, or another judge measured it."""
    try:
        course = read_json(folder / COURSE_FILE, _course, MAX_BYTES)
    except DamagedFileError as error:
        raise InputError(f"{error} How good the course's side is, python -m diffusion results measures.") from error
    if course.judge != judge:
        raise InputError(f"{COURSE_FILE} was measured by another judge: measure again by python -m diffusion results.")
    return course


def what_is(model: DiffusionModel, config: SampleConfig) -> str:
    """A side in words, such as "SpriteUnet, UniPC with 10 steps, guidance 2.5"."""
    guidance = model.config.guidance if config.guidance is None else config.guidance
    network, sampler = type(model.net).__name__, ALL_SAMPLERS[config.sampler].title
    guided = "not guided" if guidance == 1 else f"guidance {guidance:g}"
    return f"{network}, {sampler} with {counted(config.steps, 'step')}, {guided}"


def check_measured(points: Mapping[str, Point], runs: Collection[str]) -> None:
    """Raise InputError unless these runs are among the points of the frontier."""
    if not points.keys() >= set(runs):
        raise InputError("the frontier is not measured with these models: python -m diffusion frontier does so.")


def quality_of_sides(course: CourseSide, points: Mapping[str, Point], folder: Path = CHECKPOINTS) -> list[str]:
    """A table of how long each side learnt and how good its sprites are, with what it is of before it.

    points: the frontier's, by the names of their runs. Raises InputError if those of this side are not among them.
    """
    check_measured(points, OURS)
    ours = [points[run] for run in OURS]
    learnt, made = f"{course.minutes:g} minutes on {course.machine}", made_likeness(course.quality)
    floor = with_spread(ours[0].real.fsd, ours[0].floor_spread)
    rows = [("real sprites", "", floor, *beside(ours[0].real))]
    rows += [(COURSE_NAME, f"{counted(course.steps, 'step')}, {learnt}", f"{made.fsd:.2f}", *beside(made))]
    rows += [
        (run, _learnt(find_model(point.model, folder).record()), f"{point.made.fsd:.2f}", *beside(point.made))
        for run, point in zip(OURS, ours, strict=True)
    ]
    return [
        "How good the sides of the comparison are, which learnt for unequal times: "
        f"{counted(ours[0].n, 'sprite')} of each from one seed.",
        "",
        *readme.table(["side", "training", "FSD", *BESIDE], rows),
    ]


def _course(values: dict[str, Any]) -> CourseSide:
    made_likeness(values["quality"])   # it is complete, or this raises
    return CourseSide(**values)


def _learnt(record: dict[str, Any]) -> str:
    """How long a model was taught, as far as its record tells."""
    if not {"steps", "seconds", "machine"} <= record.keys():
        return "not told"
    return f"{counted(record['steps'], 'step')}, {record['seconds'] / 60:.0f} minutes on {record['machine']}"
