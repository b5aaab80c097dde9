"""Quality in numbers: Fréchet sprite distance, context accuracy, memorisation, each beside what real sprites get."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.checkpoints import CHECKPOINTS, load_tensors, save_tensors
from diffusion.denoiser import DiffusionModel
from diffusion.generation import SampleConfig, categories_in_turn, generate
from diffusion.sprites.painter import built_in
from diffusion.sprites.palette import clean
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor, to_uint8

N_FEATURES = 64
BUILT_IN_JUDGE = CHECKPOINTS / "judge.safetensors"
NEIGHBOURS = 5
FLOOR_DRAWS = 3
COPY_RATIO = 1 / 3   # Yoon et al., 2023: nearer to one training sprite than a third of the way to the next
Progress = Callable[[float], None]


class Judge(nn.Module):
    """A small classifier of sprites; the layer before its answer is the space in which sets are compared."""

    def __init__(self, n_categories: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.GroupNorm(8, 32), nn.SiLU(),
            nn.Conv2d(32, 64, 3, padding=1, stride=2), nn.GroupNorm(8, 64), nn.SiLU(),
            nn.Conv2d(64, 128, 3, padding=1, stride=2), nn.GroupNorm(8, 128), nn.SiLU(),
            nn.Flatten(), nn.Linear(128 * 16, N_FEATURES), nn.SiLU(),
        )   # fmt: skip
        self.answer = nn.Linear(N_FEATURES, n_categories)

    def forward(self, x: Tensor) -> Tensor:
        """Category logits (B, K) of sprites (B, 3, 16, 16)."""
        return self.answer(self.body(x))

    @torch.no_grad()
    def features(self, x: Tensor) -> np.ndarray:
        """float64 (B, 64)."""
        return torch.cat([self.body(part) for part in x.split(1024)]).double().numpy()

    @torch.no_grad()
    def read(self, x: Tensor) -> Tensor:
        """The probability of each category, (B, K)."""
        return torch.cat([self(part) for part in x.split(1024)]).softmax(1)


def train_judge(sprites: SpriteSet, steps: int = 800, seed: int = 0, progress: Progress = lambda share: None) -> Judge:
    """A judge taught on `sprites` with one-pixel shifts and noise; a minute on two CPU cores."""
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = Judge(max(2, len(sprites.categories)))
    images, labels = to_tensor(sprites.images), torch.from_numpy(sprites.labels)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for step in range(1, steps + 1):
        pick = torch.randint(len(images), (128,), generator=random)
        dy, dx = torch.randint(0, 3, (2,), generator=random).tolist()
        x = F.pad(images[pick], (1, 1, 1, 1), value=1.0)[:, :, dy : dy + 16, dx : dx + 16]
        x = x + 0.1 * torch.randn(x.shape, generator=random)
        loss = F.cross_entropy(judge(x), labels[pick], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress(step / steps)
    return judge.eval().requires_grad_(False)


def save_judge(judge: Judge, path: Path = BUILT_IN_JUDGE) -> None:
    """Write a judge's weights as safetensors."""
    save_tensors(judge.state_dict(), path)


