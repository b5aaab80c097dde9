"""Values that no page would send, and ways to spoil one that it would."""

import json
import math
from random import Random
from typing import Any

from raw_http import INFINITE

LONG = 10_000
NUMBERS = [0, -1, 1, 2, 1.5, -0.0, 1e-320, 65, 501, 2**31, 2**63, -(2**63), 2**64, 10**399, -(10**399), 1e308]
NO_NUMBERS = [INFINITE, math.inf, -math.inf, math.nan]
EMPTY = [None, True, False, "", " ", [], {}, [[]], [{}], {"": None}]
TEXTS = [
    "x" * LONG, "ü" * LONG, "\ud800", "a\udfffb", "\x00", "\x1b[31mred", "\u202egnp.exe", "\u200b", "a\nb\r\nc",
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{0} %s %n ${x} {{x}}", "' OR 1=1 --",
    "None", "NaN", "-1", "1e999", "0x10", "١٢", "true", "[]", "{}", '{"ask": 1}', "[[[", '"', "\\",
]   # fmt: skip
PATHS = [
    "../tiny", "..", ".", "/", "/etc/passwd", "file:///etc/passwd", "C:\\Windows\\win.ini", "tiny/../tiny", "tiny.json",
    "lost", "TINY", "tiny ", "CON", "a" * 300, "~root", "http://127.0.0.1:1/x.pth", "https://[::1]/", "trained-0-0",
]   # fmt: skip
FILES = [
    {"path": path, "meta": {"_type": "gradio.FileData"}}
    for path in ("/etc/passwd", "../../etc/passwd", "", "http://127.0.0.1:1/x", "lost.npz", "\x00", "/proc/self/mem")
] + [{"path": None, "url": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, {"path": 5}, {"url": "x"}]
RECIPES = [
    {"checkpoint": "tiny"}, {"checkpoint": "tiny", "config": None, "weights": None},
    {"checkpoint": "tiny", "config": {}, "weights": [["hero", "1"]], "path": {"weights": []}}, {"race": []},
    {"race": None, "lanes": [], "seconds_a_sprite": []}, [["hero", 1]] * 500, [{"runner": "ddim"}] * 100,
    {"runner": "student-99", "steps": 1e9, "eta": "much"}, {"hero": math.nan}, {"hero": 1, "hero ": 1},
    {f"category {k}": 1 for k in range(500)},
]   # fmt: skip
HOSTILE = [*NUMBERS, *NO_NUMBERS, *EMPTY, *TEXTS, *PATHS, *FILES, *RECIPES, [1] * 5000, [[[[[[[[[[1]]]]]]]]]]]


def spoiled(value: Any, random: Random) -> Any:
    """The value with one thing wrong with it, somewhere."""
    if random.random() < 0.4:
        return random.choice(HOSTILE)
    if isinstance(value, dict) and value:
        return _spoiled_dict(value, random)
    if isinstance(value, list) and value:
        return _spoiled_list(value, random)
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.dumps(spoiled(json.loads(value), random)).replace(json.dumps(INFINITE), "1e999")
    return random.choice(HOSTILE)


def _spoiled_dict(value: dict, random: Random) -> dict:
    key = random.choice(sorted(value))
    rest = {name: kept for name, kept in value.items() if name != key}
    return random.choice([
        rest,
        rest | {key.upper(): value[key]},
        value | {random.choice(TEXTS): value[key]},
        *[value | {key: spoiled(value[key], random)} for _ in range(5)],
    ])


def _spoiled_list(value: list, random: Random) -> list:
    k = random.randrange(len(value))
    return random.choice([
        value[:k] + value[k + 1 :],
        [*value, value[k]],
        value * 200,
        value[::-1],
        *[[*value[:k], spoiled(value[k], random), *value[k + 1 :]] for _ in range(4)],
    ])
