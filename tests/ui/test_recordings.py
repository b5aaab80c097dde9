"""How heavy the page is, that texts are packed on their way, and what is fetched when it is first seen."""

import json
import zlib

import httpx
import pytest

from diffusion.evaluation.frontier import FILE
from diffusion.serving.jobs.recorded_training import MAX_BYTES
from diffusion.ui.components import recordings

PAGE_BYTES = 250_000   # packed


@pytest.fixture(scope="module")
def http(app_url):
    with httpx.Client(base_url=app_url, timeout=30) as client:
        yield client


def sent(http, address, encoding="gzip", **headers):
    """An answer's headers, and its body as it came over the wire."""
    with http.stream("GET", address, headers={"accept-encoding": encoding, **headers}) as answer:
        return answer.headers, b"".join(answer.iter_raw())


def test_the_page_is_light(http):
    headers, body = sent(http, "")
    assert headers["content-encoding"] == "gzip" and len(body) <= PAGE_BYTES
    assert zlib.decompress(body, 16 + zlib.MAX_WBITS) == sent(http, "", "identity")[1]


def test_nothing_recorded_stands_in_the_page(http):
    recorded = json.loads(recordings.first_run())["lanes"][0]["views"]["x0"]["data"]
    assert recorded[:200] not in http.get("").text


def test_the_first_run_comes_once(http):
    headers, _ = sent(http, "recorded/first-run")
    answer = http.get("recorded/first-run")
    assert answer.text == recordings.first_run() and headers["content-encoding"] == "gzip"
    again = http.get("recorded/first-run", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content


def test_the_recorded_training_says_that_it_is_one_and_shows_sprites_at_a_dozen_steps(http):
    curve, sprites = (http.get(f"recorded/first-training/{part}").json() for part in ("curve", "sprites"))
    grown, untrained = sprites["lanes"]
    assert curve["status"] == "recorded" and "recorded" in grown["title"]
    assert len(grown["labels"]) >= 10 and grown["labels"][0] == untrained["labels"][0] == "untrained"
    assert grown["labels"][-1] == f"step {curve['step'][-1]:,}"
    assert (recordings.ASSETS / "first_training.json").stat().st_size <= MAX_BYTES


def test_without_a_recording_a_sentence_comes(http, monkeypatch, tmp_path):
    monkeypatch.setattr(recordings, "ASSETS", tmp_path)
    answer = http.get("recorded/first-run")
    assert answer.status_code == 409 and answer.json() == {"error": recordings.NOT_RECORDED}


def test_the_frontier_comes_anew_once_its_file_has_changed(http, app_folder):
    before = http.get("recorded/frontier")
    tag = {"if-none-match": before.headers["etag"]}
    assert http.get("recorded/frontier", headers=tag).status_code == 304
    (app_folder / FILE).write_text("damaged")
    try:
        assert FILE in http.get("recorded/frontier", headers=tag).json()["notice"]
    finally:
        (app_folder / FILE).unlink()


def test_weights_and_streams_are_not_packed(http):
    headers, body = sent(http, "browser/weights/tiny")
    assert "content-encoding" not in headers and len(body) == int(headers["content-length"])
    asked = http.post("gradio_api/call/race", json={"data": ["nobody", []]}).json()["event_id"]
    headers, body = sent(http, f"gradio_api/call/race/{asked}")
    assert headers["content-type"].startswith("text/event-stream") and "content-encoding" not in headers
    assert body.startswith(b"event: ")


def test_what_does_not_exist_is_no_fault(http):
    assert http.get("recorded/nothing").status_code == 404
