"""What can go wrong, in a sentence for people; a fault of the program goes to its log, and nobody reads its text."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from diffusion.support.checks import InputError
from diffusion.support.files import FULL, wrong_with_file
from diffusion.support.wording import shown

BROKEN = "Something went wrong here that should not have; it was written down. Please try again."
NO_MEMORY = "there was not enough memory for this: ask for less at once, or try again when others have finished."
IN_MEMORY = ("out of memory", "can't allocate memory")   # how torch says it, where it has no class for it
STOPPED = 130

log = logging.getLogger(__name__)


def in_a_sentence(error: BaseException) -> str | None:
    """What went wrong, for people; None where it is a fault of the program."""
    if isinstance(error, InputError):
        return str(error)
    if is_out_of_memory(error):
        return NO_MEMORY
    if isinstance(error, OSError):
        name = shown(Path(str(error.filename))) if error.filename else "a file"
        return f"{name} {wrong_with_file(error)}"
    return None


def tell(error: BaseException) -> str:
    """What to tell people of an error; a fault of the program is written down once, and told without its text."""
    sentence = in_a_sentence(error)
    if sentence is None:
        log.error("a fault of this program", exc_info=error)
    return sentence or BROKEN


def is_out_of_memory(error: BaseException) -> bool:
    """Whether there was too little memory, of the machine or of its GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in IN_MEMORY)


def is_full(error: BaseException) -> bool:
    """Whether a disk had no room left."""
    return isinstance(error, OSError) and error.errno in FULL


def exit_code(work: Callable[[], object]) -> int:
    """Do some work of the command line; returns 0, or 2 after one sentence on standard error."""
    try:
        work()
    except KeyboardInterrupt:
        sys.stderr.write("stopped.\n")
        return STOPPED
    except Exception as error:
        sentence = in_a_sentence(error)
        if sentence is None:
            raise
        sys.stderr.write(f"error: {sentence}\n")
        return 2
    return 0
