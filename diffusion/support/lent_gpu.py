"""A GPU that a host lends for some seconds (ZeroGPU): its package `spaces`, where it is there, marks what may have one.

The rest of the program has none, although torch believes so there: what asks which device there is must ask here too.
"""

import os
import sys
from collections.abc import Callable
from typing import TypeVar

Work = TypeVar("Work", bound=Callable)
SETTING = "SPACES_ZERO_GPU"   # the host sets it


def gpus_are_lent() -> bool:
    """Whether this program runs where GPUs are lent."""
    return "spaces" in sys.modules and os.environ.get(SETTING, "").lower() in ("1", "true", "t", "yes", "y", "on")


def with_lent_gpu(seconds: int) -> Callable[[Work], Work]:
    """A decorator of work that has a GPU for so many seconds, where they are lent; elsewhere it changes nothing.

    What goes in and comes out is copied between processes.
    """
    if not gpus_are_lent():
        return lambda work: work
    return sys.modules["spaces"].GPU(duration=seconds)
