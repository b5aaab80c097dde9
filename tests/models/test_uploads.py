"""Files given to the running app: kept only if they are what they claim, under safe names, and not without end."""

import os

import pytest
import torch
from course_restated import trained_state

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import list_checkpoints, load_checkpoint
from diffusion.models.uploads import KEPT, keep_upload
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest


@pytest.fixture
def course_file(tmp_path):
    def make(name="context_model_trained.pth", n_feat=8):
        path = tmp_path / "given" / name
        path.parent.mkdir(exist_ok=True)
        torch.save(trained_state(n_feat=n_feat), path)
        return path

    return make


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def test_an_upload_is_a_model_like_any_other(folder, course_file):
    name = keep_upload(course_file(), folder)
    assert name == "context_model_trained.pth" and name in list_checkpoints(folder)
    model = load_checkpoint(name, folder)
    assert model.categories[-1] == "side-facing" and model.schedule.T == 500
    run = Engine(folder, "cpu").trajectory(RunRequest(name, SampleConfig("ddpm", 2, 1)))
    assert run.sprites.shape == (1, 16, 16, 3)


def test_nothing_is_overwritten(folder, course_file):
    dropped = folder / "context_model_trained.pth"
    dropped.write_bytes(b"put here by hand")
    names = [keep_upload(course_file(n_feat=n_feat), folder) for n_feat in (8, 16, 24)]
    assert names == [f"context_model_trained-{i}.pth" for i in (2, 3, 4)]
    assert dropped.read_bytes() == b"put here by hand"
    assert len(set(list_checkpoints(folder))) == len(list_checkpoints(folder)) == 5


def test_the_case_of_letters_does_not_make_a_name_free(folder, course_file):
    assert keep_upload(course_file("Model_4.pth"), folder) == "Model_4.pth"
    assert keep_upload(course_file("model_4.pth", n_feat=16), folder) == "model_4-2.pth"


def test_a_class_that_gives_the_same_file_thirty_times_has_it_once(folder, course_file):
    others = [keep_upload(course_file(f"model_{i}.pth"), folder) for i in range(KEPT - 1)]
    same = course_file()
    assert {keep_upload(same, folder) for _ in range(30)} == {"context_model_trained.pth"}
    assert set(list_checkpoints(folder)) == {"tiny", "context_model_trained.pth", *others}


def test_a_file_given_again_counts_as_new(folder, course_file):
    first = keep_upload(course_file("first.pth"), folder)
    os.utime(folder / "uploads" / first, (1, 1))
    keep_upload(course_file("first.pth"), folder)
    for i in range(KEPT - 1):
        keep_upload(course_file(f"model_{i}.pth"), folder)
    assert first in list_checkpoints(folder)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("my model (1).pth", "my-model-1.pth"),
        (".hidden.pth", "hidden.pth"),
        ("..pth", "model.pth"),
        ("$(touch x);'\"<b>.pth", "touch-x-b.pth"),
        ("x" * 200 + ".pth", "x" * 60 + ".pth"),
        ("модель.pth", "модель.pth"),
        ("a..b.pth", "a-b.pth"),
        ("sprites.safetensors.pth", "sprites-safetensors.pth"),
        ("model_trained.pt", "model_trained.pth"),
    ],
)
def test_names_are_made_plain(given, kept, folder, course_file):
    assert keep_upload(course_file(given), folder) == kept
    assert (folder / "uploads" / kept).exists()


@pytest.mark.parametrize("content", [b"", b"weights", b"PK\x03\x04" + bytes(1000)])
def test_what_is_no_course_file_is_not_kept(content, folder, course_file):
    path = course_file()
    path.write_bytes(content)
    before = everything(folder)
    with pytest.raises(ValueError, match=r"context_model_trained\.pth is not a plain file of weights"):
        keep_upload(path, folder)
    assert everything(folder) == before


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(folder, course_file, monkeypatch):
    def full(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("diffusion.models.uploads.shutil.copyfile", full)
    with pytest.raises(ValueError, match="could not be kept: No space left on device"):
        keep_upload(course_file(), folder)
    assert not list((folder / "uploads").iterdir())


def test_the_oldest_uploads_make_room_and_files_put_by_hand_stay(folder, course_file):
    torch.save(trained_state(n_feat=8), folder / "by_hand.pth")
    os.utime(folder / "by_hand.pth", (1, 1))
    names = []
    for i in range(KEPT + 3):
        names.append(keep_upload(course_file(f"m{i}.pth"), folder))
        os.utime(folder / "uploads" / names[-1], (i + 10, i + 10))
    assert {file.name for file in (folder / "uploads").iterdir()} == set(names[-KEPT:])
    assert {"by_hand.pth", "tiny", *names[-KEPT:]} == set(list_checkpoints(folder))
