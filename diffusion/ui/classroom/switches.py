"""What a teacher sets for a class in the page's address: tabs that are hidden, a projector, a lesson."""

from collections.abc import Callable, Collection
from typing import NamedTuple
from urllib.parse import urlencode

from diffusion.support.checks import InputError
from diffusion.support.wording import listed, shown
from diffusion.ui.words import tour

HIDE, PROJECTOR, LESSON, FORGET = "hide", "projector", "lesson", "forget"   # keys
LESSONS = {lesson.key: lesson for lesson in tour.LESSONS}


class Switches(NamedTuple):
    """What is set; nothing, as the page comes."""

    hidden: tuple[str, ...] = ()   # tabs
    projector: bool = False        # large text and large sprites
    lesson: str = ""
    forgets: bool = False          # as it opens, all that the browser has kept

    @classmethod
    def read(cls, asked: Callable[[str], str], tabs: Collection[str]) -> "Switches":
        """The switches in an address of a page with these tabs; `asked` gives the text of a key.

        Raises InputError if one cannot be, or they contradict each other.
        """
        hidden = _hidden(asked(HIDE), tabs)
        projector, forgets = (_one_of(key, asked(key), ("", "0", "1")) == "1" for key in (PROJECTOR, FORGET))
        lesson = _one_of(LESSON, asked(LESSON), ("", *LESSONS))
        if lesson and LESSONS[lesson].tab in hidden:
            needed = LESSONS[lesson].tab
            raise InputError(f"{LESSON} = {lesson}: it needs the tab {needed}, which is hidden: show that.")
        return cls(hidden, projector, lesson, forgets)

    @property
    def query(self) -> str:
        """They as the end of an address, which begins with a question mark where anything is set."""
        told = {HIDE: ",".join(self.hidden), PROJECTOR: "1" * self.projector, LESSON: self.lesson}
        told[FORGET] = "1" * self.forgets
        query = urlencode({key: text for key, text in told.items() if text}, safe=",")
        return f"?{query}" if query else ""


def _hidden(text: str, tabs: Collection[str]) -> tuple[str, ...]:
    named = text.split(",") if text else []
    if len(named) > len(tabs) or not set(named) <= set(tabs):
        raise InputError(f"{HIDE} = {shown(text)}: name tabs with commas between them, of {', '.join(tabs)}.")
    if len(set(named)) == len(tabs):
        raise InputError(f"{HIDE} = {shown(text)}: leave one tab at least.")
    return tuple(tab for tab in tabs if tab in named)


def _one_of(key: str, text: str, choices: Collection[str]) -> str:
    if text not in choices:
        raise InputError(f"{key} = {shown(text)}: choose one of {listed([choice for choice in choices if choice])}.")
    return text
