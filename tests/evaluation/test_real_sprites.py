"""What real sprites get: halves, floor, and that the judge that ships sees what an eye sees."""

import numpy as np
import pytest

from diffusion.cli.studies.second_judge import SPREADS_ABOVE, opinion, spoilt_sets
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.memorisation import alike
from diffusion.evaluation.metrics import frechet_distance
from diffusion.evaluation.real_sprites import FLOOR_DRAWS, RealSprites, for_choosing, for_reporting
from diffusion.sprites.painter import built_in


@pytest.fixture(scope="module")
def shipped():
    """The built-in sprites and the judge that ships, as results are reported."""
    return RealSprites(for_reporting(built_in()), load_judge())


@pytest.fixture(scope="module")
def opinions(shipped):
    return {name: opinion(shipped, x) for name, x in spoilt_sets(shipped, 2000).items()}


def test_the_halves_share_the_training_part_and_no_held_out_sprite(sprites):
    choosing, reporting = for_choosing(sprites), for_reporting(sprites)
    (known, first), (same, second), (all_known, held_out) = choosing.split(), reporting.split(), sprites.split()
    assert (known.images == all_known.images).all() and (same.images == all_known.images).all()
    pictures = [{image.tobytes() for image in part.images} for part in (first, second, held_out)]
    assert not pictures[0] & pictures[1] and pictures[0] | pictures[1] == pictures[2]
    assert abs(len(first) - len(second)) <= 1


@pytest.mark.parametrize("n", [50, 1000, 2000])
def test_the_floor_has_exactly_the_categories_of_a_generated_set(shipped, n):
    wanted = shipped.contexts(n).argmax(1).numpy()
    places = alike(shipped.training.labels, wanted, np.random.default_rng(3))
    assert (shipped.training.labels[places] == wanted).all() and len(np.unique(places)) == n
    held_out = np.bincount(shipped.held_out.labels) / len(shipped.held_out)
    assert np.bincount(wanted) / n == pytest.approx(held_out, abs=2 / n + 0.05 * (n < 1000))


def test_the_floor_is_mean_and_spread_over_draws(shipped):
    wanted = shipped.contexts(100).argmax(1).numpy()
    draws = [alike(shipped.training.labels, wanted, np.random.default_rng(i)) for i in range(FLOOR_DRAWS)]
    expected = [frechet_distance(shipped.judge.features(shipped.known[draw]), shipped.features) for draw in draws]
    floor = shipped.floor(100)
    assert floor.likeness.fsd == pytest.approx(np.mean(expected), rel=1e-4)
    assert floor.spread == pytest.approx(np.std(expected, ddof=1), rel=1e-3)
    assert floor.draws == len(expected) >= 12
    assert floor.likeness.fsd > 3 * shipped.floor(2000).likeness.fsd   # so numbers of different n never stand together


def test_where_a_category_runs_out_its_sprites_come_again():
    places = alike(np.array([0, 0, 1]), np.array([0, 0, 0, 0, 1]), np.random.default_rng(0))
    assert sorted(places.tolist()) == [0, 0, 1, 1, 2]


def test_fresh_real_sprites_lie_at_the_floor(opinions):
    assert abs(opinions["real sprites"].spreads) < SPREADS_ABOVE


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("noise 0.05", 3),
        ("noise 0.1", 10),
        ("white at 250 of 255", 3),
        ("one pixel in ten moved", 3),
        ("200 a category, repeated", 1.2),
    ],
)
def test_what_an_eye_sees_lies_above_the_floor(opinions, fault, times):
    assert opinions[fault].spreads > SPREADS_ABOVE and opinions[fault].times > times
