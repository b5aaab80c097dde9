"""What all scripts are made of: their imports, a model opened, a run and a mix described, the picture saved."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import DEFAULT
from diffusion.serving.scripts.python_text import Call, Code, call, imported

TOP = "# Run it in the folder of the lab. All names in use: python -c 'import diffusion; help(diffusion)'"
FOLDER = call("Path", "checkpoints")   # of models that do not ship, which can be downloaded in the Train tab
PATH, NUMPY, BASE64 = "from pathlib import Path", "import numpy as np", "from base64 import b64decode"

Weights = tuple[tuple[str, float], ...] | None   # None: the categories in turn


def script(names: Sequence[str], lines: Sequence[str], standard: Sequence[str] = (), other: Sequence[str] = ()) -> str:
    """A whole script: the public names that it uses, its lines, what it imports of Python itself and of others."""
    groups = [[*standard], [*other], [imported("diffusion", names)], lines]
    return "\n\n".join([TOP] + ["\n".join(group) for group in groups if group]) + "\n"


def opened(checkpoint: str) -> Call:
    """The call that opens a model."""
    return call("load_checkpoint", checkpoint, *([] if ships(checkpoint) else [FOLDER]))


def paths_for(*checkpoints: str) -> list[str]:
    """What the calls that open these models need of Python itself."""
    return [] if all(map(ships, checkpoints)) else [PATH]


def ships(checkpoint: str) -> bool:
    """Whether a model comes with the lab."""
    return checkpoint == DEFAULT or checkpoint.startswith(f"{DEFAULT}-")


def config_of(config: SampleConfig) -> Call:
    """The call that describes a run; what is as usual is left out."""
    return call("SampleConfig", **changed(config, SampleConfig()))


def changed(values: Any, usual: Any) -> dict[str, Any]:
    """What a dataclass says otherwise than another one of its kind."""
    told = {field.name: getattr(values, field.name) for field in fields(values)}
    return {name: value for name, value in told.items() if value != getattr(usual, name)}


def context_of(weights: Weights, n: Any) -> Call:
    """The call that makes the context of n sprites; categories that weigh nothing are left out."""
    categories = Code("model.categories")
    if weights is None:
        return call("categories_in_turn", categories, n)
    return call("context_rows", {name: weight for name, weight in weights if weight}, categories, n)


def saved(images: str, columns: int | None = None) -> str:
    """The line that saves images, named by their code, as one picture."""
    told = "" if columns is None else f", columns={columns}"
    return f'picture_of({images}{told}).save("sprites.png")'
