"""A training that is recorded: what is kept of it comes back as it was, and what is damaged is told."""

import json

import numpy as np
import pytest

from diffusion.cli import main
from diffusion.serving.jobs.recorded_training import LOOKS, MAX_BYTES, RecordedTraining, record_training
from diffusion.serving.reference import Reference
from diffusion.support.checks import InputError
from diffusion.support.files import DamagedFileError
from diffusion.training.recipes import recipe


@pytest.fixture(scope="module")
def recorded(sprites):
    config = recipe("fast", minutes=0.02, batch=8)
    return record_training(config, Reference(lambda: sprites))


def test_it_is_kept_as_it_was(recorded, tmp_path):
    path = tmp_path / "new" / "training.json"
    recorded.save(path)
    again = RecordedTraining.load(path)
    assert again._replace(previews=()) == recorded._replace(previews=()) and path.stat().st_size <= MAX_BYTES
    assert [step for step, _ in again.previews] == [step for step, _ in recorded.previews]
    for (_, before), (_, after) in zip(recorded.previews, again.previews, strict=True):
        assert np.array_equal(before, after)


def test_it_begins_untrained_and_ends_with_the_last_step(recorded):
    steps = [step for step, _ in recorded.previews]
    assert steps[0] == 0 and steps == sorted(set(steps)) and 2 <= len(steps) <= LOOKS
    assert steps[-1] == recorded.curve["step"][-1] and recorded.curve["status"] == "recorded"


@pytest.mark.parametrize("change", [{"steps": [0]}, {"sprites": "none"}, {"curve": None}, {"minutes": "many"}])
def test_a_damaged_one_is_told(recorded, tmp_path, change):
    path = tmp_path / "training.json"
    recorded.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DamagedFileError):
        RecordedTraining.load(path)


def test_a_training_that_fails_is_not_recorded(sprites):
    with pytest.raises(InputError, match="not recorded"):
        record_training(recipe("fast", minutes=0.02, batch=8, learning_rate=1.0, clip=None), Reference(_none))


def test_bad_minutes_are_told(tmp_path, capsys):
    assert main(["first-training", "--minutes", "0", "--out", str(tmp_path / "x.json")]) == 2
    assert "minutes = 0" in capsys.readouterr().err and not list(tmp_path.iterdir())


def _none():
    raise InputError("there are no sprites.")
