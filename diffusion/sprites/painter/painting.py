"""The painter of the built-in set: five categories of sprites, drawn from text maps, the same on every machine."""

from collections.abc import Iterator
from itertools import islice
from math import prod
from random import Random
from zlib import crc32

import numpy as np

from diffusion.sprites.painter.creatures import CREATURES
from diffusion.sprites.painter.food import FOOD
from diffusion.sprites.painter.kinds import NONE, Attributes, Kind
from diffusion.sprites.painter.people import BOB, HERO, SIDE_FACING
from diffusion.sprites.painter.spells import SPELLS
from diffusion.sprites.spriteset import COURSE_CATEGORIES, HELD_OUT_SHARE, SpriteSet, one_hot
from diffusion.support.checks import InputError

DRAWN = (HERO, CREATURES, FOOD, SPELLS, SIDE_FACING)
KINDS: dict[str, tuple[Kind, ...]] = dict(zip(COURSE_CATEGORIES, DRAWN, strict=True))
BUILT_IN_SIZE = 20_000
POSE = "pose"

Painted = tuple[np.ndarray, Kind, Attributes]


def bob() -> np.ndarray:
    """Bob the sprite, uint8 (16, 16, 3)."""
    return HERO[0].paint(BOB)


def examples() -> dict[str, np.ndarray]:
    """Bob and another sprite of each category, by name, uint8 (16, 16, 3)."""
    pairs = paint(2 * len(KINDS)).images
    return {"Bob": bob()} | dict(zip(KINDS, pairs[1::2], strict=True))


def built_in() -> SpriteSet:
    """The built-in set, painted anew: 20,000 distinct sprites, Bob first, one combination in ten held out."""
    return paint(BUILT_IN_SIZE)


def paint(n: int, seed: int = 0) -> SpriteSet:
    """Paint `n` distinct sprites, the categories equally often; Bob is always the first.

    Raises InputError if n is below 1, or beyond what the drawings can make without repeating themselves.
    """
    if n < 1:
        raise InputError(f"n = {n}: at least 1 sprite is needed.")
    share, extra = divmod(n, len(KINDS))
    painted: list[Painted] = []
    labels: list[int] = []
    for label, category in enumerate(KINDS):
        wanted = share + (label < extra)
        sprites = list(islice(_distinct(category, seed), wanted))
        if len(sprites) < wanted:
            raise InputError(f"n = {n}: only {len(sprites)} distinct sprites of category {category} can be painted.")
        painted += sprites
        labels += [label] * wanted
    return SpriteSet(
        images=np.stack([image for image, _, _ in painted]),
        context=one_hot(np.array(labels), len(KINDS)),
        categories=tuple(KINDS),
        held_out=np.array([_is_held_out(kind, attributes) for _, kind, attributes in painted]),
        descriptions=tuple(
            describe(category, kind, attributes)
            for category, (_, kind, attributes) in zip([list(KINDS)[k] for k in labels], painted, strict=True)
        ),
    )


def describe(category: str, kind: Kind, attributes: Attributes) -> str:
    """The attributes in words, such as "food, apple, red skin, one leaf", without those absent or never varying."""
    varied = {name: value for name, value in attributes.items() if len(kind.options[name]) > 1 and value != NONE}
    words = [value if value.endswith(name) else f"{value} {name}" for name, value in varied.items()]
    return ", ".join([category, kind.name, *words]).replace("_", " ")


def _distinct(category: str, seed: int) -> Iterator[Painted]:
    """Sprites of a category without repeats, its kinds in turn, until no kind has any left."""
    seen: set[bytes] = set()
    streams = [_combinations(kind, seed) for kind in KINDS[category]]
    if category == "hero":
        streams[0] = _bob_first(streams[0])
    while streams:
        for stream in list(streams):
            for image, kind, attributes in stream:
                if image.tobytes() not in seen:
                    seen.add(image.tobytes())
                    yield image, kind, attributes
                    break
            else:
                streams.remove(stream)


def _bob_first(people: Iterator[Painted]) -> Iterator[Painted]:
    yield bob(), HERO[0], BOB
    yield from people


def _combinations(kind: Kind, seed: int) -> Iterator[Painted]:
    """Every allowed combination of a kind's attributes once, in random order, its poses taking turns.

    The poses are left out of the drawing, so that both views of the people show the same people.
    """
    random = Random(f"{seed}/{kind.name}")
    options = {name: choices for name, choices in kind.options.items() if name != POSE}
    poses = kind.options.get(POSE, ())
    total = prod(len(choices) for choices in options.values())
    drawn: set[int] = set()
    while len(drawn) < total:
        number = random.randrange(total)
        if number in drawn:
            continue
        drawn.add(number)
        attributes = _combination(options, number)
        if poses:
            attributes[POSE] = poses[number % len(poses)]
        if kind.allows(attributes):
            yield kind.paint(attributes), kind, attributes


def _combination(options: dict[str, tuple[str, ...]], number: int) -> Attributes:
    """Combination `number` of the options, counted like the digits of a mixed-base number."""
    attributes = {}
    for name, choices in options.items():
        number, digit = divmod(number, len(choices))
        attributes[name] = choices[digit]
    return attributes


def _is_held_out(kind: Kind, attributes: Attributes) -> bool:
    """Whether training never sees this combination; a person's poses and views go together, and Bob is never out."""
    identity = {name: value for name, value in attributes.items() if name != POSE}
    if identity == BOB:
        return False
    return crc32(f"{kind.name} {identity}".encode()) % HELD_OUT_SHARE == 0
