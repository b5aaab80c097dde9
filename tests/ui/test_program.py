"""The app as a program of its own: python app.py, here and where it believes itself on a Space."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


def start(**environment):
    command = [sys.executable, "-u", "app.py"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def status(address, body=None):
    try:
        return urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=PATIENCE_S).status
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def space():
    """The address of the app on what looks like a Space; in the end, nothing has been said that frightens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = start(SYSTEM="spaces", SPACE_ID="somebody/sprites", GRADIO_SERVER_PORT=str(port))
    said = []
    while not said or "To create a public link" not in said[-1]:   # the last of what a start says
        said.append(program.stdout.readline())
        assert program.poll() is None, said
    yield f"http://127.0.0.1:{port}"
    time.sleep(0.5)
    program.terminate()
    said += program.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert not [line for line in said if "Traceback" in line or "Error" in line], said


def test_a_space_shows_no_traffic_and_answers_no_private_event_past_its_queue(space):
    assert status(space) == 200
    assert status(f"{space}/monitoring") >= 400 and status(f"{space}/monitoring/summary") >= 400
    assert status(f"{space}/gradio_api/run/sample", b'{"data": []}') == 404


def test_a_wrong_setting_is_one_sentence_and_exit_code_2():
    said, _ = (program := start(SPRITE_LAB_MINUTES="ten")).communicate(timeout=PATIENCE_S)
    assert program.returncode == 2 and said == "error: SPRITE_LAB_MINUTES = 'ten': give a number.\n"
