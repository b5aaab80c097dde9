"""The frontier: quality against network calls of every sampler, measured alike and kept beside the models."""

import base64
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from diffusion.checkpoints import CHECKPOINTS, DEFAULT, CheckpointError, load_checkpoint, write_json
from diffusion.denoiser import MAX_GUIDANCE, DiffusionModel
from diffusion.distill import STUDENTS
from diffusion.generation import SampleConfig, generate_counted, usual_run
from diffusion.measured import fingerprint
from diffusion.quality import RealSprites, accuracy, built_in_sprites, frechet_distance
from diffusion.samplers import SAMPLERS
from diffusion.support.checks import check_number, check_whole
from diffusion.support.device import describe_machine
from diffusion.support.images import enlarge, grid, to_uint8
from diffusion.support.saved_pictures import png_bytes

FILE = "frontier.json"   # beside the models
FORMAT = 1
N, SEED = 1000, 0
STEPS = (5, 8, 10, 15, 25, 50, 100, 250, 500)
ENOUGH = {"ddim": 250, "dpmpp_2m": 100, "unipc": 100}   # steps past which nothing is gained
SHOWN, SHOWN_COLUMNS = 16, 4   # sprites of a point that can be looked at: of the same seeds at every point
MAX_BYTES = 5_000_000
MAX_PICTURE = 40_000           # characters
PNG_START = base64.b64encode(b"\x89PNG\r\n").decode()   # six bytes are eight characters

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Point:
    """One run, measured: `n` sprites of seed `seed`, and `calls` network evaluations counted for each of them.

    weights: the fingerprint of the model; picture: the first sprites, a PNG as base64; fsd_floor and accuracy_real:
    what as many real sprites get. Raises ValueError if a value cannot be.
    """

    model: str
    weights: str
    sampler: str
    steps: int
    eta: float
    guidance: float
    n: int
    seed: int
    calls: int
    fsd: float
    fsd_floor: float
    accuracy: float
    accuracy_real: float
    machine: str
    picture: str

    def __post_init__(self) -> None:
        config = SampleConfig(self.sampler, self.steps, self.n, self.seed, self.guidance, self.eta)
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_whole("calls", self.calls, 1, 2 * config.steps)
        check_number("fsd", self.fsd, 0, sys.float_info.max)
        check_number("fsd_floor", self.fsd_floor, 0, sys.float_info.max)
        check_number("accuracy", self.accuracy, 0, 1)
        check_number("accuracy_real", self.accuracy_real, 0, 1)
        if not all(isinstance(text, str) for text in (self.model, self.weights, self.machine, self.picture)):
            raise ValueError("a point names its model, weights, machine and picture in text.")
        if len(self.picture) > MAX_PICTURE or not self.picture.startswith(PNG_START):
            raise ValueError("a point has a small PNG of its sprites.")

    def of(self, weights: str, config: SampleConfig, n: int) -> bool:
        """Whether this is the run `config` of the model with these weights, measured on `n` sprites."""
        asked = (config.sampler, config.steps, config.eta, config.guidance)
        return (self.weights, self.n) == (weights, n) and (self.sampler, self.steps, self.eta, self.guidance) == asked


def measure_point(
    name: str, model: DiffusionModel, config: SampleConfig, real: RealSprites, progress: Progress = lambda share: None
) -> Point:
    """Make `config.n` sprites and compare them with the real ones; what `progress` raises ends it."""
    config = with_own_guidance(model, config)
    context = real.mix(config.n)
    made, calls = generate_counted(model, config, context, progress)
    made = made.cpu().clamp(-1, 1)
    shown = enlarge(grid(to_uint8(made[:SHOWN]), SHOWN_COLUMNS), 1)
    return Point(
        name,
        fingerprint(model),
        config.sampler,
        config.steps,
        config.eta,
        config.guidance,
        config.n,
        config.seed,
        calls,
        fsd=frechet_distance(real.judge.features(made), real.features),
        fsd_floor=real.floor(config.n),
        accuracy=accuracy(real.judge, made, context.argmax(1)),
        accuracy_real=real.accuracy,
        machine=describe_machine(model.device.type),
        picture=base64.b64encode(png_bytes(shown, {"checkpoint": name, "config": asdict(config)})).decode(),
    )


