"""Checkpoints as files to take away."""

import shutil
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

from diffusion.models.checkpoints import check_there

KEPT = 8


class Downloads:
    """Copies to hand out, each in a folder of its own; the last 8 stay, to be fetched."""

    def __init__(self, checkpoints: Path) -> None:
        self._checkpoints = checkpoints
        self._folders: deque[TemporaryDirectory] = deque(maxlen=KEPT)   # one that falls out removes itself

    def give(self, name: str) -> list[str]:
        """The two files of a checkpoint, weights and description; CheckpointError if it is not there."""
        check_there(name, self._checkpoints)
        folder = TemporaryDirectory(prefix="sprite-lab-")
        for ending in (".safetensors", ".json"):
            shutil.copyfile(self._checkpoints / f"{name}{ending}", Path(folder.name) / f"{name}{ending}")
        self._folders.append(folder)
        return [str(path) for path in sorted(Path(folder.name).iterdir())]
