"""Checkpoints: what is saved comes back, and what is damaged is told in a sentence."""

import json

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from diffusion.models.checkpoints import (
    MAX_DESCRIPTION_BYTES,
    CheckpointError,
    list_checkpoints,
    load_checkpoint,
    read_config,
    save_checkpoint,
)


def test_round_trip(folder, tiny_model):
    loaded = load_checkpoint("tiny", folder)
    assert loaded.config == tiny_model.config
    assert torch.equal(loaded.schedule.alpha_bar, tiny_model.schedule.alpha_bar)
    for key, value in tiny_model.net.state_dict().items():
        assert torch.equal(loaded.net.state_dict()[key], value)
    assert read_config("tiny", folder)[1] == {"note": "for tests"}


def test_listing_names_whole_checkpoints_only(folder, tiny_model):
    save_checkpoint(tiny_model, {}, "sprites", folder)
    (folder / "half.json").write_text("{}")
    assert list_checkpoints(folder) == ["sprites", "tiny"]


def test_nothing_is_left_behind_when_writing_fails(folder, tiny_model, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("diffusion.models.checkpoints.save", full)
    before = sorted(folder.iterdir())
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(tiny_model, {}, "other", folder)
    assert sorted(folder.iterdir()) == before


def test_what_cannot_be_written_is_told_in_a_sentence(folder, tiny_model):
    (folder / "taken").write_text("a file, not a folder")
    with pytest.raises((CheckpointError, OSError), match="taken"):
        save_checkpoint(tiny_model, {}, "other", folder / "taken")


def test_a_failing_writer_is_told_in_a_sentence(folder, tiny_model, monkeypatch):
    def fail(*_):
        raise SafetensorError("I/O error: No space left on device")

    monkeypatch.setattr("diffusion.models.checkpoints.save", fail)
    with pytest.raises(CheckpointError, match=r"other\.safetensors could not be written: I/O error: No space left"):
        save_checkpoint(tiny_model, {}, "other", folder)


@pytest.mark.parametrize("name", ["", "../tiny", "/etc/passwd", "a/b", ".hidden", "x" * 200, "a\n", None, 5])
def test_names_that_are_no_plain_names_are_refused(folder, name):
    with pytest.raises(CheckpointError, match="not a plain name"):
        load_checkpoint(name, folder)


def test_a_missing_checkpoint_names_those_there_are(folder):
    with pytest.raises(CheckpointError, match="'lost' was not found; there is: tiny"):
        load_checkpoint("lost", folder)


def damage_truncate(folder):
    path = folder / "tiny.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def damage_text(folder):
    (folder / "tiny.safetensors").write_text("not a tensor in sight")


def damage_json(folder):
    (folder / "tiny.json").write_text('{"format": 1, ')


def damage_nested(folder):
    (folder / "tiny.json").write_text("[" * 100_000)


def claim_huge(fields):
    """A network of 70 GB in a few words."""
    fields["model"].update(network="course", network_options={"n_feat": 512, "height": 512})


def change_json(change):
    def damage(folder):
        path = folder / "tiny.json"
        fields = json.loads(path.read_text())
        change(fields)
        path.write_text(json.dumps(fields))

    return damage


def change_weights(change):
    def damage(folder):
        state = load_file(folder / "tiny.safetensors")
        change(state)
        save_file(state, folder / "tiny.safetensors")

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_truncate, "not a whole safetensors file"),
        (damage_text, "not a whole safetensors file"),
        (damage_json, "does not describe a model"),
        (change_json(lambda fields: fields.update(format=99)), "does not describe a model"),
        (change_json(lambda fields: fields.pop("model")), "does not describe a model"),
        (change_json(lambda fields: fields["model"].update(network="gpt")), "does not describe a model"),
        (change_json(lambda fields: fields["model"].update(categories=[1, 2])), "does not describe a model"),
        (change_json(lambda fields: fields["model"].update(network_options={"width": 10**9})), "does not describe"),
        (change_json(lambda fields: fields.update(training=" " * MAX_DESCRIPTION_BYTES)), "does not describe a model"),
        (damage_nested, "does not describe a model"),
        (change_json(claim_huge), "does not fit its own"),
        (change_json(lambda fields: fields["model"].update(network_options={"width": 12})), "does not fit its own"),
        (change_json(lambda fields: fields["model"].update(network_options={"depth": 3})), "does not fit its own"),
        (change_json(lambda fields: fields["model"].update(schedule_options={"shift": -1})), "does not fit its own"),
        (change_json(lambda fields: fields["model"].update(categories=["a"])), "does not fit its own"),
        (change_weights(lambda state: state.popitem()), "does not fit its own"),
        (change_weights(lambda state: state["enter.weight"].fill_(float("nan"))), "not finite"),
    ],
)
def test_damage_is_told_in_one_sentence(folder, damage, message):
    damage(folder)
    with pytest.raises(CheckpointError, match=message) as error:
        load_checkpoint("tiny", folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["two words", "-x", "a" * 81, "caf\u202e"])
def test_a_file_whose_name_cannot_be_asked_for_is_not_listed(folder, name):
    for ending in ("json", "safetensors"):
        (folder / f"{name}.{ending}").write_bytes((folder / f"tiny.{ending}").read_bytes())
    assert list_checkpoints(folder) == ["tiny"]


@pytest.mark.parametrize("name", ["caf\u202e", ".hidden", "a\nb", "a\\b"])
def test_a_course_file_whose_name_could_pose_as_another_is_not_listed(folder, name):
    (folder / f"{name}.pth").touch()
    assert list_checkpoints(folder) == ["tiny"]
