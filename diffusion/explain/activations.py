"""Inside the network: its blocks as the loaded network tells them, and what each block makes of a noisy sprite."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import partial
from threading import get_ident
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diffusion.denoiser import DiffusionModel
from diffusion.generation import MAX_SEED
from diffusion.noise import SpriteNoise
from diffusion.support.checks import InputError, check_known, check_whole
from diffusion.support.device import on_device
from diffusion.support.images import as_base64, to_tensor, to_uint8

VIEWS = ("maps", "change")
CUTS = ("nothing", "skips", "context", "block")
MAX_TILES = 256
ZERO, REACH = 128, 127   # a tile's byte for the value 0, and how far the strongest value is from it

Shape = tuple[int, ...]   # channels, height, width


@dataclass(frozen=True)
class BlockFacts:
    """A block as the drawing shows it."""

    name: str
    place: str
    does: str
    takes: tuple[str, ...]
    skip_from: str | None
    shape_in: Shape
    shape_out: Shape
    parameters: int


@dataclass(frozen=True)
class NetworkFacts:
    """A whole network: its blocks in the order of the forward pass; `embeddings` counts parameters by signal."""

    network: str
    shape: Shape
    parameters: int
    embeddings: dict[str, int]
    blocks: tuple[BlockFacts, ...]

    def payload(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class FeatureMaps:
    """What a block makes of one x_t.

    tiles: uint8 (n, h, w), the first n of `channels` maps, 128 standing for 0 and 1..255 for -scale..scale, where
    scale is the largest absolute value in the block; x_t, x0: uint8 (H, W, 3); noise: sqrt(1 - alpha_bar_t);
    changes: for each block |h - h_none| / |h|, how much of its output h the context has changed, at most 1; whole: x0
    as it is where nothing is cut, None if nothing is.
    """

    block: str
    tiles: np.ndarray
    channels: int
    scale: float
    t: int
    noise: float
    x_t: np.ndarray
    x0: np.ndarray
    changes: dict[str, float]
    cut: str = CUTS[0]
    whole: np.ndarray | None = None

    def payload(self) -> dict[str, Any]:
        """As JSON values, pictures as base64."""
        pictures = {name: as_base64(value) for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return vars(self) | pictures | {"shape": self.tiles.shape, "side": self.x_t.shape[0]}


class Passed(NamedTuple):
    """What went into a block and what came out of it, in one forward pass."""

    inputs: tuple[Tensor, ...]
    output: Tensor   # (B, C, h, w)


def describe(model: DiffusionModel) -> NetworkFacts:
    """The network as it is: its blocks with the shapes that one forward pass shows, and their parameters."""
    blank = torch.zeros(1, *model.shape, device=model.device)
    none = torch.zeros(1, len(model.categories), device=model.device)
    passed, _ = _watch(model, blank, model.schedule.T, none)
    anatomy = model.net.anatomy()
    return NetworkFacts(
        network=type(model.net).__name__,
        shape=model.shape,
        parameters=_parameters(model.net),
        embeddings={signal: sum(map(_parameters, modules)) for signal, modules in anatomy.embeddings.items()},
        blocks=tuple(
            BlockFacts(
                name=block.name,
                place=block.place,
                does=block.does,
                takes=block.takes,
                skip_from=block.skip_from,
                shape_in=_joined_shape(passed[block.name].inputs),
                shape_out=tuple(passed[block.name].output.shape[1:]),
                parameters=_parameters(block.module),
            )
            for block in anatomy.blocks
        ),
    )


def noisy(model: DiffusionModel, image: np.ndarray, t: int, seed: int = 0) -> Tensor:
    """x_t, (1, 3, H, W), of a sprite, uint8 (h, w, 3), that is brought to the model's size first.

    Raises InputError if t is not in 1..T, or the seed out of range.
    """
    check_whole("t", t, 1, model.schedule.T)
    check_whole("seed", seed, 0, MAX_SEED)
    x0 = on_device(F.interpolate(to_tensor(image[None]), size=model.shape[1:]), model.device)
    return model.schedule.add_noise(x0, t, SpriteNoise(seed, range(1), model.shape, model.device)())


def feature_maps(
    model: DiffusionModel, x_t: Tensor, t: int, context: Tensor, block: str, view: str = "maps", cut: str = CUTS[0]
) -> FeatureMaps:
    """What a block makes of x_t, (1, 3, H, W), at t in 1..T with a context, (1, K), in one forward pass.

    The view "maps" shows its output h, "change" shows h - h_none, what the context adds to it. Of what is cut nothing
    arrives, zeros do: of all skips, of the context, or of what the block puts out.
    Raises InputError if the network has no such block, there is no such view or cut, or a number in it is not finite.
    """
    names = [part.name for part in model.net.anatomy().blocks]
    check_known("block", block, names)
    check_known("view", view, VIEWS)
    check_known("cut", cut, CUTS)
    context, none = context.to(model.device), torch.zeros_like(context, device=model.device)
    both, x_both = torch.cat([none if cut == "context" else context, none]), torch.cat([x_t, x_t])
    passed, eps = _watch(model, x_both, t, both, [block] if cut == "block" else [], cut == "skips")
    if not all(seen.output.isfinite().all() for seen in passed.values()):
        raise InputError("this network's numbers grow beyond all bounds: its weights are unfit for use.")
    h, h_none = passed[block].output
    values = h if view == "maps" else h - h_none
    scale = float(values.abs().max())
    return FeatureMaps(
        block=block,
        tiles=_tiles(values, scale),
        channels=len(values),
        scale=scale,
        t=t,
        noise=float(model.schedule.noise(t)),
        x_t=to_uint8(x_t)[0],
        x0=to_uint8(model.schedule.predict_x0(x_t, t, eps[:1]))[0],
        changes={name: _change(*passed[name].output) for name in names},
        cut=cut,
        whole=None if cut == "nothing" else feature_maps(model, x_t, t, context, block).x0,
    )


@torch.inference_mode()
def _watch(
    model: DiffusionModel, x_t: Tensor, t: int, context: Tensor, silent: Collection[str] = (), no_skips: bool = False
) -> tuple[dict[str, Passed], Tensor]:
    """One forward pass, seen from inside: what passed each block, and eps.

    silent: blocks that put out zeros; no_skips: whether zeros arrive in place of what skips across.
    """
    passed: dict[str, Passed] = {}
    own_thread = get_ident()   # a model is shared: another learner's pass may run through it just now
    blocks = model.net.anatomy().blocks

    def keep(name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        if get_ident() != own_thread:
            return None
        output = torch.zeros_like(output) if name in silent else output
        passed[name] = Passed(inputs, output)
        return output

    def cut(skip_from: str, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        return _without(inputs, passed[skip_from].output.shape[1]) if get_ident() == own_thread else None

    hooks = [block.module.register_forward_hook(partial(keep, block.name)) for block in blocks]
    if no_skips:
        joined = [block for block in blocks if block.skip_from]
        hooks += [block.module.register_forward_pre_hook(partial(cut, block.skip_from)) for block in joined]
    try:
        eps = model.prediction.eps(model.net, model.schedule, x_t, t, context)
    finally:
        for hook in hooks:
            hook.remove()
    return passed, eps


def _without(inputs: tuple[Tensor, ...], channels: int) -> tuple[Tensor, ...]:
    """What enters a block, with zeros in place of the last maps, which skipped across; embeddings stay."""
    last = next(x for x in reversed(inputs) if x.ndim == 4)
    maps = torch.cat([last[:, :-channels], torch.zeros_like(last[:, -channels:])], dim=1)
    return tuple(maps if x is last else x for x in inputs)


def _joined_shape(inputs: tuple[Tensor, ...]) -> Shape:
    """The shape of the maps that enter a block, side by side; embeddings, (B, E), are none."""
    maps = [x for x in inputs if x.ndim == 4]
    return sum(x.shape[1] for x in maps), *maps[0].shape[2:]


def _tiles(values: Tensor, scale: float) -> np.ndarray:
    shown = values[:MAX_TILES] / (scale or 1)
    return (ZERO + REACH * shown).round().to(torch.uint8).cpu().numpy()


def _change(h: Tensor, h_none: Tensor) -> float:
    size = float(h.norm())
    return min(1.0, float((h - h_none).norm()) / size) if size else 0.0


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
