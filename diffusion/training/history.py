"""A training's history as its plot needs it: fed once a step, thinned as it grows, cheap to look at any time."""

import json
from collections.abc import Sequence
from math import isfinite, nan
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.support.checks import InputError

SMOOTHED_STEPS = 50
POINTS = 400             # of the curve, at most
MEASUREMENTS = 100       # of the quality, at most
RATE_CHANGES = 50        # the last ones
BANDS = 10               # of the noise share, from 0 to 1
RECENT_STEPS = 200       # that the bands remember
FEWEST_EXAMPLES = 0.5    # below so many recent ones a band says nothing
STATE_KEY = "curve"


class Mark(NamedTuple):
    """A checkpoint on the curve."""

    step: int
    seconds: float
    label: str   # "saved", "best", "last", ...


class RealFsd(NamedTuple):
    """The FSD of `n` real sprites, as many as are measured of the model: the mean over draws, and its spread."""

    fsd: float
    spread: float
    n: int


class RunningMean:
    """The running mean of a series: of all its start, then of about its last 50 entries."""

    def __init__(self, count: int = 0, value: float = 0.0) -> None:
        self.count = count
        self.value = value

    def add(self, entry: float) -> float:
        """Take the next entry in; returns the mean."""
        self.value += (entry - self.value) / min(SMOOTHED_STEPS, 1 + self.count / 8)
        self.count += 1
        return self.value


class Thinned:
    """Rows of numbers, as many as there is room for: at first every one, later every 2nd, 4th, 8th, ...

    Where there is no room for a new row, the oldest one that lies between two of the coarser series goes. So the
    picture of the rows changes by one point at a time, and what stays never moves.
    """

    def __init__(self, columns: int, room: int) -> None:
        self._table = np.empty((room, columns))
        self._size = 0
        self._seen = 0
        self._stride = 1
        self._next_to_go = 1   # before it, the rows are two strides apart

    @property
    def rows(self) -> np.ndarray:
        """What is kept, (n, columns)."""
        return self._table[: self._size]

    def append(self, row: Sequence[float]) -> None:
        """Take the next row in, and keep it if it is its turn."""
        is_due = self._seen % self._stride == 0
        self._seen += 1
        if not is_due:
            return
        if self._size == len(self._table):
            self._drop_one()
        self._table[self._size] = row
        self._size += 1

    def _drop_one(self) -> None:
        place = self._next_to_go
        self._table[place : self._size - 1] = self._table[place + 1 : self._size]
        self._size -= 1
        self._next_to_go += 1
        if self._next_to_go == len(self._table):
            self._stride, self._next_to_go = 2 * self._stride, 1

    def state(self) -> dict[str, Any]:
        """As JSON values, for `restore`."""
        where = {"seen": self._seen, "stride": self._stride, "next_to_go": self._next_to_go}
        return {"rows": self.rows.tolist()} | where

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state."""
        self._size = len(state["rows"])
        self._table[: self._size] = np.reshape(state["rows"], (self._size, -1)) if self._size else 0
        self._seen, self._stride, self._next_to_go = state["seen"], state["stride"], state["next_to_go"]


class Bands:
    """The mean loss of recent examples by how much noise they had, beside what is unavoidable and the untrained one."""

    def __init__(self) -> None:
        self._examples = np.zeros(BANDS)   # recent ones weigh more
        self._losses = np.zeros(BANDS)
        self._untrained: list[float | None] = [None] * BANDS
        self._unavoidable: list[float | None] = [None] * BANDS

    def cannot_avoid(self, shares: np.ndarray, losses: np.ndarray) -> None:
        """Take in what nobody could do better, of examples with these shares of noise."""
        examples, sums = (np.bincount(_band(shares), weights, BANDS) for weights in (None, losses))
        self._unavoidable = _means(sums, examples)

    def add(self, shares: np.ndarray, losses: np.ndarray) -> None:
        """Take the examples of a step in; shares: of noise, 0..1, (B,); losses: (B,)."""
        is_first = not self._examples.any()
        for sums, weights in ((self._examples, None), (self._losses, losses)):
            sums *= 1 - 1 / RECENT_STEPS
            sums += np.bincount(_band(shares), weights, BANDS)
        if is_first:
            self._untrained = _means(self._losses, self._examples)

    def value(self) -> list[dict[str, float | None]]:
        """A band each: from, to, loss, unavoidable (a part of the loss), untrained."""
        columns = {
            "loss": _means(self._losses, self._examples), "unavoidable": self._unavoidable,
            "untrained": self._untrained,
        }   # fmt: skip
        return [
            {"from": i / BANDS, "to": (i + 1) / BANDS} | {name: short(column[i]) for name, column in columns.items()}
            for i in range(BANDS)
        ]

    def state(self) -> dict[str, Any]:
        """As JSON values, for `restore`."""
        first = {"untrained": self._untrained, "unavoidable": self._unavoidable}
        return {"examples": self._examples.tolist(), "losses": self._losses.tolist()} | first

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state."""
        self._examples, self._losses = np.array(state["examples"]), np.array(state["losses"])
        self._untrained, self._unavoidable = list(state["untrained"]), list(state["unavoidable"])


def _band(shares: np.ndarray) -> np.ndarray:
    return np.clip((np.asarray(shares) * BANDS).astype(int), 0, BANDS - 1)


