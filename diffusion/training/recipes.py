"""All that a training run depends on, checked, and the recipes that go by a name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, pi
from typing import Any

import torch

from diffusion.denoiser import MAX_GUIDANCE
from diffusion.models.checkpoints import CheckpointError, Record
from diffusion.support.checks import InputError, check_known, check_number, check_whole
from diffusion.support.wording import quoted
from diffusion.training.muon import Muon

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "muon": Muon,
}
ANNEALS: dict[str, Callable[[float], float]] = {   # what is left of the learning rate after a share of the budget
    "cosine": lambda progress: (1 + cos(pi * progress)) / 2,
    "linear": lambda progress: 1 - progress,
}
NUMBER_FORMATS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainConfig:
    """All that a training run depends on. It ends after `minutes` of training time, or `steps`, whichever is set.

    Raises InputError naming the first setting that is out of range.
    """

    minutes: float | None = 5.0
    steps: int | None = None
    batch: int = 128
    learning_rate: float = 2e-3
    optimizer: str = "muon"
    betas: tuple[float, float] = (0.9, 0.99)
    warmup_steps: int = 50
    anneal: str = "cosine"   # how the learning rate falls to zero, see ANNEALS
    clip: float | None = 1.0   # of the norm of all gradients
    ema_max: float = 0.999   # 0: the weights themselves are kept
    ema_share: float | None = None   # of the steps so far, that the average looks back over, in place of ema_max
    context_dropout: float = 0.1
    normal_mean: float = 0.0    # of the numbers that say how noisy each sprite is; below 0 means more little noise
    normal_spread: float = 1.0
    number_format: str = "auto"   # of what autocast allows; "auto": bfloat16 where the device computes it directly
    seed: int = 0
    network: str = "sprite"
    network_options: dict[str, int] = field(default_factory=dict)
    prediction: str = "velocity"
    schedule: str = "cosine"
    schedule_options: dict[str, float] = field(default_factory=lambda: {"shift": 2.0, "spacing": 1.25})
    guidance: float = 2.5   # python -m diffusion guidance tries others, on sprites that no result is reported on
    guided_below: float = 0.8

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise InputError("set minutes or steps, one of the two.")
        if self.steps is None:
            check_number("minutes", self.minutes, 0.01, 10_000)
        else:
            check_whole("steps", self.steps, 1, 10_000_000)
        check_whole("batch", self.batch, 1, 8192)
        check_number("learning_rate", self.learning_rate, 1e-7, 1)
        check_known("optimizer", self.optimizer, OPTIMIZERS)
        if not isinstance(self.betas, tuple) or len(self.betas) != 2:
            raise InputError(f"betas = {self.betas}: an optimizer has two.")
        for beta in self.betas:
            check_number("each of betas", beta, 0, 0.99999)
        check_whole("warmup_steps", self.warmup_steps, 1, 10_000_000)
        check_known("anneal", self.anneal, ANNEALS)
        if self.clip is not None:
            check_number("clip", self.clip, 1e-6, 1e6)
        check_number("ema_max", self.ema_max, 0, 0.999999)
        if self.ema_share is not None:
            check_number("ema_share", self.ema_share, 0.001, 1)
        check_number("context_dropout", self.context_dropout, 0, 1)
        check_number("normal_mean", self.normal_mean, -5, 5)
        check_number("normal_spread", self.normal_spread, 0, 5)
        check_number("guidance", self.guidance, 0, MAX_GUIDANCE)
        check_number("guided_below", self.guided_below, 0, 1)
        check_known("number_format", self.number_format, NUMBER_FORMATS)
        check_whole("seed", self.seed, 0, 2**63 - 1)

    def progress(self, step: int, seconds: float) -> float:
        """The share of the budget that is used up after so many steps and seconds of training, 0..1."""
        return min(1.0, step / self.steps if self.steps else seconds / 60 / self.minutes)

    def ema_decay(self, step: int) -> float:
        """What the averaged weights keep of themselves after so many steps: at first little, while all changes fast."""
        if self.ema_share is not None:
            return 1 - 1 / (1 + self.ema_share * step)
        return min(self.ema_max, 1 - (1 + step) ** -0.75)


FAST: dict[str, Any] = {   # python -m diffusion ablation tells what each of these is worth
    "network_options": {"groups": 1, "from_x0": 1, "width": 32, "patch": 1, "levels": 3},
    "batch": 64,
    "ema_share": 0.06,
}
RECIPES: dict[str, dict[str, Any]] = {
    "fast": FAST,
    "long": FAST | {"batch": 128},   # larger batches use two cores better
    "course": {
        "batch": 100,
        "learning_rate": 1e-3,
        "optimizer": "adam",
        "betas": (0.9, 0.999),
        "warmup_steps": 1,
        "anneal": "linear",
        "clip": None,
        "ema_max": 0.0,
        "number_format": "float32",
        "network": "course",
        "prediction": "noise",
        "schedule": "linear",
        "schedule_options": {},
        "guidance": 1.0,
        "guided_below": 1.0,
    },
    "student": {
        "minutes": 2.0,
        "batch": 96,
        "learning_rate": 8e-4,
        "optimizer": "adamw",
        "guidance": 1.0,
        "guided_below": 1.0,
    },
}

RECIPES["dmd"] = RECIPES["student"] | {
    "minutes": 0.5,
    "batch": 48,
    "learning_rate": 2e-4,
    "warmup_steps": 20,
    "ema_max": 0.995,
}

# The course's recipe with two of its faults: the noise of training, and the random shortcut of the network.
RECIPES["as-taught"] = RECIPES["course"] | {"network": "course-as-taught", "prediction": "noise-as-taught"}


def recipe(name: str, **changes: Any) -> TrainConfig:
    """The settings of a named recipe, some of them changed; InputError if there is no recipe of that name."""
    check_known("recipe", name, RECIPES)
    return TrainConfig(**(RECIPES[name] | changes))


def read_train_config(record: Record, name: str) -> TrainConfig:
    """The settings in the record of checkpoint `name`; CheckpointError if it is not one of a training."""
    try:
        config = record["config"]
        return TrainConfig(**(config | {"betas": tuple(config["betas"])}))
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"checkpoint {quoted(name)} has no training that could go on.") from error
