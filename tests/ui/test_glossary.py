"""The words of the field: each can be pressed where it is first said, and says what it means."""

import re

import pytest

from diffusion.ui.words import lessons
from diffusion.ui.words.glossary import TERMS, glossary, glossed

TEXTS = [value for value in vars(lessons).values() if isinstance(value, str) and value.startswith("\n")]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.split()[0])
def test_a_lesson_keeps_its_words_and_links_each_term_once(text):
    linked = glossed(text)
    terms = re.findall(r'popovertarget="term-([^"]+)"', linked)
    assert len(terms) == len(set(terms)) and set(terms) <= TERMS.keys()
    assert re.sub(r"<button[^>]*>([^<]*)</button>", r"\1", linked) == text


def test_parts_of_words_and_code_are_no_terms():
    assert glossed("noisy skipping `noise` floors") == "noisy skipping `noise` floors"
    assert glossed("Noise, noise").count("<button") == 1


def test_each_term_that_is_said_has_a_meaning_on_the_page():
    page = glossary()
    assert all(f'id="term-{term}"' in page for term in TERMS)
    said = {term for text in TEXTS for term in re.findall(r'popovertarget="term-([^"]+)"', glossed(text))}
    assert {"noise", "guidance", "fsd", "floor", "student", "context"} <= said | TERMS.keys() and len(said) >= 10
