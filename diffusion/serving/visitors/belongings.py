"""What belongs to whom: models that visitors trained or gave are theirs, until they share them by a link."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf
from pathlib import Path
from secrets import token_urlsafe
from threading import RLock
from typing import Any

from diffusion.serving.visitors.house_clock import HouseClock
from diffusion.support.files import DamagedFileError, read_json, write_json

HOUSE = "house"   # the folder among the checkpoints, of what the app notes about its visitors
ENDING = ".json"
ALONG_THE_WAY = re.compile(r"-(step-\d+|best)$")   # how a snapshot's name goes on after that of its training
NOBODY = "nobody"
MAX_BYTES = 100_000
MOST_GUESTS = 500          # of one model; who came by the link first is forgotten first
KNOWN_VISITORS = 10_000
AROUND_S = 600             # so long after they were last seen, visitors count as there

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Belonging:
    """Whose a model is. All names of visitors are hashes: what they came from is known to their browsers alone."""

    owner: str
    private: bool = False           # made from what its owner gave: nobody else may open it
    given: float = 0.0              # when it was made, or given last, by the clock of the house
    seen: float = 0.0               # when its owner was there last
    link: str = ""                  # by which others may open it; none while it is not shared
    guests: tuple[str, ...] = ()    # who came by the link


class Belongings:
    """Who owns which of the models in a folder, kept on disk; safe to use from many threads.

    A model without a record was put there by who runs the app, and is everybody's. A training and all checkpoints
    along its way are one belonging.
    """

    def __init__(self, house: Path) -> None:
        """house: the folder for the records."""
        self._folder = house / "owners"
        self.clock = HouseClock(house / "clock.json")
        self._lock = RLock()
        self._there: OrderedDict[str, float] = OrderedDict()   # when each visitor was seen last
        self._records = {path.name.removesuffix(ENDING): _read(path) for path in self._folder.glob(f"*{ENDING}")}
        self.clock.was(max((max(one.given, one.seen) for one in self._records.values()), default=0.0))

    @classmethod
    def over(cls, checkpoints: Path) -> "Belongings":
        """Those of the models in a folder."""
        return cls(checkpoints / HOUSE)

    def greet(self, visitor: str | None) -> None:
        """A visitor is there."""
        if visitor is None:
            return
        with self._lock:
            self._there[visitor] = self.clock.now()
            self._there.move_to_end(visitor)
            while len(self._there) > KNOWN_VISITORS:
                self._there.popitem(last=False)

    def claim(self, name: str, owner: str, private: bool) -> None:
        """Make a name that nobody has the owner's; FileExistsError if someone has it, OSError if it cannot be noted."""
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path(name).touch(exist_ok=False)
            try:
                self._note(name, Belonging(owner, private, now := self.clock.now(), now))
            except OSError:
                self._path(name).unlink()
                raise

    def release(self, name: str) -> None:
        """Forget whose a model was that is gone."""
        with self._lock:
            self._records.pop(belonging(name), None)
            self._path(name).unlink(missing_ok=True)

    def owner(self, name: str) -> str | None:
        """Whose a model is; None if it is everybody's."""
        record = self._records.get(belonging(name))
        return record.owner if record else None

    def is_owner(self, visitor: str, name: str) -> bool:
        """Whether a model is this visitor's own, or everybody's."""
        return self.owner(name) in (None, visitor)

    def may_open(self, visitor: str, name: str) -> bool:
        """Whether a visitor may draw with a model and take it away."""
        record = self._records.get(belonging(name))
        return self.is_owner(visitor, name) or visitor in record.guests or not record.private

    def listed(self, visitor: str, names: Iterable[str]) -> list[str]:
        """Of all names, those that a visitor's lists offer: everybody's, own ones, and those that were shared."""
        return [name for name in names if self.is_owner(visitor, name) or visitor in self._guests(name)]

    def owned_by(self, visitor: str) -> list[str]:
        """The names of a visitor's belongings, the oldest first."""
        own = [(record.given, name) for name, record in list(self._records.items()) if record.owner == visitor]
        return [name for _, name in sorted(own)]

    def longest_away_first(self, names: Iterable[str]) -> list[str]:
        """Names in the order in which they may go: first what has no owner, then by when the owner was there last."""
        return sorted(names, key=lambda name: (self._seen(name), name))

    def away_s(self, name: str) -> float:
        """For how long its owner has been away, while the app ran; for ever if it has none."""
        return self.clock.now() - self._seen(name)

    def _seen(self, name: str) -> float:
        record = self._records.get(belonging(name))
        return max(record.seen, self._there.get(record.owner, 0.0)) if record else -inf

    def is_around(self, name: str) -> bool:
        """Whether its owner is there, or was a few minutes ago."""
        return self.away_s(name) < AROUND_S

    def link(self, name: str) -> str:
        """The link by which others may open a model; "" while it is not shared."""
        record = self._records.get(belonging(name))
        return record.link if record else ""

    def share(self, name: str) -> str:
        """Let whoever has the link that comes back open a model."""
        with self._lock:
            record = self._records[belonging(name)]
            link = record.link or token_urlsafe(16)
            self._note(name, replace(record, link=link))
        return link

    def stop_sharing(self, name: str) -> None:
        """Let the link lead nowhere, and whoever came by it stay out."""
        with self._lock:
            self._note(name, replace(self._records[belonging(name)], link="", guests=()))

    def come_by(self, link: str, visitor: str) -> str | None:
        """The model behind a link, from now on among those of the visitor; None if it leads nowhere."""
        with self._lock:
            name = next((name for name, record in self._records.items() if link and record.link == link), None)
            if name is not None and not self.is_owner(visitor, name):
                guests = [guest for guest in self._guests(name) if guest != visitor]
                self._note(name, replace(self._records[name], guests=(*guests, visitor)[-MOST_GUESTS:]))
        return name

    def given_again(self, name: str) -> None:
        """Count it as new."""
        with self._lock:
            self._note(name, replace(self._records[belonging(name)], given=self.clock.now()))

    def keep(self) -> None:
        """Write down who has been there since; OSError if that fails."""
        with self._lock:
            self.clock.keep()
            for name, record in list(self._records.items()):
                seen = self._there.get(record.owner, 0.0)
                if seen > record.seen:
                    self._note(name, replace(record, seen=seen))

    def _guests(self, name: str) -> tuple[str, ...]:
        record = self._records.get(belonging(name))
        return record.guests if record else ()

    def _note(self, name: str, record: Belonging) -> None:
        write_json(self._path(name), asdict(record))
        self._records[belonging(name)] = record

    def _path(self, name: str) -> Path:
        return self._folder / f"{belonging(name)}{ENDING}"


def belonging(name: str) -> str:
    """The name under which a model is owned: a checkpoint along the way is one with its training."""
    return ALONG_THE_WAY.sub("", name)


def each_training_once(names: Sequence[str]) -> list[str]:
    """The same names, but of a training that stands among them none of its checkpoints along the way."""
    there = set(names)
    return [name for name in names if belonging(name) == name or belonging(name) not in there]


def _read(path: Path) -> Belonging:
    """A record; where it is damaged, nobody's and not to be opened, rather than everybody's."""
    try:
        return read_json(path, _record, MAX_BYTES)
    except DamagedFileError:
        log.warning("%s is damaged: what it tells of is nobody's now.", path.name)
        return Belonging(NOBODY, private=True)


def _record(values: dict[str, Any]) -> Belonging:
    owner, link, guests = str(values["owner"]), str(values["link"]), tuple(map(str, values["guests"]))
    given, seen = float(values["given"]), float(values["seen"])
    return Belonging(owner, bool(values["private"]), given, seen, link, guests)