def _means(sums: np.ndarray, examples: np.ndarray) -> list[float | None]:
    pairs = zip(sums.tolist(), examples.tolist(), strict=True)
    return [loss / n if n >= FEWEST_EXAMPLES else None for loss, n in pairs]


class LossSeries:
    """The history of one training: one thread feeds it, any may look."""

    def __init__(self, real: RealFsd | None = None) -> None:
        """real: what the sprites of the model are compared with, if it is known."""
        self.real = real
        self._lock = Lock()
        self._mean = RunningMean()
        self._curve = Thinned(4, POINTS - 1)   # step, seconds, loss, running mean
        self._last: list[float] = []           # the newest row, kept or not
        self._bands = Bands()
        self._quality = Thinned(4, MEASUREMENTS)
        self._rates: list[list[float]] = []
        self._changes = 0
        self._packed: tuple[Any, str] = (None, "")

    def add(self, step: int, seconds: float, loss: float, shares: np.ndarray, losses: np.ndarray) -> None:
        """Take a step of training in: its loss, and of each of its examples the share of noise, 0..1, and the loss.

        Raises InputError if the loss is no finite number.
        """
        if not isfinite(loss):
            raise InputError(f"loss = {loss} at step {step}: it must be a finite number.")
        with self._lock:
            self._last = [step, seconds, float(loss), self._mean.add(float(loss))]
            self._curve.append(self._last)
            self._bands.add(shares, losses)
            self._changes += 1

    def cannot_avoid(self, shares: np.ndarray, losses: np.ndarray) -> None:
        """Take in the part of the loss that nobody can avoid: of examples with these shares of noise, 0..1."""
        with self._lock:
            self._bands.cannot_avoid(shares, losses)
            self._changes += 1

    @property
    def smooth(self) -> float:
        """The running mean of the loss by now."""
        return self._mean.value

    def measured(self, step: int, seconds: float, fsd: float, accuracy: float | None = None) -> None:
        """Take in what sprites of that step were worth: Fréchet sprite distance and context accuracy, 0..1."""
        with self._lock:
            self._quality.append([step, seconds, fsd, nan if accuracy is None else accuracy])
            self._changes += 1

    def rate_changed(self, step: int, seconds: float, rate: float) -> None:
        """Take in that the learning rate was changed while the training ran."""
        with self._lock:
            self._rates = [*self._rates, [step, seconds, rate]][-RATE_CHANGES:]
            self._changes += 1

    def value(self, status: str = "", marks: Sequence[Mark] = ()) -> dict[str, Any]:
        """What the plot takes, as JSON values: the whole history in at most 400 points."""
        with self._lock:
            rows = self._curve.rows.tolist()
            if self._last and rows[-1] != self._last:
                rows.append(self._last)
            quality, rates, bands = self._quality.rows.tolist(), list(self._rates), self._bands.value()
        columns = list(zip(*rows, strict=True)) or [()] * 4
        return {
            "step": [int(step) for step in columns[0]],
            "seconds": [round(seconds, 2) for seconds in columns[1]],
            "loss": [short(loss) for loss in columns[2]],
            "smooth": [short(mean) for mean in columns[3]],
            "marks": [mark._asdict() for mark in marks],
            "quality": [_measurement(*row) for row in quality],
            "real": self.real and self.real._asdict(),
            "bands": bands,
            "learning_rate": [{"step": int(step), "seconds": round(at, 2), "value": rate} for step, at, rate in rates],
            "status": status,
        }

    def text(self, status: str = "", marks: Sequence[Mark] = ()) -> str:
        """The same as JSON text, made once however many look at it."""
        seen = (self._changes, status, tuple(marks))
        known, text = self._packed
        if known != seen:
            text = json.dumps(self.value(status, marks))
            self._packed = seen, text
        return text

    def bands_text(self) -> str:
        """The bands of `value` alone, as JSON text: much shorter than all of it, for a plot that shows nothing else."""
        with self._lock:
            return json.dumps({"bands": self._bands.value()})

    def tensors(self) -> dict[str, Tensor]:
        """The whole history as one tensor of bytes, to be kept beside the weights, for `restore`."""
        with self._lock:
            state = {
                "mean": [self._mean.count, self._mean.value],
                "curve": self._curve.state(),
                "last": self._last,
                "bands": self._bands.state(),
                "quality": self._quality.state(),
                "rates": self._rates,
                "real": self.real,
            }
        return {STATE_KEY: torch.frombuffer(bytearray(json.dumps(state).encode()), dtype=torch.uint8)}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Go back to a saved history, number for number; raises InputError if it is not there, or damaged."""
        try:
            state = json.loads(saved[STATE_KEY].numpy().tobytes())
            with self._lock:
                self._mean = RunningMean(*state["mean"])
                self._curve.restore(state["curve"])
                self._bands.restore(state["bands"])
                self._quality.restore(state["quality"])
                self._last, self._rates = state["last"], state["rates"]
                self.real = RealFsd(*state["real"]) if state.get("real") else None
                self._changes += 1
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the saved curve of this training is damaged: train from the start.") from error


def short(value: float | None) -> float | None:
    """To four figures, which is more than a plot can show."""
    return None if value is None else float(f"{value:.4g}")


def _measurement(step: float, seconds: float, fsd: float, accuracy: float) -> dict[str, Any]:
    known = None if np.isnan(accuracy) else round(accuracy, 4)
    return {"step": int(step), "seconds": round(seconds, 2), "fsd": short(fsd), "accuracy": known}
