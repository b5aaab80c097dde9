"""second-judge: whether another judge, taught anew, sees what the judge that ships sees."""

from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from diffusion.cli.arguments import Commands, above_0, add_command, add_device, progress_bar
from diffusion.evaluation.judge import JUDGE_STEPS, Judge, load_judge, train_judge
from diffusion.evaluation.memorisation import alike
from diffusion.evaluation.metrics import frechet_distance
from diffusion.evaluation.real_sprites import RealSprites, for_reporting
from diffusion.generation import generate, usual_config
from diffusion.models.checkpoints import CHECKPOINTS, DEFAULT, load_checkpoint
from diffusion.sprites.painter import built_in
from diffusion.support.device import pick_device
from diffusion.support.progress import Progress, part
from diffusion.support.wording import aligned, counted
from diffusion.training.distillation import STUDENTS

N, SEED = 2000, 1
DRAW = 1000            # of the real sprites that are spoilt: none of the floor's draws
SPREADS_ABOVE = 3.0    # above the floor: that far is not chance
REPEATED = 200         # sprites a category
ONE_IN_TEN = 0.1


class OtherJudge(Judge):
    """Built otherwise: wider kernels, no groups, other activations and widths."""

    @staticmethod
    def make_layers() -> nn.ModuleList:
        """From single pixels to whole shapes."""
        sizes = ((3, 24, 5, 1, 2), (24, 48, 4, 2, 1), (48, 96, 4, 2, 1))
        return nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, kernel, stride, padding), nn.GroupNorm(1, after), nn.GELU())
            for before, after, kernel, stride, padding in sizes
        )


class Opinion(NamedTuple):
    """What one judge finds of one set of sprites."""

    fsd: float
    times: float     # the floor
    spreads: float   # above the floor

    @property
    def is_above(self) -> bool:
        return self.spreads >= SPREADS_ABOVE


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Train a second judge and see whether it agrees with the one that ships."
    parser = add_command(commands, "second-judge", run, summary)
    add_device(parser)
    parser.add_argument("--seed", type=int, default=SEED, help=f"start of the random numbers (default {SEED})")
    parser.add_argument("--n", type=above_0, default=N, help=f"sprites of each set (default {N})")
    parser.add_argument("--steps", type=above_0, default=JUDGE_STEPS, help=f"of training (default {JUDGE_STEPS})")


def run(options: Namespace) -> None:
    """Train it, let both judge the same sets, and print what each says."""
    sprites = for_reporting(built_in())
    with progress_bar("a second judge") as progress:
        other = train_judge(
            sprites.split()[0], options.steps, options.seed, part(progress, 0, 2), network=OtherJudge
        )
        judges = [RealSprites(sprites, judge) for judge in (load_judge(), other)]
        sets = spoilt_sets(judges[0], options.n)
        sets |= made_sets(judges[0], pick_device(options.device), options.n, part(progress, 1, 2))
    opinions = {name: [opinion(real, x) for real in judges] for name, x in sets.items()}
    print(table(opinions, options.n))


def spoilt_sets(real: RealSprites, n: int) -> dict[str, Tensor]:
    """`n` real sprites of the categories of a generated set, as they are and with a fault each, by what is wrong."""
    labels, random = real.contexts(n).argmax(1).numpy(), torch.Generator().manual_seed(0)
    x = real.known[alike(real.training.labels, labels, np.random.default_rng(DRAW))]
    white = (x == 1).all(1, keepdim=True)
    noise = torch.randn(x.shape, generator=random)
    return {
        "real sprites": x,
        "noise 0.02": (x + 0.02 * noise).clamp(-1, 1),
        "noise 0.05": (x + 0.05 * noise).clamp(-1, 1),
        "noise 0.1": (x + 0.1 * noise).clamp(-1, 1),
        "white at 250 of 255": torch.where(white, 250 / 127.5 - 1, x),
        "one pixel in ten moved": _moved(x, torch.rand(n, 256, generator=random) < ONE_IN_TEN, random),
        "one pixel of each moved": _moved(x, torch.rand(n, 256, generator=random).argsort(1) == 0, random),
        f"{REPEATED} a category, repeated": x[_repeated(labels)],
    }


def made_sets(real: RealSprites, device: torch.device, n: int, progress: Progress) -> dict[str, Tensor]:
    """`n` sprites of each model that ships, on its usual run; CheckpointError if one is missing."""
    names = [DEFAULT, *(f"{DEFAULT}-{steps}" for steps in STUDENTS)]
    made = {}
    for i, name in enumerate(names):
        model = load_checkpoint(name, CHECKPOINTS, device)
        config = usual_config(model, n=n)
        made[name] = generate(model, config, real.contexts(n), part(progress, i, len(names))).cpu().clamp(-1, 1)
    return made


def opinion(real: RealSprites, sprites: Tensor) -> Opinion:
    """The distance of a set of sprites beside the floor of as many real ones."""
    floor = real.floor(len(sprites))
    fsd = frechet_distance(real.judge.features(sprites), real.features)
    return Opinion(fsd, fsd / floor.likeness.fsd, (fsd - floor.likeness.fsd) / floor.spread)


def table(opinions: dict[str, Sequence[Opinion]], n: int) -> str:
    """Both judges side by side, and how far they agree."""
    first, second = zip(*opinions.values(), strict=True)
    order = np.corrcoef(_ranks(first), _ranks(second))[0, 1]
    alike_above = sum(a.is_above == b.is_above for a, b in zip(first, second, strict=True))
    rows = [("", *("FSD", "times the floor", "spreads above it") * 2)]
    rows += [
        (name, *(cell for one in both for cell in (f"{one.fsd:.2f}", f"{one.times:.2f}", f"{one.spreads:.1f}")))
        for name, both in opinions.items()
    ]
    return "\n".join([
        f"{counted(n, 'sprite')} of each set; first the judge that ships, then the second one.",
        *aligned(rows),
        f"They agree on {alike_above} of {len(opinions)} sets whether they lie {SPREADS_ABOVE:g} spreads above the "
        f"floor; the rank correlation of their distances is {order:.2f}.",
    ])


def _moved(x: Tensor, moved: Tensor, random: torch.Generator) -> Tensor:
    """Sprites whose pixels at `moved`, (N, H W), have the colour of another pixel of the same sprite."""
    flat = x.flatten(2)
    others = torch.randint(flat.shape[2], moved.shape, generator=random)[:, None].expand_as(flat)
    return torch.where(moved[:, None], flat.gather(2, others), flat).reshape(x.shape)


def _repeated(labels: np.ndarray) -> np.ndarray:
    """Places of sprites of the same labels, but only REPEATED different ones of each."""
    places = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        places[own] = np.resize(own[:REPEATED], len(own))
    return places


def _ranks(opinions: Sequence[Opinion]) -> np.ndarray:
    return np.argsort(np.argsort([one.fsd for one in opinions]))
