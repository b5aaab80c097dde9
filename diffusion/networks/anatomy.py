"""How a network tells its own blocks: their order, their place in the U, what enters them, what skips across."""

from typing import NamedTuple

from torch import nn

PLACES = ("enter", "down", "bottom", "up", "leave")
TIME, CONTEXT = "time", "context"


class Block(NamedTuple):
    """A block of a U-Net: the piece of the network that a drawing shows as one box."""

    name: str
    place: str                       # one of PLACES
    module: nn.Module
    does: str                        # what it does, in one plain sentence
    takes: tuple[str, ...] = ()      # the embeddings that enter it
    skip_from: str | None = None     # the block whose output is joined to its input


class Anatomy(NamedTuple):
    """All blocks in the order of the forward pass, and the modules that embed time and context."""

    blocks: tuple[Block, ...]
    embeddings: dict[str, tuple[nn.Module, ...]]
