"""From the lessons' .py files to notebooks, in the format of Jupyter (nbformat 4.5)."""

from pathlib import Path
from typing import Any, NamedTuple

from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.models.hub import find_model
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.checks import InputError
from diffusion.support.files import write_json
from diffusion.support.wording import listed, quoted

LESSONS = ("1_sampling", "2_training", "3_context", "4_fast_sampling")
HERE, LAB = Path(__file__).parent, Path(__file__).parents[3]
MARK, MARKDOWN = "# %%", "[markdown]"
# What a lesson says of its place and its model, and an export fills in.
PLACE, MODEL = 'sys.path.insert(0, ".")', 'MODEL = "sprites"'


class Cell(NamedTuple):
    """A cell of a notebook."""

    kind: str   # "markdown" or "code"
    text: str


def write_notebooks(checkpoint: str, folder: Path) -> list[Path]:
    """Write the lessons, run with a model, into `folder`; returns their paths.

    Raises CheckpointError if there is no such model, InputError if the lessons cannot be run with it, or the folder is
    a file or holds other things; OSError if it cannot be written.
    """
    paths = [folder / f"{lesson}.ipynb" for lesson in LESSONS]
    check_room(folder, {path.name for path in paths})
    name = lasting_name(checkpoint)
    for lesson, path in zip(LESSONS, paths, strict=True):
        write_json(path, notebook(filled_in(source(lesson), name)))
    return paths


def lasting_name(checkpoint: str) -> str:
    """What a model is called in any folder; raises CheckpointError, or InputError if the lessons need another one."""
    files, path = find_model(checkpoint), Path(checkpoint)
    model = files.load()
    if model.is_student or model.categories != COURSE_CATEGORIES:
        wanted = listed(COURSE_CATEGORIES)
        raise InputError(f"{quoted(checkpoint)}: the lessons need a model of {wanted} that takes any number of steps.")
    is_named = CHECKPOINTS in files.weights.parents or not path.parent.exists()   # here, or on the Hub
    return checkpoint if is_named else str(path.resolve())


def check_room(folder: Path, own: set[str]) -> None:
    """Raise InputError unless `folder` is new, or holds nothing but older notebooks of these names."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: a folder is needed to export to.")
    others = {path.name for path in folder.iterdir()} - own - {".ipynb_checkpoints"} if folder.exists() else set()
    if others:
        raise InputError(f"{folder} holds other files: export to a new folder, or over older notebooks.")


def source(lesson: str) -> str:
    """The lesson's .py file."""
    return (HERE / f"lesson_{lesson}.py").read_text(encoding="utf-8")


def filled_in(text: str, name: str) -> str:
    """A lesson for this place and the model of this name."""
    return text.replace(PLACE, f"sys.path.insert(0, {str(LAB)!r})").replace(MODEL, f"MODEL = {name!r}")


def cells(text: str) -> list[Cell]:
    """The cells of a lesson; the comments of a markdown cell are its text."""
    parts = f"\n{text}".split(f"\n{MARK}")[1:]
    return [_cell(*part.partition("\n")[::2]) for part in parts]


def notebook(text: str) -> dict[str, Any]:
    """The lesson as the JSON values of a notebook."""
    return {
        "cells": [_values(place, cell) for place, cell in enumerate(cells(text), 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(kind: str, body: str) -> Cell:
    if kind.strip() != MARKDOWN:
        return Cell("code", body.strip())
    return Cell("markdown", "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines()))


def _values(place: int, cell: Cell) -> dict[str, Any]:
    run = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
    lines = cell.text.splitlines(keepends=True)
    return {"id": f"cell-{place}", "cell_type": cell.kind, "metadata": {}, "source": lines, **run}
