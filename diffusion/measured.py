"""The measured quality of a model as JSON values, and keeping them beside its weights."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from diffusion.checkpoints import CheckpointError, write_json
from diffusion.denoiser import DiffusionModel
from diffusion.generation import SampleConfig
from diffusion.quality import Judge, Quality, RealSprites, evaluate
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import describe_machine

ENDING = ".quality.json"
NEEDED = {field.name for field in fields(Quality)} | {"sprites", "machine", "weights"}

Measured = dict[str, Any]   # the fields of Quality, with what was measured against, where, and of which weights


def measure_quality(
    model: DiffusionModel,
    sprites: SpriteSet,
    called: str,
    judge: Judge,
    config: SampleConfig,
    seeds: Sequence[int],
    progress: Callable[[float], None],
) -> Measured:
    """What `evaluate` measures against the sprites that are `called` so, with the machine and the weights named.

    Raises ValueError as `evaluate` does; see `check_comparable`.
    """
    quality = evaluate(model, RealSprites(sprites, judge), config, seeds, progress)
    where = describe_machine(model.device.type)
    return quality.values() | {"sprites": called, "machine": where, "weights": fingerprint(model)}


def check_comparable(model: DiffusionModel, sprites: SpriteSet) -> None:
    """Raise ValueError, one sentence, if model and sprites differ in their categories or sizes."""
    if model.categories != sprites.categories:
        raise ValueError(f"the model knows {model.categories}, but the sprites have {sprites.categories}: give --data.")
    if model.shape[1:] != sprites.images.shape[1:3]:
        raise ValueError(f"the model makes sprites of {model.shape[1]} pixels, which cannot be compared with these.")


def keep_measured(measured: Measured, weights: Path) -> Path:
    """Write what was measured beside the weights; returns where."""
    path = weights.with_suffix(ENDING)
    write_json(path, measured)
    return path


def drop_measured(weights: Path) -> None:
    """Forget what was kept beside the weights."""
    weights.with_suffix(ENDING).unlink(missing_ok=True)


def kept_measured(weights: Path, model: DiffusionModel) -> Measured | None:
    """What was kept beside the weights, or None; CheckpointError if it is no such thing, or of other weights."""
    path = weights.with_suffix(ENDING)
    if not path.exists():
        return None
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
        complete = isinstance(measured, dict) and measured.keys() >= NEEDED
    except (OSError, ValueError, RecursionError):
        complete = False
    if not complete:
        raise CheckpointError(f"{path.name} is not what evaluate --json prints: remove it, or use evaluate --keep.")
    if measured["weights"] != fingerprint(model):
        raise CheckpointError(f"{path.name} was measured with other weights: remove it, or use evaluate --keep.")
    return measured


def fingerprint(model: DiffusionModel) -> str:
    """A short hash that changes with any weight, and with anything else that the model's sprites depend on."""
    digest = sha256(json.dumps(asdict(model.config), sort_keys=True).encode())
    for key, value in sorted(model.net.state_dict().items()):
        digest.update(key.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
