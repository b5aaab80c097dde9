"""What part of the clock's time a training gets, lately."""

import pytest

from diffusion.serving.jobs.time_got import SINCE_S, TimeGot
from diffusion.ui.words.trainings import shared


def parts(marks):
    """What comes of (on the wall, of training) in turn."""
    walls = iter([wall for wall, _ in marks])
    got = TimeGot(lambda: next(walls))
    return [got.part(seconds) for _, seconds in marks]


def test_it_is_the_training_time_over_the_clock_s():
    assert parts([(100, 0), (102, 1), (106, 4), (108, 4)]) == [1, 1, pytest.approx(2 / 3), 0.5]


def test_what_was_long_ago_does_not_count():
    slow_then_alone = [(wall, wall / 4) for wall in range(21)] + [(20 + wall, 5 + wall) for wall in range(1, 21)]
    told = parts(slow_then_alone)
    assert told[20] == 0.25 and told[-1] == 1
    assert told[21] == pytest.approx(((SINCE_S - 1) / 4 + 1) / SINCE_S)


def test_a_step_longer_than_the_window_counts_as_it_is():
    assert parts([(0, 0), (40, 10), (80, 20)])[1:] == [0.25, 0.25]


def test_it_never_gets_more_than_all():
    assert parts([(0, 0), (10, 15)])[-1] == 1


def test_a_page_says_so_only_where_others_take_much():
    assert shared(1.0) == "" and "computes 33% of the time" in shared(1 / 3)
