"""Thirty learners who drag on one server that draws for them. On request: pytest -m slow -n 0 -s shows the table."""

import shutil
import sys
from time import sleep

import pytest
from crowd import drag, long_run
from own_program import program

from diffusion.models.checkpoints import CHECKPOINTS

DRAG_S, WARM_S = 10, 3


@pytest.fixture
def app(tmp_path):
    shutil.copytree(CHECKPOINTS, tmp_path / "checkpoints", ignore=shutil.ignore_patterns("house"))
    with program(tmp_path / "checkpoints", tmp_path) as running:
        drag(running.app, 1, WARM_S)
        yield running.app


@pytest.mark.slow
@pytest.mark.parametrize("learners", [1, 10, 30])
def test_all_who_drag_are_answered_alike(app, learners):
    seen = drag(app, learners, DRAG_S)
    sys.stdout.write(f"\n{seen}\n")
    assert not seen.errors and seen.least > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("learners", [1, 10, 30])
def test_a_long_run_of_somebody_else_keeps_nobody_waiting_and_goes_on(app, learners):
    with long_run(app) as answer:
        sleep(1)
        assert not answer.done()
        seen = drag(app, learners, DRAG_S)
    sys.stdout.write(f"\nbeside a DDPM of 500 steps, 64 sprites: {seen}\n")
    assert not seen.errors and seen.least > 0.5
