"""The engine over models as they come: long names, many of them, files that change."""

import pytest

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import CheckpointError, save_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.serving import engine as engine_module
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest


@pytest.fixture
def engine(folder):
    return Engine(folder, "cpu")


def test_a_model_of_the_longest_name_can_be_dragged(engine, folder, tiny_model):
    name = "x" * 80
    save_checkpoint(tiny_model, {}, name, folder)
    assert engine.students(name) == {}
    quick = engine.quick(RunRequest(name, SampleConfig(n=1)))
    assert quick.checkpoint == name and len(engine.sprites(quick)) == 1


def test_more_models_than_ship_are_loaded_once(engine, folder, tiny_model, monkeypatch):
    names = [f"model-{i}" for i in range(6)]
    for name in names:
        save_checkpoint(tiny_model, {}, name, folder)
    first = [engine.model(name) for name in names]
    monkeypatch.setattr(engine_module, "load_checkpoint", lambda *_: pytest.fail("it was loaded again"))
    assert all(engine.model(name) is model for name, model in zip(names, first, strict=True))


def test_weights_are_hashed_once_and_again_when_they_change(engine, folder, tiny_model, monkeypatch):
    expected, asked = fingerprint(tiny_model), []
    monkeypatch.setattr(engine_module, "fingerprint", lambda model: asked.append(model) or fingerprint(model))
    assert engine.fingerprint("tiny") == engine.fingerprint("tiny") == expected and len(asked) == 1
    (folder / "tiny.safetensors").touch()
    assert engine.fingerprint("tiny") == expected and len(asked) == 2
    assert engine.fingerprint("lost") is None and engine.fingerprint("../tiny") is None


def test_find_is_silent_where_model_tells(engine, folder):
    (folder / "tiny.safetensors").write_text("damaged")
    assert engine.find("tiny") is None and engine.find("lost") is None
    with pytest.raises(CheckpointError, match="damaged"):
        engine.model("tiny")


def test_of_a_training_the_last_state_alone_is_offered_and_the_others_still_open(engine, folder, tiny_model):
    for name in ("trained-1", "trained-1-best", "trained-1-step-20", "trained-2-best", "x-step-2"):
        save_checkpoint(tiny_model, {}, name, folder)
    assert set(engine.names()) == {"tiny", "trained-1", "trained-2-best", "x-step-2"}   # of two, the training is gone
    assert engine.find("trained-1-best") and engine.find("trained-1-step-20")
