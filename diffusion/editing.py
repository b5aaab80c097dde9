"""Editing with noise: a drawing changed, finished, or led back to its noise, by a model that never trained for it."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.generation import Run, SampleConfig, Start
from diffusion.noise import SpriteNoise
from diffusion.samplers import NoiseSource, Rule, Step, invert, walk
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError, check_number, check_whole
from diffusion.support.device import on_device

MAX_RESAMPLING = 10


def changed(model: DiffusionModel, config: SampleConfig, context: Tensor, drawing: Tensor, noise_share: float) -> Run:
    """SDEdit: the drawing under so much noise, and from there the usual run towards what is asked for.

    It begins at x_t = sqrt(alpha_bar_t) drawing + sqrt(1 - alpha_bar_t) eps, eps being each sprite's own noise, at the
    t that has this share of noise, and all steps of the config lie below. drawing: (3, H, W) in [-1, 1]; context:
    (n, K). Meng et al., 2108.01073. Raises InputError if the share is not in 0..1, or the model is a student.
    """
    check_takes_any_t(model)
    t = t_of_share(model.schedule, noise_share)
    seeds, indices = zip(*config.origins_from(0, len(context)), strict=True)
    eps = SpriteNoise(seeds, indices, model.shape)()
    start = Start(on_device(model.schedule.add_noise(drawing.expand_as(eps), t, eps), model.device), t)
    return Run(model, replace(config, steps=min(config.steps, t)), context, start=start)


class Finish(Run):
    """Inpainting: a run in which some pixels of a drawing stay, so that the rest is invented to fit them.

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
        check_takes_any_t(model)
        check_whole("resampling", resampling, 1, MAX_RESAMPLING)
        if config.sampler not in ("ddpm", "ddim"):
            raise InputError(f"sampler {config.sampler}: kept pixels need one that knows no step before, ddpm or ddim.")
        super().__init__(model, config, context)
        self._below = dict(zip(self.timesteps, self.timesteps[1:], strict=False))
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


def to_noise(model: DiffusionModel, context: Tensor, drawings: Tensor, steps: int) -> Iterator[Step]:
    """DDIM backwards: the noise that would become the drawings, by the network's own answer without guidance.

    drawings: (n, 3, H, W) in [-1, 1]; context: (n, K). See `invert`. Raises InputError if the model is a student.
    """
    check_takes_any_t(model)
    denoiser = model.denoiser(context, guidance=1)
    return invert(denoiser, model.schedule, on_device(drawings, model.device), model.schedule.timesteps(steps)[::-1])


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


def check_takes_any_t(model: DiffusionModel) -> None:
    """Raise InputError if the model cannot answer at any level of noise."""
    if model.is_student:
        raise InputError("this model is a student, made for a few noise levels only: choose one that is not.")
