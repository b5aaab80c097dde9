"""The logbook of a training run: its losses, its record, and its checkpoints at regular intervals."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from diffusion.checkpoints import Record, check_name, save_checkpoint
from diffusion.device import describe_machine
from diffusion.training import TrainConfig, TrainStep

CHECKPOINT_EVERY_S = 30.0   # of training
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
        """Pass the steps of `train` on, saving every 30 s of training and at the end, however that comes."""
        next_save = CHECKPOINT_EVERY_S
        try:
            for step in steps:
                self.last = step
                self.losses.append(step.loss)
                if step.seconds >= next_save:
                    self.save()
                    next_save = step.seconds + CHECKPOINT_EVERY_S
                yield step
        finally:
            if self.last:
                self.save()

    def save(self) -> Path:
        """Write the model as it is now; returns the path of its weights."""
        return save_checkpoint(self.last.model, self.record(), self.name, self.folder)

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
