"""Checkpoints of one training that stay while it goes on: a few, evenly spread over it, and the best one."""

import os
import shutil
from pathlib import Path

import torch
from torch import Tensor

from diffusion.support.files import write_whole
from diffusion.training.history import Mark
from diffusion.training.logbook import CHECKPOINT_EVERY_S, STATE_ENDING, Logbook
from diffusion.training.loop import TrainStep

ENDINGS = (".safetensors", ".json", STATE_ENDING)


class Snapshots:
    """Keeps copies of what a logbook saves; each can be loaded like any checkpoint, and training can go on from it.

    They are named NAME-step-1200 and NAME-best. Where there are more than `room`, every second one goes, and from
    then on they are kept half as often.
    """

    def __init__(self, logbook: Logbook, room: int) -> None:
        self._logbook = logbook
        self._room = room
        self._gap_s = CHECKPOINT_EVERY_S
        self._kept: list[tuple[int, float]] = []   # step, seconds
        self._best: tuple[int, float, float] | None = None   # step, seconds, score
        logbook.companions.append(self)

    @property
    def marks(self) -> list[Mark]:
        """The checkpoints there are, in the order of their steps, and the best one."""
        kept = [Mark(step, seconds, "saved") for step, seconds in self._kept]
        return kept + ([Mark(*self._best[:2], "best")] if self._best else [])

    def name(self, mark: Mark) -> str:
        """What the checkpoint of a mark is called."""
        return f"{self._logbook.name}-{'best' if mark.label == 'best' else f'step-{mark.step}'}"

    def follow(self, step: TrainStep) -> bool:
        """Keep a checkpoint if it is time for one; returns whether it was."""
        last = self._kept[-1][1] if self._kept else 0.0
        if step.seconds < last + self._gap_s:
            return False
        self._kept.append((step.step, round(step.seconds, 2)))
        self._thin()
        self._logbook.save()
        self._copy_to(f"{self._logbook.name}-step-{step.step}")
        return True

    def judged(self, step: TrainStep, score: float) -> None:
        """Keep the model as the best one if no score before was as low."""
        if self._best and score >= self._best[2]:
            return
        self._best = step.step, round(step.seconds, 2), score
        self._logbook.save()
        self._copy_to(f"{self._logbook.name}-best")

    def tensors(self) -> dict[str, Tensor]:
        """What there is, for `restore`."""
        return {
            "kept": torch.tensor(self._kept, dtype=torch.float64).reshape(-1, 2),
            "best": torch.tensor(self._best or (), dtype=torch.float64),
            "gap": torch.tensor(self._gap_s, dtype=torch.float64),
        }

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Go back to what there was, as far as its files are still there."""
        kept = [(int(step), seconds) for step, seconds in saved["kept"].tolist()]
        self._kept = [(step, seconds) for step, seconds in kept if self._is_there(f"step-{step}")]
        best = saved["best"].tolist()
        self._best = (int(best[0]), best[1], best[2]) if best and self._is_there("best") else None
        self._gap_s = float(saved["gap"])

    def _thin(self) -> None:
        if len(self._kept) <= self._room:
            return
        for step, _ in self._kept[-2::-2]:
            remove(f"{self._logbook.name}-step-{step}", self._logbook.folder)
        self._kept = self._kept[::-1][::2][::-1]
        self._gap_s *= 2

    def _copy_to(self, name: str) -> None:
        for ending in ENDINGS:
            source = self._logbook.folder / f"{self._logbook.name}{ending}"
            if source.exists():
                link_or_copy(source, self._logbook.folder / f"{name}{ending}")

    def _is_there(self, label: str) -> bool:
        return (self._logbook.folder / f"{self._logbook.name}-{label}.safetensors").exists()


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, which costs no room as long as both stay the same; a copy where that cannot be."""

    def write(temporary: Path) -> None:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)

    write_whole(target, write)


def remove(name: str, folder: Path) -> None:
    """Remove a checkpoint and the state beside it, if they are there."""
    for ending in ENDINGS:
        (folder / f"{name}{ending}").unlink(missing_ok=True)
