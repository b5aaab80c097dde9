"""The Edit tab's work: from what a page asks to the edit."""

from collections.abc import Mapping
from typing import Any

from diffusion.editing import Edit, edit_from_values
from diffusion.generation import mix_pairs, usual_config
from diffusion.serving.desks.following import Ask, shown_ask
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError

N_VARIANTS = 4
NO_EDIT = "there is no edit yet: draw something, or move a slider."
NO_ASK = "this describes no edit: it needs a model, a drawing, weights, a seed and the kind of edit."


def page_edit(engine: Engine, ask: Ask) -> RunRequest:
    """The run behind what the page asks; raises InputError naming what is out of bounds, or that it is no edit.

    Weights beyond the model's categories belong to hidden sliders, and count for nothing.
    """
    try:
        edit, model = edit_from_values(ask), engine.model(ask["checkpoint"])
        weights = dict(zip(model.categories, ask["weights"], strict=False))
        origins = tuple(tuple(origin) for origin in ask["origins"])
        asked = {"seed": ask["seed"], "guidance": ask["guidance"], "clean": ask.get("clean"), "origins": origins}
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(NO_ASK) from error
    return edit_of(engine, ask["checkpoint"], edit, weights, n=len(origins), **asked)


def edit_of(engine: Engine, name: str, edit: Edit, weights: Mapping[str, float], **settings: Any) -> RunRequest:
    """An edit towards a mix by the run that suits the model called `name`; raises InputError, CheckpointError."""
    config = usual_config(engine.model(name), **settings, sampler=edit.sampler)
    return RunRequest(name, config, mix_pairs(weights), edit=edit)


def shown_edit(engine: Engine, text: str) -> tuple[RunRequest, int | None]:
    """The edit on a page and which of its variants is chosen, from JSON {ask, chosen}; InputError if it is none."""
    ask, chosen = shown_ask(text, NO_EDIT)
    return page_edit(engine, ask), chosen
