"""Answers that nobody reads are thrown away; who reads in time gets them."""

from time import sleep

import httpx
import pytest
from good_values import GoodValues
from own_program import program
from raw_http import API

from diffusion.generation import SampleConfig
from diffusion.serving.requests import RunRequest
from diffusion.serving.turns import LONG_EACH

KEPT_S, MOST = 3, 4
SOON = f"""
from diffusion.ui import unread_answers
unread_answers.KEPT_S, unread_answers.MOST_UNREAD = {KEPT_S}, {MOST}
"""


@pytest.fixture(scope="module")
def app(copied_app_folder, tmp_path_factory):
    with program(copied_app_folder, tmp_path_factory.mktemp("temporary"), SOON) as running:
        yield running.app


@pytest.fixture
def join(app, tmp_path, sprites):
    """Asks for one batch in the queue, and does not listen."""
    look = app.endpoint("activations")
    data = GoodValues(app, tmp_path, sprites).of(look)

    def joined(session):
        asked = {"fn_index": look.index, "session_hash": session, "data": data, "trigger_id": None}
        assert app.post("queue/join", asked).status_code == 200

    return joined


def test_an_answer_that_is_read_soon_is_there(app, join):
    join("soon")
    sleep(1)
    assert not app.follow("soon").failed


def test_an_answer_that_nobody_reads_is_forgotten(app, join):
    join("never")
    sleep(KEPT_S / 2)
    app.http.get("config")
    sleep(KEPT_S)
    late = app.follow("never")
    assert late.status == 404 and "ask again" in late.error


def test_of_many_unread_answers_the_newest_are_kept(app, join):
    sessions = [f"many-{k}" for k in range(MOST + 2)]
    for session in sessions:
        join(session)
    app.http.get("config")
    assert [app.follow(session).status for session in sessions] == [404] * 2 + [200] * MOST


def test_a_page_that_listens_late_in_its_time_and_asks_again_is_answered(app, join):
    for _ in range(3):
        join("again")
        sleep(KEPT_S * 0.7)   # longer in all than an answer is kept
        assert not app.follow("again").failed


def test_a_program_that_calls_by_name_hears_its_answer(app, tmp_path, sprites):
    look = app.endpoint("activations")
    called = app.http.post(f"{API}/call/activations", json={"data": GoodValues(app, tmp_path, sprites).of(look)})
    if called.status_code != 200:
        pytest.fail(called.text)
    assert "event: complete" in app.http.get(f"{API}/call/activations/{called.json()['event_id']}").text


def test_a_session_that_is_no_text_is_refused_in_a_sentence(app):
    index = app.endpoint("activations").index
    for session in ([1], {"a": 1}, 5):
        refused = app.post("queue/join", {"fn_index": index, "session_hash": session, "data": []})
        assert refused.status_code == 400 and "session" in refused.json()["error"]


def run(**settings):
    """The recipe of one that calls its network four times a step."""
    weights = (("hero", 1.0), ("food", 1.0), ("spell", 1.0))
    return RunRequest("tiny", SampleConfig("ddpm", mixing="composed", **settings), weights).recipe


def test_a_file_that_nobody_waits_for_any_more_is_not_made(app):
    png = app.server_function("sample-player", "png")
    asked = {"component_id": png.component, "fn_name": png.name, "session_hash": "in a hurry"}
    for seed in range(LONG_EACH):
        with pytest.raises(httpx.ReadTimeout):
            app.http.post(f"{API}/component_server", json=asked | {"data": run(steps=500, n=64, seed=seed)}, timeout=1)
    sleep(2)
    assert isinstance(app.ask(png, run(steps=2, n=1), "in a hurry").value, str)   # not busy: their places are free
