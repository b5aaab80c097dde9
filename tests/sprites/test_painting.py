"""The built-in sprites: the same everywhere, all distinct, balanced, and honestly split."""

import hashlib

import numpy as np
import pytest

from diffusion.sprites.painter import BUILT_IN_SIZE, KINDS, bob, built_in, paint
from diffusion.sprites.painter.colours import RAMPS, ramp
from diffusion.sprites.painter.creatures import CREATURES
from diffusion.sprites.painter.food import FOOD
from diffusion.sprites.painter.kinds import NONE, Thing
from diffusion.sprites.painter.people import BOB, HERO, SIDE_FACING
from diffusion.sprites.painter.pixelmap import colour, load_maps, parse_map, stack
from diffusion.sprites.painter.spells import SPELLS

BUILT_IN_HASH = "a44229438779d94d"
THINGS = {"creatures": CREATURES, "food": FOOD, "spells": SPELLS}
ALL_THINGS = [thing for things in THINGS.values() for thing in things]


@pytest.fixture(scope="module")
def built_in_set():
    return built_in()


def test_the_set_is_the_same_on_every_machine(built_in_set):
    pixels = hashlib.sha256(built_in_set.images.tobytes()).hexdigest()
    assert pixels[:16] == BUILT_IN_HASH


def test_the_set_is_balanced_and_without_repeats(built_in_set):
    sprites = built_in_set
    assert len(sprites) == BUILT_IN_SIZE
    assert set(sprites.counts().values()) == {BUILT_IN_SIZE // 5}
    assert len(np.unique(sprites.images.reshape(len(sprites), -1), axis=0)) == len(sprites)


def test_bob_is_always_the_first_and_never_held_out():
    for n in (1, 7, 200):
        sprites = paint(n, seed=n)
        assert np.array_equal(sprites.images[0], bob())
        assert not sprites.held_out[0]


def test_about_one_combination_in_ten_is_held_out_in_every_category(built_in_set):
    sprites = built_in_set
    for label in range(5):
        assert 0.08 < sprites.held_out[sprites.labels == label].mean() < 0.12


def test_both_views_show_the_same_people_and_are_held_out_together():
    sprites = paint(500, seed=4)
    heroes = sprites.take(sprites.labels == 0)
    sides = sprites.take(sprites.labels == 4)
    for i, (front, side) in enumerate(zip(heroes.descriptions[1:], sides.descriptions, strict=False)):
        assert front.removeprefix("hero, ") == side.removeprefix("side-facing, ").rpartition(", ")[0]
        assert heroes.held_out[i + 1] == sides.held_out[i]


def test_seeds_differ_and_repeat():
    assert np.array_equal(paint(50, seed=2).images, paint(50, seed=2).images)
    assert not np.array_equal(paint(50, seed=2).images, paint(50, seed=3).images)


def test_there_is_enough_to_choose_from():
    assert len(CREATURES) >= 16 and len(FOOD) >= 20 and len(SPELLS) >= 20
    options = HERO[0].options
    least = {"hair": 8, "hair colour": 10, "skin": 5, "outfit": 8, "outfit colour": 10, "headgear": 7, "item": 7}
    for name, number in least.items():
        assert len(options[name]) >= number, name
    assert {name: SIDE_FACING[0].options[name] for name in options} == options


@pytest.mark.parametrize("thing", ALL_THINGS, ids=lambda thing: thing.name)
def test_every_drawing_of_a_thing_is_there_and_every_colour_known(thing):
    maps = load_maps(thing.maps_file)
    for layer, choices in thing.layers.items():
        for choice in choices:
            assert choice == NONE or f"{thing.name}/{layer}/{choice}" in maps
    for ramps in thing.materials.values():
        assert all(name in RAMPS for name in ramps)


@pytest.mark.parametrize("file", THINGS)
def test_no_drawing_is_left_unused(file):
    used = {
        f"{thing.name}/{layer}/{choice}"
        for thing in THINGS[file] for layer, choices in thing.layers.items() for choice in choices
    }   # fmt: skip
    assert set(load_maps(file)) <= used


def test_things_fill_their_picture_and_stand_on_white():
    sprites = paint(1000, seed=9)
    ink = (sprites.images != 255).any(axis=3)
    assert ink.mean(axis=(1, 2)).min() > 0.15
    assert ink.any(axis=2).sum(axis=1).min() >= 8    # rows
    assert ink.any(axis=1).sum(axis=1).min() >= 7    # columns


def test_every_ramp_grows_lighter():
    for name in RAMPS:
        tones = ramp(name).astype(float) @ [0.299, 0.587, 0.114]
        assert (np.diff(tones) > 0).all(), name


def test_stack_and_colour():
    base = parse_map("base", ["0" * 16] * 16)
    top = parse_map("top", ["_" + "." * 14 + "b"], first_row=2)
    codes = stack([base, top])
    assert codes[2, 0] == 0 and codes[2, 1] == 1 and codes[2, 15] == 7
    picture = colour(codes, ["red", "blue"])
    assert picture[2, 0].tolist() == [255, 255, 255]
    assert picture[2, 15].tolist() == ramp("blue")[1].tolist()


@pytest.mark.parametrize(
    ("rows", "first_row", "message"),
    [(["0" * 15], 0, "15 characters"), (["0" * 15 + "?"], 0, "not in the legend"), (["0" * 16] * 2, 15, "do not fit")],
)
def test_a_malformed_map_is_refused(rows, first_row, message):
    with pytest.raises(ValueError, match=message):
        parse_map("broken", rows, first_row)


def test_a_material_that_is_missing_is_told():
    with pytest.raises(ValueError, match="only 1 materials"):
        colour(parse_map("two", ["a" * 16]), ["red"])


def test_unknown_map_sections_are_told(tmp_path, monkeypatch):
    (tmp_path / "twice.txt").write_text("== a\n" + "0" * 16 + "\n== a\n" + "0" * 16 + "\n")
    monkeypatch.setattr("diffusion.sprites.painter.pixelmap.MAPS_FOLDER", tmp_path)
    with pytest.raises(ValueError, match="stands twice"):
        load_maps("twice")


@pytest.mark.parametrize("n", [0, -3])
def test_a_number_of_sprites_below_one_is_refused(n):
    with pytest.raises(ValueError, match="at least 1"):
        paint(n)


def test_more_sprites_than_can_be_drawn_are_refused():
    with pytest.raises(ValueError, match="distinct sprites of category"):
        paint(60_000)


def test_bob_is_a_hero_like_any_other():
    assert HERO[0].allows(BOB) and set(BOB) == set(HERO[0].options)


def test_things_are_declared_once():
    for things in THINGS.values():
        assert all(isinstance(thing, Thing) for thing in things)
        assert len({thing.name for thing in things}) == len(things)
    assert len(KINDS) == 5
