"""How many cores a training takes: all while nobody else wants one, found by how long its own steps take."""

from collections import deque
from collections.abc import Callable
from statistics import median

from diffusion.support.device import compute_with, cores

TRIED = 6              # steps of a trial, the first of which only wakes the threads
REMEMBERED = 12        # steps whose median is how long one takes
GAIN = 0.95            # of the time: with all cores a step must be so much shorter
SLOWED = 1.4           # times as long: somebody else wants the cores
SLOW_STEPS = 2         # in a row
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0   # with fewer cores, until all are tried; doubled where that fails


class CoreShare:
    """Takes all cores for the thread that trains, and gives one back within a few steps when steps become longer.

    A slider that moves, in this program or in a browser beside it, makes the steps longer that share its core.
    `compute` sets the number of threads, and is told of each change.
    """

    def __init__(self, all_cores: int | None = None, compute: Callable[[int], None] = compute_with) -> None:
        self.all = all_cores or cores()
        self.fewer = self.count = max(1, self.all - 1)
        self._compute = compute
        self._times = {count: deque[float](maxlen=REMEMBERED) for count in (self.fewer, self.all)}
        self._since = self._slow = 0
        self._waited, self._wait = 0.0, FIRST_WAIT_S

    def took(self, seconds: float) -> None:
        """A step of training took so long: go on with as many cores as suits that."""
        if self.all == self.fewer:
            return
        self._since += 1
        if self.count == self.fewer:
            self._with_fewer(seconds)
        else:
            self._with_all(seconds)

    def _with_fewer(self, seconds: float) -> None:
        self._times[self.fewer].append(seconds)
        self._waited += seconds
        if self._waited >= self._wait and self._since >= TRIED:
            self._times[self.all].clear()
            self._change(self.all)

    def _with_all(self, seconds: float) -> None:
        if self._since == 1:
            return
        times, is_slow = self._times[self.all], bool(self._times[self.all]) and seconds > SLOWED * self._usual(self.all)
        self._slow = self._slow + 1 if is_slow else 0
        times.append(seconds)
        is_tried = len(times) >= TRIED - 1
        if self._slow >= SLOW_STEPS:
            self._step_back(FIRST_WAIT_S)
        elif is_tried and self._usual(self.all) > GAIN * self._usual(self.fewer):
            self._step_back(min(2 * self._wait, LONGEST_WAIT_S))
        elif is_tried:
            self._wait = FIRST_WAIT_S

    def _usual(self, count: int) -> float:
        return median(self._times[count])

    def _step_back(self, wait: float) -> None:
        self._wait, self._waited = wait, 0.0
        self._times[self.fewer].clear()
        self._change(self.fewer)

    def _change(self, count: int) -> None:
        self.count, self._since, self._slow = count, 0, 0
        self._compute(count)
