"""Components that the page fetches once they are seen."""

import httpx
import pytest

from diffusion.serving.fetched.large_values import GONE
from diffusion.ui.components.component import late_module


@pytest.fixture(scope="module")
def http(app_url):
    with httpx.Client(base_url=f"{app_url}components/", timeout=30) as client:
        yield client


def test_a_component_comes_whole_and_again_only_if_it_has_changed(http):
    answer = http.get("plane.js")
    assert answer.text == late_module("plane") and answer.headers["content-type"].startswith("text/javascript")
    assert 'export const html = "<div class' in answer.text and "export const css" in answer.text
    assert http.get("plane.js", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["shared", "nothing", "..", "%2E%2E%2Fcomponent", "plane%2Fplane", "%00", "a" * 300])
def test_nothing_else_comes(http, name):
    assert http.get(f"{name}.js").status_code == 404


def test_a_large_value_that_is_not_kept_is_told_in_a_sentence(app_url):
    answer = httpx.get(f"{app_url}large/nobody")
    assert answer.status_code == 409 and answer.json() == {"error": GONE}
