"""What learners upload is on the disk for as long as it may be needed, and then nothing of it is left."""

import socket
from pathlib import Path
from time import monotonic, sleep

import pytest
from own_program import program
from raw_http import API

UPLOADS, LOOKED_AT, BROKEN_OFF = 50, 10, 10
AT_ONCE = """
from diffusion.serving.visitors import housekeeping, uploaded_files
housekeeping.EVERY_S, uploaded_files.KEPT_S, uploaded_files.BROKEN_OFF_AFTER_S = 0.2, 1, 1   # in place of minutes
"""
GONE_WITHIN_S = 10
HALF = b"0" * 100_000   # of an upload
BEGUN = (
    f"POST /{API}/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    f"Content-Length: {3 * len(HALF)}\r\n\r\n"
    '--x\r\nContent-Disposition: form-data; name="files"; filename="sprites.npz"\r\n\r\n'
).encode()


@pytest.fixture(scope="module")
def left(copied_app_folder, tmp_path_factory, sprites):
    """The folder of temporary files, some seconds after much was uploaded, read, and broken off."""
    given, temporary = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("temporary")
    with program(copied_app_folder, temporary, AT_ONCE) as running:
        upload_much(running.app, given, sprites)
        settle(running.app, temporary)
        yield temporary


def upload_much(app, given, sprites):
    """Upload files that differ, look at some of them, and break off some more."""
    sprites.save(given / "sprites.npz")
    for k in range(UPLOADS):
        file = given / f"{k}.npz"
        file.write_bytes((given / "sprites.npz").read_bytes() + bytes([k]))
        kept = app.upload(file)
        if k < LOOKED_AT:
            assert not app.call(app.endpoint("look_anew"), [[kept]], f"page-{k}").failed
    for _ in range(BROKEN_OFF):
        with socket.create_connection((app.http.base_url.host, app.http.base_url.port)) as connection:
            connection.sendall(BEGUN + HALF)
            sleep(0.02)


def settle(app, temporary: Path) -> None:
    """Wait until no upload is left, but not for long; the house is put in order while somebody asks."""
    deadline = monotonic() + GONE_WITHIN_S
    while files(temporary) and monotonic() < deadline:
        app.http.get("config")
        sleep(0.1)


def files(temporary: Path) -> list[Path]:
    return [path for path in temporary.rglob("*") if path.is_file() and path.suffix != ".lock"]


def uploads(temporary: Path) -> list[Path]:
    return [file for file in files(temporary) if file.suffix == ".npz"]


def test_uploads_are_gone_when_their_time_is_over(left):
    assert not uploads(left)


def test_uploads_that_are_broken_off_leave_nothing(left):
    assert not [file for file in files(left) if file.stat().st_size == len(HALF)]


def test_reading_uploads_leaves_no_empty_files(left):
    assert not [file for file in files(left) if file.stat().st_size == 0]


def test_uploads_leave_no_empty_folders(left):
    assert len([folder for folder in left.rglob("*") if folder.is_dir()]) < UPLOADS


@pytest.mark.slow   # it starts two programs
def test_what_a_killed_program_had_is_gone_when_the_next_one_has_started(copied_app_folder, tmp_path, sprites):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with program(copied_app_folder, temporary) as running:
        upload_much(running.app, tmp_path, sprites)
    assert uploads(temporary)
    with program(copied_app_folder, temporary):
        assert not uploads(temporary)
