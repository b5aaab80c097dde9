"""The app as a program that serves a class, at an address in the network, where there is no home to write in."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from crowd import training
from own_program import free_port
from raw_http import RawApp

from diffusion.models.checkpoints import load_tensors
from diffusion.training.logbook import STATE_ENDING

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
import app
build, folder = app.build_app, Path(sys.argv.pop(1))
app.build_app = lambda: build(folder, "cpu")
app.main()
"""
PATIENCE_S = 60


def program(folder, *arguments, **environment):
    """The running program over the models in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", START, str(folder), *arguments], cwd=ROOT, text=True, encoding="utf-8",
        env=os.environ | environment | {"PYTHONIOENCODING": "utf-8"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )   # fmt: skip


def read_until(said, program):
    """What a program says until a line for which said(line)."""
    lines = [""]
    while not said(lines[-1]):
        lines.append(program.stdout.readline())
        assert program.poll() is None, lines
    return "".join(lines)


def ended(program):
    """What else it says as the host ends it."""
    program.terminate()
    said, _ = program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 0 and "Traceback" not in said, said


@pytest.fixture(scope="module")
def said(copied_app_folder, tmp_path_factory):
    """What the program says as it starts; it runs on."""
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    home.chmod(0o500)
    own = {"GRADIO_SERVER_PORT": str(free_port()), "GRADIO_ROOT_PATH": "/lab", "HOME": str(home)}
    running = program(copied_app_folder, "--class", **own, TMPDIR=str(temporary))
    yield read_until(lambda line: "▀▀▀▀▀▀▀▀" in line or "no network" in line, running)   # the last line of the code
    ended(running)
    assert not list(home.iterdir())


def test_a_program_that_is_ended_saves_the_training_that_runs(own_app_folder):
    port = free_port()
    running = program(own_app_folder, GRADIO_SERVER_PORT=str(port))
    read_until(lambda line: "To create a public link" in line, running)
    with training(RawApp(f"http://127.0.0.1:{port}")) as steps:
        done = steps()
        ended(running)
    states = own_app_folder.glob(f"trained-*{STATE_ENDING}")
    [kept] = [state for state in states if "-step-" not in state.name]   # a slow machine has snapshots by now
    assert load_tensors(kept)["step"] >= done > 0


def fetched(address, **headers):
    with urlopen(Request(address, headers=headers), timeout=PATIENCE_S) as answer:
        return answer.read().decode()


def test_it_says_where_it_is_reached_and_is_reached_there_and_makes_links_of_it(said):
    addresses = re.findall(r"http://(?!0\.0)[\d.]+:\d+", said)
    if not addresses:
        pytest.skip("this machine is in no network")
    for address in addresses:
        assert f'href="{address}/lab/"' in fetched(f"{address}/class")


def test_behind_a_proxy_all_that_the_page_names_begins_with_the_root_path(said):
    port = re.search(r"0\.0\.0\.0:(\d+)", said)[1]
    forwarded = {"X-Forwarded-Host": "school.example", "X-Forwarded-Proto": "https"}
    page = fetched(f"http://127.0.0.1:{port}/", **forwarded)
    assert '"root":"https://school.example/lab"' in page
    links = fetched(f"http://127.0.0.1:{port}/class?hide=train", **forwarded)
    assert 'href="https://school.example/lab/?hide=train"' in links


def test_a_page_may_stand_in_a_frame_of_another_site(said):
    port = re.search(r"0\.0\.0\.0:(\d+)", said)[1]
    asked = Request(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html", "X-Forwarded-Proto": "https"})
    with urlopen(asked, timeout=PATIENCE_S) as answer:
        assert "x-frame-options" not in answer.headers
        assert "frame-ancestors" not in answer.headers["content-security-policy"]
        assert "SameSite=None; Partitioned" in answer.headers["set-cookie"]
