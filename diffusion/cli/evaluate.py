"""evaluate: the quality of a checkpoint in numbers."""

import json
import sys
from argparse import Namespace

from diffusion.cli.arguments import (
    A_MODEL,
    Commands,
    add_command,
    add_data,
    add_device,
    add_repeats,
    add_run,
    add_seed,
    measured_quality,
    run_config,
)
from diffusion.evaluation.quality import made_likeness, real_likeness
from diffusion.evaluation.real_sprites import BESIDE, LEGEND, Likeness, beside
from diffusion.models.hub import find_model
from diffusion.models.measured import Measured, keep_measured
from diffusion.samplers import ALL_SAMPLERS
from diffusion.support.device import pick_device
from diffusion.support.wording import aligned, counted, with_spread


def add(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "evaluate", run, "Measure the quality of a checkpoint.")
    add_seed(parser)
    add_device(parser)
    add_data(parser)
    add_run(parser, 2000)
    parser.add_argument("checkpoint", help=A_MODEL)
    add_repeats(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--keep", action="store_true", help="keep the numbers beside the weights, for the model card")


def run(options: Namespace) -> None:
    """Measure, keep if asked to, and print."""
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    measured = measured_quality(model, options, run_config(model, options))
    if options.keep:
        print(f"kept in {keep_measured(measured, files.weights)}", file=sys.stderr)
    print(json.dumps(measured) if options.json else _table(measured))


def _table(measured: Measured) -> str:
    """The model beside real sprites, and what is told of copies."""
    floor = with_spread(measured["fsd_floor"], measured["fsd_floor_spread"])
    rows = [
        ("", "FSD", *BESIDE),
        ("this model", with_spread(measured["fsd"], measured["fsd_spread"]), *beside(made_likeness(measured))),
        ("real sprites", floor, *beside(real_likeness(measured))),
    ]
    if measured["raw"]:
        raw = Likeness(**measured["raw"])
        rows.insert(2, ("as the network left them", f"{raw.fsd:.2f}", *beside(raw)))
    run, where = ALL_SAMPLERS[measured["sampler"]].title, f"{measured['sprites']}, on {measured['machine']}"
    seeds = counted(len(measured["seeds"]), "sampling seed")
    return "\n".join([
        f"{counted(measured['n'], 'sprite')} of each of {seeds}, {run}, {counted(measured['steps'], 'step')}, guidance "
        f"{measured['guidance']:g}, against {where}. After ± stands the standard deviation over the seeds; for real "
        f"sprites over {counted(measured['floor_draws'], 'draw')} of as many.",
        "",
        *aligned(rows),
        "",
        LEGEND,
        *_told_of_copies(measured),
    ])


def _told_of_copies(measured: Measured) -> list[str]:
    caught, losses = measured["memorisation_caught"], measured["losses"]
    said = [
        f"Copies of training sprites: {measured['memorisation']:.1%}, by a test that calls "
        f"{measured['memorisation_real']:.1%} of unseen real sprites copies"
        + ("." if caught is None else f" and finds {caught:.1%} of planted ones.")
    ]
    if losses:
        gap = losses["unseen"] - losses["training"]
        said.append(
            f"Training loss: {losses['training']:.4f} on training sprites, {losses['unseen']:.4f} on unseen ones; "
            f"difference {gap:.4f}, standard error {losses['spread']:.4f}."
        )
    return said
