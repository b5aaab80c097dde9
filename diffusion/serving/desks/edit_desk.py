"""The Edit tab's work: from what a page asks to a picture, quickly while a slider moves and in full after."""

from typing import Any

from diffusion.editing import Edit, edit_from_values
from diffusion.generation import mix_pairs, usual_config
from diffusion.serving.desks.mixing_desk import Answer, Ask, answer, shown_ask
from diffusion.serving.engine import Engine
from diffusion.serving.reference import Reference
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
        edit = edit_from_values(ask)
        model = engine.model(ask["checkpoint"])
        weights = mix_pairs(dict(zip(model.categories, ask["weights"], strict=False)))
        origins = tuple(tuple(origin) for origin in ask["origins"])
        asked = {"seed": ask["seed"], "guidance": ask["guidance"], "clean": ask.get("clean")}
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(NO_ASK) from error
    return RunRequest(
        str(ask["checkpoint"]), usual_config(model, n=len(origins), origins=origins, **asked, **sampler_for(edit)),
        weights, edit=edit,
    )   # fmt: skip


def sampler_for(edit: Edit) -> dict[str, Any]:
    """The settings of a run that an edit asks for by itself."""
    return {"sampler": edit.sampler} if edit.sampler else {}


def shown_edit(engine: Engine, text: str) -> tuple[RunRequest, int | None]:
    """The edit on a page and which of its variants is chosen, from JSON {ask, chosen}; InputError if it is none."""
    ask, chosen = shown_ask(text, NO_EDIT)
    return page_edit(engine, ask), chosen


def draw(engine: Engine, reference: Reference, ask: Ask) -> Answer:
    """The edit at a price that follows a drag."""
    asked = page_edit(engine, ask)
    return answer(engine, reference, asked, engine.quick(asked))


def refine(engine: Engine, reference: Reference, ask: Ask) -> Answer:
    """The same edit in full."""
    asked = page_edit(engine, ask)
    return answer(engine, reference, asked, asked)
