"""Whatever is given, a check answers with one short sentence, or lets it pass."""

import math
from html import unescape

import pytest

from diffusion.support.checks import InputError, check_known, check_number, check_whole, whole
from diffusion.support.wording import has_control, plain, quoted, shown

ODD = [
    None, True, "", "3", "x" * 10_000, "\ud800", "a\nb", [], [[1] * 1000] * 1000, {}, {"a": [{}]}, 1e999, -1e999,
    math.nan, 10**400, -(10**400), 1.5, object(), b"\xff", float,
]   # fmt: skip
LINE = 120


@pytest.mark.parametrize("value", ODD, ids=map(str, range(len(ODD))))
@pytest.mark.parametrize(
    "check",
    [
        lambda value: check_number("n", value, 0, 1),
        lambda value: check_whole("n", value, 0, 1),
        lambda value: whole("n", value),
        lambda value: check_known("n", value, ("a",)),
        lambda value: check_number(value, 2, 0, 1),
    ],
    ids=["number", "whole", "to whole", "known", "name"],
)
def test_nothing_odd_gets_past_a_check_and_each_message_is_short(check, value):
    with pytest.raises(InputError) as error:
        check(value)
    text = str(error.value)
    assert len(text) <= LINE + 60 and not any(has_control(char) for char in text)
    text.encode()


def test_numbers_within_their_bounds_pass():
    check_number("n", 0.5, 0, 1)
    check_whole("n", 1, 0, 1)
    check_known("n", "a", ("a",))
    assert whole("n", 3.0) == whole("n", 3) == 3


def test_what_was_given_is_shown_short_and_on_one_line():
    assert shown("a b") == "a b" and quoted("a b") == "'a b'" and quoted(3) == "3"
    assert shown("a\nb\ud800") == "a\ufffdb\ufffd"
    assert all(len(shown(long)) <= 80 for long in ("x" * 10**6, [0] * 10**6, ["y" * 10**6], 10**400))
    assert shown("gnp.\u202eexe") == "gnp.exe"   # a mark that turns the direction lets an .exe pose as a .png


def test_a_text_from_outside_is_plain_in_html_and_markdown():
    text = "<img src=http://elsewhere/x> **b** 7*7 _i_ `c` [a](b) # | ~ $x$ & \\ !"
    assert not set(plain(text)) & set("<>*_`[]()|~$\\!'\"")
    assert unescape(plain(text)) == text
    assert plain("a\u202eb\u2066c\u061cd") == "abcd"
