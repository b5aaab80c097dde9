"""A folder for files that need not outlive the program; what a killed one left is removed by the next."""

import atexit
import os
import shutil
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

LOCK = "in-use.lock"


def scratch_folder(place: Path) -> Path:
    """This program's own folder in `place`, in use as long as the program runs; OSError if it cannot be made."""
    place.mkdir(parents=True, exist_ok=True)
    remove_left(place)
    own = next(place.glob(f"{os.getpid()}-*"), None)
    if own is not None:
        return own
    folder = place / f"{os.getpid()}-{uuid4().hex}"
    folder.mkdir(mode=0o700)
    in_use = FileLock(folder / LOCK)
    in_use.acquire()
    atexit.register(_remove, folder, in_use)
    return folder


def remove_left(place: Path) -> None:
    """Remove the folders of programs that no longer run."""
    for folder in place.iterdir():
        with suppress(OSError, Timeout), FileLock(folder / LOCK, blocking=False):
            shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path, in_use: FileLock) -> None:
    in_use.release()
    shutil.rmtree(folder, ignore_errors=True)
