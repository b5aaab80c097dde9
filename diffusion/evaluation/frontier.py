"""The frontier: quality against network calls of every sampler, measured alike and kept beside the models."""

import base64
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from diffusion.denoiser import MAX_GUIDANCE, DiffusionModel
from diffusion.evaluation.real_sprites import BESIDE, Likeness, RealSprites, beside
from diffusion.generation import Made, SampleConfig, cleaned_with, generate_counted, usual_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, CheckpointError, load_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.samplers import SAMPLERS
from diffusion.support.checks import InputError, check_number, check_whole
from diffusion.support.device import describe_machine
from diffusion.support.files import DamagedFileError, read_json, write_json
from diffusion.support.images import enlarge, grid, to_uint8
from diffusion.support.progress import Progress, part, silent
from diffusion.support.saved_pictures import png_bytes
from diffusion.support.wording import aligned, counted, each_once, with_spread
from diffusion.training.distillation import STUDENTS

FILE = "frontier.json"   # beside the models
FORMAT = 6   # a new one wherever sprites are made or measured otherwise
N, SEED = 1000, 0
STEPS = (5, 8, 10, 15, 25, 50, 100, 250, 500)
ENOUGH = {"ddim": 100, "dpmpp_2m": 50, "unipc": 50, "sa_solver": 100}   # steps past which nothing is gained
SHOWN, SHOWN_COLUMNS = 16, 4   # sprites of a point that can be looked at: of the same seeds at every point
MAX_BYTES = 5_000_000
MAX_DRAWS = 1000
MAX_PICTURE = 40_000           # characters
PNG_START = base64.b64encode(b"\x89PNG\r\n").decode()   # six bytes are eight characters


@dataclass(frozen=True)
class Point:
    """One run, measured: `n` sprites of seed `seed`, and `calls` network evaluations counted for each of them.

    weights and judge: the fingerprints of the model and of who measured it; picture: the first sprites, a PNG as
    base64; made and real: how like real sprites they are, and as many real ones, whose distance is the mean over
    `floor_draws` with the standard deviation `floor_spread`. Raises InputError if a value cannot be.
    """

    model: str
    weights: str
    judge: str
    sampler: str
    steps: int
    eta: float
    variance: str
    guidance: float
    clean: bool
    n: int
    seed: int
    calls: int
    made: Likeness
    real: Likeness
    floor_spread: float
    floor_draws: int
    machine: str
    picture: str

    def __post_init__(self) -> None:
        fresh_noise = {"eta": self.eta, "variance": self.variance}
        config = SampleConfig(self.sampler, self.steps, self.n, self.seed, self.guidance, **fresh_noise)
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_whole("calls", self.calls, 1, 2 * config.steps)
        if not isinstance(self.clean, bool):
            raise InputError("a point says whether its sprites were brought back to the palette.")
        for likeness in (self.made, self.real):
            _check_likeness(likeness)
        check_number("floor_spread", self.floor_spread, 0, sys.float_info.max)
        check_whole("floor_draws", self.floor_draws, 2, MAX_DRAWS)
        texts = (self.model, self.weights, self.judge, self.machine, self.picture)
        if not all(isinstance(text, str) for text in texts):
            raise InputError("a point names its model, weights, judge, machine and picture in text.")
        if len(self.picture) > MAX_PICTURE or not self.picture.startswith(PNG_START):
            raise InputError("a point has a small PNG of its sprites.")

    @property
    def run(self) -> "MeasuredRun":
        """What was measured, by whom and on how many sprites: points of the same answer one another."""
        asked = (self.sampler, self.steps, self.eta, self.variance, self.guidance, self.clean)
        return MeasuredRun(self.weights, self.judge, self.n, *asked)


class MeasuredRun(NamedTuple):
    """All that makes two points comparable: the same model, judge and number of sprites, and the same run."""

    weights: str
    judge: str
    n: int
    sampler: str
    steps: int
    eta: float
    variance: str
    guidance: float
    clean: bool


def measure_point(
    name: str, model: DiffusionModel, config: SampleConfig, real: RealSprites, progress: Progress = silent
) -> Point:
    """Make `config.n` sprites and compare them with the real ones; what `progress` raises ends it."""
    return compare_made(name, model, config, generate_counted(model, config, real.contexts(config.n), progress), real)


def compare_made(name: str, model: DiffusionModel, config: SampleConfig, made: Made, real: RealSprites) -> Point:
    """Compare what a run made, for the contexts of as many real sprites, with them."""
    config, context = spelt_out(model, config), real.contexts(config.n)
    sprites = made.sprites.cpu().clamp(-1, 1)
    floor = real.floor(config.n)
    shown = enlarge(grid(to_uint8(sprites[:SHOWN]), SHOWN_COLUMNS), 1)
    return Point(
        name,
        fingerprint(model),
        real.judge.fingerprint,
        config.sampler,
        config.steps,
        config.eta,
        config.variance,
        config.guidance,
        config.clean,
        config.n,
        config.seed,
        made.calls,
        made=real.likeness(sprites, context),
        real=floor.likeness,
        floor_spread=floor.spread,
        floor_draws=floor.draws,
        machine=describe_machine(model.device.type),
        picture=base64.b64encode(png_bytes(shown, {"checkpoint": name, "config": asdict(config)})).decode(),
    )


