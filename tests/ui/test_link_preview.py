"""What is shown of a link to the lab where it is previewed."""

import io
import re

import httpx
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from diffusion.ui.routes.link_preview import SIZE, previewed
from diffusion.ui.routes.touched_page import TouchedPage, begun_with

GRADIOS = (
    '<html><head><meta property="og:url" content="https://gradio.app/" />\n<meta property="og:image" content="" />'
    '<meta name="twitter:image" content="" /><title>Lab</title></head></html>'
)


def tags(page):
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', page))


def asked(page=GRADIOS, path="/", **headers):
    app = Starlette(
        routes=[Route("/", lambda _: HTMLResponse(page)), Route("/other", lambda _: HTMLResponse(page))],
        middleware=[Middleware(TouchedPage, touches=[previewed("The <lab>", r"A \1 \g<0> sentence.")])],
    )
    return TestClient(app, base_url="http://lab.school.example").get(path, headers=headers)


def test_the_real_page_tells_its_own_title_and_a_picture_that_is_there(app_url):
    page = httpx.get(app_url).text
    told = tags(page)
    assert told["og:title"] == "Sprite Diffusion Lab" and told["og:url"] == app_url
    assert "gradio.app" not in page.partition("</head>")[0].partition("window.gradio_config")[0]
    picture = httpx.get(told["og:image"])
    assert Image.open(io.BytesIO(picture.content)).size == SIZE
    assert told["twitter:card"] == "summary_large_image"


def test_it_tells_the_address_by_which_it_was_asked_for():
    told = tags(asked(**{"x-forwarded-host": "sprites.example", "x-forwarded-proto": "https"}).text)
    assert told["og:url"] == "https://sprites.example/" and told["og:image"] == "https://sprites.example/preview.png"


def test_words_stand_as_they_are_and_all_else_is_untouched():
    answer = asked()
    assert 'content="The &lt;lab&gt;"' in answer.text and r'content="A \1 \g&lt;0&gt; sentence."' in answer.text
    assert answer.text.endswith("<title>Lab</title></head></html>")
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_name_that_cannot_be_is_not_repeated():
    told = tags(asked(**{"x-forwarded-host": '"><script>'}).text)
    assert "og:url" not in told and "og:image" not in told and told["og:title"]


def test_other_pages_and_pages_without_such_lines_stay_as_they_are():
    assert asked(path="/other").text == GRADIOS
    assert asked("<html>plain</html>").text == "<html>plain</html>"


def test_a_page_begins_with_what_is_seen_first_wherever_its_scripts_spell_a_body():
    page = b'<html><head><script>"<body>"</script></head><body class="a">all</body></html>'
    begun = begun_with("<p>first</p>")
    assert begun(None, page) == page.replace(b'class="a">', b'class="a"><p>first</p>')
    assert begun(None, b"no page") == b"no page"
