"""A class votes on one training, then all watch it."""

import pytest
from pages import LOSS, open_tab, ready, wait_until_hidden

from diffusion.ui.words import votes as words


def open_train(page):
    ready(page)
    open_tab(page, "Train")


@pytest.fixture
def teacher(visit):
    """A teacher's page that has asked the class; what it began is stopped."""
    page = visit()
    open_train(page)
    page.get_by_text(words.TITLE).click()
    page.get_by_role("button", name=words.ASK).click()
    page.get_by_text("0 votes.").wait_for()
    yield page
    stop = page.get_by_role("button", name="Stop", exact=True)
    if stop.is_enabled():
        stop.click()
        page.get_by_text("The model is called").wait_for()


def link_of(page):
    field = page.locator(f"label:has-text('{words.LINK}') >> css=input,textarea").first
    page.wait_for_function("(field) => field.value.includes('?vote=')", arg=field.element_handle())
    return field.input_value()


def test_a_class_votes_and_all_watch_what_most_wanted(teacher, open_page):
    assert teacher.locator(".qr-code svg").is_visible()
    learner = open_page(link_of(teacher))
    learner.get_by_text("Your class trains one network together").wait_for()
    assert learner.get_by_role("button", name="Start training").count() == 0
    learner.get_by_label("1 minute", exact=True).check()
    learner.get_by_label("16", exact=True).check()
    learner.get_by_role("button", name=words.VOTE, exact=True).click()
    learner.get_by_text("Your vote counts.").wait_for()
    teacher.get_by_text("1 vote.").wait_for()
    teacher.locator(".votes strong:visible").get_by_text("1 minute: 1").wait_for()
    teacher.get_by_role("button", name=words.BEGIN).click()
    teacher.wait_for_selector(LOSS)
    learner.get_by_text("You are watching the training of somebody else").wait_for()
    learner.wait_for_selector(LOSS)
    assert not learner.get_by_role("button", name=words.VOTE, exact=True).is_visible()
    config = teacher.locator("#training-line")
    config.get_by_text("learning rate 0.002").wait_for()
    late = open_page(link_of(teacher))   # comes when it has begun
    late.wait_for_selector(LOSS)


def test_a_link_to_a_training_leads_there_where_the_tab_is_hidden(teacher, open_page):
    link = link_of(teacher)
    learner = open_page(f"{link}&hide=train,unet")
    learner.get_by_text("Your class trains one network together").wait_for()
    wait_until_hidden(learner, "unet")
    assert learner.get_by_role("tab", name="Train", exact=True).is_visible()
    stranger = open_page(f"{link[:-4]}&hide=train")
    ready(stranger)
    wait_until_hidden(stranger, "train")
