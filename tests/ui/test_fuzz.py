"""Whatever is sent to whichever of its doors, the app answers in a sentence, logs no traceback, and stays as it was.

Every endpoint and server function is found from the config of the app, so that a new one is tried by itself.
"""

import io
import json
import logging
import re
import shutil
from collections import defaultdict
from contextlib import contextmanager, redirect_stderr
from random import Random
from time import sleep
from typing import Any

import httpx
import pytest
from answers_judged import Broken, faults, report
from good_values import ASK, CONFIG, LANES, GoodValues
from hostile_values import HOSTILE, spoiled
from malformed_requests import malformed
from raw_http import Answer, Endpoint, RawApp, ServerFunction

CALLS, MANY_CALLS = 500, 10_000
GOOD_SHARE, MALFORMED_SHARE = 0.1, 0.1
CALLS_A_SESSION = 30
STOP_TRAINING, STOP_MEASURING = ("stop_training",), ("stop_measurement",)
UNDO = {
    "train": STOP_TRAINING, "go_on_from": STOP_TRAINING, "resume_training": STOP_TRAINING, "measure": STOP_MEASURING,
    "begin_class_training": STOP_TRAINING,
}   # fmt: skip
JOB_ID = "training-job"
NOT_NOW = {   # they need a training that was broken off, a model of one's own, or a vote of the class
    "vote", "go_on_from", "resume_training", "shown_link", "share_model", "stop_sharing", "remove_model",
}   # fmt: skip

Door = Endpoint | ServerFunction | None   # none: a request that fits no door


class Log(io.StringIO):
    """All that the app writes to its error stream or logs, to be read piece by piece."""

    def news(self) -> str:
        """What is new since this was last asked."""
        said = self.getvalue()
        self.seek(0)
        self.truncate()
        return said


@contextmanager
def heard():
    """What an app in this program logs or prints to its error stream."""
    log = Log()
    handler = logging.StreamHandler(log)
    loggers = [logging.getLogger(name) for name in (None, "uvicorn")]
    for logger in loggers:
        logger.addHandler(handler)
    with redirect_stderr(log):
        yield log
    for logger in loggers:
        logger.removeHandler(handler)


class Knocker:
    """Calls an app with spoiled values, and notes what was wrong with the answers."""

    def __init__(self, app: RawApp, good: GoodValues, log: Log, seed: int) -> None:
        self.app, self.good, self.log, self.random = app, good, log, Random(seed)
        self.broken: list[Broken] = []
        self.calls = 0
        self.doors = [*alike(app.endpoints), *([one] for one in app.server_functions)]

    def knock(self, calls: int) -> None:
        """Try every door in turn, in a new order each time, until so many calls were made."""
        order = []
        while self.calls < calls:
            order = order or self.random.sample(self.doors, len(self.doors))
            fits = self.random.random() >= MALFORMED_SHARE
            self.call(self.random.choice(order.pop()) if fits else None)

    def call(self, door: Door) -> None:
        """One call, and what was wrong with its answer."""
        self.calls += 1
        session = f"fuzz-{self.calls // CALLS_A_SESSION}"
        try:
            name, sent, answer = self.told(door, session)
        except httpx.TimeoutException:
            name, sent, answer = door.title if door else "malformed", "?", Answer(0, error="it hangs", failed=True)
        said = self.logged(answer)
        if found := faults(answer, said, isinstance(door, ServerFunction)):
            self.broken.append(Broken(name, sent, answer, found, said))
        if isinstance(door, Endpoint) and not answer.failed:
            self.undo(door, answer, session)

    def told(self, door: Door, session: str) -> tuple[str, Any, Answer]:
        """Which door was knocked at, what was sent, and the answer."""
        if door is None:
            what, response = malformed(self.app, self.good, self.random)
            return f"malformed: {what}", None, response
        good = self.random.random() < GOOD_SHARE
        if isinstance(door, Endpoint):
            data = self.good.of(door)
            sent = data if good else self.spoiled_inputs(data)
            return door.title, sent, self.app.call(door, sent, session)
        data = self.good.asked(door)
        sent = data if good else spoiled(data, self.random)
        return door.title, sent, self.app.ask(door, sent, session)

    def spoiled_inputs(self, data: list) -> list:
        """The inputs with one or a few of them spoiled, or with one too few or too many."""
        if not data or self.random.random() < 0.05:
            return self.random.choice([data[:-1], [*data, 1], [self.random.choice(HOSTILE) for _ in data]])
        data = list(data)
        for k in self.random.sample(range(len(data)), self.random.choice([1, 1, 1, min(2, len(data))])):
            data[k] = spoiled(data[k], self.random)
        return data

    def logged(self, answer: Answer) -> str:
        """What was logged about a call; of one that broke, it may be written after the answer."""
        if answer.failed and answer.status in (0, 500):
            sleep(0.02)
        return self.log.news()

    def undo(self, door: Endpoint, answer: Answer, session: str) -> None:
        """End what a call started; a training that was started is the good one from now on."""
        if _stem(door) not in UNDO:
            return
        stop = next(one for one in self.app.endpoints if one.name in UNDO[_stem(door)])
        given = dict(zip(door.outputs, answer.value, strict=True))
        for one in stop.inputs:
            self.good.remember(one.name, given.get(one.component, self.good.of_input(one)))
        self.app.call(stop, self.good.of(stop), session)