def load_judge(path: Path = BUILT_IN_JUDGE) -> Judge:
    """The judge of the built-in sprites; raises CheckpointError if it is missing or damaged."""
    state = load_tensors(path)
    judge = Judge(len(state["answer.bias"]))
    judge.load_state_dict(state)
    return judge.eval().requires_grad_(False)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) of features (N, F) and (M, F). Heusel et al., 1706.08500."""
    root = _psd_root(np.cov(a, rowvar=False))
    cross = np.linalg.eigvalsh(root @ np.cov(b, rowvar=False) @ root)
    spread = np.trace(root @ root) + np.trace(np.cov(b, rowvar=False)) - 2 * np.sqrt(cross.clip(0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + spread)


def copied_share(sprites: Tensor, training: Tensor) -> float:
    """The share of sprites that look like copies: nearest training sprite under 1/3 of the distance to the second.

    sprites: (N, 3, 16, 16); training: (M, 3, 16, 16), M at least 2.
    """
    ratios = []
    for part in sprites.flatten(1).split(512):
        nearest = torch.cdist(part, training.flatten(1)).topk(2, largest=False).values
        ratios.append(nearest[:, 0] / nearest[:, 1].clamp(min=1e-6))
    return float((torch.cat(ratios) < COPY_RATIO).double().mean())


def nearest(sprites: Tensor, training: Tensor) -> tuple[Tensor, Tensor]:
    """Which training sprite (M, 3, H, W) is nearest to each of the sprites (N, 3, H, W), and how far it is.

    The distance is the root mean square difference over the pixels; both results are (N,).
    """
    found = [torch.cdist(part, training.flatten(1)).min(1) for part in sprites.flatten(1).split(512)]
    distance = torch.cat([part.values for part in found]) / sprites[0].numel() ** 0.5
    return torch.cat([part.indices for part in found]), distance


def density_and_coverage(made: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """How close to real sprites the made ones are, and how many real ones have a made one near. Naeem, 2002.09797.

    With r_i the distance of real feature i to its 5th nearest real neighbour: density is the mean number of balls
    (i, r_i) that a made feature lies in, over 5; coverage is the share of balls with a made feature inside.
    """
    real_set, made_set = torch.from_numpy(real), torch.from_numpy(made)
    radius = torch.cdist(real_set, real_set).kthvalue(NEIGHBOURS + 1, dim=1).values   # the first is itself
    inside = torch.cdist(real_set, made_set) < radius[:, None]                        # (real, made)
    return float(inside.sum(0).double().mean() / NEIGHBOURS), float(inside.any(1).double().mean())


class Crispness(NamedTuple):
    """How cleanly sprites are drawn, as means over sprites."""

    colours: float    # distinct colours, of 16 levels a channel, that fill two pixels or more
    white: float      # share of pixels that are exactly white
    nearest: float    # root mean square distance to the nearest training sprite, pixels in -1..1


def crispness(sprites: Tensor, training: Tensor) -> Crispness:
    """Measure sprites (N, 3, 16, 16) in [-1, 1] against training sprites (M, 3, 16, 16)."""
    images = to_uint8(sprites)
    levels = (images // 16).astype(np.int64) @ [256, 16, 1]
    colours = [(np.unique(picture, return_counts=True)[1] > 1).sum() for picture in levels]
    white = (images == 255).all(axis=3).mean()
    _, distance = nearest(sprites, training)
    return Crispness(float(np.mean(colours)), float(white), float(distance.mean()))


class Cleaned(NamedTuple):
    """What bringing the sprites back to the palette changes."""

    fsd: float
    crispness: Crispness


@dataclass(frozen=True)
class Quality:
    """What `evaluate` measures: means over `seeds`, each with `n` sprites; "_real" is the same for held-out sprites.

    Accuracies are None without categories, and `cleaned` without a palette.
    """

    fsd: float
    fsd_spread: float               # standard deviation over the seeds
    fsd_floor: float                # as many real sprites against the held-out ones
    context_accuracy: float | None
    context_accuracy_real: float | None
    density: float
    coverage: float
    memorisation: float
    memorisation_real: float
    crispness: Crispness
    crispness_real: Crispness
    cleaned: Cleaned | None
    n: int
    seeds: list[int]
    sampler: str
    steps: int
    guidance: float

    def values(self) -> dict[str, Any]:
        """All of it as JSON values."""
        crisp = {"crispness": self.crispness._asdict(), "crispness_real": self.crispness_real._asdict()}
        cleaned = self.cleaned and {"fsd": self.cleaned.fsd, "crispness": self.cleaned.crispness._asdict()}
        return asdict(self) | crisp | {"cleaned": cleaned}


def with_spread(mean: float, spread: float, repeats: int) -> str:
    """A mean, with its standard deviation where there is more than one to take it over."""
    return f"{mean:.2f} ± {spread:.2f}" if repeats > 1 else f"{mean:.2f}"


class RealSprites:
    """What generated sprites are compared with, measured once however many models are: the floor of every measure."""

    def __init__(self, sprites: SpriteSet, judge: Judge) -> None:
        """Raises ValueError if the held-out part of `sprites` has fewer than two sprites."""
        self.sprites = sprites
        training, self._held_out = sprites.split()
        if len(self._held_out) < 2:
            raise ValueError("quality needs at least two held-out sprites to compare with.")
        self.judge = judge
        self.known, self.unseen = to_tensor(training.images), to_tensor(self._held_out.images)
        self.features = judge.features(self.unseen)   # (held out, 64)
        self._floors: dict[int, float] = {}

    def mix(self, n: int) -> Tensor:
        """Contexts in the proportions of the held-out sprites, (n, K)."""
        if not self._held_out.categories:
            return categories_in_turn((), n)
        shuffled = np.random.default_rng(0).permutation(len(self._held_out))
        return torch.from_numpy(self._held_out.context[shuffled[np.arange(n) % len(self._held_out)]])

    def floor(self, n: int) -> float:
        """The distance of `n` real sprites of the training part: what `n` generated ones can reach at best.

        The mean over a few draws. It is larger for small `n`, as every such distance is.
        """
        if n not in self._floors:
            draws = [np.random.default_rng(i).permutation(len(self.known))[:n] for i in range(FLOOR_DRAWS)]
            features = (self.judge.features(self.known[draw]) for draw in draws)
            self._floors[n] = float(np.mean([frechet_distance(one, self.features) for one in features]))
        return self._floors[n]

    @cached_property
    def accuracy(self) -> float:
        """The share of held-out sprites that the judge names rightly."""
        return accuracy(self.judge, self.unseen, torch.from_numpy(self._held_out.labels))

    @cached_property
    def memorisation(self) -> float:
        """The share of held-out sprites that look like copies."""
        return copied_share(self.unseen, self.known)

    @cached_property
    def crispness(self) -> Crispness:
        """How cleanly the held-out sprites are drawn."""
        return crispness(self.unseen, self.known)


@cache
def built_in_sprites() -> RealSprites:
    """The built-in set under the built-in judge; raises CheckpointError if the judge is missing or damaged."""
    return RealSprites(built_in(), load_judge())


def evaluate(
    model: DiffusionModel,
    real: RealSprites,
    config: SampleConfig,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Progress = lambda share: None,
) -> Quality:
    """Compare `config.n` generated sprites a seed with the held-out real ones, and both with the training part."""
    context = real.mix(config.n)
    distances, accuracies, copies, crisp, near, cleaned = [], [], [], [], [], []
    for i, seed in enumerate(seeds):
        share = lambda part, i=i: progress((i + part) / len(seeds))   # noqa: E731
        made = generate(model, replace(config, seed=seed), context, share).cpu().clamp(-1, 1)
        features = real.judge.features(made)
        distances.append(frechet_distance(features, real.features))
        near.append(density_and_coverage(features, real.features))
        crisp.append(crispness(made, real.known))
        accuracies.append(accuracy(real.judge, made, context.argmax(1)) if model.categories else 0.0)
        copies.append(copied_share(made, real.known))
        if model.config.palette:
            tidy = clean(made, model.config.palette)
            distance = frechet_distance(real.judge.features(tidy), real.features)
            cleaned.append(Cleaned(distance, crispness(tidy, real.known)))
    labelled = len(model.categories) > 1
    return Quality(
        fsd=float(np.mean(distances)),
        fsd_spread=float(np.std(distances)),
        fsd_floor=real.floor(config.n),
        context_accuracy=float(np.mean(accuracies)) if labelled else None,
        context_accuracy_real=real.accuracy if labelled else None,
        density=float(np.mean(near, axis=0)[0]),
        coverage=float(np.mean(near, axis=0)[1]),
        memorisation=float(np.mean(copies)),
        memorisation_real=real.memorisation,
        crispness=_mean_crispness(crisp),
        crispness_real=real.crispness,
        cleaned=_mean_cleaned(cleaned) if cleaned else None,
        n=config.n,
        seeds=list(seeds),
        sampler=config.sampler,
        steps=config.steps,
        guidance=model.config.guidance if config.guidance is None else config.guidance,
    )


def _mean_crispness(measured: list[Crispness]) -> Crispness:
    return Crispness(*np.mean(measured, axis=0).tolist())


def _mean_cleaned(measured: list[Cleaned]) -> Cleaned:
    distances, crisp = zip(*measured, strict=True)
    return Cleaned(float(np.mean(distances)), _mean_crispness(crisp))


def accuracy(judge: Judge, x: Tensor, labels: Tensor) -> float:
    """The share of sprites (N, 3, 16, 16) that the judge gives their labels (N,)."""
    return float((judge.read(x).argmax(1) == labels).double().mean())


def _psd_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T
