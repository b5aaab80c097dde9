"""Students made crisp: a critic tells their sprites from real ones, until it hardly can. 2311.17042, 2403.12015.

A student that learns strides by heart answers with the mean of all sprites it cannot tell apart, which is blurred.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.denoiser import DiffusionModel
from diffusion.distill import on_path, stride_loss
from diffusion.images import to_tensor
from diffusion.samplers import ddim, sample
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training import BatchLoss, TrainConfig, TrainStep, fit

ANCHOR = 0.4                    # weight of the strides, which keep the teacher's sprite at each seed
CRITICISM = 0.1                 # weight of what the critic says
MOST_LEVEL = 3.5                # of the noise it sees through, and its negative the least: 3% to 97%
CRITIC_LEARNING_RATE = 2e-3


def sharpen(
    model: DiffusionModel, teacher: DiffusionModel, student: DiffusionModel, sprites: SpriteSet, config: TrainConfig
) -> Iterator[TrainStep]:
    """Bring what `student` paints nearer to real sprites, yielding after each training step.

    loss = CRITICISM softplus(-verdict(x, context)) + ANCHOR stride loss, where x is painted by the student, the
    gradient going through its last step only. The critic begins as a copy of the model's network and learns along.
    Sauer et al., 2311.17042 and 2403.12015.
    """
    images = to_tensor(sprites.images).to(student.device)
    contexts = torch.from_numpy(sprites.context).to(student.device)
    strides = stride_loss(teacher, student, sprites, config.batch)
    critic = Critic(model)

    def batch_loss(random: torch.Generator) -> BatchLoss:
        learnt = strides(random)
        pick = torch.randint(len(images), (config.batch,), generator=random, device=student.device)
        context = contexts[pick]
        x = painted(student, context, random)
        critic.learn(images[pick], x.detach(), context, random)
        found_out = F.softplus(-critic.verdict(x, context, random))
        return BatchLoss(CRITICISM * found_out + ANCHOR * learnt.each, learnt.time)

    return fit(student, config, batch_loss)


class Critic:
    """Tells real sprites from painted ones through noise, with a network that has learnt to see through noise."""

    def __init__(self, model: DiffusionModel) -> None:
        self.model = replace(model, net=copy.deepcopy(model.net).requires_grad_(False).train())
        parameters = self.model.net.parameters()
        self._optimizer = torch.optim.AdamW(parameters, lr=CRITIC_LEARNING_RATE, betas=(0.5, 0.99))

    def verdict(self, x0: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """How real the sprites x0, (B, 3, 16, 16), look for their contexts, (B,): log-odds, the mean of the answer."""
        x, u = noised(self.model, x0, random)
        return self.model.net(x, u, context).float().mean((1, 2, 3))

    def learn(self, real: Tensor, made: Tensor, context: Tensor, random: torch.Generator) -> None:
        """One step towards telling real sprites from those made for the same contexts, both (B, 3, 16, 16)."""
        net = self.model.net.requires_grad_()
        verdict = self.verdict(torch.cat([real, made]), torch.cat([context, context]), random)
        of_real, of_made = verdict.chunk(2)
        self._optimizer.zero_grad(set_to_none=True)
        (F.softplus(-of_real) + F.softplus(of_made)).mean().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        self._optimizer.step()
        net.requires_grad_(False)   # the student's own step goes through it, but not into it


def painted(student: DiffusionModel, context: Tensor, random: torch.Generator) -> Tensor:
    """Sprites of the student from fresh noise, (B, 3, 16, 16), differentiable through the last step."""
    x_t = torch.randn((len(context), *student.shape), generator=random, device=student.device)
    *before, t, _ = student.schedule.timesteps(student.config.steps)
    if before:
        *_, last = sample(student.denoiser(context), student.schedule, x_t, [*before, t], ddim())
        x_t = last.x_next
    x, u = on_path(student, x_t, t)
    return x - u * student.net(x, x.new_full((len(x),), u), context).float()


def noised(model: DiffusionModel, x0: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """The sprites x0 with random shares of noise, as the model is trained on them, and their times, (B,)."""
    eps = torch.randn(x0.shape, generator=random, device=x0.device)
    level = torch.randn(len(x0), generator=random, device=x0.device).clamp(-MOST_LEVEL, MOST_LEVEL)
    x, time, _ = model.prediction.example(model.schedule, x0, eps, level)
    return x, time
