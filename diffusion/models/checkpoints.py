"""Trained models on disk: NAME.safetensors holds the weights, NAME.json all else, in readable form."""

import re
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from diffusion.denoiser import NETWORKS, DiffusionModel, ModelConfig
from diffusion.models.course_files import CourseFileError, read_course_file
from diffusion.support.checks import InputError
from diffusion.support.files import DamagedFileError, modified_at, read_json, write_json, write_whole
from diffusion.support.wording import has_control, quoted, unturned

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
DEFAULT = "sprites"
COURSE_ENDING = ".pth"   # of the files that are kept here
COURSE_ENDINGS = (".pth", ".pt")   # in any case of letters
UPLOADS = "uploads"   # the folder inside, of files that learners gave to the app
FORMAT = 1
MAX_BYTES = 500_000_000
MAX_DESCRIPTION_BYTES = 10_000_000
NAME = re.compile(r"\w[\w.-]{0,79}")
LONGEST_NAME = 255   # that a file can have

Record = dict[str, Any]   # how a model was made: command, settings, losses, machine


class CheckpointError(InputError):
    """A checkpoint that is missing, damaged, or not one of ours."""


def list_checkpoints(folder: Path = CHECKPOINTS) -> list[str]:
    """The names of the models in `folder`, the shipped ones first, then the newest first.

    Files of the course are named as they are, with their ending, as in "context_model_trained (1).pth". A file whose
    name `check_name` refuses is none of them.
    """
    files = [file for file in folder.glob("*.json") if file.with_suffix(".safetensors").exists()]
    dated = [(file.stem, modified_at(file)) for file in files]
    for place in (folder, folder / UPLOADS):
        files = [file for file in place.glob("*") if is_course_file(file.name)]
        dated += [(file.name, modified_at(file)) for file in files]
    dated.sort(key=lambda named: (named[0] != DEFAULT, not named[0].startswith(f"{DEFAULT}-"), -named[1]))
    return list(dict.fromkeys(name for name, _ in dated if is_plain(name)))


def is_course_file(name: str) -> bool:
    """Whether a checkpoint of this name is a file of the course, by its ending."""
    return PurePath(name).suffix.lower() in COURSE_ENDINGS


def is_plain(name: str) -> bool:
    """Whether this can be a checkpoint's name: no folders, and, of a file of the course, all else that a name can have.

    The other names are made here, of letters, digits, dots and dashes.
    """
    if is_course_file(name):
        is_one_part = not name.startswith(".") and not set(name) & {"/", "\\"}
        return is_one_part and len(name) <= LONGEST_NAME and not has_control(name) and unturned(name) == name
    return NAME.fullmatch(name) is not None


def weights_path(name: str, folder: Path = CHECKPOINTS) -> Path:
    """Where the weights of a checkpoint are; CheckpointError if the name is not a plain file name."""
    check_name(name)
    if not is_course_file(name):
        return folder / f"{name}.safetensors"
    return folder / name if (folder / name).exists() else folder / UPLOADS / name


def save_checkpoint(model: DiffusionModel, record: Record, name: str, folder: Path = CHECKPOINTS) -> Path:
    """Write a model under `name`, each file whole or not at all; returns the path of the weights.

    Raises CheckpointError if the name is not a plain file name.
    """
    weights = weights_path(name, folder)
    save_model(model, record, folder / f"{name}.json", weights)
    return weights


def save_model(model: DiffusionModel, record: Record, description: Path, weights: Path) -> None:
    """Write the two files of a model; CheckpointError or OSError if that fails."""
    save_tensors(model.net.state_dict(), weights)
    write_json(description, {"format": FORMAT, "model": vars(model.config), "training": record})


def load_checkpoint(name: str, folder: Path = CHECKPOINTS, device: torch.device | str = "cpu") -> DiffusionModel:
    """The model saved under `name`, ready to sample from.

    Raises CheckpointError, one sentence, if it is missing, damaged, or holds anything else than such a model.
    """
    path = weights_path(name, folder)
    if is_course_file(name) and path.exists():
        return open_course_file(path, device)
    check_there(name, folder)
    return load_model(folder / f"{name}.json", path, device)


