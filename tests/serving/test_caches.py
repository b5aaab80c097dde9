"""Shared values: made once by whoever comes first, kept while they are asked for."""

from threading import Barrier, Thread

import pytest

from diffusion.serving.caches import Once, Recent


def test_two_who_come_first_get_the_same_one():
    made, got, together = [], [], Barrier(2)

    def make():
        made.append(object())
        return made[-1]

    value = Once(make)

    def ask():
        together.wait()
        got.append(value())

    visitors = [Thread(target=ask) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(made) == 1 and got == made * 2


def test_what_could_not_be_made_is_made_for_the_next():
    outcomes = iter([ValueError("not yet"), "made"])

    def make():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    value = Once(make)
    with pytest.raises(ValueError, match="not yet"):
        value()
    assert value() == value() == "made"


def test_what_nobody_asks_for_goes_first():
    kept = Recent(2)
    for key in "ab":
        kept.put(key, key.upper())
    assert kept.get("a") == "A"
    kept.put("c", "C")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")
    assert kept.get_or_make("a", lambda: "another") == "A"
    assert kept.get_or_make("d", lambda: "D") == "D" and kept.get("c") is None
