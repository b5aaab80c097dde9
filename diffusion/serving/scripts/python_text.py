"""Values and calls as Python text: every value stands there as a literal, so what comes from outside stays a value."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

WIDTH = 100   # of a line
INDENT = 4
BARE = 3   # signs of a literal without any text in it: its quotes, and the b of bytes


class Code(str):
    """A piece of Python that stands as it is; all other values are written as literals."""


class Call(NamedTuple):
    """A call: what is called, and with which values."""

    function: str
    plain: tuple[Any, ...]
    named: Mapping[str, Any]


class Bracket(NamedTuple):
    """Something in brackets: its parts, each behind a few signs such as "seed="."""

    opening: str
    parts: list[tuple[str, Any]]
    closing: str


def call(function: str, *plain: Any, **named: Any) -> Call:
    """A call of `function` with these values."""
    return Call(function, plain, named)


def assigned(name: str, value: Any) -> str:
    """The line, or lines, that give a value a name."""
    before = f"{name} = "
    return before + laid_out(value, len(before))


def imported(module: str, names: Iterable[str]) -> str:
    """The line, or lines, that import names from a module, those in capitals first, as linters sort them."""
    before, ordered = f"from {module} import ", sorted(names, key=lambda name: (not name[0].isupper(), name))
    line = before + ", ".join(ordered)
    if len(line) <= WIDTH:
        return line
    return before + laid_out(Bracket("(", [("", Code(name)) for name in ordered], ")"), WIDTH)


def laid_out(value: Any, column: int, indent: int = 0) -> str:
    """A value as Python that begins at `column`, in lines of WIDTH signs; those after the first are indented."""
    line = flat(value)
    if column + len(line) < WIDTH or isinstance(value, Code | int | float | None):
        return line
    if isinstance(value, str | bytes):
        pieces = _pieces(value, WIDTH - indent - INDENT)
        return _between("(", pieces, ")", indent)
    inner = indent + INDENT
    opening, parts, closing = _bracket(value, lambda key: laid_out(key, inner, inner))
    items = [before + laid_out(part, inner + _last_line(before), inner) + "," for before, part in parts]
    return _between(opening, _filled(items, WIDTH - inner), closing, indent)


def flat(value: Any) -> str:
    """A value as Python in one line."""
    if isinstance(value, Code):
        return str(value)
    if not isinstance(value, Call | Bracket | tuple | list | dict):
        return literal(value)
    opening, parts, closing = _bracket(value, literal)
    comma = "," if isinstance(value, tuple) and opening == "(" and len(parts) == 1 else ""
    return opening + ", ".join(before + flat(part) for before, part in parts) + comma + closing


def literal(value: Any) -> str:
    """A plain value as Python writes it, a text between double quotes where there are none in it."""
    text = repr(value)
    doubled = isinstance(value, str) and text[0] == "'" and '"' not in text   # so there is neither kind in it
    return f'"{text[1:-1]}"' if doubled else text


def _bracket(value: Any, written: Callable[[Any], str]) -> Bracket:
    """Whatever stands in brackets, as one; `written` says how the keys of a dict are."""
    if isinstance(value, Bracket):
        return value
    if isinstance(value, Call):
        named = [(f"{name}=", part) for name, part in value.named.items()]
        return Bracket(f"{value.function}(", [("", part) for part in value.plain] + named, ")")
    if isinstance(value, dict):
        return Bracket("{", [(f"{written(key)}: ", part) for key, part in value.items()], "}")
    opening, closing = "()" if isinstance(value, tuple) else "[]"
    return Bracket(opening, [("", part) for part in value], closing)


def _between(opening: str, lines: list[str], closing: str, indent: int) -> str:
    inner = "".join(f"\n{' ' * (indent + INDENT)}{line}" for line in lines)
    return f"{opening}{inner}\n{' ' * indent}{closing}"


def _last_line(text: str) -> int:
    return len(text.rpartition("\n")[2])


def _filled(items: list[str], width: int) -> list[str]:
    """The items in as few lines as hold them; what has several lines itself stands alone."""
    lines: list[str] = []
    for item in items:
        fits = lines and "\n" not in lines[-1] + item and len(lines[-1]) + 1 + len(item) <= width
        lines[-1:] = [f"{lines[-1]} {item}"] if fits else [*lines[-1:], item]
    return lines


def _pieces(text: str | bytes, width: int) -> list[str]:
    """Literals that Python joins to the text again, each at most so wide."""
    pieces, first, wide = [], 0, BARE
    for k in range(len(text)):
        one = text[k : k + 1]
        sign = len(repr(one)) - len(repr(one[:0])) + (one in ("'", b"'"))   # which needs a backslash beside a "
        if wide + sign > width:
            pieces.append(text[first:k])
            first, wide = k, BARE
        wide += sign
    return [literal(piece) for piece in (*pieces, text[first:])]
