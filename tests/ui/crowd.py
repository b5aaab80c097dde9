"""A crowd of learners who drag the Context tab's sliders without pause, by plain HTTP, and how they were answered."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from secrets import token_urlsafe
from threading import Thread
from time import perf_counter, sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from raw_http import RawApp, ServerFunction

from diffusion.generation import SampleConfig
from diffusion.serving.requests import RunRequest
from diffusion.ui.visitor_cookie import COOKIE

CATEGORIES, SPRITES = 5, 16
TIMEOUT_S = 120
TRAINER, STEPS_BEFORE = "trainer", 20   # the session of who trains; steps until it goes as it will go on


class Crowd(NamedTuple):
    """How learners were answered: seconds of each answer, by learner, and what went wrong."""

    seconds: float
    waits: list[list[float]]
    superseded: int
    errors: list[str]

    @property
    def a_second(self) -> float:
        """Answers a second, of all learners together."""
        return sum(map(len, self.waits)) / self.seconds

    def within(self, percent: int) -> float:
        """The time, in ms, within which so many of a hundred answers came."""
        waits = sorted(wait for waits in self.waits for wait in waits)
        return 1000 * waits[min(len(waits) - 1, len(waits) * percent // 100)] if waits else float("nan")

    @property
    def least(self) -> float:
        """The answers of the learner with fewest, as a share of the mean."""
        counts = [len(waits) for waits in self.waits]
        return min(counts) * len(counts) / max(1, sum(counts))

    def __str__(self) -> str:
        return (
            f"{len(self.waits):3d} learners: {self.a_second:6.1f} answers/s, p50 {self.within(50):5.0f} ms, "
            f"p95 {self.within(95):5.0f} ms, worst {self.within(99):5.0f} ms, least {self.least:.2f} of the mean, "
            f"{self.superseded} superseded, {len(self.errors)} errors {self.errors[:1]}"
        )


class Learner:
    """Who asks the server functions of one app, as a browser with a cookie of its own does."""

    def __init__(self, url: str) -> None:
        self._http = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_S)
        self._headers = {"content-type": "application/json", "cookie": f"{COOKIE}={token_urlsafe(32)}"}

    def ask(self, function: ServerFunction, about: Any) -> Any:
        """What a server function answers."""
        asked = {"component_id": function.component, "fn_name": function.name, "session_hash": "crowd", "data": about}
        self._http.request("POST", "/gradio_api/component_server", json.dumps(asked), self._headers)
        return json.loads(self._http.getresponse().read())


def mix(k: int, checkpoint: str = "sprites") -> dict[str, Any]:
    """What a page asks whose slider has moved for the k-th time."""
    weights = [((7 * k + i) % 20) / 20 for i in range(CATEGORIES)]
    origins = [[k % 1000, i] for i in range(SPRITES)]
    return {
        "checkpoint": checkpoint, "weights": weights, "wide": False, "mixing": "vector", "guidance": None,
        "seed": k % 1000, "clean": None, "origins": origins,
    }   # fmt: skip


def drag(app: RawApp, learners: int, seconds: float, first: int = 0) -> Crowd:
    """Let so many learners drag for so long, each asking again as soon as there is an answer."""
    function = app.server_function("mix-view", "draw")
    waits: list[list[float]] = [[] for _ in range(learners)]
    errors, superseded = [], []
    begun = perf_counter()

    def go(who: int) -> None:
        learner = Learner(app.url)
        for k in range(10**9):
            asked_at = perf_counter()
            if asked_at - begun > seconds:
                return
            try:
                answer = learner.ask(function, mix(first + 10_007 * who + k))
            except OSError as error:
                answer = {"error": repr(error)}
            if "pixels" in answer:
                waits[who].append(perf_counter() - asked_at)
            elif answer.get("superseded"):
                superseded.append(who)
            else:
                errors.append(str(answer.get("error", answer)))

    threads = [Thread(target=go, args=[who]) for who in range(learners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Crowd(perf_counter() - begun, waits, len(superseded), errors)


@contextmanager
def long_run(app: RawApp) -> Iterator[Future]:
    """While a DDPM of 500 steps with 64 sprites is computed for somebody else; gives what that one will be answered."""
    seed = int(1000 * perf_counter()) % 2**32   # which no run before had
    recipe = RunRequest("sprites", SampleConfig("ddpm", 500, n=64, seed=seed)).recipe
    answer = Future()
    asked = Learner(app.url).ask, app.server_function("sample-player", "png"), recipe

    def go() -> None:
        with suppress(OSError, HTTPException):   # the program may end before
            answer.set_result(asked[0](*asked[1:]))

    Thread(target=go, daemon=True).start()
    yield answer


@contextmanager
def training(app: RawApp) -> Iterator[Callable[[], int]]:
    """While somebody else's training runs; gives its steps so far. Enter when the first ones are done."""
    begin, news = app.endpoint("train"), app.server_function("training-line", "news")
    job, *_ = app.call(begin, [one.value for one in begin.inputs], TRAINER).value

    def steps() -> int:
        told = re.search(r"step ([\d,]+), ", app.ask(news, {"job": job, "link": ""}, TRAINER).value["line"])
        return int(told[1].replace(",", "")) if told else 0

    while steps() < STEPS_BEFORE:
        sleep(0.5)
    yield steps
