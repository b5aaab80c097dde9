"""Did it copy? A test for copies under the traces of noise that samples carry, measured on real and planted sprites."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.metrics import nearest
from diffusion.sprites.palette import clean, palette_of
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.device import on_device
from diffusion.support.images import to_tensor
from diffusion.training.batch import squared_errors

CANDIDATES = 4        # nearest training sprites that are looked at closely
PIXEL_LIMIT = 0.4     # rms over its channels, in -1..1: no pixel of a copy is further off; traces of noise are smaller
FALSE_ALARMS = 0.04   # of unseen real sprites, aimed at
PLANTED = 256         # copies that the test is tried on
AT_ONCE = 64          # sprites; which pixels of their candidates are of one colour takes 67 MB at most


class CopyTest:
    """Tells which sprites copy a training sprite, whatever traces of noise they carry.

    Two things hold of a copy. No pixel is far from that of the training sprite; and wherever that has one colour, the
    sprite has it too on average, since noise averages out and another colour does not. How small this colour shift
    must be is set by half of the unseen real sprites, of which FALSE_ALARMS are to be called copies; how many are
    is then measured on the other half, and how many copies are found on copies that are planted.

    The shift is rms over the pixels: shift^2 = sum_c n_c (|mean_c|^2 - s^2 / n_c) / (H W) over the colours c of the
    training sprite but white, where s^2 is the variance within colours: what noise alone adds to the means is taken
    off again. White is left out, since noise that cannot pass it shifts its mean.
    """

    def __init__(self, known: Tensor, unseen: Tensor, palette: str) -> None:
        """known: training sprites (M, 3, H, W) in [-1, 1]; unseen: real ones, two or more; palette: see `palette_of`.

        Raises InputError if there are too few.
        """
        if len(unseen) < 2 or not len(known):
            raise InputError("no sprites are held out: there is nothing to compare with.")
        self._known, self._palette = known, palette
        shifts = self.colour_shift(unseen)
        self.limit = float(np.quantile(shifts[::2], FALSE_ALARMS, method="lower"))
        self.false_alarms = float((shifts[1::2] < self.limit).mean())

    def colour_shift(self, sprites: Tensor) -> np.ndarray:
        """The least colour shift of each sprite from a training sprite that has no pixel far off, (N,); or infinity."""
        return np.concatenate([self._shift(part) for part in sprites.split(AT_ONCE)])

    def copies(self, sprites: Tensor) -> np.ndarray:
        """Which of the sprites (N, 3, H, W) in [-1, 1] are copies, (N,)."""
        return self.colour_shift(sprites) < self.limit

    def caught(self, samples: Tensor) -> float | None:
        """The share that is found of training sprites that carry the traces of noise of these samples.

        A trace is what a sample has that its clean version has not, see `clean`; without a palette there are none.
        """
        if not self._palette:
            return None
        traces = samples[:PLANTED] - clean(samples[:PLANTED], self._palette)
        hosts = np.random.default_rng(0).permutation(len(self._known))[:PLANTED]
        planted = self._known[hosts] + traces[np.arange(len(hosts)) % len(traces)]
        return float(self.copies(planted.clamp(-1, 1)).mean())

    def _shift(self, sprites: Tensor) -> np.ndarray:
        far = torch.cdist(sprites.flatten(1), self._known.flatten(1))
        near = self._known[far.topk(min(CANDIDATES, len(self._known)), largest=False).indices].flatten(3)
        apart = sprites.flatten(2)[:, None] - near                                          # (N, C, 3, H W)
        fits = apart.square().mean(2).amax(-1) < PIXEL_LIMIT**2
        shifts = torch.full(fits.shape, torch.inf)
        shifts[fits] = _colour_shift(apart[fits], near[fits])
        return shifts.amin(1).numpy()


def _colour_shift(apart: Tensor, training: Tensor) -> Tensor:
    """See CopyTest; apart: from training sprites, (P, 3, H W) each."""
    same_colour = (training[:, :, :, None] == training[:, :, None]).all(1).float()   # (P, H W, H W)
    size = same_colour.sum(-1)
    mean = apart @ same_colour / size[:, None]
    drawn = (training != 1).any(1).float()                                           # not white
    colours, pixels = (drawn / size).sum(-1), drawn.sum(-1)
    within = ((apart - mean).square().mean(1) * drawn).sum(-1) / (pixels - colours).clamp(min=1)
    shift = ((mean.square().mean(1) * drawn).sum(-1) - colours * within).clamp(min=0) / drawn.shape[-1]
    return shift.sqrt()


class Losses(NamedTuple):
    """The training loss on sprites that training saw and on as many that it did not, with the same noise."""

    training: float
    unseen: float
    spread: float   # standard error of unseen - training, over pairs of sprites


def losses(model: DiffusionModel, known: SpriteSet, unseen: SpriteSet) -> Losses:
    """Show the network each unseen sprite and a known one of the same category under the same noise.

    The noise levels are those of the usual training, evenly spread over it.
    """
    partners = known.take(alike(known.labels, unseen.labels, np.random.default_rng(0)))
    random = torch.Generator().manual_seed(0)
    eps = torch.randn((len(unseen), *model.shape), generator=random)
    order = torch.randperm(len(unseen), generator=random)
    normal = torch.special.ndtri((order.double() + 0.5) / len(unseen)).float()
    seen, fresh = (_loss_of_each(model, sprites, eps, normal) for sprites in (partners, unseen))
    gap = fresh - seen
    return Losses(float(seen.mean()), float(fresh.mean()), float(gap.std() / len(gap) ** 0.5))


def alike(known: np.ndarray, wanted: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Places of known sprites whose labels are those `wanted`, in that order; none twice while there are others."""
    places = np.empty(len(wanted), dtype=np.int64)
    for label in np.unique(wanted):
        slots, pool = np.flatnonzero(wanted == label), np.flatnonzero(known == label)
        pool = pool if len(pool) else np.arange(len(known))
        places[slots] = np.resize(random.permutation(pool), len(slots))
    return places


