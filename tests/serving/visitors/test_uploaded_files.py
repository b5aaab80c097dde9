"""Files that visitors upload: whose they are, how much of them there may be, and what is left of them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diffusion.serving.limits import Limits
from diffusion.serving.services import lock
from diffusion.serving.visitors.housekeeping import Housekeeping, remove_half_written
from diffusion.serving.visitors.scratch_folder import scratch_folder
from diffusion.serving.visitors.uploaded_files import UploadedFiles
from diffusion.support.checks import InputError


@pytest.fixture
def uploaded(tmp_path):
    return UploadedFiles(tmp_path / "uploads", Limits(upload_mb_each=3, upload_mb=5))


def upload(uploaded, visitor, name="mine.zip", megabytes=1.0):
    """What the door does with an upload."""
    uploaded.check_room(visitor, int(megabytes * 1e6))
    place = uploaded.folder / f"{len(list(uploaded.folder.glob('*'))):064d}-{time.monotonic_ns()}"
    place.mkdir(parents=True)
    (place / name).write_bytes(bytes(int(megabytes * 1e6)))
    uploaded.take(visitor, [str(place / name)])
    return str(place / name)


def test_a_file_is_from_who_uploaded_it_alone(uploaded):
    path = upload(uploaded, "ann")
    assert uploaded.is_from("ann", path) and not uploaded.is_from("ben", path)
    assert uploaded.is_of_others("ben", path) and not uploaded.is_of_others("ann", path)
    uploaded.take("ben", [path])   # the very same file
    assert uploaded.is_from("ben", path) and not uploaded.is_of_others("ben", path)


def test_nothing_else_is_taken_for_an_upload(uploaded, tmp_path):
    path = upload(uploaded, "ann")
    (tmp_path / "link.zip").symlink_to(path)
    others = [
        "", ".", "/", "/etc/passwd", str(Path(path).parent), str(uploaded.folder), f"{path}/..", f"{path}\0", "\ud800",
        "http://example.org/mine.zip", str(tmp_path / "link.zip"), "x" * 10_000, f"{path}/../../../../etc/passwd",
    ]   # fmt: skip
    assert not any(uploaded.is_from("ann", other) for other in others)
    Path(path).unlink()
    assert not uploaded.is_from("ann", path)


def test_one_visitors_own_oldest_make_room(uploaded):
    paths = []
    for i in range(4):
        paths.append(upload(uploaded, "ann"))
        os.utime(paths[-1], (i + 1, i + 1))
    assert [uploaded.is_from("ann", path) for path in paths] == [False, True, True, True]
    assert not Path(paths[0]).parent.exists()


def test_all_visitors_together_have_an_end(uploaded):
    kept = [upload(uploaded, name, megabytes=2.5) for name in ("ann", "ben")]
    with pytest.raises(InputError, match="room for uploads is all in use"):
        upload(uploaded, "eve")
    with pytest.raises(InputError, match="has 4 MB: 3 MB at most"):
        upload(uploaded, "ann", megabytes=4)
    assert all(Path(path).exists() for path in kept)


@pytest.mark.parametrize("name", ["virus.exe", "page.html", "noending", "mine.svg", ".zip"])
def test_only_kinds_that_are_read_are_kept(uploaded, name):
    with pytest.raises(InputError, match="no kind that is read here: give"):
        upload(uploaded, "ann", name)
    assert not [path for path in uploaded.folder.rglob("*") if path.is_file()]


def test_what_was_broken_off_or_forgotten_is_swept(uploaded):
    fresh, old = upload(uploaded, "ann"), upload(uploaded, "ben")
    broken, growing = uploaded.folder / "tmpx7", uploaded.folder / "tmpx8"
    for path in (broken, growing):
        path.write_bytes(bytes(1000))
    os.utime(broken, (time.time() - 700,) * 2)
    os.utime(old, (time.time() - 5 * 3600,) * 2)
    uploaded.sweep()
    assert Path(fresh).exists() and growing.exists()
    assert not broken.exists() and not Path(old).parent.exists() and not uploaded.is_from("ben", old)


def test_copies_to_fetch_are_at_an_address_that_cannot_be_guessed(uploaded, tmp_path):
    (tmp_path / "model.json").write_text("{}")
    first, second = (uploaded.hand_out([tmp_path / "model.json"])[0] for _ in range(2))
    assert first != second and len(Path(first).parent.name) >= 30
    assert not uploaded.is_of_others("ann", first)


HOLDS = """
import sys, time
from pathlib import Path
from diffusion.serving.services import lock
from diffusion.serving.visitors.scratch_folder import scratch_folder
held = lock(Path(sys.argv[1]))
folder = scratch_folder(Path(sys.argv[2]))
(folder / "upload").write_bytes(bytes(1000))
print(folder, flush=True)
time.sleep(60)
"""


def test_a_second_program_over_a_folder_is_told_and_what_a_killed_one_left_goes(tmp_path):
    models, place = tmp_path / "models", tmp_path / "scratch"
    command = [sys.executable, "-c", HOLDS, str(models), str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one:
        left = one.stdout.readline().strip()
        with pytest.raises(InputError, match=r"running already over the models in .*: open its page, or stop it first"):
            lock(models)
        own = scratch_folder(place)
        assert Path(left).exists() and str(own) != left   # it is in use
        one.kill()
        one.wait()
    assert scratch_folder(place) == own
    assert not Path(left).exists() and own.exists()
    assert lock(models) is not None


def test_a_folder_that_cannot_be_written_is_nobodys_to_lock(tmp_path):
    (tmp_path / "models").write_text("a file where a folder should be")
    assert lock(tmp_path / "models") is None


def test_half_written_files_are_swept_by_age(tmp_path):
    old, new = tmp_path / ".trained-1.safetensors.part", tmp_path / ".trained-2.json.part"
    for path in (old, new):
        path.write_bytes(bytes(10))
    os.utime(old, (time.time() - 7200,) * 2)
    remove_half_written(tmp_path)
    assert new.exists() and not old.exists()


def test_the_house_is_put_in_order_once_a_minute_and_goes_on_when_something_fails():
    done = []

    def failing():
        done.append("failing")
        raise OSError(28, "No space left on device")

    housekeeping = Housekeeping([failing, lambda: done.append("next")])
    housekeeping.do()
    assert done == ["failing", "next"]
    for _ in range(3):
        housekeeping.now_and_then()
    deadline = time.monotonic() + 10
    while len(done) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert done == ["failing", "next"] * 2
