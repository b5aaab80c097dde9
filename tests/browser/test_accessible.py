"""Every tab, with all that it folds away, holds the rules of axe-core that it calls serious or critical."""

import pytest
from axe_playwright_python.sync_playwright import Axe

DRAWN_MS = 1000   # what comes later has the same colours and names
OPEN_ALL = """() => document.querySelectorAll("button.label-wrap:not(.open)").forEach((button) => {
    if (button.offsetParent) button.click();
})"""


@pytest.fixture(params=["light", "dark"])
def page(request, browser, watch, app_url):
    page = watch.over(browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme=request.param), app_url)
    page.goto(app_url)
    page.wait_for_selector("button[role=tab]")
    yield page
    page.close()


def test_no_tab_has_a_serious_fault(page):
    tabs = page.get_by_role("tab").all_inner_texts()
    faults, toasts = {}, []
    for tab in tabs:
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(DRAWN_MS)
        page.evaluate(OPEN_ALL)
        page.wait_for_timeout(DRAWN_MS)
        toasts += page.locator(".toast-body").all_inner_texts()
        faults[tab] = [
            f"{fault['id']}: {node['html'][:200]}"
            for fault in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]
    assert len(tabs) >= 6 and not any(faults.values()), (faults, toasts)
