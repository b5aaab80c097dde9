"""The app is used by one learner after another for minutes, and needs no more memory at the end than at the start."""

from pathlib import Path
from time import monotonic

import pytest
from good_values import ASK, GoodValues
from own_program import program
from raw_http import API, RawApp

MINUTES = 5
WARM_UP = 10   # learners, until all that is made once is there
MORE_MB = 100


def learn(app: RawApp, good: GoodValues, sprites: Path, session: str) -> None:
    """What one learner does: opens the page, samples, drags a slider, races, looks inside, gives sprites, leaves."""
    with app.http.stream("GET", f"{API}/heartbeat/{session}"):
        app.http.get("")
        app.http.get("config")
        done = [app.call(app.endpoint(name), good.of(app.endpoint(name)), session) for name in ("sample", "race_1")]
        for k in range(4):
            ask = ASK | {"weights": [1, k / 10, 0, 0, 0]}
            done.append(app.ask(app.server_function("mix-view", "draw"), ask, session))
        done.append(app.ask(app.server_function("mix-view", "refine"), ask, session))
        for name in ("race", "activations"):
            done.append(app.call(app.endpoint(name), good.of(app.endpoint(name)), session))
        good.remember("Your sprites", [app.upload(sprites)])
        done.append(app.call(app.endpoint("look_anew"), good.of(app.endpoint("look_anew")), session))
    assert not [answer for answer in done if answer.failed]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_long_use_takes_no_more_memory(copied_app_folder, tmp_path, sprites):
    with program(copied_app_folder, tmp_path) as running:
        good = GoodValues(running.app, tmp_path, sprites)
        for k in range(WARM_UP):
            learn(running.app, good, tmp_path / "mine.npz", f"early-{k}")
        before, end, learners = running.megabytes, monotonic() + 60 * MINUTES, 0
        while monotonic() < end:
            learn(running.app, good, tmp_path / "mine.npz", f"learner-{learners}")
            learners += 1
        after = running.megabytes
    assert after - before < MORE_MB, f"{before:.0f} MB became {after:.0f} MB after {learners} learners"
