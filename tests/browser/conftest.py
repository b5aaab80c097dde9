"""One browser and its two lasting pages: one that a test begins afresh, and one that tests hand on to each other."""

import os

import pytest
from pages import CHROMIUM, FAILED, VIEWPORT, Standing, Watch, leave, ready, start_afresh

NEEDED = "SPRITE_LAB_NEEDS_BROWSER" in os.environ


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None and not NEEDED:
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def watch():
    """Over all pages."""
    watch = Watch()
    yield watch
    watch.check()


@pytest.fixture(autouse=True)
def nothing_goes_wrong(watch):
    """No page logs an error, or asks another host, in any test."""
    yield
    watch.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture(scope="session")
def new_page(browser, watch):
    """Makes a page of its own context, with nothing of what the others remember, watched over what is served at url."""

    def new_page(url):
        return watch.over(browser.new_page(viewport=VIEWPORT), url)

    return new_page


@pytest.fixture
def open_page(new_page):
    """Opens a page for one test, beside the lasting ones."""
    pages = []

    def open_page(url):
        pages.append(new_page(url))
        pages[-1].goto(url)
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def fresh_page(new_page, app_url):
    return new_page(app_url)


@pytest.fixture
def visit(fresh_page, app_url):
    """Goes to an address of the app in a page that remembers nothing."""

    def visit(address="", motion="no-preference"):
        start_afresh(fresh_page, app_url + address, motion)
        return fresh_page

    yield visit
    leave(fresh_page)


@pytest.fixture
def page(visit):
    """The app as it opens, for one test."""
    page = visit()
    ready(page)
    return page


@pytest.fixture(scope="session")
def standing_page(new_page, app_url):
    return Standing(new_page(app_url), app_url)


@pytest.fixture(scope="module", autouse=True)
def nothing_plays_on(standing_page):
    yield
    standing_page.leave()


@pytest.fixture
def standing(standing_page, request):
    """The page that tests hand on, see Standing."""
    yield standing_page
    if request.node.stash.get(FAILED, False):
        standing_page.opened = None
