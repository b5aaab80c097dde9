"""The app as a program that serves a class, at an address in the network, where there is no home to write in."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from own_program import free_port

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


@pytest.fixture(scope="module")
def said(copied_app_folder, tmp_path_factory):
    """What the program says as it starts; it runs on."""
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    home.chmod(0o500)
    own = {"GRADIO_SERVER_PORT": str(free_port()), "GRADIO_ROOT_PATH": "/lab", "HOME": str(home)}
    program = subprocess.Popen(
        [sys.executable, "-u", "-c", START, str(copied_app_folder), "--class"], cwd=ROOT, text=True, encoding="utf-8",
        env=os.environ | own | {"TMPDIR": str(temporary), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )   # fmt: skip
    lines = []
    while not lines or not ("▀▀▀▀▀▀▀▀" in lines[-1] or "no network" in lines[-1]):   # the last line of the code
        lines.append(program.stdout.readline())
        assert program.poll() is None, lines
    yield "".join(lines)
    program.terminate()
    program.wait(PATIENCE_S)
    assert not list(home.iterdir())


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
