"""Runs as scripts: of the tabs Sample and Context, of a race, and of a drawing under noise."""

from collections.abc import Sequence

from diffusion.explain.noised_sprite import STEPS, NoisedSprite
from diffusion.serving.engine import Engine
from diffusion.serving.race import WARM_UP_STEPS, Lane, Start, entered
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.python_text import Code, assigned, call
from diffusion.serving.scripts.script_parts import (
    BASE64,
    NUMPY,
    config_of,
    context_of,
    opened,
    paths_for,
    saved,
    script,
)
from diffusion.sprites.painter import paint
from diffusion.support.checks import InputError
from diffusion.support.images import as_base64


def run_script(engine: Engine, request: RunRequest) -> str:
    """The script that draws what a request asks for; InputError if it cannot be run, or is a path of mixes."""
    request.run(engine.model(request.checkpoint))
    if request.path:
        raise InputError("a path of mixes is not written as Python: only a run of one mix is.")
    if request.edit:
        return edit_script(request)
    context = context_of(request.weights, Code("config.n"))
    names = ["SampleConfig", context.function, "generate", "load_checkpoint", "picture_of", "to_uint8"]
    return script(names, [
        assigned("model", opened(request.checkpoint)),
        "# Whatever is not named here is as usual; print(config) shows all of it.",
        assigned("config", config_of(request.config)),
        "# A row for each sprite tells the network what to draw: how much each category weighs.",
        assigned("context", context),
        "",
        "# Each sprite starts as noise of its own, drawn from seed and place; each step removes some.",
        "sprites = generate(model, config, context)   # (n, 3, 16, 16), from -1 to 1",
        saved("to_uint8(sprites)"),
    ], paths_for(request.checkpoint))   # fmt: skip


def edit_script(request: RunRequest) -> str:
    """The script that draws an edit anew, from its drawing."""
    edit, context = request.edit, context_of(request.weights, Code("config.n"))
    pixels = {name: Code(name) for name, value in vars(edit).items() if isinstance(value, bytes)}
    names = ["SampleConfig", type(edit).__name__, context.function, "load_checkpoint", "picture_of", "to_uint8"]
    return script(names, [
        assigned("model", opened(request.checkpoint)),
        "# Red, green and blue of each pixel; of what is kept, one byte a pixel.",
        *(assigned(name, call("b64decode", as_base64(getattr(edit, name)))) for name in pixels),
        assigned("edit", call(type(edit).__name__, **vars(edit) | pixels)),
        assigned("config", config_of(request.config)),
        assigned("context", context),
        "",
        "for step in edit.run(model, config, context):",
        '    print(f"from t = {step.t} to {step.t_next}")',
        saved("to_uint8(step.x_next)"),
    ], [BASE64, *paths_for(request.checkpoint)])   # fmt: skip


def race_script(engine: Engine, checkpoint: str, lanes: Sequence[Lane], start: Start) -> str:
    """The script that runs a race and times it alike; raises InputError if one of the lanes cannot be run."""
    entrants = entered(engine, checkpoint, lanes, start)
    context = context_of(start.weights, start.n)
    runners = [
        (lane.title, Code("model") if run.checkpoint == checkpoint else opened(run.checkpoint), config_of(run.config))
        for lane, run in entrants
    ]
    names = ["Run", "SampleConfig", context.function, "load_checkpoint", "picture_of", "record"]
    return script(names, [
        assigned("model", opened(checkpoint)),
        assigned("context", context),
        "# All lanes start from the same noise, since they have the same seed.",
        assigned("lanes", runners),
        "finished = []",
        "for title, network, config in lanes:",
        f"    for _ in zip(range({WARM_UP_STEPS}), Run(network, config, context)):",
        "        pass   # some steps that no clock sees: they warm memory and caches up",
        "    run = record(Run(network, config, context))",
        '    print(f"{title}: {run.seconds:.2f} s, {run.calls} network calls a sprite")',
        "    finished.append(run.sprites)",
        f"{saved('np.concatenate(finished)', start.n)}   # a row for each lane",
    ], paths_for(checkpoint, *(run.checkpoint for _, run in entrants)), [NUMPY])   # fmt: skip


def noise_script(engine: Engine, checkpoint: str, noised: NoisedSprite, painted: int) -> str:
    """The script that denoises a drawing, which is named by its place if it is among the first `painted` sprites.

    Raises InputError if the model cannot answer at any level of noise.
    """
    noised.before(engine.model(checkpoint))
    place = _place_of(noised, painted)
    own = [assigned("drawing", as_base64(noised.image)), "pixels = b64decode(drawing)   # red, green and blue of each"]
    pixels = own if place is None else [f"pixels = paint({painted}).images[{place}].tobytes()"]
    under = {"t": noised.t, "seed": noised.seed, "schedule": noised.schedule}
    told = {"sampler": "ddpm", "steps": Code(f"min({STEPS}, start.t)"), "n": 1, "seed": noised.seed, "guidance": 1}
    names = ["NoisedSprite", "Run", "SampleConfig", "context_rows", "load_checkpoint", "picture_of", "to_uint8"]
    standard = [BASE64] * (place is None) + paths_for(checkpoint)
    return script(names + ["paint"] * (place is not None), [
        assigned("model", opened(checkpoint)),
        *pixels,
        "# x_t = sqrt(alpha_bar_t) drawing + sqrt(1 - alpha_bar_t) noise",
        assigned("noised", call("NoisedSprite", Code("pixels"), **under)),
        "# The model on the schedule of the drawing, and x_t with the t from which to go down.",
        "model, start = noised.before(model)",
        assigned("config", call("SampleConfig", **told, clean=False)),
        "context = context_rows({}, model.categories, config.n)   # no category is asked for",
        "",
        "for step in Run(model, config, context, start=start):",
        '    print(f"from t = {step.t} to {step.t_next}")',
        saved("to_uint8(step.x_next)"),
    ], standard)   # fmt: skip


def _place_of(noised: NoisedSprite, painted: int) -> int | None:
    """Which of the first painted sprites the drawing is; None for a drawing of one's own."""
    same = (paint(painted).images == noised.image).all(axis=(1, 2, 3)).nonzero()[0]
    return int(same[0]) if len(same) else None
