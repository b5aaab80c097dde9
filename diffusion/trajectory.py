"""A finished run: its key frames, and its pictures to keep, an animated GIF and a PNG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffusion.generation import Run
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError
from diffusion.support.device import device_clock
from diffusion.support.images import grid, grid_columns, picture_of, to_uint8
from diffusion.support.progress import Progress, silent
from diffusion.support.saved_pictures import gif_bytes, png_bytes

NOISE_SCALE = 1 / 3         # noise is shown from -3 to 3
VIEWS = ("x_t", "x0", "eps", "z")
MAX_VIEW_BYTES = 983_040    # of x_t, before base64: 80 frames of 16 sprites; all four views stay under 4 MB
MAX_FRAMES = 100
DENSER_AT_END = 1.5
PICTURE_SCALE = 4
GIF_MS, GIF_LAST_MS = 60, 1500


class Frame(NamedTuple):
    """A state of a run: x_t = sqrt(alpha_bar_t) x0 + sqrt(1 - alpha_bar_t) eps, each (B, 3, H, W)."""

    step: int          # 0 for pure noise
    t: int
    at: float          # seconds of computing until x_t was there
    x_t: Tensor
    x0: Tensor
    eps: Tensor
    z: Tensor | None   # the fresh noise that is added on the way to the next state


@dataclass(frozen=True)
class Trajectory:
    """The key frames of a run; frame 0 is pure noise, the last one the finished sprites.

    t: the timestep of each of F frames; at: seconds of computing until it was there;
    views: "x_t", "x0", "eps" and, where fresh noise was added, "z", each uint8 (F, N, 16, 16, 3);
    calls: network evaluations a sprite.
    """

    t: list[int]
    alpha_bar: list[float]
    at: list[float]
    views: dict[str, np.ndarray]
    steps: int
    calls: int
    schedule: Schedule

    @property
    def sprites(self) -> np.ndarray:
        """The finished sprites, uint8 (N, 16, 16, 3)."""
        return self.views["x_t"][-1]

    @property
    def seconds(self) -> float:
        return self.at[-1]

    def gif(self, recipe: dict[str, Any], columns: int | None = None) -> bytes:
        """The noisy sprites becoming clean, as an animated GIF that holds `recipe`."""
        columns = columns or grid_columns(len(self.sprites))
        sheets = [grid(frame, columns).repeat(PICTURE_SCALE, 0).repeat(PICTURE_SCALE, 1) for frame in self.views["x_t"]]
        return gif_bytes(np.stack(sheets), [GIF_MS] * (len(sheets) - 1) + [GIF_LAST_MS], recipe)

    def png(self, recipe: dict[str, Any], columns: int | None = None) -> bytes:
        """The finished sprites as a PNG that holds `recipe`."""
        return png_bytes(picture_of(self.sprites, columns, PICTURE_SCALE), recipe)


def frames(run: Run) -> Iterator[Frame]:
    """Follow a run, timing its own computing only; the last frame has the finished sprites and no noise.

    Raises InputError when the sprites stop being finite numbers.
    """
    steps, clock, stream = len(run.timesteps) - 1, 0.0, iter(run)
    for i in range(steps):
        start = device_clock(run.device)
        step = next(stream)
        ready_at, clock = clock, clock + device_clock(run.device) - start
        if not step.x_next.isfinite().all():
            raise InputError(
                f"at step {i + 1} of {steps} the sprites grew beyond every number: "
                "give less guidance, or weights nearer to 0..1."
            )
        yield Frame(i, step.t, ready_at, step.x_t, step.x0, step.eps, step.z)
    yield Frame(steps, step.t_next, clock, step.x_next, step.x_next, torch.zeros_like(step.eps), None)


class Recording:
    """A run that is being recorded: iterate over it for its frames; then `trajectory` is complete."""

    def __init__(self, run: Run, views: Sequence[str] = VIEWS, view_bytes: int = MAX_VIEW_BYTES) -> None:
        """Keeps only some of the views, where `views` says so, and at most `view_bytes` of each."""
        self.steps = len(run.timesteps) - 1
        self._run = run
        self._view_bytes = view_bytes
        self._kept: list[tuple[int, float]] = []
        self._views: dict[str, list[np.ndarray]] = {name: [] for name in views}

    def __iter__(self) -> Iterator[Frame]:
        keep = set(key_frames(self.steps, self._run.pixels, self._view_bytes))
        for frame in frames(self._run):
            if frame.step in keep:
                self._keep(frame)
            yield frame

    def _keep(self, frame: Frame) -> None:
        self._kept.append((frame.t, round(frame.at, 4)))
        z = torch.zeros_like(frame.eps) if frame.z is None else frame.z
        shown = {"x_t": frame.x_t, "x0": frame.x0, "eps": frame.eps * NOISE_SCALE, "z": z * NOISE_SCALE}
        for name, pictures in self._views.items():
            pictures.append(to_uint8(shown[name]))

    @property
    def trajectory(self) -> Trajectory:
        """What was recorded, once the run has ended."""
        views = {name: np.stack(pictures) for name, pictures in self._views.items()}
        if "z" in views and (views["z"] == views["z"].flat[0]).all():   # no fresh noise anywhere: a view of nothing
            del views["z"]
        t, at = ([entry[i] for entry in self._kept] for i in (0, 1))
        alpha_bar = [float(self._run.schedule.alpha_bar[timestep]) for timestep in t]
        return Trajectory(t, alpha_bar, at, views, self.steps, self._run.calls, self._run.schedule)


def record(run: Run, progress: Progress = silent) -> Trajectory:
    """Consume a run, keeping its key frames; InputError when the sprites stop being finite numbers."""
    recording = Recording(run)
    for frame in recording:
        progress(frame.step / recording.steps)
    return recording.trajectory


def key_frames(steps: int, pixels: int, view_bytes: int = MAX_VIEW_BYTES) -> list[int]:
    """Which of the steps + 1 states, of so many pixels each, to keep: all if few, else more towards the end."""
    room = max(2, min(MAX_FRAMES, view_bytes // (3 * pixels)))
    if steps + 1 <= room:
        return list(range(steps + 1))
    left = np.linspace(1, 0, room) ** DENSER_AT_END
    return sorted({round(steps * (1 - share)) for share in left})
