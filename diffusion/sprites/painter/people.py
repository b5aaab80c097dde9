"""People: one set of attributes, painted from the front (heroes) and in profile (side-facing).

The drawings are in maps/people_front.txt and maps/people_side.txt; which of them go together is decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from diffusion.sprites.painter.colours import ramp
from diffusion.sprites.painter.kinds import NONE, Attributes, Kind
from diffusion.sprites.painter.pixelmap import CLEAR, CUT, LEGEND, SIZE, colour, load_maps, stack


class Dye(NamedTuple):
    """The ramps that go together under one colour word."""

    cloth: str
    trim: str
    leather: str
    gem: str
    metal: str


class Outfit(NamedTuple):
    """The legs an outfit is drawn with, and the headgear that may be worn with it."""

    legs: str
    headgear: tuple[str, ...]


SKINS = {"pale": "porcelain", "peach": "peach", "tan": "tan", "brown": "sienna", "dark": "umber"}
DARK_SKINS = ("brown", "dark")
NATURAL_HAIR = {
    "black": "black_hair",
    "brown": "brown_hair",
    "auburn": "chestnut",
    "blond": "blond",
    "ginger": "ginger",
    "silver": "silver_hair",
}
DYED_HAIR = {
    "crimson": "crimson",
    "pink": "pink",
    "purple": "grape",
    "blue": "sky",
    "teal": "teal",
    "green": "green",
}
HAIR_RAMPS = NATURAL_HAIR | DYED_HAIR
CLASHES = {"tan": ("ginger",), "brown": ("brown", "auburn"), "dark": ("brown", "auburn")}
DYES = {
    "red": Dye("red", "cream", "walnut", "ice", "steel"),
    "orange": Dye("orange", "navy", "walnut", "cyan", "iron"),
    "yellow": Dye("yellow", "blue", "walnut", "red", "iron"),
    "green": Dye("green", "yellow", "walnut", "rose", "steel"),
    "forest": Dye("forest", "sand", "birch", "orange", "steel"),
    "teal": Dye("teal", "white", "walnut", "red", "steel"),
    "sky": Dye("sky", "white", "walnut", "yellow", "iron"),
    "blue": Dye("blue", "white", "walnut", "orange", "steel"),
    "navy": Dye("navy", "yellow", "birch", "cyan", "steel"),
    "purple": Dye("purple", "cream", "birch", "lime", "steel"),
    "pink": Dye("pink", "purple", "walnut", "violet_fire", "iron"),
    "brown": Dye("brown", "cream", "birch", "green", "steel"),
    "white": Dye("white", "red", "walnut", "sky", "iron"),
    "black": Dye("black", "red", "birch", "violet_fire", "steel"),
}

OUTFITS = {
    "tunic": Outfit("boots", ("helmet", "horned helmet", "feather hat", "hood", "headband")),
    "robe": Outfit("robe", ("wizard hat", "hood", "crown")),
    "plate armour": Outfit("greaves", ("helmet", "horned helmet", "crown", "headband")),
    "dress": Outfit("dress", ("wizard hat", "straw hat", "crown", "headband")),
    "vest": Outfit("breeches", ("feather hat", "straw hat", "bandana", "hood")),
    "striped shirt": Outfit("breeches", ("captain hat", "jester hat", "straw hat", "bandana")),
    "monk robe": Outfit("trousers", ("straw hat", "bandana", "hood", "headband")),
    "apron": Outfit("boots", ("straw hat", "bandana", "headband")),
    "coat": Outfit("coat", ("wizard hat", "feather hat", "captain hat", "crown")),
    "tabard": Outfit("boots", ("helmet", "horned helmet", "feather hat", "crown")),
    "poncho": Outfit("boots", ("wizard hat", "straw hat", "hood")),
    "furs": Outfit("bare", ("horned helmet", "crown", "headband")),
    "jester suit": Outfit("motley", ("feather hat", "jester hat")),
}
HAIR = (
    "short",
    "spiky",
    "bob",
    "long",
    "ponytail",
    "bun",
    "mohawk",
    "curly",
    "twin tails",
    "braids",
    "swept",
    "mane",
    "double buns",
)
BALD = "bald"
HAIR_OUTLINE = "a"
SHAVED = (BALD, "mohawk")
BEARDED = ("short", "spiky", "swept", "mohawk", "curly", BALD)
FLATTENED = ("bun", "double buns", "mohawk")
FITS_HOOD = ("short", "long", "braids", "mane", BALD)
HEADGEAR = (
    NONE,
    "helmet",
    "horned helmet",
    "wizard hat",
    "feather hat",
    "captain hat",
    "jester hat",
    "straw hat",
    "bandana",
    "crown",
    "hood",
    "headband",
)
HEADGEAR_RAMPS = {"helmet": "steel", "horned helmet": "iron", "crown": "gold", "straw hat": "straw"}
TRIM_HEADGEAR = ("headband", "bandana")
ITEMS = (
    NONE,
    "sword",
    "sword and shield",
    "axe",
    "hammer",
    "spear",
    "bow",
    "staff",
    "wand",
    "torch",
    "book",
    "potion",
)
GEM_ITEMS = ("staff", "book", "potion")
TRIM_SHOWS = ("striped shirt", "monk robe", "poncho", "furs", "jester suit")
TOUCHES_BEARD = ("helmet", "horned helmet", "hood")
TOUSLED = ("spiky", "curly", "swept", "mane")
HAT_BACK = 13    # the last column of tousled hair below a hat, seen from the side

OPTIONS: dict[str, tuple[str, ...]] = {
    "skin": tuple(SKINS),
    "hair": (*HAIR, BALD),
    "hair colour": tuple(HAIR_RAMPS),
    "beard": (NONE, "beard", "long beard"),
    "headgear": HEADGEAR,
    "outfit": tuple(OUTFITS),
    "outfit colour": tuple(DYES),
    "belt": (NONE, "belt", "buckle"),
    "wrap": (NONE, "cape", "scarf"),
    "item": ITEMS,
}
POSES = {"pose": ("stand", "step")}
BOB: Attributes = {
    "skin": "peach",
    "hair": "bob",
    "hair colour": "brown",
    "beard": NONE,
    "headgear": NONE,
    "outfit": "tunic",
    "outfit colour": "blue",
    "belt": "buckle",
    "wrap": NONE,
    "item": "sword",
}


@dataclass(frozen=True)
class Person:
    """A person seen from one side: "front", or "side" in one of two poses."""

    view: str
    name: str = "person"

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        return OPTIONS if self.view == "front" else OPTIONS | POSES

    def allows(self, attributes: Attributes) -> bool:
        return allows_colours(attributes) and allows_headgear(attributes) and allows_beard(attributes)

    def paint(self, attributes: Attributes) -> np.ndarray:
        return colour(stack(self._layers(attributes)), ramps(attributes))

    def _layers(self, attributes: Attributes) -> Iterator[np.ndarray]:
        """The maps of all parts, the lowest first; a choice without a map, such as none, paints nothing."""
        maps = load_maps(f"people_{self.view}")
        for part in self._parts(attributes):
            drawing = maps.get(f"{self.view}/{part}")
            if drawing is not None:
                yield drawing
        yield worn(self.view, attributes["headgear"], attributes["hair"])
        if attributes["item"] != NONE:
            yield maps[f"{self.view}/item/{attributes['item']}"]

    def _parts(self, attributes: Attributes) -> Iterator[str]:
        """The parts below headgear and item, the lowest first."""
        legs = OUTFITS[attributes["outfit"]].legs
        yield f"behind/{attributes['wrap']}"
        yield f"legs/{legs}" if self.view == "front" else f"legs/{legs}/{attributes['pose']}"
        yield from (f"{part}/{attributes[part]}" for part in ("outfit", "belt", "wrap"))
        yield "head/bald" if attributes["hair"] in SHAVED else "head/haired"
        if attributes["skin"] in DARK_SKINS:
            yield "eyes/whites"
        yield from (f"{part}/{attributes[part]}" for part in ("beard", "hair"))


@cache
def worn(view: str, headgear: str, hair: str) -> np.ndarray:
    """The map of the headgear, with the hair's outline closed wherever the headgear cuts into it."""
    maps = load_maps(f"people_{view}")
    nothing = np.zeros((SIZE, SIZE), dtype=np.uint8)
    hat, strands = maps.get(f"{view}/headgear/{headgear}", nothing), maps.get(f"{view}/hair/{hair}", nothing)
    if view == "side" and hair in TOUSLED and headgear not in (NONE, "headband"):
        behind = np.arange(SIZE) > HAT_BACK
        hat = np.where(behind & (hat == CLEAR) & (strands != CLEAR), np.uint8(CUT), hat)
    cut = hat == CUT
    beside_cut = np.any([np.roll(cut, shift, axis) for shift in (-1, 1) for axis in (0, 1)], axis=0)
    seam = beside_cut & (hat == CLEAR) & (strands != CLEAR)
    return np.where(seam, np.uint8(LEGEND[HAIR_OUTLINE]), hat)


