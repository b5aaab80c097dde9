"""The judge: a small classifier of sprites, in whose features sets are compared."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.models.checkpoints import CHECKPOINTS, CheckpointError, hash_of, load_tensors, save_tensors
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor
from diffusion.support.progress import Progress, silent

N_FEATURES = 64
BUILT_IN_JUDGE = CHECKPOINTS / "judge.safetensors"


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

    @property
    def fingerprint(self) -> str:
        """A short hash that changes with any weight: numbers of two judges cannot be compared."""
        return hash_of(self.state_dict())

    @torch.no_grad()
    def read(self, x: Tensor) -> Tensor:
        """The probability of each category, (B, K)."""
        return torch.cat([self(part) for part in x.split(1024)]).softmax(1)


def train_judge(sprites: SpriteSet, steps: int = 800, seed: int = 0, progress: Progress = silent) -> Judge:
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
    try:
        judge = Judge(len(state["answer.bias"]))
        judge.load_state_dict(state)
    except (KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is not a judge: it holds other tensors.") from error
    return judge.eval().requires_grad_(False)


def accuracy(judge: Judge, x: Tensor, labels: Tensor) -> float:
    """The share of sprites (N, 3, 16, 16) that the judge gives their labels (N,)."""
    return float((judge.read(x).argmax(1) == labels).double().mean())