def load_model(description: Path, weights: Path, device: torch.device | str = "cpu") -> DiffusionModel:
    """The model in two files that may come from anyone; raises CheckpointError, one sentence.

    Shapes are compared before a network is built: a few words of description could ask for any amount of memory.
    """
    config, _ = read_description(description)
    state = load_tensors(weights)
    try:
        if {key: value.shape for key, value in state.items()} != _shapes(config):
            raise ValueError("other tensors")
        model = config.build(device)
        model.net.load_state_dict(state)
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{weights.name} does not fit its own description in {description.name}.") from error
    model.net.eval().requires_grad_(False)
    return model


def _shapes(config: ModelConfig) -> dict[str, torch.Size]:
    """The shapes of the weights that a description asks for, without their memory."""
    with torch.device("meta"):
        net = NETWORKS[config.network](n_context=len(config.categories), **config.network_options)
    return {key: value.shape for key, value in net.state_dict().items()}


def open_course_file(path: Path, device: torch.device | str = "cpu") -> DiffusionModel:
    """The model in a file of the course; raises CheckpointError, one sentence, if it is none."""
    try:
        return read_course_file(path, device)
    except CourseFileError as error:
        raise CheckpointError(str(error)) from error


def read_config(name: str, folder: Path = CHECKPOINTS) -> tuple[ModelConfig, Record]:
    """The readable half of a checkpoint; raises CheckpointError if it is missing or not as it should be."""
    check_there(name, folder)
    return read_description(folder / f"{name}.json")


def check_there(name: str, folder: Path = CHECKPOINTS) -> None:
    """Raise CheckpointError, naming those there are, unless both files of a checkpoint exist."""
    check_name(name)
    path = folder / f"{name}.json"
    if not path.exists() or not path.with_suffix(".safetensors").exists():
        known = ", ".join(list_checkpoints(folder)) or "none yet"
        raise CheckpointError(f"checkpoint {quoted(name)} was not found; there is: {known}.")


def read_description(path: Path) -> tuple[ModelConfig, Record]:
    """What a model is and how it was made, from its .json; raises CheckpointError if that is not told there."""
    try:
        return read_json(path, _described, MAX_DESCRIPTION_BYTES)
    except DamagedFileError as error:
        raise CheckpointError(f"{path.name} is missing or damaged: it does not describe a model.") from error


def _described(values: dict[str, Any]) -> tuple[ModelConfig, Record]:
    if values["format"] != FORMAT:
        raise ValueError("unknown format")
    model = values["model"]
    return ModelConfig(**(model | {"categories": tuple(model["categories"])})), dict(values["training"])


def hash_of(state: dict[str, Tensor], description: str = "") -> str:
    """A short hash of named tensors and of what describes them, which changes with any of it."""
    digest = sha256(description.encode())
    for key, value in sorted(state.items()):
        digest.update(key.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def save_tensors(state: dict[str, Tensor], path: Path) -> None:
    """Write tensors as safetensors, whole or not at all; CheckpointError or OSError if that fails.

    The file gets the mode that every new file has here; the library's own writer lets its owner alone read it.
    """
    plain = {key: value.detach().cpu().contiguous() for key, value in state.items()}
    try:
        write_whole(path, lambda temporary: temporary.write_bytes(save(plain)))
    except SafetensorError as error:
        raise CheckpointError(f"{path.name} could not be written: {error}.") from error


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file; raises CheckpointError if it is damaged, huge, or not finite."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CheckpointError(f"{path.name} is larger than {MAX_BYTES // 10**6} MB.")
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path.name} is missing or damaged: it is not a whole safetensors file.") from error
    if not all(value.isfinite().all() for value in state.values() if value.is_floating_point()):
        raise CheckpointError(f"{path.name} holds weights that are not finite numbers.")
    return state


def check_name(name: str) -> None:
    """Raise CheckpointError unless `name` is a plain file name, without folders."""
    if not isinstance(name, str) or not is_plain(name):
        said = f"checkpoint name {quoted(name)} is not a plain name of letters, digits, dots and dashes."
        raise CheckpointError(said)
