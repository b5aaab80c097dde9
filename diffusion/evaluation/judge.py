"""The judge: a small network that knows sprites, in whose features sets are compared."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.evaluation.spoiling import FAULTS, spoil
from diffusion.models.checkpoints import CHECKPOINTS, CheckpointError, hash_of, load_tensors, save_tensors
from diffusion.sprites.spriteset import SIZE, SpriteSet
from diffusion.support.images import to_tensor
from diffusion.support.progress import Progress, silent

N_FEATURES = 64
LOOK = SIZE // 2    # pixels a side of the small picture that the judge can draw from its features
LOOK_WEIGHT = 4.0   # in its loss
JUDGE_STEPS, BATCH = 800, 128
BUILT_IN_JUDGE = CHECKPOINTS / "judge.safetensors"


class Judge(nn.Module):
    """Tells what a sprite shows, whether it was slightly spoilt and how, and what it looks like at half the size.

    Each answer is one linear layer away from the features, so these hold what it is, how cleanly it is drawn, and which
    colours are where. They are gathered from the last layer and from the mean and spread of each earlier one, which
    sees single pixels. In training each has mean 0 and variance 1 over clean and spoilt sprites.
    """

    def __init__(self, n_categories: int) -> None:
        super().__init__()
        self.layers = self.make_layers()
        self.gather = nn.Sequential(nn.LazyLinear(N_FEATURES), nn.BatchNorm1d(N_FEATURES, affine=False))
        self.category = nn.Linear(N_FEATURES, n_categories)
        self.fault = nn.Linear(N_FEATURES, FAULTS)
        self.look = nn.Linear(N_FEATURES, 3 * LOOK**2)
        self.body(torch.zeros(2, 3, SIZE, SIZE))   # tells the lazy layer its size

    @staticmethod
    def make_layers() -> nn.ModuleList:
        """From single pixels to whole shapes."""
        return nn.ModuleList([_layer(3, 32, stride=1), _layer(32, 64, stride=2), _layer(64, 128, stride=2)])

    def body(self, x: Tensor) -> Tensor:
        """The features (B, 64) of sprites (B, 3, 16, 16)."""
        seen = []
        for layer in self.layers:
            x = layer(x)
            seen += [x.mean((2, 3)), x.std((2, 3))]
        return self.gather(torch.cat([*seen[:-2], x.flatten(1)], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Category logits (B, K) of sprites (B, 3, 16, 16)."""
        return self.category(self.body(x))

    @torch.no_grad()
    def features(self, x: Tensor) -> np.ndarray:
        """float64 (B, 64)."""
        return torch.cat([self.body(part) for part in x.split(1024)]).double().numpy()

    @property
    def fingerprint(self) -> str:
        """A short hash that changes with any weight: numbers of two judges cannot be compared."""
        return hash_of(self.state_dict())

    @torch.no_grad()
    def read(self, x: Tensor) -> Tensor:
        """The probability of each category, (B, K)."""
        return torch.cat([self(part) for part in x.split(1024)]).softmax(1)


def train_judge(
    sprites: SpriteSet,
    steps: int = JUDGE_STEPS,
    seed: int = 0,
    progress: Progress = silent,
    network: Callable[[int], Judge] = Judge,
) -> Judge:
    """A judge taught on `sprites`, half of them slightly spoilt as it learns; a minute on two CPU cores."""
    random = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = network(max(2, len(sprites.categories)))
    images, labels = to_tensor(sprites.images), torch.from_numpy(sprites.labels)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for step in range(1, steps + 1):
        pick = torch.randint(len(images), (BATCH,), generator=random)
        loss = _loss(judge, images[pick], labels[pick], random)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        progress(step / steps)
    return judge.eval().requires_grad_(False)


def _loss(judge: Judge, x: Tensor, labels: Tensor, random: torch.Generator) -> Tensor:
    seen, fault = spoil(x, random)
    features = judge.body(seen)
    return (
        F.cross_entropy(judge.category(features), labels, label_smoothing=0.05)
        + F.cross_entropy(judge.fault(features), fault, label_smoothing=0.05)
        + LOOK_WEIGHT * F.mse_loss(judge.look(features), F.avg_pool2d(seen, SIZE // LOOK).flatten(1))
    )


def save_judge(judge: Judge, path: Path = BUILT_IN_JUDGE) -> None:
    """Write a judge's weights as safetensors."""
    save_tensors(judge.state_dict(), path)


def load_judge(path: Path = BUILT_IN_JUDGE) -> Judge:
    """The judge of the built-in sprites; raises CheckpointError if it is missing or damaged."""
    state = load_tensors(path)
    try:
        judge = Judge(len(state["category.bias"]))
        judge.load_state_dict(state)
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is not a judge: it holds other tensors.") from error
    return judge.eval().requires_grad_(False)


def accuracy(judge: Judge, x: Tensor, labels: Tensor) -> float:
    """The share of sprites (N, 3, 16, 16) that the judge gives their labels (N,)."""
    return float((judge.read(x).argmax(1) == labels).double().mean())


def _layer(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, padding=1), nn.GroupNorm(8, after), nn.SiLU())
