"""A school on one server: 300 learners load all that a page needs, then they drag. On request (pytest -m slow)."""

import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median
from time import perf_counter, sleep
from urllib.parse import urljoin

import httpx
import pytest
from own_program import program
from pages import requests
from test_long_drag import DRAG
from test_page_speed import MIX_SLIDER, opened_mix

from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.ui.routes.browser_routes import CODE, KINDS

LEARNERS, AT_ONCE = 300, 50
COLD, COLD_WITHIN_S, USABLE_WITHIN_S = 30, 10, 4
BROWSERS, DRAG_S = 2, 10
MOST_BUSY = 0.1   # of the time, the server's program while pages are dragged
DEVICE = [f"browser/code/{path.name}" for path in CODE.iterdir() if path.suffix in KINDS]
MODELS = [f"browser/{place}/{name}" for name in ("sprites", "sprites-1") for place in ("models", "weights")]


@pytest.fixture
def running(tmp_path):
    """The shipped models on a server that shares no program with its learners, as it is for them."""
    folder = tmp_path / "checkpoints"
    shutil.copytree(CHECKPOINTS, folder, ignore=shutil.ignore_patterns("house"))
    with program(folder, tmp_path) as app:
        yield app


def fetch(client, url):
    """What a new learner's browser fetches."""
    page = client.get(url)
    own = {urljoin(url, address) for address in re.findall(r'(?:src|href)="(\.?/[^"]+)"', page.text)}
    first = [page, *(client.get(urljoin(url, path)) for path in ("config", *DEVICE, *MODELS, "browser/judge"))]
    return first + [client.get(address) for address in sorted(own)]


def fetched(url):
    """The statuses of that, in a browser that knows nothing yet."""
    with httpx.Client(timeout=300) as client:
        return [answer.status_code for answer in fetch(client, url)]


def load(url):
    """What a new learner's browser fetches, and, once it has the files, fetches anew: statuses of both."""
    with httpx.Client(timeout=300) as client:
        first = fetch(client, url)
        known = [(str(answer.url), answer.headers["etag"]) for answer in first if "etag" in answer.headers]
        again = [client.get(address, headers={"if-none-match": etag}) for address, etag in known]
    return [answer.status_code for answer in first], {str(answer.url): answer.status_code for answer in again}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_three_hundred_learners_load_their_pages_without_an_error(running):
    url = running.app.url
    with ThreadPoolExecutor(AT_ONCE) as learners:
        for first, again in learners.map(load, [url] * LEARNERS):
            assert set(first) == {200}
            for place in ("weights/sprites", "weights/sprites-1", "judge"):
                assert again[f"{url}browser/{place}"] == 304   # a browser that has it is sent nothing


@pytest.mark.slow
def test_thirty_cold_pages_within_ten_seconds_have_all_they_need_in_four_each(running):
    """What a page fetches until it is usable, by raw HTTP: a machine of two cores has no room for thirty browsers."""
    def cold(k):
        sleep(k * COLD_WITHIN_S / COLD)
        start = perf_counter()
        first = fetched(running.app.url)
        return perf_counter() - start, first

    fetched(running.app.url)   # the server's own first time
    with ThreadPoolExecutor(COLD) as learners:
        waits, answers = zip(*learners.map(cold, range(COLD)), strict=True)
    told = f"{COLD} cold pages: median {median(waits):.2f} s, slowest {max(waits):.2f} s, {len(answers[0])} files each"
    sys.stdout.write(f"\n{told}\n")
    assert all(set(statuses) == {200} for statuses in answers) and max(waits) <= USABLE_WITHIN_S, told


@pytest.mark.slow
def test_while_learners_drag_the_server_is_idle(running, open_page):
    pages = [opened_mix(open_page, running.app.url) for _ in range(BROWSERS)]
    pages[-1].wait_for_timeout(3000)
    with ExitStack() as watching:
        asked = [watching.enter_context(requests(page)) for page in pages]
        start, busy = perf_counter(), running.seconds
        for page in pages:
            page.evaluate(f"(about) => {{ window.dragged = ({DRAG})(about); }}", [MIX_SLIDER, DRAG_S])
        drawn = [page.evaluate("dragged") for page in pages]
        busy, wall = running.seconds - busy, perf_counter() - start
        for page in pages:   # it rests now, and asks whether the server is there
            page.wait_for_selector("#mix-view .sprites[data-final=true]")
    assert min(drawn) > 0
    assert busy <= MOST_BUSY * wall and max(map(len, asked)) <= 1
