"""What a teacher sets for a class, as the address says it, and the page that makes such links."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import segno
from hostile_values import PATHS, TEXTS
from starlette.applications import Starlette
from starlette.testclient import TestClient

from diffusion.support.checks import InputError
from diffusion.ui.address import opened_tab
from diffusion.ui.classroom.class_page import class_routes
from diffusion.ui.classroom.qr_code import QUIET, drawn_code
from diffusion.ui.classroom.switches import LESSONS, Switches

TABS = {"noise": "Noise", "sample": "Sample", "train": "Train", "context": "Context", "race": "DDPM vs DDIM"}
ROOM = "http://lab.school.example:7860"


def read(**asked):
    return Switches.read(lambda key: asked.get(key, ""), TABS)


@pytest.fixture(scope="module")
def page():
    return TestClient(Starlette(routes=class_routes(TABS)), base_url=ROOM)


def link_on(answer):
    assert answer.status_code == 200
    return re.search(r'class="link"><a href="([^"]+)"', answer.text)[1].replace("&amp;", "&")


def dark_modules(svg):
    """The places of the dark modules of an SVG code: its only path is made of moves and horizontal lines."""
    places, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            places |= {(round(y - 0.5), round(x) + i) for i in range(round(values[0]))}
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return places


@pytest.mark.parametrize(
    ("asked", "switches"),
    [
        ({}, Switches()),
        ({"hide": "train"}, Switches(("train",))),
        ({"hide": "race,noise,race"}, Switches(("noise", "race"))),
        ({"projector": "1", "lesson": "noise"}, Switches((), True, "noise")),
        ({"projector": "0", "forget": "0"}, Switches()),
        ({"forget": "1"}, Switches(forgets=True)),
    ],
)
def test_what_an_address_says(asked, switches):
    assert read(**asked) == switches


@pytest.mark.parametrize(
    "switches",
    [Switches(), Switches(("noise", "train")), Switches(("train",), True, "noise", True), Switches((), True)],
)
def test_the_address_that_switches_make_says_them_again(switches):
    asked = {key: value for key, [value] in parse_qs(switches.query.removeprefix("?")).items()}
    assert read(**asked) == switches


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"hide": "nowhere"}, "hide = nowhere: name tabs with commas between them"),
        ({"hide": "train,"}, "name tabs"),
        ({"hide": ",".join(TABS)}, "leave one tab at least."),
        ({"hide": "train," * 9 + "train"}, "name tabs"),
        ({"projector": "yes"}, "projector = yes: choose one of 0 and 1."),
        ({"forget": "all"}, "forget = all: choose one of 0 and 1."),
        ({"lesson": "7"}, "lesson = 7: choose one of noise"),
        ({"lesson": "training", "hide": "train"}, "lesson = training: it needs the tab train, which is hidden"),
    ],
)
def test_what_cannot_be_is_one_sentence(asked, fault):
    with pytest.raises(InputError) as told:
        read(**asked)
    assert fault in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("key", ["hide", "projector", "lesson", "forget"])
@pytest.mark.parametrize("text", [text for text in (*TEXTS, *PATHS) if text.strip("01")])
def test_hostile_values_are_told_in_a_short_line(key, text):
    with pytest.raises(InputError) as told:
        read(**{key: text})
    assert len(str(told.value)) < 250 and "\n" not in str(told.value)


def test_the_first_tab_that_is_seen_opens_where_the_one_asked_for_is_hidden():
    tabs = list(TABS)
    assert opened_tab("race", tabs, ["noise"]) == "race"
    assert opened_tab("race", tabs, ["race"]) == ""   # as the page comes: the first
    assert opened_tab("noise", tabs, ["noise", "sample"]) == "train"
    assert opened_tab("nowhere", tabs, []) == ""


def test_every_lesson_can_be_linked_to_and_stands_in_the_form(page):
    form = page.get("/class").text
    for key in LESSONS:
        assert f'<option value="{key}">' in form
        assert link_on(page.get(f"/class?lesson={key}")) == f"{ROOM}/?lesson={key}"


def test_the_form_makes_the_link_that_says_what_is_ticked(page):
    assert link_on(page.get("/class?asked=1&show=noise&show=race&projector=1&lesson=fast&forget=1")) == (
        f"{ROOM}/?hide=sample,train,context&projector=1&lesson=fast&forget=1"
    )
    assert link_on(page.get("/class")) == f"{ROOM}/"


def test_the_form_shows_what_was_chosen(page):
    form = page.get("/class?hide=train&projector=1&lesson=noise").text
    assert 'value="train">' in form and 'value="noise" checked>' in form
    assert 'name="projector" value="1" checked>' in form and '<option value="noise" selected>' in form


@pytest.mark.parametrize("link", [f"{ROOM}/", f"{ROOM}/?hide=train,unet&projector=1&lesson=noise"])
def test_the_code_that_is_drawn_holds_the_link(link):
    code = segno.make(link, micro=False)
    drawn = drawn_code(link)
    dark = {(i, k) for i, row in enumerate(code.matrix) for k, module in enumerate(row) if module}
    assert dark_modules(drawn) == {(i + QUIET, k + QUIET) for i, k in dark}


def test_the_page_shows_the_code_of_its_own_link(page):
    answer = page.get("/class?hide=train&projector=1")
    assert drawn_code(link_on(answer)) in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "asked=1", "asked=1&show=%3Cscript%3E", "hide=%3Cscript%3Ealert(1)%3C/script%3E", "projector=2",
        "lesson=%22%3E%3Cb%3E", "hide=" + "train," * 500, "lesson=training&hide=train",
    ],
)   # fmt: skip
def test_a_bad_choice_is_told_in_a_sentence_and_makes_no_link(page, query):
    answer = page.get(f"/class?{query}")
    assert answer.status_code == 400 and 'class="fault"' in answer.text and 'class="link"' not in answer.text
    assert "<script>" not in answer.text and "<b>" not in answer.text


@pytest.mark.parametrize("host", ["a_b", "x/y", 'x"onclick=1', "a b", "<b>", "[::1]", "x:port", "x" * 300, "a@b"])
def test_an_odd_name_makes_no_link(page, host):
    for header in ("host", "x-forwarded-host"):
        answer = page.get("/class", headers={header: host})
        assert answer.status_code == 400 and "<svg" not in answer.text and "onclick" not in answer.text


def test_the_link_goes_by_the_name_and_the_way_that_the_request_came(page):
    assert link_on(page.get("/class", headers={"host": "192.168.1.20:7860"})) == "http://192.168.1.20:7860/"
    forwarded = {"x-forwarded-host": "lab.example, inner", "x-forwarded-proto": "https"}
    assert link_on(page.get("/class", headers=forwarded)) == "https://lab.example/"
    assert urlsplit(link_on(page.get("/class", headers={"x-forwarded-proto": "javascript"}))).scheme == "http"


@pytest.mark.parametrize(("root", "link"), [("/lab", f"{ROOM}/lab/"), ("https://a.example/lab/", "https://a.example/lab/")])
def test_the_link_has_the_root_path_behind_a_proxy(root, link):
    client = TestClient(Starlette(routes=class_routes(TABS)), base_url=ROOM, root_path=root)
    assert link_on(client.get(f"{root}/class" if root[0] == "/" else "/class")) == link


def test_an_address_of_this_machine_alone_is_told(page):
    assert "--class" in page.get("/class", headers={"host": "127.0.0.1:7860"}).text
    assert "--class" not in page.get("/class").text
