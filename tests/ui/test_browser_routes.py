"""What a page fetches to draw by itself, by plain HTTP."""

import httpx
import pytest

from diffusion.browser.half_judge import judge_file
from diffusion.browser.half_weights import browser_file
from diffusion.evaluation.judge import load_judge
from diffusion.sprites.spriteset import COURSE_CATEGORIES


@pytest.fixture(scope="module")
def http(app_url):
    with httpx.Client(base_url=f"{app_url}browser/", timeout=30) as client:
        yield client


def test_code_comes_with_its_kind_and_is_asked_for_anew(http):
    for name, kind in (("device.js", "text/javascript"), ("kernels.wasm", "application/wasm")):
        answer = http.get(f"code/{name}")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
        assert answer.headers["cache-control"] == "no-cache"


OTHER_FILES = ("half_weights.py", "kernels.c", "nothing.js", "..%2Fdoor.py", "%2E%2E%2F%2E%2E%2Fui%2Fstyle.css", "%00")
NO_NAMES = ("nothing", "%2E%2E", ".hidden", "a" * 300, "%00", "..%5C..%5Ctiny", "tiny.safetensors")


@pytest.mark.parametrize("name", OTHER_FILES)
def test_no_other_file_comes(http, name):
    assert http.get(f"code/{name}").status_code in (400, 404)


def test_weights_come_once_for_each_hash(http, tiny_model):
    told = http.get("models/tiny").json()
    answer = http.get("weights/tiny")
    assert answer.content == browser_file(tiny_model) and answer.headers["etag"] == f'"{told["hash"]}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    again = http.get("weights/tiny", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert http.get("weights/tiny", headers={"if-none-match": '"other"'}).status_code == 200


def test_the_judge_comes_once(http):
    answer = http.get("judge")
    assert answer.content == judge_file(load_judge(), COURSE_CATEGORIES)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = http.get("judge", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize("place", ["models", "weights"])
@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_is_none_is_told_in_a_sentence(http, place, name):
    answer = http.get(f"{place}/{name}")
    assert answer.status_code == 404 and "checkpoint" in answer.json()["error"]


def test_nothing_can_be_written_there(http):
    for method in ("POST", "PUT", "DELETE"):
        assert http.request(method, "weights/tiny").status_code in (404, 405)
