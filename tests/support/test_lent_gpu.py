"""A GPU that a host lends: what is marked for one, in a program where a stand-in for the host's package tells of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffusion.generation import SampleConfig
from diffusion.serving.desks.long_runs import LENT, draw_on_lent_gpu, drawn_on, is_for_lent_gpu
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.support.lent_gpu import with_lent_gpu

ROOT = Path(__file__).parents[2]
LENDING = """
import sys
torch_came_first = "torch" in sys.modules or "gradio" in sys.modules
marked = []
def GPU(duration):
    def mark(work):
        marked.append([work.__module__, work.__name__, duration])
        return work
    return mark
"""
ASK = """
import json, app, torch
torch.cuda.is_available = lambda: True   # as on such a host
from diffusion.support.device import pick_shared_device
spaces = app.spaces
print(json.dumps([spaces.torch_came_first, spaces.marked, pick_shared_device().type]))
"""


def told_by_the_app(folder, **environment):
    (folder / "spaces.py").write_text(LENDING)
    paths = os.pathsep.join([str(folder), str(ROOT)])
    told = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=os.environ | {"PYTHONPATH": paths} | environment, check=True,
        timeout=120, stdout=subprocess.PIPE,
    )   # fmt: skip
    return json.loads(told.stdout.splitlines()[-1])


def test_the_package_comes_before_torch_one_function_is_marked_and_all_else_stays_on_the_processor(tmp_path):
    assert told_by_the_app(tmp_path, SPACES_ZERO_GPU="true") == [
        False, [["diffusion.serving.desks.long_runs", "draw_on_lent_gpu", 60]], "cpu"
    ]   # fmt: skip


def test_where_the_package_is_but_no_gpu_is_lent_nothing_is_marked(tmp_path):
    assert told_by_the_app(tmp_path)[:2] == [False, []]


def test_elsewhere_work_is_left_as_it_is():
    assert with_lent_gpu(60)(len) is len


@pytest.fixture
def lending(monkeypatch):
    """This program, where a GPU is lent: the processor stands for it, so that the run is a real one."""
    monkeypatch.setitem(sys.modules, "spaces", type(sys)("spaces"))
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr("diffusion.serving.desks.long_runs.LONG", 10)   # so that few steps are long
    asked = []

    def drawn(model, request):
        asked.append(request)
        return drawn_on("cpu", model, request)

    monkeypatch.setattr("diffusion.serving.engine.draw_on_lent_gpu", drawn)
    return asked


def request(steps, n=16):
    return RunRequest("tiny", SampleConfig("ddim", steps=steps, n=n, seed=3))


def test_only_a_long_run_asks_for_it_and_draws_the_same(folder, lending):
    engine, short, long = Engine(folder, "cpu"), request(4, 2), request(5, 2)
    engine.trajectory(short)
    engine.sprites(long)   # what sliders ask
    assert lending == []
    sprites = engine.trajectory(long).sprites
    assert lending == [long]
    assert np.array_equal(sprites, engine.sprites(long))
    assert is_for_lent_gpu(long) and not is_for_lent_gpu(short)


def test_what_is_marked_draws_on_the_gpu(tiny_model, monkeypatch):
    asked = []
    monkeypatch.setattr("diffusion.serving.desks.long_runs.drawn_on", lambda *about: asked.append(about))
    draw_on_lent_gpu(tiny_model, request(4))
    assert asked == [(LENT, tiny_model, request(4))]


def test_the_model_stays_where_it_was(tiny_model):
    drawn_on("cpu", tiny_model, request(2, 1))
    assert tiny_model.device.type == "cpu"
