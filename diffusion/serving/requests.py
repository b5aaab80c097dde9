"""What a learner asks for, as one value: it can be kept inside a picture, compared, and answered again."""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.editing import Edit, edit_from_values
from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, mix_pairs
from diffusion.mixing import Path
from diffusion.support.checks import InputError

MAX_SPRITES = 64   # in one request of the app


@dataclass(frozen=True)
class RunRequest:
    """What a learner asks for. weights: the mix as (category, weight) pairs; None means the categories in turn.

    path: where the mix is going, if the sprites lie on a path from one mix to another; edit: what is done to a drawing.
    Raises InputError if it asks for more sprites than a request may have, or for a path from no mix.
    """

    checkpoint: str
    config: SampleConfig = field(default_factory=SampleConfig)
    weights: tuple[tuple[str, float], ...] | None = None
    path: Path | None = None
    edit: Edit | None = None

    def __post_init__(self) -> None:
        if self.path and self.weights is None:
            raise InputError("weights: a path needs a mix to start from.")
        if self.config.n > MAX_SPRITES:
            raise InputError(f"n = {self.config.n}: one request may ask for 1 to {MAX_SPRITES} sprites.")

    @property
    def recipe(self) -> dict[str, Any]:
        """The request as JSON values, to keep inside a saved picture."""
        path, edit = self.path and asdict(self.path), self.edit and self.edit.values
        kept = {"checkpoint": self.checkpoint, "config": asdict(self.config), "weights": self.weights}
        return kept | {"path": path, "edit": edit}

    @classmethod
    def from_recipe(cls, recipe: dict[str, Any]) -> "RunRequest":
        """The request behind a recipe; raises InputError if it is none."""
        try:
            weights, path, edit = recipe["weights"], recipe.get("path"), recipe.get("edit")   # older pictures lack some
            pairs = None if weights is None else mix_pairs(dict(weights))
            config = SampleConfig.from_values(recipe["config"])
            walk = None if path is None else Path.from_values(path)
            return cls(str(recipe["checkpoint"]), config, pairs, walk, None if edit is None else edit_from_values(edit))
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError("these settings do not describe a run: they are of another kind, or damaged.") from error

    @property
    def columns(self) -> int | None:
        """How many sprites stand in a row of the picture; None for nearly square."""
        return self.path and self.path.points

    def context(self, model: DiffusionModel) -> Tensor:
        """One row of category weights a sprite, (n, K)."""
        if self.weights is None:
            return categories_in_turn(model.categories, self.config.n)
        rows = context_rows(dict(self.weights), model.categories, self.config.n)
        return self.path.context(rows, model.categories) if self.path else rows

    @property
    def kind(self) -> Hashable:
        """Requests of the same kind differ in their sprites alone, and can be drawn as one run; None: only by itself.

        What a run costs, if it mixes categories apart, hangs on how many weigh anything.
        """
        if self.path:
            return None
        apart = self.config.mixing == "composed" and tuple(bool(weight) for _, weight in self.weights or ())
        return self.checkpoint, replace(self.config, n=1, seed=0, origins=None), apart, self.edit

    def first(self, n: int) -> "RunRequest":
        """The same for its first n sprites alone, if there are more."""
        origins = tuple(self.config.origins_from(0, min(n, self.config.n)))
        return replace(self, config=replace(self.config, n=len(origins), origins=origins))

    def run(self, model: DiffusionModel) -> Run:
        """The run that answers the request."""
        return self._run(model, self.config, self.context(model))

    def _run(self, model: DiffusionModel, config: SampleConfig, context: Tensor) -> Run:
        if self.edit:
            return self.edit.run(model, config, context)
        start = self.path.start(config, model) if self.path else None
        return Run(model, config, context, start=start)


def joined_run(model: DiffusionModel, requests: Sequence[RunRequest]) -> Run:
    """One run that answers requests of the same kind: the sprites of each after those of the one before."""
    origins = tuple(origin for request in requests for origin in request.config.origins_from(0, request.config.n))
    config = replace(requests[0].config, n=len(origins), origins=origins)
    return requests[0]._run(model, config, torch.cat([request.context(model) for request in requests]))
