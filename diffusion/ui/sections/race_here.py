"""A race that the learner's own browser runs: the server plans its lanes, and reads what came of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffusion.serving.race import Lane, Outcome
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError, check_number, check_whole
from diffusion.support.files import json_values
from diffusion.support.images import from_base64
from diffusion.ui.here import script
from diffusion.ui.sections.race_facts import marked
from diffusion.ui.words import races, runs

SIDE = 16
MOST_CALLS, SECONDS, MOST_WORKERS = 10_000_000, (1e-6, 1e6), 8   # that a page may tell of
SCRIPT = Path(__file__).with_suffix(".js")


class Told(NamedTuple):
    """What a page tells of its race; alike: whether all lanes began with the same picture; is_on_graphics: whether the
    graphics processor computed the network.
    """

    outcomes: list[Outcome]
    alike: bool
    workers: int
    is_on_graphics: bool


def race_script() -> str:
    """What the page runs, given a plan; it comes back with what `read` takes, or with "" if the server must race."""
    return script(SCRIPT, runs.ON_PAGE | races.ON_PAGE)


def plan(lanes: Sequence[Lane], requests: Sequence[RunRequest]) -> str:
    """The lanes as the page takes them, as JSON."""
    looks = [{"title": marked(lane), "kind": lane.kind, "name": lane.title} for lane in lanes]
    return json.dumps({"race": [request.recipe for request in requests], "lanes": looks})


def read(text: str, lanes: Sequence[Lane], requests: Sequence[RunRequest]) -> Told:
    """What a page tells of the lanes that were planned; InputError if it tells something else."""
    told = json_values(text, races.UNREADABLE)
    try:
        measured = zip(lanes, requests, told["calls"], told["seconds"], told["sprites"], strict=True)
        outcomes = [_outcome(*one) for one in measured]
        check_whole("workers", told["workers"], 1, MOST_WORKERS)
        return Told(outcomes, told["alike"] is True, told["workers"], told["isOnGraphics"] is True)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(races.UNREADABLE) from error


def _outcome(lane: Lane, request: RunRequest, calls: int, seconds: float, sprites: str) -> Outcome:
    check_whole("calls", calls, 1, MOST_CALLS)
    check_number("seconds", seconds, *SECONDS)
    values: Any = np.frombuffer(from_base64(sprites), np.uint8)
    return Outcome(lane, request, calls, seconds, values.reshape(request.config.n, SIDE, SIDE, 3))
