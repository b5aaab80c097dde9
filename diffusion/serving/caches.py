"""Values that are made once and shared by many threads."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Value]):
    """A value that is made when it is first asked for, by whoever comes first; the others wait for it."""

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[Value, ...] = ()

    def __call__(self) -> Value:
        """The value; raises what making it raises, and then it is made anew for the next who asks."""
        with self._lock:
            if not self._made:
                self._made = (self._make(),)
        return self._made[0]


class Recent(Generic[Key, Value]):
    """The values that were asked for last, by their keys."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, if it is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, in place of the one that nobody has asked for for longest."""
        with self._lock:
            self._put(key, value)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value, made if it is not kept; who comes meanwhile waits. Raises what making it raises."""
        with self._lock:
            if key not in self._kept:
                self._put(key, make())
            self._kept.move_to_end(key)
            return self._kept[key]

    def _put(self, key: Key, value: Value) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
