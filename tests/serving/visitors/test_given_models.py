"""Files given to the running app: kept only if they are what they claim, under safe names, and not without end."""

import os

import pytest
import torch
from course_restated import trained_state

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import list_checkpoints, load_checkpoint
from diffusion.serving.engine import Engine
from diffusion.serving.limits import Limits
from diffusion.serving.requests import RunRequest
from diffusion.serving.visitors.belongings import Belongings
from diffusion.serving.visitors.given_models import KEPT, GivenModels


@pytest.fixture
def course_file(tmp_path):
    def make(name="context_model_trained.pth", n_feat=8):
        path = tmp_path / "given" / name
        path.parent.mkdir(exist_ok=True)
        torch.save(trained_state(n_feat=n_feat), path)
        return path

    return make


def keep_upload(path, folder, owner="someone", **limits):
    """What the app does with a file, started anew each time."""
    return GivenModels(folder, Belongings.over(folder), Limits(**limits)).keep(path, owner)


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


def test_an_upload_is_a_model_like_any_other(folder, course_file):
    name = keep_upload(course_file(), folder)
    assert name == "context_model_trained.pth" and name in list_checkpoints(folder)
    model = load_checkpoint(name, folder)
    assert model.categories[-1] == "side-facing" and model.schedule.T == 500
    run = Engine(folder, "cpu").of("someone").trajectory(RunRequest(name, SampleConfig("ddpm", 2, 1)))
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
    keep_upload(course_file("first.pth"), folder)
    for i in range(KEPT - 1):
        keep_upload(course_file(f"model_{i}.pth"), folder)
    assert first in list_checkpoints(folder)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("my model (1).pth", "my model (1).pth"),
        (".hidden.pth", "hidden.pth"),
        ("..pth", "model.pth"),
        ("$(touch x);'\"<b>.pth", "$(touch x);'\"<b>.pth"),
        ("caf\u202e.pth", "caf.pth"),
        ("x" * 200 + ".pth", "x" * 60 + ".pth"),
        ("модель.pth", "модель.pth"),
        ("a..b.pth", "a..b.pth"),
        ("sprites.safetensors.pth", "sprites.safetensors.pth"),
        ("model_trained.PT", "model_trained.PT"),
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
    with pytest.raises(ValueError, match="could not be written, since the disk is full"):
        keep_upload(course_file(), folder)
    assert not list((folder / "uploads").iterdir())


def test_the_oldest_of_its_owner_make_room_and_files_put_by_hand_stay(folder, course_file):
    torch.save(trained_state(n_feat=8), folder / "by_hand.pth")
    other = keep_upload(course_file("other.pth"), folder, "somebody else")
    names = []
    for i in range(KEPT + 3):
        names.append(keep_upload(course_file(f"m{i}.pth"), folder))
        os.utime(folder / "uploads" / names[-1], (1000 - i, 1000 - i))   # the clock on the wall goes backwards
    assert {file.name for file in (folder / "uploads").iterdir()} == {other, *names[-KEPT:]}
    assert {"by_hand.pth", "tiny", other, *names[-KEPT:]} == set(list_checkpoints(folder))
    assert set(Engine(folder, "cpu").of("someone").names()) == {"by_hand.pth", "tiny", *names[-KEPT:]}


def test_who_is_around_keeps_what_was_given_and_who_is_away_makes_room(folder, course_file):
    belongings = Belongings.over(folder)
    size = course_file().stat().st_size / 1e6
    given = GivenModels(folder, belongings, Limits(disk_mb=max(1, int(2.5 * size))))
    first, second = given.keep(course_file("first.pth"), "first"), given.keep(course_file("second.pth"), "second")
    with pytest.raises(ValueError, match="are all in use: try again later"):
        while True:
            given.keep(course_file(f"{len(list_checkpoints(folder))}.pth"), f"owner {len(list_checkpoints(folder))}")
    assert {first, second} <= set(list_checkpoints(folder))
    belongings.clock.was(belongings.clock.now() + 1000)
    belongings.greet("first")
    third = given.keep(course_file("third.pth"), "third")
    assert {first, third} <= set(list_checkpoints(folder)) and second not in list_checkpoints(folder)


def test_one_visitor_cannot_take_all_room(folder, course_file):
    given = GivenModels(folder, Belongings.over(folder), Limits(disk_mb_each=1))
    with pytest.raises(ValueError, match="your models take over 1 MB: remove some first"):
        given.keep(course_file(n_feat=64), "someone")
