"""Spoilt sprites: each fault does what its name says, and what is called clean is untouched."""

import pytest
import torch

from diffusion.evaluation import spoiling
from diffusion.evaluation.spoiling import FAULTS, SPOILT, spoil
from diffusion.support.images import to_tensor


@pytest.fixture(scope="module")
def x(sprites):
    return to_tensor(sprites.images)


def random():
    return torch.Generator().manual_seed(0)


def test_half_stay_as_they_are_and_every_fault_comes(x):
    seen, fault = spoil(x, random())
    assert torch.equal(seen[fault == 0], x[fault == 0])
    assert set(fault.tolist()) == set(range(FAULTS)) and 0.35 < float((fault == 0).double().mean()) < 0.65


@pytest.mark.parametrize("fault", SPOILT, ids=lambda fault: fault.__name__)
def test_a_fault_changes_sprites_within_what_can_be_shown_and_leaves_the_given_ones_alone(x, fault):
    given = x.clone()
    seen = fault(x, random())
    assert torch.equal(x, given) and seen.shape == x.shape and seen.abs().max() <= 1
    assert (seen != x).flatten(1).any(1).double().mean() > 0.9


def test_grey_white_is_all_that_changes(x):
    seen = spoiling.with_grey_white(x, random())
    assert torch.equal((seen != x).any(1), (x == 1).all(1))


def test_moved_pixels_bring_no_new_colour(x):
    seen = spoiling.with_moved_pixels(x, random())
    for before, after in zip(x[:20].flatten(2), seen[:20].flatten(2), strict=True):
        assert set(map(tuple, after.T.tolist())) <= set(map(tuple, before.T.tolist()))


def test_another_top_keeps_the_foot(x):
    seen = spoiling.with_another_top(x, random())
    assert torch.equal(seen[:, :, 12:], x[:, :, 12:]) and torch.equal(seen[:, :, :4], x.roll(1, 0)[:, :, :4])
