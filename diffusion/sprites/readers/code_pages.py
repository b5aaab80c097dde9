"""File names in the code pages of old systems: decoded where one reading alone makes sense, else shown as they are."""

import re
import unicodedata
from collections.abc import Callable

WORDS = re.compile(r"[^\W\d_]+")
COMMON_HANZI = range(0xB0, 0xD8)   # first bytes, GB 2312 level 1
HANGUL = range(0xB0, 0xC9)         # first bytes, KS X 1001
KANA_AND_KANJI = ("HIRAGANA", "KATAKANA", "CJK UNIFIED")


def decoded(raw: bytes) -> str:
    """A name as text; bytes that code pages explain in no way, or in several, are shown as \\x93 and the like."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        readings = {_read(raw, page, makes_sense) for page, makes_sense in CODE_PAGES} - {None}
        return readings.pop() if len(readings) == 1 else raw.decode("ascii", "backslashreplace")


def _read(raw: bytes, page: str, makes_sense: Callable[[str, bytes], bool]) -> str | None:
    try:
        text = raw.decode(page)
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() and makes_sense(text, raw) else None


def _is_latin(text: str, _: bytes) -> bool:
    """Accented letters alone, each in a word with plain ones."""
    return _are_words(text, "LATIN") and all(re.search("[a-zA-Z]", word) for word in _foreign_words(text))


def _is_cyrillic(text: str, _: bytes) -> bool:
    """Cyrillic letters alone, in words with no others."""
    return _are_words(text, "CYRILLIC") and _are_unmixed(text)


def _are_words(text: str, script: str) -> bool:
    """Whether all beyond ASCII are letters of a script, in words that are small, capital, or begin with a capital."""
    is_of_script = all(_name(char).startswith(f"{script} ") and char.isalpha() for char in text if not char.isascii())
    return is_of_script and all(word in (word.lower(), word.upper(), word.title()) for word in _foreign_words(text))


def _are_unmixed(text: str) -> bool:
    """Whether no word has plain letters among the others."""
    return not re.search("[a-zA-Z]", "".join(_foreign_words(text)))


def _foreign_words(text: str) -> list[str]:
    return [word for word in WORDS.findall(text) if not word.isascii()]


def _is_japanese(text: str, _: bytes) -> bool:
    return _are_unmixed(text) and all(_name(char).startswith(KANA_AND_KANJI) for char in text if not char.isascii())


def _is_chinese(text: str, raw: bytes) -> bool:
    """Common characters alone, of which at least one cannot be read as Korean."""
    firsts = _first_bytes(raw)
    is_common = all(first in COMMON_HANZI for first in firsts)
    return is_common and _are_unmixed(text) and not all(first in HANGUL for first in firsts)


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
