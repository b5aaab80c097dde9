"""A drawing under noise, as a learner sets it: the x_t that the browser shows, and what a network makes of it."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel, check_no_student
from diffusion.generation import MAX_SEED, Run, SampleConfig, Start
from diffusion.noise import SpriteNoise
from diffusion.schedule import SCHEDULES, Schedule
from diffusion.support.checks import InputError, check_known, check_whole
from diffusion.support.device import on_device
from diffusion.support.files import json_values
from diffusion.support.images import from_base64, to_tensor
from diffusion.trajectory import Trajectory, record

SHAPE = (16, 16, 3)
UNREADABLE = "the drawing could not be read: it needs pixels, t, seed and schedule."
STEPS = 100   # from wherever a run starts; below t = 100, as many as there are


@dataclass(frozen=True)
class NoisedSprite:
    """x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps of a drawing, with the noise of a seed.

    pixels: the 768 bytes of a 16x16 RGB picture; schedule: "linear" or "cosine".
    Raises InputError naming what is out of bounds.
    """

    pixels: bytes
    t: int
    seed: int
    schedule: str

    def __post_init__(self) -> None:
        check_known("schedule", self.schedule, SCHEDULES)
        if len(self.pixels) != np.prod(SHAPE):
            raise InputError(f"pixels: a drawing has {np.prod(SHAPE)} bytes, not {len(self.pixels)}.")
        check_whole("t", self.t, 1, self.noise_schedule.T)
        check_whole("seed", self.seed, 0, MAX_SEED)

    @classmethod
    def from_json(cls, text: str) -> "NoisedSprite":
        """The one described by {pixels: base64, t, seed, schedule}; raises InputError if that is not what `text` is."""
        fields = json_values(text, UNREADABLE)
        try:
            pixels = from_base64(fields["pixels"])
            return cls(pixels, fields["t"], fields["seed"], str(fields["schedule"]))
        except InputError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(UNREADABLE) from error

    @property
    def noise_schedule(self) -> Schedule:
        return SCHEDULES[self.schedule]()

    @property
    def image(self) -> np.ndarray:
        """The drawing, uint8 (16, 16, 3)."""
        return np.frombuffer(bytearray(self.pixels), np.uint8).reshape(SHAPE)

    @property
    def x0(self) -> Tensor:
        """The drawing, (1, 3, 16, 16) in [-1, 1]."""
        return to_tensor(self.image[None])

    @property
    def eps(self) -> Tensor:
        """Its noise, (1, 3, 16, 16)."""
        return noise_of(self.seed)

    @property
    def x_t(self) -> Tensor:
        """What is seen of it, (1, 3, 16, 16)."""
        return self.noise_schedule.add_noise(self.x0, self.t, self.eps)

    def before(self, model: DiffusionModel) -> tuple[DiffusionModel, Start]:
        """The model on this schedule and x_t as it stands; a model bound to its own schedule gets the same drawing
        and noise at the level of its own that is nearest. Raises InputError if it is a student."""
        check_no_student(model)
        model = model.on(self.noise_schedule)
        t = model.schedule.nearest(float(self.noise_schedule.alpha_bar[self.t]))
        return model, Start(on_device(model.schedule.add_noise(self.x0, t, self.eps), model.device), t)


def noise_of(seed: int) -> Tensor:
    """The noise of a seed, (1, 3, 16, 16); raises InputError if it is none."""
    check_whole("seed", seed, 0, MAX_SEED)
    return SpriteNoise(seed, [0])()


@torch.inference_mode()
def network_guess(model: DiffusionModel, noised: NoisedSprite) -> Tensor:
    """The x0 that a network sees in x_t, told nothing but the noise level: (1, 3, 16, 16)."""
    model, start = noised.before(model)
    eps = model.denoiser(nothing_asked(model), guidance=1)(*start)
    return model.schedule.predict_x0(start.x_t, start.t, eps)


def denoise(model: DiffusionModel, noised: NoisedSprite) -> Trajectory:
    """The whole of `denoising`."""
    return record(denoising(model, noised))


def denoising(model: DiffusionModel, noised: NoisedSprite) -> Run:
    """The reverse process from x_t down to a sprite, by DDPM and with no category asked for."""
    model, start = noised.before(model)
    config = SampleConfig("ddpm", steps=min(STEPS, start.t), n=1, seed=noised.seed, guidance=1, clean=False)
    return Run(model, config, nothing_asked(model), start=start)


def nothing_asked(model: DiffusionModel) -> Tensor:
    """The context that names no category, (1, K)."""
    return torch.zeros(1, len(model.categories))
