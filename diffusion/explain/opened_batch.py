"""One training batch, opened: every number on the way from a clean sprite to what enters the loss."""

import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.generation import MAX_SEED
from diffusion.schedule import shaped_like
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError, check_number, check_whole
from diffusion.support.device import on_device
from diffusion.support.images import to_tensor
from diffusion.training.batch import draw_batch, squared_errors
from diffusion.training.recipes import TrainConfig

MAX_OPENED = 16
NAME_WORDS = 2   # of a description: what it is, and what kind of that
EARLIEST, LATEST = 0.01, 0.99   # of the times that may be asked for


@dataclass(frozen=True)
class OpenedExample:
    """What one sprite of a batch goes through; each picture (3, 16, 16).

    x = signal x0 + noise eps; the network answers to x and should have said `target`; eps_told and x0_told are the
    noise and the sprite that follow from its answer; loss: the mean square of answer - target.
    """

    name: str
    prediction: str
    told: str       # the category that the network was told, empty where it was told none
    time: float     # 0..1, as the network is told it
    t: int | None   # of T, where the network is told time = t / T
    T: int
    signal: float
    noise: float
    x0: Tensor
    eps: Tensor
    x: Tensor
    answer: Tensor
    target: Tensor
    eps_told: Tensor
    x0_told: Tensor
    loss: float

    @property
    def error(self) -> Tensor:
        """answer - target."""
        return self.answer - self.target


@torch.no_grad()
def open_batch(
    model: DiffusionModel, sprites: SpriteSet, config: TrainConfig, n: int = 4, seed: int = 0, time: float | None = None
) -> list[OpenedExample]:
    """A batch of n as training draws it from `seed`, through the network as it is now; `model` stays as it is.

    time: the noise that all of them get, 0.01..0.99, in place of what was drawn. Raises InputError naming what is out
    of bounds.
    """
    check_whole("n", n, 1, MAX_OPENED)
    check_whole("seed", seed, 0, MAX_SEED)
    if not len(sprites):
        raise InputError("there are no sprites to open a batch of.")
    contexts = torch.from_numpy(sprites.context).to(model.device)
    random = torch.Generator().manual_seed(seed)
    batch = draw_batch(model, _Pictures(sprites, model.device), contexts, replace(config, batch=n), random)
    rule, schedule = model.prediction, model.schedule
    if time is not None:
        check_number("time", time, EARLIEST, LATEST)
        normal = rule.normal(schedule, torch.full((n,), float(time)))
        batch = batch._replace(example=rule.example(schedule, batch.x0, batch.eps, normal))

    # A network in training keeps count of what passes through it; one that rests does not.
    net = copy.deepcopy(model.net) if model.net.training else model.net
    x, times, target = batch.example
    answer = net(x, times, batch.context).float()
    eps_told = rule.eps_told(schedule, x, times, answer)
    signal, noise = rule.coefficients(schedule, times)
    x0_told = (x - shaped_like(noise, x) * eps_told) / shaped_like(signal, x)
    pictures = [part.cpu() for part in (batch.x0, batch.eps, x, answer, target, eps_told, x0_told)]
    losses = squared_errors(answer, target).tolist()
    names, told = _names(sprites, batch.pick), _told(model, batch.context)
    return [
        OpenedExample(
            names[i], model.config.prediction, told[i], float(times[i]),
            None if rule.any_schedule else round(float(times[i]) * schedule.T), schedule.T,
            float(signal[i]), float(noise[i]), *(part[i] for part in pictures), losses[i],
        )
        for i in range(n)
    ]   # fmt: skip


class _Pictures:
    """The images of a set as training has them, only those made that are asked for."""

    def __init__(self, sprites: SpriteSet, device: torch.device) -> None:
        self._images = sprites.images
        self._device = device

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, pick: Tensor) -> Tensor:
        return on_device(to_tensor(self._images[pick.numpy()]), self._device)


def _names(sprites: SpriteSet, pick: Tensor) -> list[str]:
    places = pick.tolist()
    if sprites.descriptions:
        return [", ".join(sprites.descriptions[i].split(", ")[:NAME_WORDS]) for i in places]
    if not sprites.categories:
        return ["a sprite"] * len(places)
    return [sprites.categories[label] for label in sprites.labels[places]]


def _told(model: DiffusionModel, context: Tensor) -> list[str]:
    return [", ".join(name for name, weight in zip(model.categories, row, strict=True) if weight) for row in context]