@torch.inference_mode()
def _loss_of_each(model: DiffusionModel, sprites: SpriteSet, eps: Tensor, normal: Tensor) -> Tensor:
    x0, context = to_tensor(sprites.images), torch.from_numpy(sprites.context)
    parts = zip(*(whole.split(256) for whole in (x0, context, eps, normal)), strict=True)
    found = []
    for *part, normal in parts:
        x0, context, eps = (on_device(values, model.device) for values in part)
        x, time, target = model.prediction.example(model.schedule, x0, eps, normal)
        found.append(squared_errors(model.net(x, time, context), target).cpu())
    return torch.cat(found)


class Match(NamedTuple):
    """A sprite and the training sprite that is nearest to it."""

    sprite: np.ndarray           # uint8 (16, 16, 3)
    training: np.ndarray         # uint8 (16, 16, 3)
    description: str             # of the training sprite
    distance: float              # root mean square over the pixels, each in -1..1
    share_of_unseen: float       # of the real sprites that training never saw: those that are nearer to theirs
    is_copy: bool                # by the test


class Comparison(NamedTuple):
    """Sprites compared with a training set, and how far the test for copies can be trusted here."""

    matches: list[Match]
    false_alarms: float      # the share of unseen real sprites that the test calls copies
    caught: float | None     # the share of planted copies that it finds, see CopyTest.caught


class Copies:
    """Compares sprites with a training set, and with how its held-out part compares."""

    def __init__(self, sprites: SpriteSet) -> None:
        """Raises InputError if nothing is held out."""
        self._training, unseen = sprites.split()
        self._known, unseen_sprites = to_tensor(self._training.images), to_tensor(unseen.images)
        self._test = CopyTest(self._known, unseen_sprites, palette_of(self._training.images))
        self._unseen = nearest(unseen_sprites, self._known)[1].sort().values
        self.categories = sprites.categories

    @property
    def usual_distance(self) -> float:
        """The median distance of unseen real sprites to their nearest training sprites."""
        return float(self._unseen.median())

    def check(self, sprites: np.ndarray) -> Comparison:
        """A match for each of the sprites, uint8 (N, 16, 16, 3)."""
        given = to_tensor(sprites)
        index, distance = nearest(given, self._known)
        nearer = torch.searchsorted(self._unseen, distance) / len(self._unseen)
        verdicts = self._test.copies(given).tolist()
        matches = [
            Match(sprite, self._training.images[i], self._training.descriptions[i], float(d), float(share), copy)
            for sprite, i, d, share, copy in zip(sprites, index.tolist(), distance, nearer, verdicts, strict=True)
        ]
        return Comparison(matches, self._test.false_alarms, self._test.caught(given))
