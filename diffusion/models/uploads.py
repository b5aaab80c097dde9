"""Model files that learners gave to the running app, kept under names of their own."""

import filecmp
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from diffusion.models.checkpoints import (
    COURSE_ENDING,
    UPLOADS,
    CheckpointError,
    is_course_file,
    is_plain,
    list_checkpoints,
)
from diffusion.support.files import write_whole, wrong_with_file

LONGEST, MAX_STEM = 80, 60   # letters


def known_upload(path: Path, folder: Path, names: Iterable[str]) -> str | None:
    """Which of the uploads of these names in `folder` is the very same file."""
    kept = (folder / UPLOADS / name for name in names)
    return next((file.name for file in kept if file.exists() and filecmp.cmp(file, path, shallow=False)), None)


def keep_upload(path: Path, folder: Path, name: str) -> None:
    """Keep a file of the course among the checkpoints in `folder`; CheckpointError if it cannot be written."""
    try:
        write_whole(folder / UPLOADS / name, lambda temporary: shutil.copyfile(path, temporary))
    except OSError as error:
        raise CheckpointError(f"{path.name} {wrong_with_file(error)}") from error


def free_upload_name(path: Path, folder: Path) -> str:
    """The name of the learner's file, made plain if it is a strange one, with a number where it is taken."""
    taken = {name.lower() for name in list_checkpoints(folder)}
    given = path if is_plain(path.name) and len(path.name) <= LONGEST else Path(_plain_stem(path) + COURSE_ENDING)
    numbered = (f"{given.stem}{f'-{i}' if i > 1 else ''}{given.suffix}" for i in range(1, len(taken) + 2))
    return next(name for name in numbered if name.lower() not in taken)


def remove_upload(name: str, folder: Path) -> None:
    """Remove a file that was kept."""
    (folder / UPLOADS / name).unlink(missing_ok=True)


def upload_megabytes(folder: Path, names: Iterable[str]) -> float:
    """The room that the uploads of these names take."""
    files = (folder / UPLOADS / name for name in names)
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6


def uploads(folder: Path) -> list[str]:
    """The names of all that was kept."""
    return [file.name for file in (folder / UPLOADS).glob("*") if is_course_file(file.name)]


def _plain_stem(path: Path) -> str:
    return re.sub(r"[^\w-]+", "-", path.stem).strip("-_")[:MAX_STEM] or "model"
