"""Long runs, which a GPU may draw where a host lends some; all else, sliders above all, never waits for one."""

from copy import deepcopy
from dataclasses import replace

from diffusion.denoiser import DiffusionModel
from diffusion.serving.requests import RunRequest
from diffusion.support.lent_gpu import gpus_are_lent, with_lent_gpu
from diffusion.trajectory import Trajectory, record

LONG = 4000      # steps times sprites: seconds of two cores, more than it takes to get a GPU
SECONDS = 60
LENT = "cuda"


def is_long(request: RunRequest) -> bool:
    """Whether it takes seconds of two cores."""
    return request.config.steps * request.config.n >= LONG


def is_for_lent_gpu(request: RunRequest) -> bool:
    """Whether a GPU is to draw it: there are some, and it is long enough to be worth the wait."""
    return gpus_are_lent() and is_long(request)


@with_lent_gpu(SECONDS)
def draw_on_lent_gpu(model: DiffusionModel, request: RunRequest) -> Trajectory:
    """The whole run, drawn on the GPU; InputError when the sprites stop being finite numbers."""
    return drawn_on(LENT, model, request)


def drawn_on(device: str, model: DiffusionModel, request: RunRequest) -> Trajectory:
    """The whole run, drawn on a device by a copy of the model."""
    return record(request.run(replace(model, net=deepcopy(model.net).to(device))))
