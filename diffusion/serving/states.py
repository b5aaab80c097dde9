"""The states of work that outlives a request, be it a training or a measurement."""

from enum import StrEnum


class State(StrEnum):
    """Where a piece of work is; its value is how people say it."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def under_way(self) -> bool:
        """Whether it is being done or waits for its turn."""
        return self in (State.QUEUED, State.RUNNING)

    @property
    def can_go_on(self) -> bool:
        """Whether it rests before its end."""
        return self in (State.PAUSED, State.STOPPED, State.FAILED)