def pixels(app: RawApp) -> dict[str, list]:
    """What good calls show, without what was measured on the way."""
    def lanes(name: str, *data) -> list:
        answer = app.call(app.endpoint(name), list(data), "good")
        payload = answer.value[0]
        return [lane["views"] for lane in json.loads(payload)["lanes"]]

    category = "one of each, in turn"
    looked = ["tiny", "Bob", 200, {"hero": 1}, "up 1", "maps", 0, "nothing"]
    seen = app.call(app.endpoint("activations"), looked, "good").value[0]
    shown = {
        "sample": lanes("sample", "tiny", category, "ddim", 3, 4, 1.5, 0, False, False),
        "mix": lanes("mix", "tiny", {"hero": 1, "food": 0.5}, 3, 1, "vector", True),
        "race": lanes("race", "tiny", LANES, category, CONFIG["n"], 1, True),
        "activations": json.loads(seen)["tiles"],
    }
    for name in ("draw", "refine"):
        shown[name] = app.ask(app.server_function("mix-view", name), ASK, "good").value["pixels"]
    return shown


@pytest.fixture(scope="module")
def app(app_folder, serve, tmp_path_factory):
    """An app of its own over models of its own, for it is not handled with care."""
    folder = tmp_path_factory.mktemp("fuzzed") / "models"
    with serve(shutil.copytree(app_folder, folder)) as url:
        yield RawApp(url)


@pytest.fixture(scope="module")
def good(app, sprites, tmp_path_factory):
    return GoodValues(app, tmp_path_factory.mktemp("good"), sprites)


def hold(app, good, calls, seed):
    """Knock so often; then nothing may have been wrong, and the app draws what it drew before."""
    before = pixels(app)
    with heard() as log:
        knocker = Knocker(app, good, log, seed)
        knocker.knock(calls)
    assert pixels(app) == before
    if knocker.broken:
        pytest.fail(report(knocker.broken, calls), pytrace=False)


def test_good_values_are_answered(app, good):
    """Without this, all that is spoiled might fail for another reason."""
    refused = {}
    for endpoint in (group[0] for group in alike(app.endpoints) if group[0].runs_here):
        answer = app.call(endpoint, good.of(endpoint), "good")
        if answer.failed:
            refused[endpoint.name] = answer.error
        elif endpoint.name in ("train", "begin_class_training"):
            good.remember(JOB_ID, answer.value[0])
    for function in app.server_functions:
        answer = app.ask(function, good.asked(function), "good")
        if answer.failed or not answer.value:
            refused[f"{function.owner}.{function.name}"] = answer.error
    assert refused.keys() <= NOT_NOW, refused


def test_no_call_breaks_the_app(app, good):
    hold(app, good, CALLS, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_call_of_many_breaks_the_app(app, good):
    hold(app, good, MANY_CALLS, seed=2)


def alike(endpoints: list[Endpoint]) -> list[list[Endpoint]]:
    """The endpoints, those together that lie between the same components under one name, such as those of sliders."""
    groups = defaultdict(list)
    for one in endpoints:
        groups[_stem(one), one.queued, *(k.component for k in one.inputs), *one.outputs].append(one)
    return list(groups.values())


def _stem(door: Endpoint) -> str:
    return re.sub(r"_\d+$", "", door.name)