def with_own_guidance(model: DiffusionModel, config: SampleConfig) -> SampleConfig:
    """The run with the model's own guidance, where it names none."""
    return replace(config, guidance=model.config.guidance) if config.guidance is None else config


def frontier_runs(
    device: torch.device, n: int = N, seed: int = SEED, folder: Path = CHECKPOINTS
) -> list[tuple[str, DiffusionModel, SampleConfig]]:
    """All that is measured, the quick ones first: the students, and every sampler at each number of steps.

    Raises CheckpointError if a shipped model is missing.
    """
    names = [f"{DEFAULT}-{steps}" for steps in sorted(STUDENTS)]
    students = [(name, load_checkpoint(name, folder, device)) for name in names]
    teacher = load_checkpoint(DEFAULT, folder, device)
    return [(name, model, usual_run(model, n=n, seed=seed)) for name, model in students] + [
        (DEFAULT, teacher, SampleConfig(sampler, steps, n, seed))
        for steps in STEPS
        for sampler in SAMPLERS
        if steps <= ENOUGH.get(sampler, steps)
    ]


def measure_frontier(
    device: torch.device,
    n: int = N,
    seed: int = SEED,
    progress: Progress = lambda share: None,
    folder: Path = CHECKPOINTS,
) -> list[Point]:
    """Measure every run and keep the points beside the models, each as soon as it is there.

    Points that are kept already, of the same weights, sprites and seed, stay: what was broken off goes on.
    Raises CheckpointError if a model is missing.
    """
    runs = frontier_runs(device, n, seed, folder)
    kept = [point for point in _kept_or_none(folder) if point.seed == seed]
    points = [find(kept, model, config, n) for _, model, config in runs]
    missing = [i for i, point in enumerate(points) if point is None]
    real, cost, done = built_in_sprites() if missing else None, sum(runs[i][2].steps for i in missing), 0
    for i in missing:
        steps = runs[i][2].steps
        share = lambda part, steps=steps, done=done: progress((done + steps * part) / cost)   # noqa: E731
        points[i] = measure_point(*runs[i], real, share)
        keep([point for point in points if point], folder)
        done += steps
    return points


def find(points: Sequence[Point], model: DiffusionModel, config: SampleConfig, n: int = N) -> Point | None:
    """The point of a run of `model`, measured on `n` sprites, the latest if there are several; or None."""
    weights, config = fingerprint(model), with_own_guidance(model, config)
    return next((point for point in reversed(points) if point.of(weights, config, n)), None)


def keep(points: Sequence[Point], folder: Path = CHECKPOINTS) -> None:
    """Write the points beside the models."""
    write_json(folder / FILE, {"format": FORMAT, "points": [asdict(point) for point in points]})


def load(folder: Path = CHECKPOINTS) -> list[Point]:
    """The points that are kept beside the models, none if nothing was measured; CheckpointError if damaged."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise ValueError("unknown format")
        return [Point(**point) for point in values["points"]]
    except (ValueError, TypeError, KeyError, OSError, RecursionError) as error:
        message = f"{path.name} is damaged: it does not hold a frontier; remake it by python -m diffusion frontier."
        raise CheckpointError(message) from error


def _kept_or_none(folder: Path) -> list[Point]:
    """What is kept; nothing where it is damaged, since it is measured anew."""
    try:
        return load(folder)
    except CheckpointError:
        return []


def stored_fsd(folder: Path = CHECKPOINTS) -> dict[str, float]:
    """The Fréchet sprite distance of the runs that are kept, by their names: "ddim-25", "student-4"."""
    return {run_name(point): point.fsd for point in load(folder)}


def run_name(point: Point) -> str:
    """How a run is called in tables."""
    return f"{point.sampler}-{point.steps}" if point.model == DEFAULT else f"student-{point.steps}"


def table(points: Sequence[Point]) -> str:
    """The points as text, for the command line."""
    first = points[0]
    lines = [
        f"{first.n:,} sprites each, seed {first.seed}, on {first.machine}; real sprites have {first.fsd_floor:.2f}",
        "",
        f"{'run':16}{'calls':>6}{'guidance':>10}{'FSD':>9}{'asked category comes out':>27}",
    ]
    lines += [f"{run_name(p):16}{p.calls:6}{p.guidance:10g}{p.fsd:9.2f}{p.accuracy:27.1%}" for p in points]
    return "\n".join(lines)
