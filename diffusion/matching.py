"""Students made crisp: what they paint is matched, as a distribution, with what their model would. 2311.18828.

A student that learns strides by heart answers with the mean of all sprites it cannot tell apart, which is blurred.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from diffusion.batch import squared_errors
from diffusion.denoiser import DiffusionModel, Example
from diffusion.distill import on_path, some_mixed, stride_loss
from diffusion.samplers import ddim, sample
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training import BatchLoss, TrainConfig, TrainStep, fit

ANCHOR = 0.4                    # weight of the strides, which keep the teacher's sprite at each seed
MOST_LEVEL = 3.5                # of noise, and its negative the least: 3% to 97%
IMITATOR_LEARNING_RATE = 1e-3


def sharpen(
    model: DiffusionModel, teacher: DiffusionModel, student: DiffusionModel, sprites: SpriteSet, config: TrainConfig
) -> Iterator[TrainStep]:
    """Match the sprites that `student` paints with those of `model`, yielding after each training step.

    An imitator learns to undo noise on the student's sprites. Where it and the model differ at x_u, the sprite x
    noised to u, the student has too much of what the imitator sees and too little of what the model sees:
    loss = |x - (x - d)|^2 / 2 + ANCHOR stride loss, d = u (v_model - v_imitator) / mean |x - x0_model|, where x - d
    is held fixed. Yin et al., 2311.18828. The gradient goes through the student's last step only.
    """
    contexts = torch.from_numpy(sprites.context).to(student.device)
    strides = stride_loss(teacher, student, sprites, config.batch)
    imitator = Imitator(model)

    def batch_loss(random: torch.Generator) -> BatchLoss:
        learnt = strides(random)
        pick = torch.randint(len(contexts), (config.batch,), generator=random, device=student.device)
        context = some_mixed(contexts[pick], random)
        x = painted(student, context, random)
        target = x.detach() - surplus(model, imitator.model, x.detach(), context, random)
        imitator.learn(x.detach(), context, random)
        return BatchLoss(squared_errors(x, target) / 2 + ANCHOR * learnt.each, learnt.time)

    return fit(student, config, batch_loss)


class Imitator:
    """A copy of a model that keeps learning what another paints."""

    def __init__(self, model: DiffusionModel) -> None:
        self.model = replace(model, net=copy.deepcopy(model.net).requires_grad_().train())
        parameters = self.model.net.parameters()
        self._optimizer = torch.optim.AdamW(parameters, lr=IMITATOR_LEARNING_RATE, betas=(0.9, 0.99))

    def learn(self, x0: Tensor, context: Tensor, random: torch.Generator) -> None:
        """One step towards the velocities of noised sprites x0, (B, 3, 16, 16)."""
        net, (x, u, velocity) = self.model.net, noised(self.model, x0, random)
        self._optimizer.zero_grad(set_to_none=True)
        squared_errors(net(x, u, context), velocity).mean().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        self._optimizer.step()


def painted(student: DiffusionModel, context: Tensor, random: torch.Generator) -> Tensor:
    """Sprites of the student from fresh noise, (B, 3, 16, 16), differentiable through the last step."""
    x_t = torch.randn((len(context), *student.shape), generator=random, device=student.device)
    *before, t, _ = student.schedule.timesteps(student.config.steps)
    if before:
        *_, last = sample(student.denoiser(context), student.schedule, x_t, [*before, t], ddim())
        x_t = last.x_next
    x, u = on_path(student, x_t, t)
    return x - u * student.net(x, x.new_full((len(x),), u), context).float()


@torch.no_grad()
def surplus(
    model: DiffusionModel, imitator: DiffusionModel, x0: Tensor, context: Tensor, random: torch.Generator
) -> Tensor:
    """What the painted sprites x0 have too much of, in the model's eyes, (B, 3, 16, 16)."""
    x, u, _ = noised(model, x0, random)
    asked, imitated = guided_velocity(model, x, u, context), imitator.net(x, u, context).float()
    u = u[:, None, None, None]
    away = (x0 - (x - u * asked)).abs().mean((1, 2, 3), keepdim=True)
    return u * (asked - imitated) / away


def guided_velocity(model: DiffusionModel, x: Tensor, u: Tensor, context: Tensor) -> Tensor:
    """v_none + guidance (v_context - v_none), by the model's own guidance where there is little enough noise."""
    both = model.net(torch.cat([x, x]), torch.cat([u, u]), torch.cat([context, torch.zeros_like(context)]))
    with_context, none = both.float().chunk(2)
    guidance = torch.where(u <= model.config.guided_below, model.config.guidance, 1.0)
    return none + guidance[:, None, None, None] * (with_context - none)


def noised(model: DiffusionModel, x0: Tensor, random: torch.Generator) -> Example:
    """The sprites x0 with random shares of noise, as the model is trained on them."""
    eps = torch.randn(x0.shape, generator=random, device=x0.device)
    level = torch.randn(len(x0), generator=random, device=x0.device).clamp(-MOST_LEVEL, MOST_LEVEL)
    return model.prediction.example(model.schedule, x0, eps, level)
