"""Editing with noise: a drawing changed, finished, or led back to its noise, by a model that never trained for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel, check_no_student
from diffusion.generation import Run, SampleConfig, Start
from diffusion.noise import SpriteNoise
from diffusion.samplers import SMOOTH_SAMPLER, NoiseSource, Rule, Step, invert, walk
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError, check_known, check_number, check_whole
from diffusion.support.device import on_device
from diffusion.support.images import as_base64, from_base64, to_tensor

SIDE = 16
PIXELS = SIDE * SIDE
MAX_RESAMPLING = 10
USUAL_SHARE = 0.7   # of noise: the pose stays, and another kind comes out
FORGETFUL = ("ddpm", "ddim")   # samplers that remember no step before
NO_EDIT = "this describes no edit: it needs its kind, a drawing, and what belongs to that kind."


@dataclass(frozen=True)
class Change:
    """A drawing goes under so much noise, and a run from there draws what is asked for: the less noise, the more stays.

    SDEdit: it begins at x_t = sqrt(alpha_bar_t) drawing + sqrt(1 - alpha_bar_t) eps, eps being each sprite's own noise,
    at the t that has this share of noise. Meng et al., 2108.01073.
    drawing: the bytes of an RGB picture of SIDE x SIDE. Raises InputError naming what is out of bounds.
    """

    drawing: bytes
    noise_share: float = USUAL_SHARE
    sampler: ClassVar[str] = SMOOTH_SAMPLER

    def __post_init__(self) -> None:
        _check_bytes("drawing", self.drawing, PIXELS * 3)
        check_number("noise share", self.noise_share, 0, 1)

    @property
    def values(self) -> dict[str, Any]:
        """The edit as JSON values."""
        return {"kind": "change", "drawing": as_base64(self.drawing), "noise_share": self.noise_share}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Change":
        return cls(from_base64(values["drawing"]), values["noise_share"])

    @property
    def at_once(self) -> "Change":
        """The same at a price that follows a drag."""
        return self

    def run(self, model: DiffusionModel, config: SampleConfig, context: Tensor) -> Run:
        """The run; its steps all lie below the noise that it begins with. InputError if the model is a student."""
        check_no_student(model)
        t = t_of_share(model.schedule, self.noise_share)
        seeds, indices = zip(*config.origins_from(0, len(context)), strict=True)
        eps = SpriteNoise(seeds, indices, model.shape)()
        x_t = model.schedule.add_noise(picture_of(self.drawing, model).expand_as(eps), t, eps)
        start = Start(on_device(x_t, model.device), t)
        return Run(model, replace(config, steps=min(config.steps, t)), context, start=start)


@dataclass(frozen=True)
class Finish:
    """Some pixels of a drawing stay as they are, and the rest is invented to fit them: see FinishingRun.

    drawing: the bytes of an RGB picture of SIDE x SIDE; kept: one byte a pixel, 0 where it is invented; resampling:
    how often each stride is taken. Raises InputError naming what is out of bounds.
    """

    drawing: bytes
    kept: bytes
    resampling: int = 1
    sampler: ClassVar[str] = "ddim"

    def __post_init__(self) -> None:
        _check_bytes("drawing", self.drawing, PIXELS * 3)
        _check_bytes("kept", self.kept, PIXELS)
        check_whole("resampling", self.resampling, 1, MAX_RESAMPLING)

    @property
    def values(self) -> dict[str, Any]:
        """The edit as JSON values."""
        kept, drawing = as_base64(self.kept), as_base64(self.drawing)
        return {"kind": "finish", "drawing": drawing, "kept": kept, "resampling": self.resampling}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Finish":
        return cls(from_base64(values["drawing"]), from_base64(values["kept"]), values["resampling"])

    @property
    def at_once(self) -> "Finish":
        """The same at a price that follows a drag."""
        return replace(self, resampling=1)

    def run(self, model: DiffusionModel, config: SampleConfig, context: Tensor) -> Run:
        """The run. Raises InputError if the model is a student, or the sampler one that remembers steps."""
        kept = torch.from_numpy(np.frombuffer(bytearray(self.kept), np.uint8).reshape(SIDE, SIDE) > 0)
        return FinishingRun(model, config, context, picture_of(self.drawing, model), kept, self.resampling)


Edit = Change | Finish
EDITS: dict[str, type[Edit]] = {"change": Change, "finish": Finish}


def edit_from_values(values: Mapping[str, Any]) -> Edit:
    """The edit described by JSON values; raises InputError if they describe none, or name what is out of bounds."""
    try:
        check_known("kind of edit", values["kind"], EDITS)
        return EDITS[values["kind"]].from_values(values)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(NO_EDIT) from error


class FinishingRun(Run):
    """Inpainting: a run in which some pixels of a drawing stay.

    At each step the kept pixels are set to sqrt(alpha_bar) drawing + sqrt(1 - alpha_bar) eps, with the noise eps that
    the run began with. Each stride is taken `resampling` times: after all but the last, noise leads back up to its
    beginning, x_t = sqrt(r) x_next + sqrt(1 - r) z with r = alpha_bar_t / alpha_bar_next, so that the invented pixels
    hear of the kept ones more than once. Lugmayr et al., RePaint, 2201.09865.
    """

    def __init__(
        self,
        model: DiffusionModel,
        config: SampleConfig,
        context: Tensor,
        drawing: Tensor,
        kept: Tensor,
        resampling: int = 1,
    ) -> None:
        """drawing: (3, H, W) in [-1, 1]; kept: bool (H, W), true where its pixels stay.

        Raises InputError if the model is a student, or the sampler remembers the steps before it, which go twice here.
        """
        check_no_student(model)
        check_whole("resampling", resampling, 1, MAX_RESAMPLING)
        if config.sampler not in FORGETFUL:
            known = " or ".join(FORGETFUL)
            raise InputError(f"sampler {config.sampler}: kept pixels need one that remembers no step before, {known}.")
        super().__init__(model, config, context)
        self._below = dict(pairwise(self.timesteps))
        self.timesteps = [t for t in self.timesteps[:-1] for _ in range(resampling)] + [0]
        self._drawing, self._kept = on_device(drawing, model.device), on_device(kept, model.device)

    def _walk(self, first: Tensor, x_T: Tensor, noise: NoiseSource) -> Iterator[Step]:
        return walk(self._denoiser, self.schedule, first, self.timesteps, self._rule(x_T), noise=noise)

    def _rule(self, eps: Tensor) -> Rule:
        rule = self._config.rule()

        def keeping(
            schedule: Schedule, t: int, t_next: int, x_t: Tensor, eps_t: Tensor, x0: Tensor
        ) -> tuple[Tensor, float]:
            below = self._below[t]
            mean, sigma = rule(schedule, t, below, x_t, eps_t, x0)
            mean = torch.where(self._kept, schedule.add_noise(self._drawing, below, eps), mean)
            if t_next == below:
                return mean, sigma
            r = float(schedule.alpha_bar[t] / schedule.alpha_bar[below])
            return r**0.5 * mean, (r * sigma**2 + 1 - r) ** 0.5

        return keeping

    def _finished(self, step: Step) -> Step:
        step = super()._finished(step)
        if step.t_next > 0:
            return step
        return step._replace(x_next=torch.where(self._kept, self._drawing, step.x_next))


class InversionRun(Run):
    """DDIM backwards: from drawings to the noise that would become them, by the network's answer without guidance.

    See `invert`. A finished sprite has lost its noise, so what it ends in is less than noise where the sprite is flat;
    with a `touch` of its own noise, a share of it, it ends in what looks like noise, but leads back less exactly.
    """

    def __init__(
        self, model: DiffusionModel, steps: int, context: Tensor, drawings: Tensor, touch: float = 0.0, seed: int = 0
    ) -> None:
        """drawings: (n, 3, H, W) in [-1, 1]; context: (n, K).

        Raises InputError if the model is a student, or the steps do not fit its schedule.
        """
        check_no_student(model)
        config = SampleConfig("ddim", steps, n=len(drawings), seed=seed, guidance=1, clean=False)
        t = t_of_share(model.schedule, touch) if touch else 0
        eps = SpriteNoise(seed, range(len(drawings)), model.shape)()
        first = model.schedule.add_noise(drawings, t, eps) if t else drawings
        super().__init__(model, config, context, start=Start(on_device(first, model.device), model.schedule.T))
        self.timesteps = [t, *(above for above in self.timesteps[::-1] if above > t)]

    def _walk(self, first: Tensor, x_T: Tensor, noise: NoiseSource) -> Iterator[Step]:
        return invert(self._denoiser, self.schedule, first, self.timesteps)


def forwards(model: DiffusionModel, steps: int, context: Tensor, x_T: Tensor, **settings: Any) -> Run:
    """The way down by DDIM from noises (n, 3, H, W), as InversionRun went up; `settings` may say otherwise."""
    usual = {"guidance": 1, "clean": False}
    return Run(
        model, SampleConfig("ddim", steps, n=len(x_T), **usual | settings), context, start=Start(x_T, model.schedule.T)
    )


def seam(sprites: Tensor, kept: Tensor) -> Tensor:
    """How hard the border between kept and invented pixels is: the mean difference of neighbours across it, (n,).

    sprites: (n, 3, H, W) in [-1, 1]; kept: bool (H, W). Raises InputError if there is no border.
    """
    across = kept[1:] != kept[:-1], kept[:, 1:] != kept[:, :-1]
    if not any(border.any() for border in across):
        raise InputError("kept: there is no border between pixels that stay and pixels that are invented.")
    down = (sprites[:, :, 1:] - sprites[:, :, :-1]).abs()[:, :, across[0]]
    right = (sprites[:, :, :, 1:] - sprites[:, :, :, :-1]).abs()[:, :, across[1]]
    return torch.cat([down, right], 2).mean((1, 2))


def t_of_share(schedule: Schedule, share: float) -> int:
    """The t in 1..T whose share of noise is nearest to the one asked for; InputError unless that is in 0..1."""
    check_number("share of noise", share, 0, 1)
    return 1 + int((schedule.noise_share(torch.arange(1, schedule.T + 1)) - share).abs().argmin())


def picture_of(drawing: bytes, model: DiffusionModel) -> Tensor:
    """The bytes of a drawing as (3, SIDE, SIDE) in [-1, 1]; InputError if the model draws sprites of another size."""
    if model.shape != (3, SIDE, SIDE):
        raise InputError(f"drawing: this model draws sprites of {model.shape[1]} pixels, and a drawing has {SIDE}.")
    return to_tensor(np.frombuffer(bytearray(drawing), np.uint8).reshape(1, SIDE, SIDE, 3))[0]


def _check_bytes(name: str, data: bytes, n: int) -> None:
    if not isinstance(data, bytes) or len(data) != n:
        raise InputError(f"{name}: it must have {n} bytes for {SIDE} x {SIDE} pixels.")
