"""The plane through three sprites, against what is known without it, and runs on it."""

import math

import numpy as np
import pytest
import torch

from diffusion.explain.shelf_sprites import shelf_sprites
from diffusion.explain.sprite_plane import SpritePlane, walk_on, walks
from diffusion.generation import Run, SampleConfig, context_rows
from diffusion.samplers import sample
from diffusion.sprites.painter import bob
from diffusion.support.images import to_tensor, to_uint8
from diffusion.training.distillation import new_student


@pytest.fixture(scope="module")
def chosen():
    known, _ = shelf_sprites()
    return known.take(np.array([0, 2, 6]))


@pytest.fixture(scope="module")
def plane(chosen):
    return SpritePlane(to_tensor(chosen.images))


def test_a_triangle_of_known_sides_lies_where_it_must():
    corners = torch.zeros(3, 3, 16, 16)
    corners[1, 0, 0, 0], corners[2, 0, 0, 0], corners[2, 2, 5, 7] = 4, 1, -3
    plane = SpritePlane(corners + 0.5)
    torch.testing.assert_close(plane.corners, torch.tensor([[0, 0], [4, 0], [1, 3]], dtype=torch.float64))
    off = corners[2:] + 0.5
    off[0, 1, 8, 8] += 2   # at a right angle to the plane
    torch.testing.assert_close(plane.coordinates(off)[0].tolist(), [1.0, 3.0])
    assert plane.heights(off).item() == pytest.approx(2) and plane.heights(corners + 0.5).abs().max() < 1e-9


def test_distances_between_sprites_are_kept_and_they_lie_on_it(chosen, plane):
    x = to_tensor(chosen.images).double()
    torch.testing.assert_close(torch.cdist(plane.corners, plane.corners), torch.cdist(x.flatten(1), x.flatten(1)))
    assert plane.heights(x).max() < 1e-6
    assert plane.corners[0].abs().max() == 0 and plane.corners[1, 1].abs() < 1e-9 and plane.corners[2, 1] > 0


def test_mixes_of_the_sprites_lie_at_the_mixes_of_their_places_and_pythagoras_holds(chosen, plane):
    x, generator = to_tensor(chosen.images).double(), torch.Generator().manual_seed(0)
    shares = torch.rand(5, 3, generator=generator, dtype=torch.float64)
    shares /= shares.sum(1, keepdim=True)
    mixes = (shares @ x.flatten(1)).view(5, *x.shape[1:])
    torch.testing.assert_close(plane.coordinates(mixes), shares @ plane.corners)
    far = torch.randn(5, *x.shape[1:], generator=generator, dtype=torch.float64)
    apart = (far - x[0]).flatten(1).norm(dim=1)
    torch.testing.assert_close(plane.coordinates(far).square().sum(1) + plane.heights(far) ** 2, apart**2)


def test_sprites_that_no_plane_goes_through_are_refused(chosen):
    x = to_tensor(chosen.images)
    with pytest.raises(ValueError, match="choose 3, not 2"):
        SpritePlane(x[:2])
    for alike in (x[[0, 0, 1]], x[[0, 1, 1]], x[[0, 1, 0]], torch.stack([x[0], x[1], (x[0] + x[1]) / 2])):
        with pytest.raises(ValueError, match="choose others"):
            SpritePlane(alike)


def test_one_who_knows_the_sprite_walks_straight_to_its_place_and_guesses_nothing_else(chosen, plane, tiny_model):
    schedule, x0 = tiny_model.schedule, to_tensor(chosen.images[1:2])
    knows = lambda x, t: (x - schedule.signal(t) * x0) / schedule.noise(t)   # noqa: E731
    config = SampleConfig("ddim", 10, n=1)
    run = sample(knows, schedule, torch.randn(x0.shape), schedule.timesteps(10), config.rule())
    walk = walk_on(plane, "ddim", run)
    torch.testing.assert_close(walk.guesses, plane.corners[1].expand(10, 2), atol=1e-2, rtol=0)
    torch.testing.assert_close(walk.states[-1], plane.corners[1], atol=1e-2, rtol=0)
    assert np.array_equal(walk.sprite, chosen.images[1]) and walk.heights[-1] < 1e-2


def test_three_walks_begin_at_the_same_noise_and_end_at_their_own_sprites(chosen, plane, tiny_model):
    found = walks(tiny_model, new_student(tiny_model, 1), chosen, seed=4)
    assert [(walk.kind, walk.steps) for walk in found] == [("ddpm", 100), ("ddim", 25), ("student", 1)]
    for walk in found:
        torch.testing.assert_close(walk.states[0], found[0].states[0])
        assert len(walk.states) == len(walk.heights) == walk.steps + 1
    context = context_rows({chosen.categories[chosen.labels[0]]: 1}, tiny_model.categories, 1)
    *_, last = Run(tiny_model, SampleConfig("ddim", 25, 1, 4, clean=False), context)
    assert np.array_equal(found[1].sprite, to_uint8(last.x_next)[0])
    torch.testing.assert_close(found[1].states[-1], plane.coordinates(last.x_next)[0])
    assert all(math.isfinite(number) for walk in found for number in walk.states.flatten().tolist())


def test_a_student_alone_is_refused_and_none_is_missed(chosen, tiny_model):
    assert [walk.kind for walk in walks(tiny_model, None, chosen, seed=0)] == ["ddpm", "ddim"]
    with pytest.raises(ValueError, match="is a student"):
        walks(new_student(tiny_model, 1), None, chosen, seed=0)


def test_the_shelf_opens_with_bob_and_has_each_category():
    known, unseen = shelf_sprites()
    assert np.array_equal(known.images[0], bob())
    assert list(known.counts().values()) == [2] * 5 and list(unseen.counts().values()) == [1] * 5
    assert not known.held_out.any() and unseen.held_out.all()
