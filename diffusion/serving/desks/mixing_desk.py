"""The Context tab's work: from what a page asks to the mix, and to the path between two."""

from dataclasses import replace

from diffusion.generation import smooth_config
from diffusion.mixing import WEIGHTS, WIDE_WEIGHTS, Path
from diffusion.serving.desks.following import Ask, shown_ask
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.support.checks import InputError, check_number

N_SPRITES = 16
PATH_POINTS, PATH_ROWS = 9, 3
NO_MIX = "there is no mix yet: move a slider first."


def page_mix(engine: Engine, ask: Ask) -> RunRequest:
    """The run behind what the page asks; raises InputError naming what is out of bounds, or that it is no mix.

    ask: {checkpoint, weights, wide, mixing, guidance, seed, clean, origins}, weights in the order of its categories.
    Weights beyond the model's categories belong to hidden sliders, and count for nothing.
    """
    try:
        model = engine.model(ask["checkpoint"])
        weights = dict(zip(model.categories, ask["weights"], strict=False))
        origins = tuple(tuple(origin) for origin in ask["origins"])
        asked = {"seed": ask["seed"], "guidance": ask["guidance"], "mixing": ask["mixing"], "clean": ask.get("clean")}
        low, high = WIDE_WEIGHTS if ask["wide"] else WEIGHTS
    except (KeyError, TypeError) as error:
        raise InputError("this describes no mix: it needs a model, weights, a seed and the sprites' noises.") from error
    for name, weight in weights.items():
        check_number(name, weight, low, high)
    config = smooth_config(model, n=N_SPRITES, origins=origins, **asked)
    return RunRequest(str(ask["checkpoint"]), config, tuple(weights.items()))


def shown_mix(engine: Engine, text: str) -> tuple[RunRequest, int | None]:
    """The mix on a page and which of its sprites is chosen, from JSON {ask, chosen}; InputError if it is none."""
    ask, chosen = shown_ask(text, NO_MIX)
    return page_mix(engine, ask), chosen


def path_between(a: RunRequest, b: RunRequest, seed: int) -> RunRequest:
    """Rows of sprites on the way from mix a to mix b; the noise walks from the first ones of a to those of `seed`.

    Raises InputError if the two belong to different models.
    """
    if a.checkpoint != b.checkpoint:
        raise InputError(f"A was mixed with {a.checkpoint} and B with {b.checkpoint}: remember both with one model.")
    starts = a.config.origins_from(0, PATH_ROWS)
    origins = tuple(start for start in starts for _ in range(PATH_POINTS))
    config = replace(a.config, n=len(origins), origins=origins)
    return replace(a, config=config, path=Path(b.weights, seed, PATH_POINTS))
