"""Files written whole or not at all, JSON read with care, and what is wrong with a file, in words."""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from diffusion.support.checks import InputError
from diffusion.support.wording import shown

Made = TypeVar("Made")
FULL = (errno.ENOSPC, errno.EDQUOT)
REASONS = {   # what is wrong with a file, and what would help
    errno.EROFS: "cannot be written, since its disk is read-only: choose another folder, or make it writable.",
    errno.EACCES: "may not be used by this program: give it the right to, or choose another folder.",
    errno.EPERM: "may not be used by this program: give it the right to, or choose another folder.",
    errno.ENOENT: "is not there: no such file or folder. Look at its name, or make its folder first.",
    errno.EISDIR: "is a folder, where a file is needed: choose another name.",
    errno.ENOTDIR: "lies in a file, where a folder is needed: choose another name.",
    errno.EMFILE: "could not be opened, since too many files are open: try again in a moment.",
    errno.ENFILE: "could not be opened, since too many files are open: try again in a moment.",
    errno.ELOOP: "is a link that leads to itself: give the file that is meant.",
    errno.ENAMETOOLONG: "has too long a name: choose a shorter one.",
} | dict.fromkeys(FULL, "could not be written, since the disk is full: make room, then try again.")
UNUSED = "could not be read or written: try again, and look at the disk if that does not help."


class DamagedFileError(InputError):
    """A file that is missing, too large, or not what it should be."""


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside `path`, then rename: a reader never sees half a file. Makes the folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, values: Any) -> None:
    """Write JSON values as a readable file, whole or not at all."""
    write_text(path, json.dumps(values, indent=2) + "\n")


def modified_at(path: Path) -> float:
    """When a file was written last, in seconds; 0 if it has vanished, as a snapshot may just after it was listed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def json_values(text: str, otherwise: str) -> Any:
    """The values of a JSON text from outside; raises InputError, saying `otherwise`, if it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(otherwise) from error


def read_json(path: Path, make: Callable[[Any], Made], max_bytes: int) -> Made:
    """What `make` makes of the JSON values in a file that may come from anyone.

    Raises DamagedFileError if there is no such file, it is larger than `max_bytes` or holds no JSON, or `make` finds
    that something in it is missing, of another type, or out of range.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise ValueError(f"more than {max_bytes} bytes")
        return make(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise DamagedFileError(f"{shown(path)} is missing or damaged.") from error


def wrong_with_file(error: OSError) -> str:
    """What is wrong with a file, and what would help: what follows its name in a sentence."""
    return REASONS.get(error.errno, UNUSED)
