"""A model as it goes to a browser: float16 weights and the description in one safetensors file, about 3 MB."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.networks.sprite_unet import SpriteUnet
from diffusion.support.checks import InputError
from diffusion.support.files import write_whole

ENDING = ".browser.safetensors"
MOST_PARAMETERS = 8_000_000   # 16 MB


def check_fits_browser(model: DiffusionModel) -> None:
    """Raise InputError unless a browser can compute the model: its network is a SpriteUnet, and not too large."""
    if not isinstance(model.net, SpriteUnet):
        raise InputError("a browser computes the lab's own network alone: this model has another one.")
    count = sum(weights.numel() for weights in model.net.parameters())
    if count > MOST_PARAMETERS:
        raise InputError(f"a browser takes models of {MOST_PARAMETERS:,} weights at most: this one has {count:,}.")


def browser_file(model: DiffusionModel) -> bytes:
    """The file for a browser; InputError if no browser can compute the model, or a weight is no float16."""
    check_fits_browser(model)
    return save(halved(model.net.state_dict()), metadata={"model": json.dumps(asdict(model.config))})


def halved(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Named tensors as float16; raises InputError if a number is too large for that, or not finite."""
    halves = {name: weights.cpu().half().contiguous() for name, weights in state.items()}
    if not all(weights.isfinite().all() for weights in halves.values()):
        largest = torch.finfo(torch.float16).max
        raise InputError(f"a browser takes weights up to {largest:,.0f}: this model has larger ones.")
    return halves


def export_to_browser(model: DiffusionModel, name: str, folder: Path) -> Path:
    """Write the file for a browser into `folder`; returns where. Raises InputError as `browser_file` does, or OSError.
    """
    contents, path = browser_file(model), folder / f"{name}{ENDING}"
    write_whole(path, lambda temporary: temporary.write_bytes(contents))
    return path
