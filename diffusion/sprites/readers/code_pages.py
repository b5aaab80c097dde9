"""File names in the code pages of old systems: decoded where one reading alone makes sense, else shown as they are."""

import re
import unicodedata
from collections.abc import Callable

WORDS = re.compile(r"[^\W\d_]+")
COMMON_HANZI = range(0xB0, 0xD8)   # first bytes, GB 2312 level 1
HANGUL = range(0xB0, 0xC9)         # first bytes, KS X 1001
KANA_AND_KANJI = ("HIRAGANA", "KATAKANA", "CJK UNIFIED")


def decoded(raw: bytes) -> str:
    """A name as text; bytes that no code page explains are shown as \\x93 and the like."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        readings = (_read(raw, page, makes_sense) for page, makes_sense in CODE_PAGES)
        return next(filter(None, readings), raw.decode("ascii", "backslashreplace"))


def _read(raw: bytes, page: str, makes_sense: Callable[[str, bytes], bool]) -> str | None:
    try:
        text = raw.decode(page)
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and makes_sense(text, raw) else None


def _is_latin(text: str, _: bytes) -> bool:
    """Accented letters alone, each in a word with plain ones."""
    foreign = [char for char in text if not char.isascii()]
    words = [word for word in WORDS.findall(text) if not word.isascii()]
    return all("LATIN" in _name(char) for char in foreign) and all(re.search("[a-zA-Z]", word) for word in words)


def _is_cyrillic(text: str, _: bytes) -> bool:
    """Cyrillic letters alone, in words with no others."""
    foreign = [char for char in text if not char.isascii()]
    words = [word for word in WORDS.findall(text) if not word.isascii()]
    return all("CYRILLIC" in _name(char) for char in foreign) and not re.search("[a-zA-Z]", "".join(words))


def _is_japanese(text: str, _: bytes) -> bool:
    return all(_name(char).startswith(KANA_AND_KANJI) for char in text if not char.isascii())


def _is_chinese(_: str, raw: bytes) -> bool:
    """Common characters alone, of which at least one cannot be read as Korean."""
    firsts = _first_bytes(raw)
    return all(first in COMMON_HANZI for first in firsts) and not all(first in HANGUL for first in firsts)


def _first_bytes(raw: bytes) -> list[int]:
    """The first byte of each character of two bytes."""
    return [pair[0] for pair in re.findall(rb"[\x80-\xff].", raw, re.DOTALL)]


def _name(char: str) -> str:
    return unicodedata.name(char, "")


CODE_PAGES: tuple[tuple[str, Callable[[str, bytes], bool]], ...] = (
    ("cp850", _is_latin),
    ("cp866", _is_cyrillic),
    ("cp1252", _is_latin),
    ("cp1251", _is_cyrillic),
    ("cp932", _is_japanese),
    ("gbk", _is_chinese),
)
