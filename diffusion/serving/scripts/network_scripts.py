"""What is done with a network itself as scripts: training it, and looking into one of its blocks."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from diffusion.explain.activations import CUTS, VIEWS, noisy
from diffusion.generation import context_rows
from diffusion.serving.engine import Engine
from diffusion.serving.scripts.python_text import Code, assigned, call, literal
from diffusion.serving.scripts.script_parts import PATH, changed, context_of, opened, paths_for, saved, script
from diffusion.sprites.painter import examples
from diffusion.sprites.readers import Choices
from diffusion.support.checks import check_known
from diffusion.training.recipes import TrainConfig, recipe

EVERY = 100   # steps, the loss is told
DRAWN = 16
MODEL, X_T, T, CONTEXT = map(Code, ("model", "x_t", "t", "context"))


class Source(NamedTuple):
    """Where the sprites of a training come from, as code: the public names in it, and its lines."""

    names: list[str]
    lines: list[str]


class Look(NamedTuple):
    """What a page shows of a network: one of its blocks, and the noisy sprite that it is shown."""

    checkpoint: str
    sprite: str   # one of the examples, by name
    t: int
    seed: int
    weights: Mapping[str, float]
    block: str
    view: str     # one of VIEWS
    cut: str      # one of CUTS


def training_script(recipe_name: str, config: TrainConfig, files: Sequence[str], choices: Choices) -> str:
    """The script that trains by a recipe, changed to `config`, on the built-in sprites or those in one's own `files`.

    Raises InputError if there is no recipe of that name.
    """
    changes, source = changed(config, recipe(recipe_name)), _own(files, choices) if files else _built_in()
    names = [
        "categories_in_turn", "generate", "new_model", "palette_of", "picture_of", "recipe", "save_checkpoint",
        "to_uint8", "train", "usual_config", *source.names,
    ]   # fmt: skip
    return script(names, [
        *source.lines,
        "training, held_out = sprites.split()   # nothing is learnt from those that are held out",
        assigned("config", call("recipe", recipe_name, **changes)),
        "model = new_model(config, training.categories, palette=palette_of(training.images))",
        "for step in train(model, training, config):",
        f"    if step.step % {EVERY} == 0:",
        '        print(f"step {step.step}: loss {step.loss:.3f}, {step.progress:.0%} done")',
        "# Its averaged weights, step.model, draw better than those of the last step alone.",
        'save_checkpoint(step.model, {}, "mine", Path("checkpoints"))',
        "",
        f"run = usual_config(step.model, n={DRAWN})",
        "context = categories_in_turn(training.categories, run.n)",
        saved("to_uint8(generate(step.model, run, context))"),
    ], [PATH])   # fmt: skip


def look_script(engine: Engine, look: Look) -> str:
    """The script that looks into a block; raises InputError if there is no such block, sprite, view or category."""
    model, known = engine.model(look.checkpoint), examples()
    check_known("sprite", look.sprite, known)
    check_known("block", look.block, [block.name for block in model.net.anatomy().blocks])
    check_known("view", look.view, VIEWS)
    check_known("cut", look.cut, CUTS)
    noisy(model, known[look.sprite], look.t, look.seed)
    context_rows(look.weights, model.categories, 1)
    usual = {"view": VIEWS[0], "cut": CUTS[0]}
    viewed = {name: chosen for name, usually in usual.items() if (chosen := getattr(look, name)) != usually}
    names = ["context_rows", "examples", "feature_maps", "load_checkpoint", "noisy", "picture_of"]
    return script(names, [
        assigned("model", opened(look.checkpoint)),
        "print([block.name for block in model.net.anatomy().blocks])   # in the order of the pass",
        assigned("t", look.t),
        "# x_t: the sprite under noise, which is drawn from the seed.",
        assigned("x_t", call("noisy", MODEL, Code(f"examples()[{literal(look.sprite)}]"), T, seed=look.seed)),
        assigned("context", context_of(tuple(look.weights.items()), 1)),
        "# One pass through the network, with the context and without it.",
        assigned("seen", call("feature_maps", MODEL, X_T, T, CONTEXT, look.block, **viewed)),
        'print(f"{seen.channels} maps; the strongest value is {seen.scale:.2f}")',
        "# A tile for each map: 128 stands for 0, lighter is above it, darker below.",
        saved("seen.tiles[..., None].repeat(3, axis=-1)"),
    ], paths_for(look.checkpoint))   # fmt: skip


def _built_in() -> Source:
    return Source(["built_in"], ["sprites = built_in()   # painted by code, the same on every machine"])


def _own(files: Sequence[str], choices: Choices) -> Source:
    """One's own files lie beside the script; how they are read is told where it was not left open."""
    paths, told = [call("Path", PurePath(file).name) for file in files], choices.values()
    read = [call("Choices.from_values", told)] if told else []
    lines = [assigned("reading", call("read_given", paths, *read)), "sprites = reading.sprites"]
    return Source(["read_given", *["Choices"] * bool(told)], lines)
