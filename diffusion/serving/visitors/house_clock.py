"""A clock that never goes back: it counts for how long the app has run over a folder, over all its starts."""

import logging
from pathlib import Path
from time import monotonic

from diffusion.support.files import DamagedFileError, read_json, write_json

MAX_BYTES = 1000

log = logging.getLogger(__name__)


class HouseClock:
    """Tells in which order things happened, and how long ago, whatever the clock on the wall does."""

    def __init__(self, file: Path) -> None:
        """file: where it goes on from when the app is started anew."""
        self._file = file
        self._before = _kept(file)
        self._started = monotonic()

    def now(self) -> float:
        """Seconds."""
        return self._before + monotonic() - self._started

    def was(self, seconds: float) -> None:
        """It has been at least so late: what was noted before a kill may be younger than what was kept."""
        self._before += max(0.0, seconds - self.now())

    def keep(self) -> None:
        """Write down how late it is; OSError if that fails."""
        write_json(self._file, {"seconds": self.now()})


def _kept(file: Path) -> float:
    if not file.exists():
        return 0.0
    try:
        return read_json(file, lambda values: max(0.0, float(values["seconds"])), MAX_BYTES)
    except DamagedFileError:
        log.warning("%s is damaged: it begins anew.", file.name)
        return 0.0
