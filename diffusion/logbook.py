"""The logbook of a training run: its losses, its record, and its checkpoints at regular intervals."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from diffusion import parallel
from diffusion.checkpoints import (
    CheckpointError,
    Record,
    check_name,
    load_tensors,
    save_checkpoint,
    save_tensors,
)
from diffusion.device import describe_machine
from diffusion.training import TrainConfig, TrainStep

CHECKPOINT_EVERY_S = 10.0   # of training: no more is lost when the program is killed
RECORDED_LOSSES = 200
SMOOTHED_STEPS = 50


class Logbook:
    """Follows one training run and saves its model as `name` in `folder`; CheckpointError if the name is no name."""

    def __init__(self, config: TrainConfig, name: str, folder: Path, command: str = "") -> None:
        check_name(name)
        self.config = config
        self.name = name
        self.folder = folder
        self.command = command
        self.losses: list[float] = []   # one a step
        self.last: TrainStep | None = None

    def follow(self, steps: Iterator[TrainStep]) -> Iterator[TrainStep]:
        """Pass the steps of `train` on, saving regularly and at the end, however that comes.

        Of several processes that train together, the first one saves.
        """
        next_save = CHECKPOINT_EVERY_S
        try:
            for step in steps:
                self.last = step
                self.losses.append(step.loss)
                if step.seconds >= next_save and parallel.is_first():
                    self.save()
                    next_save = step.seconds + CHECKPOINT_EVERY_S
                yield step
        finally:
            if self.last and parallel.is_first():
                self.save()

    def save(self) -> Path:
        """Write the model as it is now and, while it is unfinished, the state to resume from; returns the weights."""
        if self.last.progress < 1:
            losses = torch.tensor(self.losses, dtype=torch.float64)
            save_tensors(self.last.state.tensors() | {"losses": losses}, self.state_path)
        path = save_checkpoint(self.last.model, self.record(), self.name, self.folder)
        if self.last.progress >= 1:
            self.state_path.unlink(missing_ok=True)
        return path

    def resume(self) -> dict[str, Tensor]:
        """The state that `train` can go on from; CheckpointError if none was left, or it is damaged."""
        if not self.state_path.exists():
            raise CheckpointError(f"there is no unfinished training of {self.name!r} in {self.folder}.")
        saved = load_tensors(self.state_path)
        self.losses = saved.pop("losses").tolist()
        return saved

    @property
    def state_path(self) -> Path:
        """Where the state of an unfinished run is kept."""
        return self.folder / f"{self.name}.state.safetensors"

    def record(self) -> Record:
        """How the model was made, as JSON values."""
        smooth = smoothed(self.losses)
        return {
            "command": self.command,
            "config": asdict(self.config),
            "steps": len(self.losses),
            "seconds": round(self.last.seconds, 1),
            "machine": describe_machine(self.last.model.device.type),
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "final_loss": round(smooth[-1], 5),
            "losses": [round(loss, 5) for loss in smooth[:: max(1, len(smooth) // RECORDED_LOSSES)]],
        }


def smoothed(losses: list[float]) -> list[float]:
    """The running mean of a series: of all its start, then of about its last 50 entries."""
    average, out = 0.0, []
    for i, loss in enumerate(losses):
        average += (loss - average) / min(SMOOTHED_STEPS, 1 + i / 8)
        out.append(average)
    return out
