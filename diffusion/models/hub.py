"""Models as folders of the Hugging Face Hub: found here or there, loaded with the same care, and exported."""

import re
from pathlib import Path
from typing import NamedTuple

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError
from PIL import Image

from diffusion.denoiser import DiffusionModel
from diffusion.generation import generate, usual_config
from diffusion.models.checkpoints import (
    CHECKPOINTS,
    CheckpointError,
    Record,
    check_there,
    is_course_file,
    list_checkpoints,
    load_model,
    open_course_file,
    read_description,
    save_model,
    weights_path,
)
from diffusion.models.measured import Measured, drop_measured, keep_measured
from diffusion.models.model_card import model_card
from diffusion.support.files import write_text, write_whole
from diffusion.support.images import enlarge, grid, to_uint8
from diffusion.support.progress import Progress, silent
from diffusion.support.wording import quoted, shown

DESCRIPTION, WEIGHTS, CARD, PICTURE = "config.json", "model.safetensors", "README.md", "sample.png"
REPOSITORY = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
PICTURE_COLUMNS, PICTURE_SCALE = 10, 4


class ModelFiles(NamedTuple):
    """Where a model lies; a file of the course has no description."""

    name: str
    weights: Path
    description: Path | None

    def load(self, device: torch.device | str = "cpu") -> DiffusionModel:
        """The model, ready to sample from; raises CheckpointError as `load_checkpoint` does."""
        if self.description is None:
            return open_course_file(self.weights, device)
        return load_model(self.description, self.weights, device)

    def record(self) -> Record:
        """How the model was made, as far as its files tell."""
        return {} if self.description is None else read_description(self.description)[1]


def from_pretrained(name: str, device: torch.device | str = "cpu", folder: Path = CHECKPOINTS) -> DiffusionModel:
    """The model called `name`, wherever `find_model` finds it; raises CheckpointError, one sentence."""
    return find_model(name, folder).load(device)


def find_model(name: str, folder: Path = CHECKPOINTS) -> ModelFiles:
    """The files of a model: a name in `folder`, a path, or "owner/name", a repository of the Hugging Face Hub.

    What is on this machine wins: the Hub is asked only where there is neither such a path nor a folder "owner".
    A path names a checkpoint's files, with or without their ending, or a folder that was exported for the Hub.
    Raises CheckpointError, one sentence, if there is no such model.
    """
    path = Path(name)
    if path.parent == Path() and _without_ending(path).name in list_checkpoints(folder):
        return _checkpoint(path, folder)
    exported = path.parent if path.name in (DESCRIPTION, WEIGHTS) else path
    if (exported / DESCRIPTION).exists() and (exported / WEIGHTS).exists():
        return _exported(exported, exported.resolve().name)
    if REPOSITORY.fullmatch(name) and not path.parent.exists():
        return _exported(_fetch(name), name.partition("/")[2])   # its folder is called by the hash of a commit
    return _checkpoint(path, path.parent if path.parent != Path() else folder)


def check_target(folder: Path) -> None:
    """Raise CheckpointError unless a model may be exported to `folder`.

    It is new, empty, holds an export, or is a fresh clone of a repository of the Hub, whose card git keeps.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is a file: a folder is needed to export to.")
    others = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if (folder / ".git").exists():
        others -= {CARD}
    if others and DESCRIPTION not in others:
        raise CheckpointError(f"{folder} holds other files: export to a new folder, or over an older export.")


def export_to_hub(
    files: ModelFiles,
    model: DiffusionModel,
    measured: Measured | None,
    folder: Path,
    license: str | None = None,
    progress: Progress = silent,
) -> None:
    """Write a folder for the Hub: safetensors, config.json, a picture, the model card, and what was measured.

    Raises CheckpointError if `folder` holds anything else than an older export.
    """
    check_target(folder)
    record = files.record()
    save_model(model, record, folder / DESCRIPTION, folder / WEIGHTS)
    picture = sample_picture(model, progress)
    write_whole(folder / PICTURE, lambda path: picture.save(path, format="PNG"))
    drop_measured(folder / WEIGHTS)
    if measured is not None:
        keep_measured(measured, folder / WEIGHTS)
    card = model_card(files.name, model, record, measured, PICTURE, license)
    write_text(folder / CARD, card)


def sample_picture(model: DiffusionModel, progress: Progress = silent) -> Image.Image:
    """Sprites of seed 0 as the model makes them by default, a row for each category."""
    rows = torch.eye(len(model.categories)) if model.categories else torch.zeros(2, 0)
    context = rows.repeat_interleave(PICTURE_COLUMNS, dim=0)
    made = generate(model, usual_config(model, n=len(context)), context, progress)
    return enlarge(grid(to_uint8(made), PICTURE_COLUMNS), PICTURE_SCALE)


def _checkpoint(path: Path, folder: Path) -> ModelFiles:
    name = _without_ending(path).name
    weights = weights_path(name, folder)
    if is_course_file(name) and weights.exists():
        return ModelFiles(weights.stem, weights, None)
    check_there(name, folder)
    return ModelFiles(name, weights, folder / f"{name}.json")


def _exported(folder: Path, name: str) -> ModelFiles:
    return ModelFiles(name, folder / WEIGHTS, folder / DESCRIPTION)


def _without_ending(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in (".json", ".safetensors") else path


def _fetch(repository: str) -> Path:
    """The folder that the two files of a repository were downloaded to; those downloaded before work offline."""
    try:
        folder = Path(snapshot_download(repository, allow_patterns=[DESCRIPTION, WEIGHTS]))
    except RepositoryNotFoundError as error:
        raise CheckpointError(f"there is no {quoted(repository)} here, nor on the Hugging Face Hub.") from error
    except LocalEntryNotFoundError as error:
        raise CheckpointError(
            f"there is no {quoted(repository)} here, and the Hugging Face Hub could not be reached to look for it."
        ) from error
    except Exception as error:   # the errors of the Hub, of the network and of the disk have no name in common
        said = f"{quoted(repository)} could not be fetched from the Hugging Face Hub: {shown(str(error))}"
        raise CheckpointError(said) from error
    if not ((folder / DESCRIPTION).exists() and (folder / WEIGHTS).exists()):
        raise CheckpointError(f"{quoted(repository)} on the Hugging Face Hub lacks {DESCRIPTION} or {WEIGHTS}.")
    return folder
