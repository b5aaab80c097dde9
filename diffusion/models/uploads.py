"""Model files that learners give to the running app: looked at closely, then kept under names of their own."""

import filecmp
import re
import shutil
from pathlib import Path

from diffusion.models.checkpoints import COURSE_ENDING, UPLOADS, CheckpointError, list_checkpoints
from diffusion.models.course_files import read_course_file
from diffusion.support.files import modified_at, write_whole

KEPT = 8
MAX_STEM = 60


def keep_upload(path: Path, folder: Path) -> str:
    """Keep a file of the course among the checkpoints in `folder`; returns the name it has there.

    Nothing is overwritten: a name that is taken gets a number. A file that was given before keeps its name, and
    counts as new. Of all uploads, the newest 8 are kept.
    Raises ValueError, one sentence, if it is no such file or cannot be written; nothing is kept then.
    """
    read_course_file(path)
    for known in (folder / UPLOADS).glob(f"*{COURSE_ENDING}"):
        if filecmp.cmp(known, path, shallow=False):
            known.touch()
            return known.name
    name = _free_name(path.stem, {name.lower() for name in list_checkpoints(folder)})
    try:
        write_whole(folder / UPLOADS / name, lambda temporary: shutil.copyfile(path, temporary))
    except OSError as error:
        raise CheckpointError(f"{path.name} could not be kept: {error.strerror or error}.") from error
    _forget_old(folder / UPLOADS)
    return name


def _free_name(stem: str, taken: set[str]) -> str:
    """A plain file name like the one that the learner's file has, but not among those taken."""
    plain = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:MAX_STEM] or "model"
    numbered = (f"{plain}{f'-{i}' if i > 1 else ''}{COURSE_ENDING}" for i in range(1, len(taken) + 2))
    return next(name for name in numbered if name.lower() not in taken)


def _forget_old(uploads: Path) -> None:
    files = sorted(uploads.glob(f"*{COURSE_ENDING}"), key=modified_at)
    for file in files[:-KEPT]:
        file.unlink(missing_ok=True)
