"""What several tests share: a small set of sprites, a tiny trained model, and a folder that holds it."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Tiny networks gain nothing from a second thread (measured), and lose a lot if a browser wants that core: threads spin.
# The slow tests measure the app, which uses all cores.
if not any("slow" in argument for argument in sys.argv):
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from diffusion.models.checkpoints import save_checkpoint
from diffusion.sprites.painter import paint
from diffusion.sprites.palette import palette_of
from diffusion.training.distillation import new_student
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe

# The folders whose files take longest: they come first, so that no process is left alone with one of them at the end.
LONGEST = ("ui", "browser", "cli", "training")

# Imports the app and the command line, then starts the app over a folder of models. Tells of the threads that were
# there between, of the project's files that were opened before and after, and of the hosts asked until a second after.
START = """
import json, socket, sys, threading, time
from pathlib import Path
root, opened, asked = Path.cwd(), [], []
def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        path = Path(arguments[0])
        if path.is_relative_to(root) and ".venv" not in path.parts and path.suffix not in (".py", ".pyc"):
            opened.append(str(path))
sys.addaudithook(hear)
resolve, connect = socket.getaddrinfo, socket.socket.connect
def spy_resolve(host, *rest, **more):
    asked.append(host)
    return resolve(host, *rest, **more)
def spy_connect(self, address):
    asked.append(address[0] if isinstance(address, tuple) else "local")
    return connect(self, address)
socket.getaddrinfo, socket.socket.connect = spy_resolve, spy_connect
import app, diffusion.cli
threads, opened_by_import = [thread.name for thread in threading.enumerate()], list(opened)
demo, options = app.build_app(Path(sys.argv[1]), "cpu")
demo.launch(**options, prevent_thread_lock=True, quiet=True)
time.sleep(1)
print(json.dumps({"threads": threads, "asked": asked, "opened_by_import": opened_by_import, "opened": opened}))
"""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(folder) if (folder := item.path.parent.name) in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def sprites():
    return paint(200, seed=3)


@pytest.fixture(scope="session")
def tiny_model(sprites):
    """Trained just long enough that its context shows in its sprites."""
    guided_everywhere = {"guidance": 1.25, "guided_below": 1.0}   # so that all steps cost the same
    config = recipe("fast", minutes=None, steps=40, batch=16, warmup_steps=5, **guided_everywhere)
    model = new_model(config, sprites.categories, palette=palette_of(sprites.images))
    *_, last = train(model, sprites, config)
    last.model.net.eval()
    return last.model


@pytest.fixture
def folder(tmp_path, tiny_model):
    """A checkpoints folder with one model, "tiny"."""
    save_checkpoint(tiny_model, {"note": "for tests"}, "tiny", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory, tiny_model):
    """The checkpoints folder of the running app: "tiny", and a one-step student that has learnt nothing yet."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(new_student(tiny_model, 1), {}, "tiny-1", folder)
    save_checkpoint(tiny_model, {}, "tiny", folder)
    return folder


@contextmanager
def served(folder):
    """The real app over the models in `folder`, served on a free port of this machine: its address."""
    from diffusion.ui import build_app

    demo, options = build_app(folder, "cpu")
    _, url, _ = demo.launch(**options, prevent_thread_lock=True, quiet=True)
    yield url
    demo.close()


@pytest.fixture(scope="session")
def app_url(app_folder):
    """The address of the app that most tests share."""
    with served(app_folder) as url:
        yield url


@pytest.fixture(scope="session")
def copied_app_folder(app_folder, tmp_path_factory):
    """The same models for other programs, one after another: two never run over one folder."""
    return copied(app_folder, tmp_path_factory.mktemp("program"))


@pytest.fixture
def own_app_folder(app_folder, tmp_path):
    """The same models for an app of a test in this program, which holds their folder to its end."""
    return copied(app_folder, tmp_path)


def copied(app_folder, place):
    """A copy of `app_folder` as it was made: without what an app keeps in it, and tests before this one left there."""
    folder = place / "checkpoints"
    folder.mkdir()
    for file in app_folder.glob("tiny*"):
        shutil.copy2(file, folder)
    return folder


@pytest.fixture(scope="session")
def app_start(copied_app_folder):
    """What a program of its own saw when it imported and started the app, see START."""
    command = [sys.executable, "-c", START, str(copied_app_folder)]
    told = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, timeout=180, stdout=subprocess.PIPE)
    return json.loads(told.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def serve():
    """Serves the app over other folders: with serve(folder) as url."""
    return served
