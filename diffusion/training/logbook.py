"""The logbook of a training run: its losses, its record, and its checkpoints at regular intervals."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from diffusion.models.checkpoints import (
    CheckpointError,
    Record,
    check_name,
    load_tensors,
    save_checkpoint,
    save_tensors,
)
from diffusion.support.device import describe_machine
from diffusion.support.wording import quoted
from diffusion.training import parallel
from diffusion.training.batch import noise_share
from diffusion.training.history import LossSeries, RunningMean
from diffusion.training.loop import TrainingDivergedError, TrainStep
from diffusion.training.recipes import TrainConfig

CHECKPOINT_EVERY_S = 10.0   # of training: no more is lost when the program is killed
RECORDED_LOSSES = 200
STATE_ENDING = ".state.safetensors"


class Companion(Protocol):
    """What is kept with the state of an unfinished run, and goes on with it."""

    def tensors(self) -> dict[str, Tensor]: ...

    def restore(self, saved: dict[str, Tensor]) -> None: ...


class Logbook:
    """Follows one training run and saves its model as `name` in `folder`; CheckpointError if the name is no name.

    made: what else the record shall say of how the model was made.
    """

    def __init__(self, config: TrainConfig, name: str, folder: Path, **made: Any) -> None:
        check_name(name)
        self.config = config
        self.name = name
        self.folder = folder
        self.made = made
        self.losses: list[float] = []   # one a step
        self.last: TrainStep | None = None
        self.series = LossSeries()
        self.companions: list[Companion] = [self.series]

    def follow(self, steps: Iterator[TrainStep]) -> Iterator[TrainStep]:
        """Pass the steps of `train` on, saving regularly and at the end, however that comes.

        Only a run that diverged is not saved at its end: what was saved before it did is good.
        Of several processes that train together, the first one saves.
        """
        next_save, diverged = None, False
        try:
            for step in steps:
                self._note(step)
                next_save = next_save or step.seconds + CHECKPOINT_EVERY_S
                if step.seconds >= next_save and parallel.is_first():
                    self.save()
                    next_save = step.seconds + CHECKPOINT_EVERY_S
                yield step
        except TrainingDivergedError:
            diverged = True
            raise
        finally:
            if self.last and not diverged and parallel.is_first():
                self.save()

    def _note(self, step: TrainStep) -> None:
        self.last = step
        self.losses.append(step.loss)
        shares = noise_share(step.model, step.batch.time).numpy()
        self.series.add(step.step, step.seconds, step.loss, shares, step.batch.each.cpu().numpy())

    def save(self) -> Path:
        """Write the model as it is now and, while it is unfinished, the state to resume from; returns the weights.

        Raises TrainingDivergedError if the weights are no numbers any more, and writes nothing then.
        """
        check_finite(self.last)
        if self.last.progress < 1:
            save_tensors(self._state(), self.state_path)
        path = save_checkpoint(self.last.model, self.record(), self.name, self.folder)
        if self.last.progress >= 1:
            self.state_path.unlink(missing_ok=True)
        return path

    def _state(self) -> dict[str, Tensor]:
        state = self.last.state.tensors() | {"losses": torch.tensor(self.losses, dtype=torch.float64)}
        for companion in self.companions:
            state |= companion.tensors()
        return state

    def resume(self) -> dict[str, Tensor]:
        """The state that `train` can go on from; CheckpointError if none was left, or it is damaged."""
        if not self.state_path.exists():
            raise CheckpointError(f"there is no unfinished training of {quoted(self.name)} in {self.folder}.")
        saved = load_tensors(self.state_path)
        try:
            self.losses = saved["losses"].tolist()
            for companion in self.companions:
                companion.restore(saved)
        except (KeyError, ValueError) as error:
            raise CheckpointError(f"{self.state_path.name} does not hold the whole state of a training.") from error
        return saved

    @property
    def state_path(self) -> Path:
        """Where the state of an unfinished run is kept."""
        return self.folder / f"{self.name}{STATE_ENDING}"

    def record(self) -> Record:
        """How the model was made, as JSON values."""
        smooth = smoothed(self.losses)
        return {
            **self.made,
            "config": asdict(self.config),
            "steps": len(self.losses),
            "seconds": round(self.last.seconds, 1),
            "machine": describe_machine(self.last.model.device.type),
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "final_loss": round(smooth[-1], 5),
            "losses": [round(loss, 5) for loss in smooth[:: max(1, len(smooth) // RECORDED_LOSSES)]],
        }


def check_finite(step: TrainStep) -> None:
    """Raise TrainingDivergedError if a weight of the averaged model is not a finite number."""
    if not all(bool(weight.isfinite().all()) for weight in step.model.net.parameters()):
        raise TrainingDivergedError(f"the weights of step {step.step} are not numbers: lower the learning rate.")


def smoothed(losses: list[float]) -> list[float]:
    """The running mean of a series: of all its start, then of about its last 50 entries."""
    mean = RunningMean()
    return [mean.add(loss) for loss in losses]
