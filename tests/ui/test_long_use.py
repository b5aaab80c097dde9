"""The app is used by one learner after another for minutes, and needs no more memory at the end than at the start."""

import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket
from time import monotonic, sleep

import httpx
import pytest
from good_values import ASK, GoodValues
from raw_http import API, RawApp

MINUTES = 5
WARM_UP = 10   # learners, until all that is made once is there
MORE_MB = 100
START = """
import sys
from pathlib import Path
from socket import socket
import app
demo, options = app.build_app(Path(sys.argv[1]), "cpu")
demo.launch(**options, server_port=int(sys.argv[2]))
"""


@contextmanager
def program(folder: Path, port: int):
    """The app in a program of its own."""
    command = [sys.executable, "-c", START, str(folder), str(port)]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    """A port of this machine that nobody listens to."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def started(url: str) -> RawApp:
    """The app, as soon as it answers."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            sleep(0.2)
        else:
            return RawApp(url)
    raise TimeoutError("the app does not start")


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
        done.append(app.call(app.endpoint("look"), good.of(app.endpoint("look")), session))
    assert not [answer for answer in done if answer.failed]


def megabytes(process: int) -> float:
    """The memory that a program has now."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], check=True, capture_output=True, text=True)
    return int(told.stdout) / 1024


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_long_use_takes_no_more_memory(copied_app_folder, tmp_path, sprites):
    port = free_port()
    with program(copied_app_folder, port) as server:
        app = started(f"http://127.0.0.1:{port}")
        good = GoodValues(app, tmp_path, sprites)
        for k in range(WARM_UP):
            learn(app, good, tmp_path / "mine.npz", f"early-{k}")
        before, end, learners = megabytes(server.pid), monotonic() + 60 * MINUTES, 0
        while monotonic() < end:
            learn(app, good, tmp_path / "mine.npz", f"learner-{learners}")
            learners += 1
        after = megabytes(server.pid)
    assert after - before < MORE_MB, f"{before:.0f} MB became {after:.0f} MB after {learners} learners"