@cache
def mid_tone(name: str) -> tuple[float, np.ndarray]:
    """The luminance and the colour of the middle tone of a ramp."""
    tone = ramp(name)[2].astype(float)
    return float(tone @ [0.299, 0.587, 0.114]), tone


@cache
def lightness_gap(first: str, second: str) -> float:
    return abs(mid_tone(first)[0] - mid_tone(second)[0])


@cache
def colour_gap(first: str, second: str) -> float:
    return float(np.linalg.norm(mid_tone(first)[1] - mid_tone(second)[1]))


def allows_colours(attributes: Attributes) -> bool:
    """Whether hair, skin, clothes and headgear stand out from one another."""
    skin, hair, cloth, trim, hat, *_ = ramps(attributes)
    if hair == cloth or attributes["hair colour"] == attributes["outfit colour"]:
        return False
    if attributes["hair colour"] in CLASHES.get(attributes["skin"], ()):
        return False
    hatted = attributes["headgear"] != NONE
    if attributes["skin"] in DARK_SKINS and not all(shows_above(skin, top) for top in (hair, *[hat] * hatted)):
        return False
    if colour_gap(cloth, skin) < 60 or (attributes["outfit"] in TRIM_SHOWS and colour_gap(trim, skin) < 60):
        return False
    if not hatted:
        return True
    beside = [skin, hair, cloth, trim] if attributes["headgear"] == "straw hat" else [skin, hair]
    return all(colour_gap(hat, other) >= 60 for other in beside)


