"""The colours of the built-in sprites: curated ramps of five tones, from outline to glint.

Every ramp turns towards violet in its shadows and towards yellow in its lights, as painted pixel art does.
Fire, glass and the like leave that rule on purpose, because they shine by themselves.
"""

from functools import cache

import numpy as np

TONES = ("outline", "dark", "mid", "light", "glint")

RAMPS: dict[str, str] = {
    "porcelain": "#4d2f28 #a47e6f #f0c8ae #fad8bf #ffeee0",
    "peach": "#52281e #a56b52 #e8ac82 #fac69e #ffe7d4",
    "tan": "#502217 #95573b #cb8b5c #e9b185 #fbdfc7",
    "black_hair": "#292535 #3b3747 #4a4658 #8e8596 #d4cdd6",
    "brown_hair": "#451e16 #693823 #84522e #bb8d6b #e9d1be",
    "chestnut": "#4e161a #803225 #a4512f #d78b67 #f8d0ba",
    "blond": "#512c00 #ab7211 #e6bc50 #f6d277 #feecc0",
    "ginger": "#5b160a #a64618 #dd7a2c #fca561 #fedcc2",
    "silver_hair": "#313544 #767c8a #b4bccc #c8d4e0 #e6edf3",
    "red": "#5a0028 #9e0f33 #d03a3c #ff7b67 #ffd0c3",
    "crimson": "#4f0732 #830e3e #a82848 #e47076 #ffc6c1",
    "orange": "#5d1607 #ad4a15 #e8822c #ffac68 #fde0c7",
    "yellow": "#502f00 #ad7706 #ecc438 #fad767 #ffefba",
    "lime": "#00411b #158e35 #8cc63c #b1de68 #def4b9",
    "green": "#003a28 #036f48 #3f9c48 #7fc575 #caebbf",
    "forest": "#00342a #005540 #2f7048 #75a87e #c6dec6",
    "teal": "#00373f #026d71 #2c9c94 #71c5b5 #c3eade",
    "cyan": "#003855 #1680a1 #4cc0dc #77ddea #c4f4f5",
    "sky": "#1d305c #3f70aa #66a8e8 #80cdfd #c9edfe",
    "blue": "#1f2364 #2c48a6 #3c6cd4 #53aafd #bbe0fd",
    "navy": "#21224f #2a3673 #34488c #618fc9 #b7d5f2",
    "indigo": "#2b1e5a #44368f #5a50b4 #a486e2 #e1ccfb",
    "purple": "#3b1559 #662c91 #8848b8 #ca7edc #f8c7f2",
    "magenta": "#4e0a4f #922482 #c848a8 #fb7dc1 #fed0df",
    "pink": "#501e43 #a6537d #ec88b0 #feafc3 #ffe0e3",
    "rose": "#55113a #a3355d #e0607c #fe959c #ffd7d5",
    "brown": "#461f15 #6e3d26 #8c5a34 #c0936e #ebd3bf",
    "sand": "#4d2b11 #976d44 #d0ac74 #e7c896 #f7e8ce",
    "cream": "#48331e #a18a6c #ecdcb4 #f4e6c2 #faf3e1",
    "white": "#353743 #8d8f98 #dce0ea #e3e9f1 #f1f5f8",
    "grey": "#2e2f3e #606370 #8c90a0 #b0b8c6 #dde3e9",
    "slate": "#272a3b #43495b #5c6478 #8f9dae #cfd8e1",
    "black": "#282532 #373540 #44424e #88838f #d1cdd3",
    "steel": "#2e3443 #6c7583 #a4b0c0 #becdd9 #e2ebf0",
    "iron": "#2a2e3b #545a64 #78808c #a4aeb8 #d8dfe3",
    "gold": "#512a00 #a66b06 #e2b030 #f5ca65 #fee9b9",
    "bronze": "#4f1f0e #8c4b24 #b8783c #dea670 #f7dabe",
    "copper": "#55191b #984332 #cc7048 #f09e75 #fdd9c4",
    "oak": "#492111 #784526 #9c6a3a #ca9d71 #eed7c0",
    "walnut": "#3f1e1b #593327 #6e4630 #ab866f #e2cec0",
    "birch": "#4b2b16 #916947 #c8a474 #e2c397 #f5e6cf",
    "leather": "#461e17 #6d3a27 #8a5634 #c0906e #ebd2bf",
    "bone": "#433524 #978974 #e0d8bc #ebe4cb #f6f3e6",
    "stone": "#392f27 #6a655f #98948c #bdbab2 #e4e3df",
    "crust": "#532006 #995522 #cc8a40 #ebb170 #fcdfbe",
    "rye": "#461e16 #6d3a25 #8a5632 #c0906d #ebd2be",
    "chocolate": "#3f1d1f #593029 #6e4232 #ac8370 #e3ccc1",
    "cheese": "#512e00 #b17600 #f0c440 #fdd76c #ffeec2",
    "meat": "#511420 #8a322f #b4543c #e38c6e #fed0bc",
    "salmon": "#571e27 #ac5751 #f09078 #feb69d #fee2d6",
    "leaf": "#003c24 #067743 #58a83c #8fcd6b #d0edbb",
    "grape": "#371b4f #5c327b #7a4a9c #bc82c7 #efc9e9",
    "ice": "#1b3954 #5389a6 #8cd0ec #a3e4f5 #d4f6fa",
    "spark": "#4d3200 #b38400 #f4dc50 #fce773 #fff5be",
    "poison": "#004021 #068d42 #7cc83c #a5e067 #d9f5b9",
    "shadow": "#2f2146 #473567 #5c4880 #a283b5 #e0cbe4",
    "ghost": "#333749 #7f879c #c4d0e8 #d0e1f3 #e8f2fb",
    "fire": "#7a1c1c #d83a1c #f47c20 #fcc23c #fff4b4",
    "blue_fire": "#1c2474 #2450d0 #2c94f0 #74d4fc #e4fcff",
    "violet_fire": "#3c1468 #7c2cc4 #b454ec #dc9cfc #fcecff",
    "green_fire": "#0c4434 #14803c #3cb83c #9ce45c #f0ffc4",
    "brass": "#231a26 #a2680c #e2b030 #f5ca65 #fee9b9",
    "straw": "#4f3010 #a97a2e #e0bc68 #f4d98c #fff2c8",
    "rose_fire": "#5c0c3c #c4206c #f45c98 #fca0bc #fff0f4",
    "ghost_fire": "#0c3c4c #14808c #2cc0bc #8cece0 #ecfffa",
    "mint": "#12433c #4f9c84 #a4e4c4 #c4f2d8 #ecfcf2",
    "vanilla": "#523812 #b08c4c #f4e0a0 #fbedc0 #fffae6",
    "umber": "#3f1b1a #6b3a29 #8c5638 #c0957a #ecd9cb",
    "sienna": "#4a1e17 #83482f #b0724a #dba581 #f5deca",
    "caramel": "#4f1d08 #8f4a14 #c87c24 #eeae58 #fde0b0",
}


@cache
def ramp(name: str) -> np.ndarray:
    """The five tones of ramp `name`, outline first, as uint8 (5, 3)."""
    return np.array([list(bytes.fromhex(tone[1:])) for tone in RAMPS[name].split()], dtype=np.uint8)
