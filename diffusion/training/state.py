"""All that a training run needs to go on from where it is, bit for bit."""

import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from diffusion.denoiser import DiffusionModel
from diffusion.support.checks import InputError
from diffusion.training.recipes import OPTIMIZERS, TrainConfig


@dataclass
class TrainState:
    """All that a run needs to go on from where it is; each step of training changes it."""

    model: DiffusionModel      # what is trained
    averaged: DiffusionModel   # the same with EMA weights
    optimizer: torch.optim.Optimizer
    random: torch.Generator
    learning_rate: float       # before warm-up and annealing; who follows the run may change it
    step: int = 0              # steps done
    seconds: float = 0.0       # of training, without what the consumer does between steps

    @classmethod
    def begin(cls, model: DiffusionModel, config: TrainConfig) -> "TrainState":
        """The state before the first step."""
        net = model.net.requires_grad_().train()
        ema = copy.deepcopy(net).eval().requires_grad_(False)
        optimizer = OPTIMIZERS[config.optimizer](net.parameters(), lr=config.learning_rate, betas=config.betas)
        random = torch.Generator().manual_seed(config.seed)   # of the CPU: its state can go on on any device
        return cls(model, replace(model, net=ema), optimizer, random, config.learning_rate)

    def progress(self, config: TrainConfig) -> float:
        """The share of the budget that is used up, 0..1."""
        return config.progress(self.step, self.seconds)

    def tensors(self) -> dict[str, Tensor]:
        """A copy of the state as named tensors, for `restore`."""
        saved = {f"net.{key}": value for key, value in self.model.net.state_dict().items()}
        saved |= {f"ema.{key}": value for key, value in self.averaged.net.state_dict().items()}
        for i, moments in self.optimizer.state_dict()["state"].items():
            saved |= {f"optimizer.{i}.{key}": value for key, value in moments.items()}
        saved |= {
            "random": self.random.get_state(),
            "learning_rate": torch.tensor(self.learning_rate, dtype=torch.float64),
            "step": torch.tensor(self.step),
            "seconds": torch.tensor(self.seconds, dtype=torch.float64),
        }
        return {key: value.detach().clone() for key, value in saved.items()}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Go back to a saved state, bit for bit; raises InputError if it belongs to another network."""
        try:
            for part, net in (("net.", self.model.net), ("ema.", self.averaged.net)):
                net.load_state_dict({key[4:]: value for key, value in saved.items() if key.startswith(part)})
            self._restore_moments(saved)
            self.random.set_state(saved["random"])
            self.learning_rate = float(saved["learning_rate"])
            self.step, self.seconds = int(saved["step"]), float(saved["seconds"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise InputError("the saved training state belongs to another network: train from the start.") from error

    def _restore_moments(self, saved: dict[str, Tensor]) -> None:
        for i, parameter in enumerate(self.model.net.parameters()):
            prefix = f"optimizer.{i}."
            for key, value in saved.items():
                if key.startswith(prefix):
                    name = key.removeprefix(prefix)
                    like = value.clone() if value.ndim == 0 else torch.empty_like(parameter).copy_(value)
                    self.optimizer.state[parameter][name] = like.detach()


@torch.no_grad()
def update_ema(ema: nn.Module, net: nn.Module, decay: float) -> None:
    """ema <- decay ema + (1 - decay) net; buffers are copied."""
    torch._foreach_lerp_(list(ema.parameters()), list(net.parameters()), 1 - decay)
    for kept, current in zip(ema.buffers(), net.buffers(), strict=True):
        kept.copy_(current)