def shows_above(skin: str, top: str) -> bool:
    """Whether hair or a hat stands out from the dark face below it, by its lightness or at least by its hue."""
    return lightness_gap(skin, top) >= 25 or colour_gap(skin, top) >= 100


def allows_headgear(attributes: Attributes) -> bool:
    """Whether the headgear suits the outfit and leaves enough of the hair to tell its style."""
    hair, headgear = attributes["hair"], attributes["headgear"]
    if headgear == NONE:
        return True
    if headgear not in OUTFITS[attributes["outfit"]].headgear:
        return False
    return hair in FITS_HOOD if headgear == "hood" else headgear == "headband" or hair not in FLATTENED


def allows_beard(attributes: Attributes) -> bool:
    """Whether the beard or its absence suits the rest: the bald need one, dresses and dyed hair do not."""
    if attributes["beard"] == NONE:
        return attributes["hair"] != BALD
    suits = attributes["hair"] in BEARDED and attributes["outfit"] != "dress"
    return suits and attributes["hair colour"] in NATURAL_HAIR and beard_shows(attributes)


def beard_shows(attributes: Attributes) -> bool:
    """Whether the beard is lighter or darker than everything it lies on or touches."""
    skin, beard, cloth, trim, hat, *_ = ramps(attributes)
    beside = [skin, cloth]
    if attributes["wrap"] != NONE or attributes["outfit"] in TRIM_SHOWS:
        beside.append(trim)
    if attributes["headgear"] in TOUCHES_BEARD:
        beside.append(hat)
    return all(lightness_gap(beard, other) >= 30 for other in beside)


def ramps(attributes: Attributes) -> tuple[str, ...]:
    """The ramp of each material of the maps, skin first."""
    dye = DYES[attributes["outfit colour"]]
    return (
        SKINS[attributes["skin"]],
        HAIR_RAMPS[attributes["hair colour"]],
        *outfit_ramps(attributes["outfit"], dye),
        headgear_ramp(attributes["headgear"], dye),
        item_ramp(attributes, dye),
        dye.leather,
        "brass",
    )


def outfit_ramps(outfit: str, dye: Dye) -> tuple[str, str]:
    """Cloth and trim; plate armour is metal trimmed with cloth, a tabard is worn over metal."""
    if outfit == "plate armour":
        return dye.metal, dye.cloth
    return dye.cloth, dye.metal if outfit == "tabard" else dye.trim


def headgear_ramp(headgear: str, dye: Dye) -> str:
    """The headgear's own material, or a cloth to match the outfit."""
    return HEADGEAR_RAMPS.get(headgear, dye.trim if headgear in TRIM_HEADGEAR else dye.cloth)


def item_ramp(attributes: Attributes, dye: Dye) -> str:
    """What the head of the item is made of: a flame, a gem, or else a spark or metal that the head behind sets off."""
    item, headgear = attributes["item"], attributes["headgear"]
    if item == "torch":
        return "fire"
    if item in GEM_ITEMS:
        return dye.gem
    usual, instead = ("spark", "white") if item == "wand" else ("steel", "slate")
    behind = [HAIR_RAMPS[attributes["hair colour"]]]
    if headgear != NONE:
        behind.append(headgear_ramp(headgear, dye))
    return instead if any(colour_gap(usual, other) < 75 for other in behind) else usual


HERO: tuple[Kind, ...] = (Person("front"),)
SIDE_FACING: tuple[Kind, ...] = (Person("side"),)
