"""What is put in order now and then: notes of who was there, and what nobody will come back for."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, time

from diffusion.support.files import modified_at

EVERY_S = 60
LEFT_AFTER_S = 3600   # a file that is being written takes seconds

log = logging.getLogger(__name__)


class Housekeeping:
    """Does what has to be done once a minute, while there are visitors."""

    def __init__(self, duties: Sequence[Callable[[], None]]) -> None:
        self._duties = duties
        self._lock = Lock()
        self._next_at = monotonic()

    def now_and_then(self) -> None:
        """Do it in the background, if it is time."""
        with self._lock:
            if monotonic() < self._next_at:
                return
            self._next_at = monotonic() + EVERY_S
        Thread(target=self.do, name="housekeeping", daemon=True).start()

    def do(self) -> None:
        """Do it now; what cannot be done is logged, and tried again the next time."""
        for duty in self._duties:
            try:
                duty()
            except OSError as error:
                log.warning("the house could not be put in order: %s", error)


def remove_half_written(folder: Path) -> None:
    """Remove files that a program was writing when it was killed."""
    for path in folder.rglob(".*.part"):
        if 0 < modified_at(path) < time() - LEFT_AFTER_S:
            path.unlink(missing_ok=True)
