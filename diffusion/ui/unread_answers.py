"""Answers of Gradio's queue that nobody reads: they are thrown away, since Gradio keeps them for ever."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from urllib.parse import parse_qs

from gradio.queueing import Queue
from starlette.types import Scope

DATA, CALLED = "/gradio_api/queue/data", "/gradio_api/call/"
KEPT_S = 60         # a page listens at once, a program soon
MOST_UNREAD = 64    # sessions; an answer may be as large as a megabyte or two


class UnreadAnswers:
    """The sessions for which answers wait in a queue, and since when nobody listens to them."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._listening: Counter[str] = Counter()
        self._unread_since: dict[str, float] = {}

    @contextmanager
    def read_by(self, session: str) -> Iterator[None]:
        """While somebody listens to a session."""
        self._listening[session] += 1
        self._unread_since.pop(session, None)
        try:
            yield
        finally:
            self._listening[session] -= 1
            self._listening += Counter()   # drops those with none

    def expect(self, session: str) -> None:
        """Somebody asks for more, and will listen: the time begins anew."""
        self._unread_since.pop(session, None)

    async def throw_away(self) -> None:
        """Forget the sessions to which nobody has listened for a while, and the oldest of too many of them."""
        waiting, now = [*self._queue.pending_messages_per_session], monotonic()
        self._unread_since = {
            session: self._unread_since.get(session, now) for session in waiting if session not in self._listening
        }
        for session in self._given_up(now):
            if session in self._unread_since:   # nobody came for it meanwhile
                await self._forget(session)

    def _given_up(self, now: float) -> list[str]:
        oldest_first = sorted(self._unread_since, key=self._unread_since.__getitem__)
        too_many = max(0, len(oldest_first) - MOST_UNREAD)
        left_long_ago = [session for session in oldest_first if self._unread_since[session] < now - KEPT_S]
        return oldest_first[: max(too_many, len(left_long_ago))]

    async def _forget(self, session: str) -> None:
        self._unread_since.pop(session)
        await self._queue.clean_events(session_hash=session)   # what runs for it sends nothing from now on
        for told in (self._queue.pending_messages_per_session, self._queue.pending_event_ids_session):
            told.pop(session, None)


def session_listened_to(scope: Scope, queue: Queue) -> str | None:
    """The session whose answers a request asks for; None if it asks for none."""
    path = scope["path"].rstrip("/")
    if path == DATA:
        return parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[-1]
    if not path.startswith(CALLED):
        return None
    asked = path.rpartition("/")[2]   # an event, which may be of a session
    sessions = (session for session, events in queue.pending_event_ids_session.items() if asked in events)
    return next(sessions, asked)
