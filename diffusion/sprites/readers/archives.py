"""Files, folders and zips as plain lists of files, checked before anything is unpacked, and read only in memory."""

import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from diffusion.sprites.readers.code_pages import decoded
from diffusion.sprites.readers.errors import SpriteDataError, UnreadableFileError
from diffusion.support.wording import shown

MAX_BYTES = 256 * 2**20   # of one file, or of all the files of a set together
MAX_SPRITES = 200_000   # and so of files

IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini"}
CENTRAL_RECORD = b"PK\x01\x02"
ENCRYPTED = 0x1
UTF8_NAME = 0x800
ZIP_FAULTS = (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, struct.error, zlib.error)


@dataclass(frozen=True)
class Entry:
    """A file to read: `parts` is its path inside `container`, the folder or zip it lies in (None if it lies alone)."""

    parts: tuple[str, ...]
    size: int
    open: Callable[[], IO[bytes]]
    container: Path | None = None

    @property
    def name(self) -> str:
        return "/".join(self.parts)

    @property
    def folder(self) -> str:
        """The first folder on its path, or "" if it lies outside of folders."""
        return self.parts[0] if len(self.parts) > 1 else ""

    @property
    def stem(self) -> str:
        return PurePosixPath(self.parts[-1]).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.parts[-1]).suffix.lower()

    @property
    def title(self) -> str:
        """The name to use in a sentence, such as "hero/bob.png in sprites.zip"."""
        return f"{shown(self.name)} in {shown(self.container)}" if self.container else shown(self.name)

    def below(self, folder: str) -> "Entry":
        """The same, with the container's name as one more folder around it; a file that lies alone stays as it is."""
        return replace(self, parts=(folder, *self.parts)) if self.container else self

    def read(self) -> bytes:
        """All its bytes, never more than its stated size; raises UnreadableFileError if they cannot be had."""
        try:
            with self.open() as file:
                data = file.read(self.size)
        except ZIP_FAULTS as error:
            raise UnreadableFileError(self.title, "cannot be read, being damaged or locked") from error
        if len(data) < self.size:
            raise UnreadableFileError(self.title, "cannot be read, being cut short")
        return data


def file_entry(path: Path) -> Entry:
    """A file that lies alone; raises SpriteDataError unless it is a plain file with something in it."""
    if not path.exists():
        raise SpriteDataError(path, "does not exist; please check its name and folder")
    if not path.is_file():
        raise SpriteDataError(path, "is not a plain file; please give one")
    size = path.stat().st_size
    if size == 0:
        raise SpriteDataError(path, "is empty, a file of 0 bytes; please save or download it again")
    if size > MAX_BYTES:
        raise SpriteDataError(path, f"is larger than the {_megabytes(MAX_BYTES)} that are read at most")
    return Entry((decoded(os.fsencode(path.name)),), size, partial(path.open, "rb"))


@contextmanager
def gathered(paths: Sequence[Path]) -> Iterator[list[Entry]]:
    """All files in these files, folders and zips, readable while the context lasts.

    Of several, a folder or zip is one more folder around its files. Raises SpriteDataError as those below do.
    """
    with ExitStack() as stack:
        parts = [_entries(path, stack) for path in paths]
        if len(paths) > 1:
            parts = [[entry.below(path.stem) for entry in part] for path, part in zip(paths, parts, strict=True)]
        yield [entry for part in parts for entry in part]


def folder_entries(folder: Path) -> list[Entry]:
    """Every file in a folder and its subfolders, sorted by path, system files left out; links are followed.

    Raises SpriteDataError on devices and the like, on links that lead nowhere, and on more than MAX_SPRITES files.
    """
    entries: list[Entry] = []
    waiting = [(folder, (), {os.path.realpath(folder)})]
    seen = 0
    while waiting:
        place, parts, above = waiting.pop()
        with os.scandir(place) as items:
            for item in items:
                seen += 1
                if seen > MAX_SPRITES:
                    raise _too_many_files(folder)
                if _is_ignored(item.name):
                    continue
                inside = (*parts, decoded(os.fsencode(item.name)))
                if not item.is_dir():
                    entries.append(_folder_entry(folder, inside, item))
                elif (real := os.path.realpath(item.path)) not in above:   # else it is a link to what it lies in
                    waiting.append((Path(item.path), inside, above | {real}))
    return sorted(entries, key=lambda entry: entry.parts)


