"""A training takes all cores while its steps are quicker with them, and gives one back when they become longer."""

import pytest

from diffusion.serving.jobs.core_share import FIRST_WAIT_S, LONGEST_WAIT_S, SLOW_STEPS, TRIED, CoreShare

ALONE, TOGETHER = 0.15, 0.1   # seconds of a step with one core and with two


def share(cores=2):
    set_to = []
    return CoreShare(cores, set_to.append), set_to


def train(cores, seconds, lasting):
    """Steps that take `seconds[count]`, for so long of training."""
    for _ in range(int(lasting / min(seconds.values()))):
        cores.took(seconds[cores.count])


QUIET, BUSY = {1: ALONE, 2: TOGETHER}, {1: ALONE, 2: 3 * ALONE}


def test_it_takes_both_cores_where_nobody_else_wants_one_and_keeps_them():
    cores, set_to = share()
    train(cores, QUIET, 60)
    assert set_to == [2] and cores.count == 2


def test_it_begins_with_one_until_it_knows_how_long_a_step_takes():
    cores, set_to = share()
    for _ in range(int(FIRST_WAIT_S / ALONE)):
        cores.took(ALONE)
    assert set_to == []


def test_it_gives_one_back_within_a_few_steps_and_takes_it_again_afterwards():
    cores, set_to = share()
    train(cores, QUIET, 10)
    for _ in range(SLOW_STEPS):
        cores.took(3 * ALONE)
    assert cores.count == 1
    train(cores, QUIET, 10)
    assert set_to == [2, 1, 2]


def test_one_slow_step_is_no_reason():
    cores, _ = share()
    train(cores, QUIET, 10)
    cores.took(3 * ALONE)
    train(cores, QUIET, 1)
    assert cores.count == 2


def test_beside_a_busy_neighbour_it_tries_ever_more_rarely():
    cores, set_to = share()
    train(cores, BUSY, 1000)
    assert cores.count == 1 or set_to[-1] == 2
    trials = set_to.count(2)
    assert 1000 / LONGEST_WAIT_S / 3 < trials < 1000 / LONGEST_WAIT_S + 8
    assert trials * TRIED * BUSY[2] < 0.1 * 1000   # what trying costs


@pytest.mark.parametrize("quickening", [1.0, 0.97])
def test_a_second_core_that_gains_nothing_is_given_back(quickening):
    cores, _ = share()
    train(cores, {1: ALONE, 2: quickening * ALONE}, 3)
    assert cores.count == 1


def test_a_single_core_is_kept():
    cores, set_to = share(1)
    train(cores, {1: ALONE}, 100)
    assert cores.count == 1 and not set_to
