"""Model files that visitors give: looked at closely, then theirs, as long as they do not give too many."""

from pathlib import Path
from threading import Lock

from diffusion.models import uploads
from diffusion.models.course_files import read_course_file
from diffusion.serving.limits import Limits
from diffusion.serving.visitors.belongings import Belongings
from diffusion.support.checks import InputError

KEPT = 8   # of one visitor


class GivenModels:
    """Keeps course files among the checkpoints in a folder; safe to use from many threads."""

    def __init__(self, folder: Path, belongings: Belongings, limits: Limits) -> None:
        self._folder = folder
        self._belongings = belongings
        self._limits = limits
        self._lock = Lock()

    def keep(self, path: Path, owner: str) -> str:
        """Keep a file of the course; returns the name that its model has here.

        A file that its owner gave before keeps its name, and counts as new. Of each owner's, the newest 8 are kept.
        Raises InputError, one sentence, if it is no such file, or there is no room; nothing is kept then.
        """
        read_course_file(path)
        with self._lock:
            own = self._own(owner)
            known = uploads.known_upload(path, self._folder, own)
            if known:
                self._belongings.given_again(known)
                return known
            self._make_room(path, own)
            name = uploads.free_upload_name(path, self._folder)
            self._belongings.claim(name, owner, private=True)
            try:
                uploads.keep_upload(path, self._folder, name)
            except InputError:
                self._belongings.release(name)
                raise
            for oldest in self._own(owner)[:-KEPT]:
                self.remove(oldest)
        return name

    def remove(self, name: str) -> None:
        """Remove a file that was kept."""
        uploads.remove_upload(name, self._folder)
        self._belongings.release(name)

    def _own(self, owner: str) -> list[str]:
        """An owner's, the oldest first."""
        there = set(uploads.uploads(self._folder))
        return [name for name in self._belongings.owned_by(owner) if name in there]

    def _make_room(self, path: Path, own: list[str]) -> None:
        """Let those go whose owners are away, those away longest first; InputError if that is not enough."""
        wanted, limits = path.stat().st_size / 1e6, self._limits
        if self._megabytes(own[-KEPT + 1 :]) + wanted > limits.disk_mb_each:
            raise InputError(f"with {path.name} your models take over {limits.disk_mb_each:,} MB: remove some first.")
        for name in self._belongings.longest_away_first(uploads.uploads(self._folder)):
            if self._megabytes(uploads.uploads(self._folder)) + wanted <= limits.disk_mb:
                return
            if self._belongings.owner(name) is not None and not self._belongings.is_around(name):
                self.remove(name)
        if self._megabytes(uploads.uploads(self._folder)) + wanted > limits.disk_mb:
            raise InputError(f"the {limits.disk_mb:,} MB for models that were given are all in use: try again later.")

    def _megabytes(self, names: list[str]) -> float:
        return uploads.upload_megabytes(self._folder, names)
