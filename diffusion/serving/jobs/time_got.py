"""What part of the clock's time a training gets: the rest went to others who want the same cores, and to its looks."""

from collections import deque
from collections.abc import Callable
from time import monotonic

SINCE_S = 10.0   # over which it is taken
SURE_S = 4.0     # the least: a training begins with a look at what it draws


class TimeGot:
    """Told after each step how long the training has computed; `now` is what a clock on the wall says."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._marks: deque[tuple[float, float]] = deque()   # (on the wall, of training), the last of them the newest

    def part(self, seconds: float) -> float:
        """Of the last seconds, 0..1; 1 as long as there are few of them. seconds: of training by now."""
        wall = self._now()
        self._marks.append((wall, seconds))
        while len(self._marks) > 2 and self._marks[1][0] <= wall - SINCE_S:
            self._marks.popleft()
        first_wall, first_seconds = self._marks[0]
        return min(1.0, (seconds - first_seconds) / (wall - first_wall)) if wall - first_wall >= SURE_S else 1.0
