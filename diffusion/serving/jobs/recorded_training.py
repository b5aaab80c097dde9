"""A training that was recorded, to be seen before there is one of one's own."""

import base64
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from diffusion.models.checkpoints import DEFAULT
from diffusion.serving.jobs.previews import Preview
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.limits import Limits
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.sprites.spriteset import SIZE
from diffusion.support.checks import InputError
from diffusion.support.device import describe_machine, pick_shared_device
from diffusion.support.files import read_json, write_text
from diffusion.training.logbook import Logbook
from diffusion.training.recipes import TrainConfig

LOOKS = 14           # at the sprites, at most
MAX_BYTES = 60_000   # of the file, which a page fetches
RECORDED = "recorded"   # what the curve says of itself
LONGEST_ABSENCE = 100_000   # minutes: nobody's page has to be there


class RecordedTraining(NamedTuple):
    """What a page shows of it, and where it was trained."""

    machine: str
    minutes: float
    curve: dict[str, Any]   # LossSeries.value()
    previews: tuple[Preview, ...]

    def save(self, path: Path) -> None:
        """Write it down; the sprites as one picture, a row for each preview."""
        steps, sprites = zip(*self.previews, strict=True)
        told = {"machine": self.machine, "minutes": self.minutes, "curve": self.curve, "steps": steps}
        write_text(path, json.dumps(told | {"sprites": _strips(np.stack(sprites))}))

    @classmethod
    def load(cls, path: Path) -> "RecordedTraining":
        """Read it; raises DamagedFileError."""
        return read_json(path, cls._from_values, MAX_BYTES)

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> "RecordedTraining":
        steps, sprites = map(int, values["steps"]), _cut(values["sprites"])
        previews = tuple(Preview(step, row) for step, row in zip(steps, sprites, strict=True))
        return cls(str(values["machine"]), float(values["minutes"]), dict(values["curve"]), previews)


def record_training(config: TrainConfig, reference: Reference) -> RecordedTraining:
    """Train as the Train tab does, and keep what it would have shown; InputError if the training fails."""
    device = pick_shared_device()
    with TemporaryDirectory() as folder:
        logbook = Logbook(config, DEFAULT, Path(folder))
        job = TrainingJob(logbook, None, Limits(absent_minutes=LONGEST_ABSENCE), reference)
        job.run(device)
    if job.state is not State.FINISHED:
        raise InputError(f"the training was not recorded: {job.message}")
    curve = logbook.series.value(RECORDED, job.snapshots.marks)
    return RecordedTraining(describe_machine(device.type), config.minutes, curve, _some(job.previews.all))


def _some(previews: tuple[Preview, ...]) -> tuple[Preview, ...]:
    """Some of all previews, more of the beginning, when sprites change most."""
    places = (len(previews) - 1) * np.linspace(0, 1, LOOKS) ** 2
    return tuple(previews[k] for k in np.unique(places.round().astype(int)))


def _strips(sprites: np.ndarray) -> str:
    """uint8 (F, N, side, side, 3) as a lossless WebP in base64, a third of what a PNG takes."""
    looks, n = sprites.shape[:2]
    rows = sprites.swapaxes(1, 2).reshape(looks * SIZE, n * SIZE, 3)
    picture = io.BytesIO()
    Image.fromarray(rows).save(picture, format="WEBP", lossless=True, quality=100, method=6)
    return base64.b64encode(picture.getvalue()).decode()


def _cut(strips: str) -> np.ndarray:
    """What `_strips` was made of."""
    with Image.open(io.BytesIO(base64.b64decode(strips))) as picture:
        rows = np.asarray(picture.convert("RGB"))
    looks, n = (length // SIZE for length in rows.shape[:2])
    return rows.reshape(looks, SIZE, n, SIZE, 3).swapaxes(1, 2)
