"""Students made crisp: what they paint comes nearer to what their model would paint. 2311.18828, 2405.14867.

A student that learns strides by heart answers with the mean of all sprites it cannot tell apart, which is blurred.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.batch import squared_errors
from diffusion.denoiser import DiffusionModel, Example
from diffusion.distill import on_path, stride_loss
from diffusion.samplers import ddim, sample
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.training import BatchLoss, TrainConfig, TrainStep, fit

ANCHOR = 0.4                    # weight of the strides, which keep the teacher's sprite at each seed
PAINTED = 2                     # sprites for each stride, which costs its teacher's calls too
CRITICISM = 0.1                 # weight of what the critic says
MOST_LEVEL = 3.5                # of noise, and its negative the least: 3% to 97%
IMITATOR_LEARNING_RATE = 1e-3
CRITIC_LEARNING_RATE = 2e-3


def sharpen(
    model: DiffusionModel, teacher: DiffusionModel, student: DiffusionModel, sprites: SpriteSet, config: TrainConfig
) -> Iterator[TrainStep]:
    """Bring what `student` paints nearer to its model's sprites, yielding after each training step.

    loss = imitator's + critic's + ANCHOR stride loss. The gradient goes through the student's last step only. A critic
    is heard by students of one step alone: those of more lie near their model, and learn more from more steps without.
    Yin et al., 2311.18828 and 2405.14867.
    """
    images = to_tensor(sprites.images).to(student.device)
    contexts = torch.from_numpy(sprites.context).to(student.device)
    strides = stride_loss(teacher, student, sprites, config.batch)
    helpers = [Imitator(model), Critic(model)] if student.config.steps == 1 else [Imitator(model)]

    def batch_loss(random: torch.Generator) -> BatchLoss:
        learnt = strides(random)
        pick = torch.randint(len(images), (PAINTED * config.batch,), generator=random, device=student.device)
        real, context = images[pick], contexts[pick]
        x = painted(student, context, random)
        found = torch.stack([helper.loss(x, real, context, random) for helper in helpers]).sum(0)
        return BatchLoss(found.view(PAINTED, -1).mean(0) + ANCHOR * learnt.each, learnt.time)

    return fit(student, config, batch_loss)


class Imitator:
    """A copy of a model that learns what a student paints, to tell where that differs from what its model would."""

    def __init__(self, model: DiffusionModel) -> None:
        self._model, self.net = model, copy.deepcopy(model.net).requires_grad_().train()
        self._optimizer = _optimizer(self.net, IMITATOR_LEARNING_RATE, first_beta=0.9)

    def loss(self, x: Tensor, real: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """|x - (x - surplus)|^2 / 2 of the painted sprites x, (B, 3, 16, 16), where x - surplus is held fixed, (B,)."""
        made = x.detach()
        target = made - self.surplus(made, context, random)
        self.learn(made, context, random)
        return squared_errors(x, target) / 2

    @torch.no_grad()
    def surplus(self, x0: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """What the painted sprites x0 have too much of: u (v_model - v_imitator) / mean |x0 - x0_model| at x0 noised.

        There the student has too much of what the imitator sees, and too little of what the model sees.
        """
        x, u, _ = noised(self._model, x0, random)
        asked, imitated = guided_velocity(self._model, x, u, context), self.net(x, u, context).float()
        u = u[:, None, None, None]
        away = (x0 - (x - u * asked)).abs().mean((1, 2, 3), keepdim=True)
        return u * (asked - imitated) / away

    def learn(self, x0: Tensor, context: Tensor, random: torch.Generator) -> None:
        """One step towards the velocities of noised sprites x0, (B, 3, 16, 16)."""
        x, u, velocity = noised(self._model, x0, random)
        _descend(self.net, self._optimizer, squared_errors(self.net(x, u, context), velocity).mean())


class Critic:
    """Tells real sprites from painted ones through noise, with a network that has learnt to see through noise."""

    def __init__(self, model: DiffusionModel) -> None:
        self._model, self.net = model, copy.deepcopy(model.net).requires_grad_(False).train()
        self._optimizer = _optimizer(self.net, CRITIC_LEARNING_RATE, first_beta=0.5)

    def loss(self, x: Tensor, real: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """CRITICISM softplus(-verdict) of the painted sprites x, (B, 3, 16, 16), after a look at real ones, (B,)."""
        self.learn(real, x.detach(), context, random)
        return CRITICISM * F.softplus(-self.verdict(x, context, random))

    def verdict(self, x0: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """How real the sprites x0, (B, 3, 16, 16), look for their contexts, (B,): log-odds, the mean of the answer."""
        x, u, _ = noised(self._model, x0, random)
        return self.net(x, u, context).float().mean((1, 2, 3))

    def learn(self, real: Tensor, made: Tensor, context: Tensor, random: torch.Generator) -> None:
        """One step towards telling real sprites from those made for the same contexts, both (B, 3, 16, 16)."""
        self.net.requires_grad_()
        of_real, of_made = self.verdict(torch.cat([real, made]), torch.cat([context, context]), random).chunk(2)
        _descend(self.net, self._optimizer, (F.softplus(-of_real) + F.softplus(of_made)).mean())
        self.net.requires_grad_(False)   # the student's own step goes through it, but not into it


def _optimizer(net: nn.Module, learning_rate: float, first_beta: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(net.parameters(), lr=learning_rate, betas=(first_beta, 0.99))


def _descend(net: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One clipped step of the optimizer down the loss."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()


def painted(student: DiffusionModel, context: Tensor, random: torch.Generator) -> Tensor:
    """Sprites of the student from fresh noise, (B, 3, 16, 16), differentiable through the last step."""
    x_t = torch.randn((len(context), *student.shape), generator=random, device=student.device)
    *before, t, _ = student.schedule.timesteps(student.config.steps)
    if before:
        *_, last = sample(student.denoiser(context), student.schedule, x_t, [*before, t], ddim())
        x_t = last.x_next
    x, u = on_path(student, x_t, t)
    return x - u * student.net(x, x.new_full((len(x),), u), context).float()


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
