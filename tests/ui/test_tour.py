"""The words of the tour, and the sheet that is made of them."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from diffusion.ui import components
from diffusion.ui.routes.lesson_sheet import sheet_routes
from diffusion.ui.words.tour import LESSONS, ON_PAGE

TOUR = (Path(components.__file__).parent / "tour/tour.js").read_text()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_a_lesson_has_choices_one_of_them_right_and_the_page_knows_when_it_is_done(lesson):
    assert len(set(lesson.choices)) == 3 and 0 <= lesson.right < 3
    assert re.search(rf"^  {lesson.done}: \[", TOUR, re.MULTILINE)
    assert lesson.tab in {"noise", "sample", "context", "race", "train"}


def test_there_are_six_with_keys_of_their_own_and_the_page_says_only_what_it_has_words_for():
    assert len({lesson.key for lesson in LESSONS}) == 6
    assert set(re.findall(r"words\.(\w+)", TOUR)) == ON_PAGE.keys()


def test_the_sheet_for_teachers_holds_every_question_and_its_answer():
    page = TestClient(Starlette(routes=sheet_routes())).get("/lessons").text
    questions, answers = page.split('class="answers"')
    for lesson in LESSONS:
        assert lesson.title in questions and lesson.title in answers
        assert lesson.choices[lesson.right] in answers.replace("&#x27;", "'")
        assert lesson.why.split(".")[0].replace("'", "&#x27;") in answers
