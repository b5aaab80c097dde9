"""Thirty learners who drag on one server that draws for them. On request: pytest -m slow -n 0 -s shows the table;
SPRITE_LAB_CROWD_SECONDS says for how long they drag.
"""

import os
import shutil
import sys
from time import perf_counter, sleep

import pytest
from crowd import drag, long_run, training
from own_program import program

from diffusion.models.checkpoints import CHECKPOINTS

DRAG_S, WARM_S = float(os.environ.get("SPRITE_LAB_CROWD_SECONDS", "10")), 3
FAIR = 1 / 6   # of the steps that a training does alone, with two cores: a third of a core


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


@pytest.mark.slow
@pytest.mark.parametrize("learners", [1, 30])
def test_a_training_keeps_a_fair_part_while_all_drag_beside_it_and_a_long_run(app, learners):
    with training(app) as steps:
        alone = speed(steps, lambda: sleep(DRAG_S))
        beside = speed(steps, lambda: sys.stdout.write(f"\nbeside a training: {drag(app, learners, DRAG_S)}"))
        with long_run(app):
            sleep(1)
            seen = []
            beside_both = speed(steps, lambda: seen.append(drag(app, learners, DRAG_S)))
    told = f"{alone:.1f} steps a second alone, {beside:.1f} beside the drag, {beside_both:.1f} beside a long run too"
    sys.stdout.write(f"\nbeside a training and a DDPM of 500 steps, 64 sprites: {seen[0]}\n{told}\n")
    assert not seen[0].errors and seen[0].least > 0.5
    assert min(beside, beside_both) >= FAIR * alone


def speed(steps, meanwhile):
    """Steps a second of a training while something else goes on."""
    before, start = steps(), perf_counter()
    meanwhile()
    return (steps() - before) / (perf_counter() - start)