@contextmanager
def zip_entries(path: Path) -> Iterator[list[Entry]]:
    """Every file in a zip, sorted by path, system files and folders left out; readable while the context lasts.

    Raises SpriteDataError if it is no zip, or holds what a set of sprites never does: paths that lead out of it,
    links, encrypted files, unusual compression, more than MAX_SPRITES files.
    """
    if _count_central_records(file_entry(path)) > MAX_SPRITES:
        raise _too_many_files(path)
    try:
        archive = ZipFile(path)
    except ZIP_FAULTS as error:
        raise SpriteDataError(path, "is not a whole zip file; please save or download it again") from error
    with archive:
        entries = [_zip_entry(path, archive, info) for info in archive.infolist()]
        plain = [entry for entry in entries if entry and not any(map(_is_ignored, entry.parts))]
        yield sorted(plain, key=lambda entry: entry.parts)


def check_total(path: Path | str, entries: Sequence[Entry]) -> None:
    """Raise SpriteDataError if these files of `path` are more than MAX_BYTES together."""
    total = sum(entry.size for entry in entries)
    if total > MAX_BYTES:
        raise SpriteDataError(
            path, f"holds {_megabytes(total)} in all, more than the {_megabytes(MAX_BYTES)} that are read at most"
        )


def _entries(path: Path, stack: ExitStack) -> list[Entry]:
    if path.is_dir():
        return folder_entries(path)
    if path.suffix.lower() == ".zip":
        return stack.enter_context(zip_entries(path))
    return [file_entry(path)]


def _folder_entry(folder: Path, parts: tuple[str, ...], item: os.DirEntry[str]) -> Entry:
    if not item.is_file():
        raise _not_plain(folder, "/".join(parts))
    return Entry(parts, item.stat().st_size, partial(Path(item.path).open, "rb"), folder)


def _zip_entry(path: Path, archive: ZipFile, info: ZipInfo) -> Entry | None:
    """The checked entry of a zip's member, or None for a folder."""
    name = _zip_name(info)
    pure = PurePosixPath(name)
    if pure.is_absolute() or PureWindowsPath(name).drive or ".." in pure.parts:
        raise SpriteDataError(path, f"holds {shown(name)}, a path that leads out of the zip; please zip it again")
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _not_plain(path, name)
    if info.flag_bits & ENCRYPTED:
        raise SpriteDataError(path, "is encrypted with a password; please zip it again without one")
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        # Other methods unpack whole chunks at once, however little is asked for, so they cannot be bounded.
        raise SpriteDataError(path, "is compressed in an unusual way; please zip it again the usual way (deflate)")
    if name.endswith("/"):
        return None
    if not pure.parts:
        raise SpriteDataError(path, "holds a file without a name; please zip it again")
    return Entry(pure.parts, info.file_size, partial(archive.open, info), path)


def _zip_name(info: ZipInfo) -> str:
    """A member's name with forward slashes; what is not marked as UTF-8 is in any code page, and zipfile guesses."""
    is_utf8 = info.flag_bits & UTF8_NAME
    return (info.filename if is_utf8 else decoded(info.filename.encode("cp437"))).replace("\\", "/")


def _count_central_records(entry: Entry) -> int:
    """At least as many as the zip's members: opening it takes memory for each, so they are counted first."""
    with entry.open() as file:
        return sum(chunk.count(CENTRAL_RECORD) for chunk in iter(partial(file.read, 2**20), b""))


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name in IGNORED


def _not_plain(path: Path, name: str) -> SpriteDataError:
    return SpriteDataError(path, f"holds {shown(name)}, a link or device; please put plain files in its place")


def _too_many_files(path: Path) -> SpriteDataError:
    return SpriteDataError(path, f"holds more than {MAX_SPRITES:,} files; please give fewer")


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
