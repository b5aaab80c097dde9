"""guidance: which guidance suits a model, chosen on one half of the held-out sprites and reported on the other."""

from argparse import Namespace
from dataclasses import replace

from diffusion.cli.arguments import A_MODEL, Commands, above_0, add_command, add_device, progress_bar
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import load_judge
from diffusion.evaluation.quality import check_comparable
from diffusion.evaluation.real_sprites import BESIDE, Likeness, RealSprites, beside, for_choosing, for_reporting
from diffusion.generation import SampleConfig, generate, usual_config
from diffusion.models.checkpoints import DEFAULT
from diffusion.models.hub import find_model
from diffusion.sprites.painter import built_in
from diffusion.support.device import pick_device
from diffusion.support.progress import Progress, part
from diffusion.support.wording import aligned, counted, with_spread

N = 2000
TRIED = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
CHOOSING_SEED, REPORTING_SEED = 100, 0   # so that what is reported was made from other noise


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Choose the guidance of a model on one half of the held-out sprites, and report it on the other."
    parser = add_command(commands, "guidance", run, summary)
    add_device(parser)
    parser.add_argument("checkpoint", nargs="?", default=DEFAULT, help=A_MODEL)
    parser.add_argument("--tried", type=float, nargs="+", default=TRIED, help="the values to choose from")
    parser.add_argument("--n", type=above_0, default=N, help=f"sprites for each (default {N})")


def run(options: Namespace) -> None:
    """Measure each, choose the one with the lowest distance, and print both."""
    sprites, model = built_in(), find_model(options.checkpoint).load(pick_device(options.device))
    check_comparable(model, sprites)
    choosing, reporting = (RealSprites(half(sprites), load_judge()) for half in (for_choosing, for_reporting))
    config, runs = usual_config(model, n=options.n, seed=CHOOSING_SEED), len(options.tried) + 1
    with progress_bar("trying guidances") as progress:
        tried = {
            guidance: _measure(model, choosing, replace(config, guidance=guidance), part(progress, i, runs))
            for i, guidance in enumerate(options.tried)
        }
        chosen = min(tried, key=lambda guidance: tried[guidance].fsd)
        config = replace(config, guidance=chosen, seed=REPORTING_SEED)
        reported = _measure(model, reporting, config, part(progress, runs - 1, runs))
    print(f"Chosen on one half of the held-out sprites, {counted(options.n, 'sprite')} from seed {CHOOSING_SEED} each:")
    print(_table(choosing, tried, options.n))
    print(f"\nThe chosen one on the other half, from seed {REPORTING_SEED}:")
    print(_table(reporting, {chosen: reported}, options.n))


def _measure(model: DiffusionModel, real: RealSprites, config: SampleConfig, progress: Progress) -> Likeness:
    context = real.contexts(config.n)
    return real.likeness(generate(model, config, context, progress).cpu().clamp(-1, 1), context)


def _table(real: RealSprites, measured: dict[float, Likeness], n: int) -> str:
    floor = real.floor(n)
    rows = [
        ("guidance", "FSD", *BESIDE),
        ("real sprites", with_spread(floor.likeness.fsd, floor.spread), *beside(floor.likeness)),
        *((f"{guidance:g}", f"{likeness.fsd:.2f}", *beside(likeness)) for guidance, likeness in measured.items()),
    ]
    return "\n".join(aligned(rows))
