"""Distribution matching distillation: students made crisp, as what they paint comes nearer to their model's sprites.

A student that learns runs by heart answers with what lies between all sprites it cannot tell apart: it is blurred.
DMD: Yin et al., 2311.18828; with a discriminator, DMD2: Yin et al., 2405.14867.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.denoiser import DiffusionModel
from diffusion.predictions import Example
from diffusion.sprites.palette import clean
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.device import on_device
from diffusion.support.images import to_tensor
from diffusion.training.batch import squared_errors
from diffusion.training.distillation import jump_loss, some_answer
from diffusion.training.loop import BatchLoss, TrainStep, fit
from diffusion.training.own_runs import OwnRuns
from diffusion.training.recipes import TrainConfig

ANCHOR = 0.3                    # weight of the runs, which keep the model's sprite at each seed
ADVERSARIAL = 0.3               # weight of what the discriminator says
MOST_NORMAL = 3.5               # of the numbers that noise is drawn by, and its negative the least: 3% to 97% noise
FAKE_SCORE_LEARNING_RATE = 1e-3
DISCRIMINATOR_LEARNING_RATE = 2e-3


def match_distribution(
    model: DiffusionModel, runs: OwnRuns, student: DiffusionModel, sprites: SpriteSet, config: TrainConfig
) -> Iterator[TrainStep]:
    """Bring what `student` paints nearer to the sprites of its model, whose runs it learnt, yielding after each step.

    loss = that of the fake score + ADVERSARIAL that of the discriminator + ANCHOR that of the runs, each for a random
    one of the student's answers: all of them shall be whole sprites. Where it has only one, the first two see it as it
    is shown; students of two steps became no better by that.
    """
    palette = model.config.palette if student.config.steps == 1 else ""
    images = on_device(to_tensor(sprites.images), student.device)
    contexts = torch.from_numpy(sprites.context).to(student.device)
    own_runs = jump_loss(runs, student, config.batch)
    fake_score = FakeScore(model)
    discriminator = Discriminator(model)

    def batch_loss(random: torch.Generator) -> BatchLoss:
        learnt = own_runs(random)
        pick = torch.randint(len(images), (config.batch,), generator=random)
        real, context = images[pick], contexts[pick]
        x_T = torch.randn((len(context), *student.shape), generator=random).to(student.device)
        x = as_shown(some_answer(student, x_T, context, random).x0, palette)
        surplus = fake_score.loss(x, context, random)
        fake_score.learn(x.detach(), context, random)
        discriminator.learn(real, x.detach(), context, random)
        seen_through = discriminator.loss(x, context, random)
        return BatchLoss(surplus + ADVERSARIAL * seen_through + ANCHOR * learnt.each, learnt.time)

    return fit(student, config, batch_loss)


def as_shown(x0: Tensor, palette: str) -> Tensor:
    """The sprites x0, (B, 3, 16, 16), in the colours of the palette if there is one, as finished sprites are shown.

    So a student learns of what cleaning leaves to be mended, and nothing of what it would mend anyway. For the gradient
    they stay x0: the straight-through estimator, Bengio et al., 1308.3432.
    """
    return x0 + (clean(x0.detach(), palette) - x0).detach() if palette else x0


class FakeScore:
    """A copy of a model that learns what a student paints, to tell where that differs from what its model would."""

    def __init__(self, model: DiffusionModel) -> None:
        self._model, self.net = model, copy.deepcopy(model.net).requires_grad_().train()
        self._optimizer = _optimizer(self.net, FAKE_SCORE_LEARNING_RATE, first_beta=0.9)

    def loss(self, x: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """|x - (x - surplus)|^2 / 2 of the painted sprites x, (B, 3, 16, 16), where x - surplus is held fixed, (B,)."""
        made = x.detach()
        return squared_errors(x, made - self.surplus(made, context, random)) / 2

    @torch.no_grad()
    def surplus(self, x0: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """What the painted sprites x0 have too much of: u (v_model - v_fake) / mean |x0 - x0_model| at x0 noised.

        There the student has too much of what the fake score sees, and too little of what the model sees.
        """
        x, u, _ = noised(self._model, x0, random)
        asked, fake = guided_velocity(self._model, x, u, context), self.net(x, u, context).float()
        u = u[:, None, None, None]
        away = (x0 - (x - u * asked)).abs().mean((1, 2, 3), keepdim=True)
        return u * (asked - fake) / away

    def learn(self, x0: Tensor, context: Tensor, random: torch.Generator) -> None:
        """One step towards the velocities of noised sprites x0, (B, 3, 16, 16)."""
        x, u, velocity = noised(self._model, x0, random)
        _descend(self.net, self._optimizer, squared_errors(self.net(x, u, context), velocity).mean())


class Discriminator:
    """Tells real sprites from painted ones through noise, with a network that has learnt to see through noise."""

    def __init__(self, model: DiffusionModel) -> None:
        self._model, self.net = model, copy.deepcopy(model.net).requires_grad_(False).train()
        self._optimizer = _optimizer(self.net, DISCRIMINATOR_LEARNING_RATE, first_beta=0.5)

    def loss(self, x: Tensor, context: Tensor, random: torch.Generator) -> Tensor:
        """softplus(-verdict) of the painted sprites x, (B, 3, 16, 16): how surely it takes them for painted, (B,)."""
        return F.softplus(-self.verdict(x, context, random))

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


def guided_velocity(model: DiffusionModel, x: Tensor, u: Tensor, context: Tensor) -> Tensor:
    """v_none + guidance (v_context - v_none), by the model's own guidance where there is little enough noise."""
    both = model.net(torch.cat([x, x]), torch.cat([u, u]), torch.cat([context, torch.zeros_like(context)]))
    with_context, none = both.float().chunk(2)
    guidance = torch.where(u <= model.config.guided_below, model.config.guidance, 1.0)
    return none + guidance[:, None, None, None] * (with_context - none)


def noised(model: DiffusionModel, x0: Tensor, random: torch.Generator) -> Example:
    """The sprites x0 with random shares of noise, as the model is trained on them."""
    eps = torch.randn(x0.shape, generator=random).to(x0.device)
    normal = torch.randn(len(x0), generator=random).clamp(-MOST_NORMAL, MOST_NORMAL)
    return model.prediction.example(model.schedule, x0, eps, normal)
