"""Files that visitors have uploaded: whose they are, how much room they take, and when they go."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from time import time

from diffusion.models.checkpoints import COURSE_ENDINGS
from diffusion.serving.limits import Limits
from diffusion.sprites.readers.reading import KINDS
from diffusion.support.checks import InputError
from diffusion.support.files import modified_at
from diffusion.support.wording import shown

READ_HERE = {*KINDS, *COURSE_ENDINGS}
BROKEN_OFF_AFTER_S = 600    # without a byte more
KEPT_S = 4 * 3600

class UploadedFiles:
    """The uploads in a folder; each is taken from who uploaded it alone. Safe to use from many threads."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder.resolve()
        self._limits = limits
        self._lock = Lock()
        self._owners: dict[Path, set[str]] = {}   # who uploaded the very same file owns it too

    def check_room(self, visitor: str, size: int) -> None:
        """Make room for a file of so many bytes, a visitor's own oldest first; InputError if there is none."""
        limits, megabytes = self._limits, size / 1e6
        if megabytes > limits.upload_mb_each:
            raise InputError(f"this file has {megabytes:,.0f} MB: {limits.upload_mb_each:,} MB at most are taken here.")
        for path in sorted(self._of(visitor), key=modified_at):
            if _megabytes(self._of(visitor)) + megabytes <= limits.upload_mb_each:
                break
            self._remove(path)
        if _megabytes(_files(self.folder)) + megabytes > limits.upload_mb:
            raise InputError("the room for uploads is all in use at this moment: try again in some minutes.")

    def take(self, visitor: str, paths: Iterable[str]) -> None:
        """Note who uploaded files; InputError, and all of them are removed, if one is of a kind that is not read."""
        files = [Path(path).resolve() for path in paths]
        strange = next((file for file in files if file.suffix.lower() not in READ_HERE), None)
        with self._lock:
            for file in files:
                self._owners.setdefault(file, set()).add(visitor)
        if strange:
            for file in files:
                self._remove(file)
            kinds = ", ".join(sorted(READ_HERE))
            raise InputError(f"{shown(strange)} is of no kind that is read here: give {kinds}.")

    def make(self, visitor: str, name: str, contents: bytes) -> str:
        """A file that the lab made for a visitor, as if they had uploaded it; InputError if there is no room."""
        self.check_room(visitor, len(contents))
        path = self.folder / token_urlsafe(24) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(contents)
        self.take(visitor, [str(path)])
        return str(path)

    def is_from(self, visitor: str, path: str) -> bool:
        """Whether this is a plain file that this visitor uploaded, and it is still here."""
        return visitor in self._owners_of(path) and Path(path).is_file() and not Path(path).is_symlink()

    def is_of_others(self, visitor: str, path: str) -> bool:
        """Whether others uploaded this file, and this visitor did not."""
        owners = self._owners_of(path)
        return bool(owners) and visitor not in owners

    def hand_out(self, files: Iterable[Path]) -> list[str]:
        """Copies of files to be fetched, at an address that cannot be guessed; OSError if there is no room."""
        place = self.folder / token_urlsafe(24)
        place.mkdir(parents=True)
        return [str(shutil.copyfile(file, place / file.name)) for file in files]

    def sweep(self) -> None:
        """Remove what nobody will ask for any more: uploads broken off, and old ones."""
        now = time()
        for file in list(_files(self.folder)):
            keep_s = KEPT_S if file in self._owners or file.parent != self.folder else BROKEN_OFF_AFTER_S
            if now - modified_at(file) > keep_s:
                self._remove(file)

    def _owners_of(self, path: str) -> set[str]:
        try:
            return self._owners.get(Path(path).resolve(), set())
        except (OSError, ValueError):   # such as a name that no file can have
            return set()

    def _of(self, visitor: str) -> list[Path]:
        with self._lock:
            return [file for file, owners in self._owners.items() if visitor in owners]

    def _remove(self, file: Path) -> None:
        with self._lock:
            self._owners.pop(file, None)
        file.unlink(missing_ok=True)
        if file.parent != self.folder:
            with suppress(OSError):   # another file is in there
                file.parent.rmdir()


def _files(folder: Path) -> Iterator[Path]:
    """All files; folders that vanish meanwhile are passed over."""
    return (Path(place, name) for place, _, names in os.walk(folder) for name in names)


def _megabytes(files: Iterable[Path]) -> float:
    return sum(_size(file) for file in files) / 1e6


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
