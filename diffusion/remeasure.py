"""Quality measured on request, in the background: one measurement at a time, with progress and a stop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Event, Lock, Thread
from time import monotonic

from diffusion.engine import Engine, RunRequest
from diffusion.frontier import SEED, Point, measure_point, with_own_guidance
from diffusion.measured import check_comparable
from diffusion.quality import RealSprites, built_in_sprites
from diffusion.support.device import work_behind

RUNNING, DONE, STOPPED, FAILED = "running", "finished", "stopped", "failed"
KEPT_POINTS = 64


class _StoppedError(Exception):
    """Someone pressed Stop."""


@dataclass
class Measurement:
    """Some runs being measured on `n` sprites each; only its own thread changes it."""

    requests: Sequence[RunRequest]
    n: int
    status: str = RUNNING
    message: str = ""
    share: float = 0.0
    started: float = field(default_factory=monotonic)
    stop: Event = field(default_factory=Event)

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one."""
        return (monotonic() - self.started) * (1 / self.share - 1) if self.share else None


class Remeasuring:
    """Measures runs anew; what was found is kept for everyone until the program ends, and written nowhere."""

    def __init__(
        self,
        engine: Engine,
        give_way: Callable[[], None] = lambda: None,
        real_sprites: Callable[[], RealSprites] = built_in_sprites,
    ) -> None:
        """give_way: called at each step, returns when nothing is being timed."""
        self.points: list[Point] = []
        self.last: Measurement | None = None
        self._engine, self._give_way, self._real_sprites = engine, give_way, cache(real_sprites)
        self._lock = Lock()

    @property
    def running(self) -> bool:
        return self.last is not None and self.last.status == RUNNING

    def start(self, requests: Sequence[RunRequest], n: int) -> Measurement:
        """Measure these runs; raises ValueError while others are being measured."""
        with self._lock:
            if self.running:
                raise ValueError("a measurement is under way already: wait until it is finished, or stop it.")
            self.last = Measurement(requests, n)
        Thread(target=self._run, args=(self.last,), name="remeasure", daemon=True).start()
        return self.last

    def stop(self) -> None:
        """Stop what is being measured, if anything is; runs that are finished are kept."""
        if self.last:
            self.last.stop.set()

    def _run(self, measurement: Measurement) -> None:
        work_behind()
        try:
            self._measure(measurement)
            measurement.status = DONE
        except _StoppedError:
            measurement.status = STOPPED
        except (ValueError, OSError, RuntimeError) as error:
            measurement.message = str(error).partition("\n")[0]
            measurement.status = FAILED

    def _measure(self, measurement: Measurement) -> None:
        real = self._real_sprites()
        cost, done = sum(request.config.steps for request in measurement.requests), 0
        measurement.started = monotonic()
        for request in measurement.requests:
            model, steps = self._engine.model(request.checkpoint), request.config.steps
            check_comparable(model, real.sprites)

            def progress(share: float, done: int = done, steps: int = steps) -> None:
                self._give_way()
                measurement.share = (done + share * steps) / cost
                if measurement.stop.is_set():
                    raise _StoppedError

            config = with_own_guidance(model, replace(request.config, n=measurement.n, seed=SEED))
            point = measure_point(request.checkpoint, model, config, real, progress)
            before = [other for other in self.points if not other.of(point.weights, config, measurement.n)]
            self.points = [*before, point][-KEPT_POINTS:]
            done += steps
