"""The app in a program of its own, which can be measured, stopped and killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import NamedTuple

import httpx
from raw_http import RawApp

START = """
import sys
from pathlib import Path
import app
import diffusion.ui
{settings}
demo, options = app.build_app(Path(sys.argv[1]), "cpu")
demo.launch(**options, server_port=int(sys.argv[2]))
"""
STARTS_WITHIN_S = 60


class Program(NamedTuple):
    """A running app, and its process."""

    app: RawApp
    process: subprocess.Popen

    @property
    def megabytes(self) -> float:
        """The memory that it has now."""
        asked = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout) / 1024

    @property
    def open_files(self) -> int:
        """Files, pipes and connections that it holds open (Linux)."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    @property
    def seconds(self) -> float:
        """Of a processor that it has used so far (Linux)."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def program(folder: Path, temporary: Path, settings: str = "") -> Iterator[Program]:
    """The app over the models in `folder`; `settings`: what else the program does before it builds the app."""
    command = [sys.executable, "-c", START.format(settings=settings), str(folder), str(port := free_port())]
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )   # fmt: skip
    try:
        yield Program(_started(f"http://127.0.0.1:{port}/"), process)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody uses."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _started(url: str) -> RawApp:
    deadline = monotonic() + STARTS_WITHIN_S
    while monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            sleep(0.2)
        else:
            return RawApp(url)
    raise TimeoutError("the app does not start")
