"""What a newcomer wants is done in at most four actions from a fresh page."""

import re

import pytest
from pages import open_tab, ready, type_in

REFINED = "#mix-view .sprites[data-final=true]"


class Actions:
    """What a learner does on a page, counted."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, name, role="button"):
        self.count += 1
        self.page.get_by_role(role, name=name, exact=True).locator("visible=true").first.click()

    def fill(self, label, value):
        self.count += 1
        type_in(self.page.get_by_label(label).first, value)


@pytest.fixture
def learner(page):
    learner = Actions(page)
    yield learner
    assert learner.count <= 4


def test_a_hero_that_is_half_food(learner):
    learner.press("Context", "tab")
    learner.press("half hero, half food")
    learner.page.wait_for_function("document.querySelector('#weight-2 input[type=number]').value === '0.5'")
    learner.page.wait_for_selector(REFINED)


def test_ddim_is_faster(learner):
    learner.press("DDPM vs DDIM", "tab")
    learner.press("Race")
    learner.page.get_by_text("numbers of the starting noise").wait_for()


def test_the_level_where_nobody_can_know(learner):
    learner.press("“No idea”")
    learner.page.wait_for_selector(".sentence[data-state='no idea']")


def test_training_and_drawing_with_what_was_trained(learner):
    learner.press("Train", "tab")
    learner.fill("Minutes of training", "0.1")
    learner.press("Start training")
    learner.page.get_by_role("link", name="Draw with it").wait_for()
    with learner.page.expect_popup() as opened:   # beside the training, which stays
        learner.press("Draw with it", "link")
    opened.value.get_by_text(re.compile(r"^16 sprites, \d+ steps")).wait_for()


def test_sending_what_one_sees(learner):
    page = learner.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ready(page)
    open_tab(page, "Context")
    page.wait_for_url("**tab=context**")   # a press within milliseconds would come first
    learner.press("Copy link")
    page.get_by_role("button", name="Copied").wait_for()
    assert "tab=context" in page.evaluate("navigator.clipboard.readText()")
