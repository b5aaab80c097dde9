"""The course's own weight files: untrusted, so they are looked at closely before a network is built."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.denoiser import MAX_SIZE, DiffusionModel, ModelConfig
from diffusion.networks.course_unet import ContextUnet
from diffusion.sprites.spriteset import COURSE_CATEGORIES, MAX_CATEGORIES
from diffusion.support.checks import InputError
from diffusion.support.wording import shown

MAX_BYTES = 200_000_000
WRAPPERS = ("model_state_dict", "state_dict", "model")
DEEPEST = 3   # wrappings in one another
PREFIXES = ("module.", "_orig_mod.", "nn_model.")


class CourseFileError(InputError):
    """A file of weights that is damaged, unsafe, or not of the course's network."""


def read_course_file(path: Path, device: torch.device | str = "cpu") -> DiffusionModel:
    """The model in a plain state_dict of ContextUnet, its sizes read off the tensors' shapes.

    The state_dict may lie in a training's checkpoint, and bear the names that wrapping or compiling a network gives.
    Nothing in the file is executed (weights_only). Raises CourseFileError, one sentence, if the file is too large,
    is no such state_dict, or holds weights that are not finite.
    """
    state = _read_state(path)
    if sum(value.numel() * value.element_size() for value in state.values()) > MAX_BYTES:
        raise CourseFileError(f"{shown(path)} claims sizes that the course's network cannot have here.")
    sizes = _sizes(path, state)
    with torch.device("meta"):
        expected = ContextUnet(**sizes).state_dict()
    if state.keys() != expected.keys() or any(state[key].shape != expected[key].shape for key in expected):
        raise CourseFileError(f"{shown(path)} does not hold the course's network: its tensors differ in name or shape.")
    if not all(value.isfinite().all() for value in state.values() if value.is_floating_point()):
        raise CourseFileError(f"{shown(path)} holds weights that are not finite numbers.")
    model = _config(sizes).build(device)
    model.net.load_state_dict(state)
    model.net.eval().requires_grad_(False)
    return model


def _read_state(path: Path) -> dict[str, Tensor]:
    try:
        if _unpacked_bytes(path) > MAX_BYTES:
            raise CourseFileError(f"{shown(path)} is larger than {MAX_BYTES // 10**6} MB.")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except CourseFileError:
        raise
    except Exception as error:   # whatever a stranger's file makes the reader raise, it is the file that is at fault
        raise CourseFileError(f"{shown(path)} is not a plain file of weights, and was not read any further.") from error
    state = _unwrapped(state)
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CourseFileError(f"{shown(path)} holds other things than weights: a plain state_dict is expected.")
    return _with_plain_names(state)


def _unwrapped(loaded: Any) -> Any:
    """The state_dict in a training's checkpoint, or what was loaded as it is."""
    for _ in range(DEEPEST):
        inner = next((loaded[key] for key in WRAPPERS if isinstance(loaded, dict) and key in loaded), None)
        if not isinstance(inner, dict):
            break
        loaded = inner
    return loaded


def _with_plain_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without what wrapping or compiling a network puts before the names of its tensors."""
    for _ in range(DEEPEST):
        for prefix in PREFIXES:
            if all(isinstance(key, str) and key.startswith(prefix) for key in state):
                state = {key.removeprefix(prefix): value for key, value in state.items()}
    return state


def _unpacked_bytes(path: Path) -> int:
    """The room that a file takes when it is read: a small archive can be made to unpack to a huge one."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return max(path.stat().st_size, sum(entry.file_size for entry in archive.infolist()))


def _sizes(path: Path, state: dict[str, Tensor]) -> dict[str, int]:
    """The arguments of ContextUnet that fit the tensors' shapes."""
    try:
        n_feat, in_channels = state["init_conv.conv1.0.weight"].shape[:2]
        n_cfeat = state["contextembed1.model.0.weight"].shape[1]
        height = 4 * state["up0.0.weight"].shape[2]
    except (KeyError, IndexError, ValueError) as error:
        raise CourseFileError(f"{shown(path)} is not of the course's network: it lacks some of its tensors.") from error
    fits = in_channels == 3 and 1 <= n_cfeat <= MAX_CATEGORIES and height <= MAX_SIZE
    if not fits or not 8 <= n_feat <= MAX_SIZE or n_feat % 8:
        raise CourseFileError(f"{shown(path)} claims sizes that the course's network cannot have here.")
    return {"in_channels": in_channels, "n_feat": n_feat, "n_cfeat": n_cfeat, "height": height}


def _config(sizes: dict[str, int]) -> ModelConfig:
    k = sizes["n_cfeat"]
    numbered = tuple(f"category {i + 1}" for i in range(k))
    return ModelConfig(
        network="course",
        prediction="noise",
        categories=COURSE_CATEGORIES if k == len(COURSE_CATEGORIES) else numbered,
        schedule="linear",
        network_options={"n_feat": sizes["n_feat"], "height": sizes["height"]},
    )
