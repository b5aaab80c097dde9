"""The page is made once for each address, and is the same to all who open it by that."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from diffusion.ui.routes.kept_page import KEPT, KeptPage


@pytest.fixture
def made():
    """What was made so far, as pages."""
    return []


@pytest.fixture
def client(made):
    def page(request):
        made.append(f"<p>{request.headers.get('x-forwarded-host', request.headers['host'])} {len(made)}</p>" * 100)
        return HTMLResponse(made[-1], 503 if "broken" in request.query_params else 200)

    routes = [Route("/", page, methods=["GET", "HEAD", "POST"]), Route("/other", page)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(KeptPage)]), base_url="http://lab.example")


def test_it_is_made_once_whatever_else_is_asked(client, made):
    assert {client.get(path).text for path in ("/", "/?tab=sample", "/?seed=7&__theme=dark")} == {made[0]}
    assert len(made) == 1


def test_each_address_has_its_own(client, made):
    for headers in ({}, {"x-forwarded-host": "a.example"}, {"x-forwarded-proto": "https"}, {"host": "b.example"}):
        first, again = (client.get("/", headers=headers).text for _ in range(2))
        assert first == again == made[-1]
    assert len(made) == 4


def test_as_many_are_kept_as_are_used_and_no_more(client, made):
    for k in range(KEPT + 1):
        client.get("/", headers={"host": f"{k}.example"})
    client.get("/", headers={"host": f"{KEPT}.example"})
    assert len(made) == KEPT + 1
    client.get("/", headers={"host": "0.example"})
    assert len(made) == KEPT + 2


def test_it_comes_packed_to_who_can_unpack_it(client, made):
    packed = client.get("/", headers={"accept-encoding": "gzip"})
    plain = client.get("/", headers={"accept-encoding": "identity"})
    assert packed.text == plain.text == made[0] and len(made) == 1
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < len(made[0]) // 5
    assert packed.headers["content-type"] == plain.headers["content-type"] == "text/html; charset=utf-8"


def test_who_has_it_is_sent_nothing(client):
    has = client.get("/").headers["etag"]
    answer = client.get("/", headers={"if-none-match": has})
    assert answer.status_code == 304 and not answer.content
    assert client.get("/", headers={"if-none-match": has, "host": "b.example"}).status_code == 200


@pytest.mark.parametrize("ask", ["/?broken", "/?deep_link=x", "/?page=x", "/other"])
def test_what_is_no_page_or_another_one_is_not_kept(client, made, ask):
    assert [client.get(ask).text for _ in range(2)] == made and len(made) == 2
    assert client.get(ask).status_code == (503 if "broken" in ask else 200)


def test_whether_it_is_there_is_told_without_making_it_anew(client, made):
    told = [client.head("/") for _ in range(2)]
    assert [answer.status_code for answer in told] == [200, 200] and not any(answer.content for answer in told)
    page = client.get("/")
    assert page.headers == told[0].headers and page.text == made[0] and len(made) == 1


def test_what_is_told_to_the_app_reaches_it(client, made):
    client.get("/")
    assert client.post("/").text == made[1]


def test_the_real_page_tells_the_address_that_it_was_opened_by(app_url):
    here, there = (httpx.get(url) for url in (app_url, app_url.replace("127.0.0.1", "localhost")))
    assert "//127.0.0.1:" in here.text and "//localhost:" not in here.text
    assert "//localhost:" in there.text and "//127.0.0.1:" not in there.text
    assert here.text == httpx.get(app_url).text
