"""Quality measured on request, in the background: one measurement at a time, with progress and a stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from time import monotonic

from diffusion.evaluation.frontier import SEED, Point, compare_made, spelt_out
from diffusion.evaluation.quality import check_comparable
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import Making
from diffusion.serving.engine import Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.serving.states import State
from diffusion.support.checks import InputError
from diffusion.support.device import behind_others
from diffusion.support.faults import tell
from diffusion.support.progress import Progress, part

KEPT_POINTS = 64
AT_ONCE = 32   # sprites in one step, which a slider may have to wait for


class _StoppedError(Exception):
    """Someone pressed Stop."""


@dataclass
class Measurement:
    """Some runs being measured on `n` sprites each, for whoever started it; only its own thread changes it."""

    engine: Engine
    requests: Sequence[RunRequest]
    n: int
    owner: str
    state: State = State.RUNNING
    message: str = ""
    share: float = 0.0
    started: float = field(default_factory=monotonic)
    stop: Event = field(default_factory=Event)

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one."""
        return (monotonic() - self.started) * (1 / self.share - 1) if self.share else None


class Measurements:
    """Measures runs anew; what was found is kept for everyone until the program ends, and written nowhere."""

    def __init__(self, reference: Reference, give_way: Callable[[], None] = lambda: None) -> None:
        """give_way: called at each step, returns when nothing is being timed."""
        self.points: list[Point] = []
        self.last: Measurement | None = None
        self._reference, self._give_way = reference, give_way
        self._lock = Lock()

    @property
    def running(self) -> bool:
        return self.last is not None and self.last.state is State.RUNNING

    def start(self, engine: Engine, requests: Sequence[RunRequest], n: int, owner: str = "") -> Measurement:
        """Measure these runs; raises InputError while others are being measured."""
        with self._lock:
            if self.running:
                raise InputError("a measurement is under way already: wait until it is finished, or stop it.")
            self.last = Measurement(engine.of(owner), requests, n, owner)   # outlives what began it
        Thread(target=self._run, args=(self.last,), name="measurement", daemon=True).start()
        return self.last

    def stop(self, owner: str = "") -> None:
        """Stop what is being measured, if anything is; runs that are finished are kept.

        Raises InputError if somebody else started it.
        """
        if not self.running:
            return
        if self.last.owner != owner:
            raise InputError("somebody else started this measurement, and can stop it: wait until it is finished.")
        self.last.stop.set()

    def _run(self, measurement: Measurement) -> None:
        try:
            with behind_others():
                self._measure(measurement, self._reference.real)
            measurement.state = State.FINISHED
        except _StoppedError:
            measurement.state = State.STOPPED
        except Exception as error:   # whatever it is: it has ended, and another one may be started
            measurement.message, measurement.state = tell(error), State.FAILED

    def _measure(self, measurement: Measurement, real: RealSprites) -> None:
        cost, done = sum(request.config.steps for request in measurement.requests), 0
        measurement.started = monotonic()
        for request in measurement.requests:
            model, steps = measurement.engine.model(request.checkpoint), request.config.steps
            check_comparable(model, real.sprites)
            config = spelt_out(model, replace(request.config, n=measurement.n, seed=SEED))
            progress = part(self._listening(measurement), done, cost, steps)
            making = Making(model, config, real.contexts(config.n), AT_ONCE)
            for share in measurement.engine.after_others(iter(making)):
                progress(share)
            self._keep(compare_made(request.checkpoint, model, config, making.made, real))
            done += steps

    def _listening(self, measurement: Measurement) -> Progress:
        def hear(share: float) -> None:
            self._give_way()
            measurement.share = share
            if measurement.stop.is_set():
                raise _StoppedError

        return hear

    def _keep(self, point: Point) -> None:
        """Keep a point in place of an older one of the same run."""
        others = [other for other in self.points if other.run != point.run]
        self.points = [*others, point][-KEPT_POINTS:]
