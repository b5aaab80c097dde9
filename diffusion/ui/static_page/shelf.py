"""The models of a page alone, and what the page fetches to draw with them."""

import json
from pathlib import Path
from typing import NamedTuple

from diffusion.browser.half_weights import check_fits_browser
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import load_judge
from diffusion.models.checkpoints import save_checkpoint
from diffusion.models.hub import ModelFiles
from diffusion.serving.engine import Engine
from diffusion.serving.fetched.page_models import PageModels

Files = dict[str, bytes]   # by their paths in the page's folder


class Shelf(NamedTuple):
    """The models of a page: one, then its students."""

    engine: Engine
    names: tuple[str, ...]

    @property
    def first(self) -> str:
        return self.names[0]

    @property
    def categories(self) -> tuple[str, ...]:
        """Of all of them."""
        return self.engine.model(self.first).categories


def models_of(files: ModelFiles) -> dict[str, DiffusionModel]:
    """A model by its name, then its students, those with more steps first; InputError if no browser computes it."""
    model = files.load()
    check_fits_browser(model)
    beside = Engine(files.weights.parent, "cpu")
    return {files.name: model} | {name: beside.model(name) for name in beside.students(files.name).values()}


def shelf_of(models: dict[str, DiffusionModel], folder: Path) -> Shelf:
    """Models in a folder of their own, so that whatever form they came in, the app's own parts find them."""
    for name, model in models.items():
        save_checkpoint(model, {}, name, folder)
    return Shelf(Engine(folder, "cpu"), tuple(models))


def model_files(shelf: Shelf) -> Files:
    """What the page fetches to draw with its models and to read the sprites, where browser/library.js looks for it.

    Raises CheckpointError if the judge is missing or damaged.
    """
    models, found = PageModels(), {}
    for name in shelf.names:
        told = models.describe(shelf.engine, name)
        found[f"browser/models/{name}"] = json.dumps(told).encode()
        found[f"browser/weights/{name}"] = models.file(shelf.engine, name).contents
        if told["isRead"]:
            found["browser/judge"] = models.judge_file(load_judge()).contents
    return found