def spelt_out(model: DiffusionModel, config: SampleConfig) -> SampleConfig:
    """The run with what it leaves to the model: guidance, and whether sprites are brought back to the palette."""
    guidance = model.config.guidance if config.guidance is None else config.guidance
    return replace(config, guidance=guidance, clean=bool(cleaned_with(model, config)))


def frontier_runs(
    device: torch.device, n: int = N, seed: int = SEED, folder: Path = CHECKPOINTS
) -> list[tuple[str, DiffusionModel, SampleConfig]]:
    """All that is measured, the quick ones first: the students, and every sampler at each number of steps.

    Raises CheckpointError if a shipped model is missing.
    """
    names = [f"{DEFAULT}-{steps}" for steps in sorted(STUDENTS)]
    students = [(name, load_checkpoint(name, folder, device)) for name in names]
    teacher = load_checkpoint(DEFAULT, folder, device)
    return [(name, model, usual_config(model, n=n, seed=seed)) for name, model in students] + [
        (DEFAULT, teacher, SampleConfig(sampler, steps, n, seed))
        for steps in STEPS
        for sampler in SAMPLERS
        if steps <= ENOUGH.get(sampler, steps)
    ]


def measure_frontier(
    real: RealSprites,
    device: torch.device,
    n: int = N,
    seed: int = SEED,
    progress: Progress = silent,
    folder: Path = CHECKPOINTS,
) -> list[Point]:
    """Measure every run and keep the points beside the models, each as soon as it is there.

    Points that are kept already, of the same weights, judge, sprites and seed, stay: what was broken off goes on.
    Raises CheckpointError if a model is missing.
    """
    runs = frontier_runs(device, n, seed, folder)
    kept = [point for point in _kept_or_none(folder) if point.seed == seed]
    points = [_kept_point(kept, model, config, real) for _, model, config in runs]
    missing = [i for i, point in enumerate(points) if point is None]
    cost, done = sum(runs[i][2].steps for i in missing), 0
    for i in missing:
        steps = runs[i][2].steps
        points[i] = measure_point(*runs[i], real, part(progress, done, cost, steps))
        keep([point for point in points if point], folder)
        done += steps
    return points


def find(points: Sequence[Point], weights: str, judge: str, config: SampleConfig, n: int = N) -> Point | None:
    """The point of a run, measured by this judge on `n` sprites, the latest if there are several; or None.

    weights: the fingerprint of the model; config: the run, see `spelt_out`.
    """
    asked = (config.sampler, config.steps, config.eta, config.variance, config.guidance, config.clean)
    run = MeasuredRun(weights, judge, n, *asked)
    return next((point for point in reversed(points) if point.run == run), None)


def keep(points: Sequence[Point], folder: Path = CHECKPOINTS) -> None:
    """Write the points beside the models."""
    write_json(folder / FILE, {"format": FORMAT, "points": [_values_of(point) for point in points]})


def load(folder: Path = CHECKPOINTS) -> list[Point]:
    """The points that are kept beside the models, none if nothing was measured; CheckpointError if damaged."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        return read_json(path, _points, MAX_BYTES)
    except DamagedFileError as error:
        message = f"{path.name} is damaged: it does not hold a frontier; remake it by python -m diffusion frontier."
        raise CheckpointError(message) from error


def _points(values: dict[str, Any]) -> list[Point]:
    if values["format"] != FORMAT:
        raise ValueError("unknown format")
    return [_point_of(point) for point in values["points"]]


def _point_of(values: dict[str, Any]) -> Point:
    return Point(**values | {name: Likeness(**values[name]) for name in ("made", "real")})


def _values_of(point: Point) -> dict[str, Any]:
    return asdict(point) | {"made": point.made._asdict(), "real": point.real._asdict()}


def _check_likeness(likeness: Likeness) -> None:
    for name in ("fsd", "density", "colours", "nearest"):
        check_number(name, getattr(likeness, name), 0, sys.float_info.max)
    for name in ("coverage", "accuracy", "white"):
        check_number(name, getattr(likeness, name), 0, 1)


def _kept_point(kept: Sequence[Point], model: DiffusionModel, config: SampleConfig, real: RealSprites) -> Point | None:
    config = spelt_out(model, config)
    return find(kept, fingerprint(model), real.judge.fingerprint, config, config.n)


def _kept_or_none(folder: Path) -> list[Point]:
    """What is kept; nothing where it is damaged, since it is measured anew."""
    try:
        return load(folder)
    except CheckpointError:
        return []


def run_name(point: Point) -> str:
    """How a run is called in tables."""
    return f"{point.sampler}-{point.steps}" if point.model == DEFAULT else f"student-{point.steps}"


def table(points: Sequence[Point]) -> str:
    """The points as text, for the command line, below what as many real sprites get."""
    first = points[0]
    about = (
        f"{counted(first.n, 'sprite')} each, seed {first.seed}, on {each_once(p.machine for p in points)}; "
        f"FSD of real sprites with its standard deviation over {counted(first.floor_draws, 'draw')}"
    )
    heads = ("run", "calls", "guidance", "FSD", *BESIDE)
    rows = [("real sprites", "", "", with_spread(first.real.fsd, first.floor_spread), *beside(first.real))]
    rows += [(run_name(p), f"{p.calls}", f"{p.guidance:g}", f"{p.made.fsd:.2f}", *beside(p.made)) for p in points]
    return "\n".join([about, "", *aligned([heads, *rows])])
