"""What pages are told of models, and the files they get."""

import pytest

from diffusion.browser.half_weights import browser_file
from diffusion.models.checkpoints import CheckpointError, save_checkpoint
from diffusion.serving.engine import Engine
from diffusion.serving.fetched import page_models
from diffusion.serving.fetched.page_models import PageModels
from diffusion.training.distillation import new_student


@pytest.fixture
def engine(folder, tiny_model):
    for steps in (1, 4):
        save_checkpoint(new_student(tiny_model, steps), {}, f"tiny-{steps}", folder)
    return Engine(folder, "cpu")


def test_a_model_is_told_with_its_runs_and_its_students(engine, tiny_model):
    told = PageModels().describe(engine, "tiny")
    full = {
        "sampler": "unipc", "steps": 10, "guidance": None, "eta": 0.0, "mixing": "vector", "clean": True,
        "variance": "beta", "guided_steps": None,
    }   # fmt: skip
    assert told == {
        "hash": engine.fingerprint("tiny"), "categories": tiny_model.categories, "guidance": 1.25, "isStudent": False,
        "isRead": True, "T": 500, "anySchedule": True,
        "schedule": {"schedule": "cosine", "schedule_options": tiny_model.config.schedule_options},
        "palette": True, "students": [{"name": "tiny-1", "steps": 1}, {"name": "tiny-4", "steps": 4}],
        "full": full, "quick": full | {"steps": 2},
    }   # fmt: skip
    student = PageModels().describe(engine, "tiny-1")
    assert student["isStudent"] and not student["students"] and student["full"] == student["quick"]
    assert student["full"]["sampler"] == "jumps" and student["full"]["steps"] == 1


def test_a_file_is_made_once_and_anew_when_the_weights_change(engine, tiny_model, folder, monkeypatch):
    made = []
    monkeypatch.setattr(page_models, "browser_file", lambda model: made.append(model) or browser_file(model))
    models = PageModels()
    first, again = models.file(engine, "tiny"), models.file(engine, "tiny")
    assert first == again and first.contents == browser_file(tiny_model) and len(made) == 1
    other = new_student(tiny_model, 1)
    other.net.enter.bias.data += 1
    save_checkpoint(other, {}, "tiny", folder)
    assert models.file(engine, "tiny").hash != first.hash and len(made) == 2


def test_a_missing_model_is_told(engine):
    for ask in (PageModels().describe, PageModels().file):
        with pytest.raises(CheckpointError, match="'nothing' was not found"):
            ask(engine, "nothing")
