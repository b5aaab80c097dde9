"""A finished run as one compact payload: key frames for the player, and an animated GIF."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import imageio.v3 as imageio
import numpy as np
from torch import Tensor

from diffusion.generation import Run
from diffusion.images import grid, to_uint8
from diffusion.schedule import Schedule

VIEWS = ("x_t", "x0", "eps")
EPS_SCALE = 1 / 3           # noise is shown from -3 to 3
MAX_VIEW_BYTES = 1_100_000  # before base64
MAX_FRAMES = 100
DENSER_AT_END = 1.5
GIF_SCALE = 4
GIF_MS, GIF_LAST_MS = 60, 1500


@dataclass(frozen=True)
class Trajectory:
    """The key frames of a run; frame 0 is pure noise, the last one the finished sprites.

    t: the timestep of each of F frames; at: seconds of computing until it was there;
    views: "x_t", "x0" and "eps", each uint8 (F, N, 16, 16, 3); calls: network evaluations a sprite.
    """

    t: list[int]
    alpha_bar: list[float]
    at: list[float]
    views: dict[str, np.ndarray]
    steps: int
    calls: int
    sprites: np.ndarray   # uint8 (N, 16, 16, 3)

    @property
    def seconds(self) -> float:
        return self.at[-1]

    def payload(self, title: str = "") -> dict[str, Any]:
        """All the player needs, as JSON values; pixels as base64."""
        return {
            "side": self.sprites.shape[1],
            "title": title,
            "sprites": len(self.sprites),
            "steps": self.steps,
            "calls": self.calls,
            "t": self.t,
            "alphaBar": self.alpha_bar,
            "at": self.at,
            "views": {name: base64.b64encode(view.tobytes()).decode() for name, view in self.views.items()},
        }

    def gif(self) -> bytes:
        """The noisy sprites becoming clean, as an animated GIF."""
        columns = grid_columns(len(self.sprites))
        sheets = [grid(frame, columns).repeat(GIF_SCALE, 0).repeat(GIF_SCALE, 1) for frame in self.views["x_t"]]
        durations = [GIF_MS] * (len(sheets) - 1) + [GIF_LAST_MS]
        buffer = io.BytesIO()
        imageio.imwrite(buffer, np.stack(sheets), extension=".gif", duration=durations, loop=0)
        return buffer.getvalue()


def record(run: Run, schedule: Schedule, progress: Callable[[float], None] = lambda share: None) -> Trajectory:
    """Consume a run, keeping its key frames; only the run's own computing is timed."""
    steps = len(run.timesteps) - 1
    keep = set(key_frames(steps, run.pixels))
    t: list[int] = []
    at: list[float] = []
    views: dict[str, list[np.ndarray]] = {name: [] for name in VIEWS}

    def keep_frame(timestep: int, ready_at: float, x_t: Tensor, x0: Tensor, eps: Tensor) -> None:
        t.append(timestep)
        at.append(round(ready_at, 4))
        for name, x in zip(VIEWS, (x_t, x0, eps * EPS_SCALE), strict=True):
            views[name].append(to_uint8(x))

    clock, stream = 0.0, iter(run)
    for i in range(steps):
        start = perf_counter()
        step = next(stream)
        ready_at, clock = clock, clock + perf_counter() - start
        if i in keep:
            keep_frame(step.t, ready_at, step.x_t, step.x0, step.eps)
        progress((i + 1) / steps)
    keep_frame(step.t_next, clock, step.x_next, step.x_next, 0 * step.eps)
    return Trajectory(
        t=t,
        alpha_bar=[float(schedule.alpha_bar[timestep]) for timestep in t],
        at=at,
        views={name: np.stack(frames) for name, frames in views.items()},
        steps=steps,
        calls=run.calls,
        sprites=views["x_t"][-1],
    )


def key_frames(steps: int, pixels: int) -> list[int]:
    """Which of the steps + 1 states, of so many pixels each, to keep: all if few, else more towards the end."""
    room = max(2, min(MAX_FRAMES, MAX_VIEW_BYTES // (3 * pixels)))
    if steps + 1 <= room:
        return list(range(steps + 1))
    left = np.linspace(1, 0, room) ** DENSER_AT_END
    return sorted({round(steps * (1 - share)) for share in left})


def frames_payload(frames: np.ndarray, labels: list[str]) -> dict[str, Any]:
    """Pictures one after another, uint8 (F, N, 16, 16, 3), a label each, in the player's form."""
    view = base64.b64encode(np.ascontiguousarray(frames).tobytes()).decode()
    n, side = frames.shape[1:3]
    return {"side": side, "sprites": n, "at": list(range(len(frames))), "labels": labels, "views": {"x_t": view}}


def grid_columns(n: int) -> int:
    """Columns that make a grid of n sprites nearly square, never narrower than high."""
    return int(np.ceil(np.sqrt(n)))
