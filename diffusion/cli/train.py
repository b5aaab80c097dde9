"""train: a model from the built-in sprites or from one's own; an unfinished one goes on with --resume."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from diffusion.cli.arguments import (
    Commands,
    above_0,
    add_command,
    add_data,
    add_device,
    choices_of,
    data_of,
    progress_bar,
    told,
    written,
)
from diffusion.denoiser import DiffusionModel
from diffusion.models.checkpoints import DEFAULT, Record, read_config
from diffusion.sprites.palette import palette_of
from diffusion.sprites.readers import Choices, SpriteDataError, read_given
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError, check_known
from diffusion.support.device import pick_device
from diffusion.support.wording import counted, listed
from diffusion.training import parallel
from diffusion.training.logbook import Logbook
from diffusion.training.loop import TrainStep, new_model, train
from diffusion.training.recipes import NUMBER_FORMATS, OPTIMIZERS, RECIPES, TrainConfig, read_train_config, recipe

MINUTES = 5.0
SETTINGS = ("minutes", "steps", "batch", "learning_rate", "optimizer", "number_format", "seed")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "train", run, "Train a model.")
    parser.add_argument("--seed", type=int, help="start of the random numbers (default 0)")
    add_data(parser)
    add_device(parser)
    parser.add_argument("--recipe", help=f"one of {', '.join(RECIPES)} (default fast)")
    parser.add_argument("--minutes", type=float, help=f"minutes of training (default {MINUTES:g})")
    parser.add_argument("--steps", type=above_0, help="a number of steps, instead of minutes")
    parser.add_argument("--batch", type=above_0, help="sprites a step (default: the recipe's)")
    parser.add_argument("--learning-rate", type=float, help="peak learning rate (default: the recipe's)")
    parser.add_argument("--optimizer", help=f"one of {', '.join(OPTIMIZERS)} (default: the recipe's)")
    parser.add_argument("--number-format", help=f"one of {', '.join(NUMBER_FORMATS)} (default: the recipe's)")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="the folder to write to (default runs)")
    parser.add_argument("--name", default=DEFAULT, help=f"the checkpoint's name (default {DEFAULT})")
    parser.add_argument("--resume", action="store_true", help="go on with the training of --name in --out, unfinished")


def run(options: Namespace) -> None:
    """Train to the end, or go on with what was broken off."""
    if options.resume:
        _resume(options)
    else:
        sprites = data_of(options)
        logbook = Logbook(
            _config(options), options.name, options.out, command=written(options), data=origin(options, sprites)
        )
        _train(logbook, sprites, options.device)


def follow(logbook: Logbook, steps: Iterator[TrainStep]) -> DiffusionModel:
    """Train to the end with a bar and regular checkpoints; returns the averaged model."""
    with progress_bar(f"training {logbook.name}") as progress, closing(logbook.follow(steps)) as followed:
        for step in followed:
            progress(step.progress)
    summary = f"{counted(step.step, 'step')} in {step.seconds:.0f} s, loss {logbook.record()['final_loss']}"
    print(f"{summary}: {logbook.folder / logbook.name}.safetensors", file=sys.stderr)
    return step.model


def origin(options: Namespace, sprites: SpriteSet) -> Record:
    """Where the sprites come from and how they were read, to find them again, and to know them again."""
    found = {"fingerprint": sprites.fingerprint}
    if options.data is None:
        return found
    labels = {"labels": str(options.labels.resolve())} if options.labels else {}
    paths = [str(path.resolve()) for path in options.data]
    return {"paths": paths, **labels, "choices": choices_of(options).values(), **found}


def same_data(options: Namespace, record: Record, name: str) -> SpriteSet:
    """The very sprites that the model called `name` learnt from, found by its record or by --data.

    Raises InputError, one sentence that asks for --data, if they are gone or have changed.
    """
    known = record.get("data") or {}
    paths = options.data or [Path(path) for path in known.get("paths", [])]
    sprites = data_of(options) if options.data or not paths else _found_again(known, paths, name)
    if known.get("fingerprint", sprites.fingerprint) != sprites.fingerprint:
        where = listed([path.name for path in paths]) or "the built-in sprites"
        raise InputError(f"{name!r} learnt from other sprites than {where}: give those by --data.")
    return sprites


def _found_again(known: Record, paths: Sequence[Path], name: str) -> SpriteSet:
    labels = Path(known["labels"]) if known.get("labels") else None
    try:
        return told(read_given(paths, Choices.from_values(known["choices"]), labels).sprites)
    except SpriteDataError as error:
        raise InputError(f"{error} {name!r} learnt from these sprites: give them by --data.") from error


def _resume(options: Namespace) -> None:
    model, record = read_config(options.name, options.out)
    command, config = str(record.get("command", "")), read_train_config(record, options.name)
    _check_settings(options, config)
    logbook = Logbook(config, options.name, options.out, command=command, data=record.get("data"))
    saved = logbook.resume()
    sprites = same_data(options, record, options.name)
    if model.categories != sprites.categories:
        known = listed(model.categories) or "no categories"
        raise InputError(f"{options.name!r} knows {known}: give the sprites it learnt from by --data.")
    _train(logbook, sprites, options.device, saved)


def _train(logbook: Logbook, sprites: SpriteSet, device: str, saved: dict | None = None) -> None:
    training, _ = sprites.split()
    place = pick_device(device)
    with parallel.process_group(place):
        model = new_model(logbook.config, training.categories, place, palette_of(training.images))
        follow(logbook, train(model, training, logbook.config, saved))


def _given(options: Namespace) -> dict[str, float | str]:
    """The settings that the command line names."""
    return {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}


def _config(options: Namespace) -> TrainConfig:
    given = {"minutes": MINUTES} | _given(options)
    if "steps" in given:
        given["minutes"] = None
    return recipe(options.recipe or "fast", **given)


def _check_settings(options: Namespace, began: TrainConfig) -> None:
    """Raise InputError if the command line asks for another setting than the training began with."""
    asked = _given(options)
    if options.recipe is not None:
        check_known("recipe", options.recipe, RECIPES)
        asked = RECIPES[options.recipe] | asked
    for name, value in asked.items():
        if getattr(began, name) != value:
            is_so = f"{name} = {getattr(began, name)}, not {value}"
            raise InputError(f"--resume goes on with the settings that training began with: {is_so}.")
