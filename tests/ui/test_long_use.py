"""The app is used by one learner after another, and needs no more memory, files and disk at the end than at the start.

On request (pytest -m slow): SPRITE_LAB_USE_MINUTES says how long.
"""

import os
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from good_values import ASK, GoodValues
from own_program import program
from raw_http import API, RawApp

from diffusion.serving.limits import Limits

MINUTES = float(os.environ.get("SPRITE_LAB_USE_MINUTES", "5"))
WARM_UP = 10   # learners, until all that is made once is there
MORE_MB = 100
MORE_FILES = 8
SETTLES_S = 5   # until the connections of the last learner are closed


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


def megabytes_in(*folders: Path) -> float:
    """On disk, of all files in the folders."""
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files) / 1e6


@pytest.mark.slow
@pytest.mark.timeout(60 * MINUTES + 600)
def test_long_use_takes_no_more_memory_files_or_disk(copied_app_folder, tmp_path, sprites):
    with program(copied_app_folder, tmp_path) as running:
        good = GoodValues(running.app, tmp_path, sprites)

        def needed():
            sleep(SETTLES_S)
            return running.megabytes, running.open_files, megabytes_in(copied_app_folder, tmp_path)

        for k in range(WARM_UP):
            learn(running.app, good, tmp_path / "mine.npz", f"early-{k}")
        before, end, learners = needed(), monotonic() + 60 * MINUTES, 0
        while monotonic() < end:
            learn(running.app, good, tmp_path / "mine.npz", f"learner-{learners}")
            learners += 1
        after = needed()
    told = f"MB, open files, MB on disk: {before} became {after} after {learners} learners"
    sys.stdout.write(f"\n{told}\n")
    memory, files, disk = (late - early for late, early in zip(after, before, strict=True))
    limits = Limits()
    assert memory < MORE_MB and files < MORE_FILES, told
    assert disk < limits.disk_mb_each + limits.upload_mb_each, told
