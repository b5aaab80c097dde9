"""The measured quality of a model as JSON values, kept beside its weights."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diffusion.denoiser import DiffusionModel
from diffusion.models.checkpoints import CheckpointError, hash_of
from diffusion.support.files import DamagedFileError, read_json, write_json

ENDING = ".quality.json"
MAX_BYTES = 1_000_000
NEEDED = {   # by the model card
    "fsd", "fsd_spread", "fsd_floor", "fsd_floor_spread", "floor_draws", "context_accuracy", "context_accuracy_real",
    "density", "density_real", "coverage", "coverage_real", "crispness", "crispness_real", "memorisation",
    "memorisation_real", "memorisation_caught", "losses", "n", "seeds", "sampler", "steps", "guidance", "sprites",
    "machine", "weights",
}   # fmt: skip

Measured = dict[str, Any]   # the fields of Quality, with what was measured against, where, and of which weights


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
        measured = read_json(path, _complete, MAX_BYTES)
    except DamagedFileError as error:
        message = f"{path.name} is not what evaluate --json prints: remove it, or use evaluate --keep."
        raise CheckpointError(message) from error
    if measured["weights"] != fingerprint(model):
        raise CheckpointError(f"{path.name} was measured with other weights: remove it, or use evaluate --keep.")
    return measured


def fingerprint(model: DiffusionModel) -> str:
    """A short hash that changes with any weight, and with anything else that the model's sprites depend on."""
    config = asdict(model.config)
    if not model.is_student:
        del config["sampler"]   # it is of students
    return hash_of(model.net.state_dict(), json.dumps(config, sort_keys=True))


def _complete(values: Measured) -> Measured:
    if not values.keys() >= NEEDED:
        raise ValueError("something is missing")
    return values
