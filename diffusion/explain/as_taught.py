"""The course's network with and without its fault: the same weights, run both ways."""

from dataclasses import replace

import torch

from diffusion.denoiser import DiffusionModel
from diffusion.networks.course_unet import ContextUnet, ContextUnetAsTaught
from diffusion.support.checks import InputError


def has_course_network(model: DiffusionModel) -> bool:
    """Whether the fault can be shown with this model."""
    return isinstance(model.net, ContextUnet)


def mended(model: DiffusionModel) -> DiffusionModel:
    """The model without a random shortcut; InputError if its network is not the course's."""
    return _with_weights_of(model, "course", ContextUnet)


def as_taught(model: DiffusionModel, seed: int) -> DiffusionModel:
    """The model with a random shortcut at every call, drawn from `seed`; InputError as for `mended`."""
    faulty = _with_weights_of(model, "course-as-taught", ContextUnetAsTaught)
    faulty.net.seed = seed
    return faulty


def _with_weights_of(model: DiffusionModel, name: str, network: type[ContextUnet]) -> DiffusionModel:
    """Another network around the very tensors of `model`: none is copied, and `model` stays as it is."""
    if not has_course_network(model):
        raise InputError("the faults of the course can be shown with the course's network only.")
    with torch.device("meta"):
        net = network(n_cfeat=len(model.categories), **model.config.network_options)
    net.load_state_dict(model.net.state_dict(), assign=True)
    net.eval().requires_grad_(False)
    return DiffusionModel(replace(model.config, network=name), net, model.schedule)
