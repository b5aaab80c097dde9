"""How a drawing dissolves along a schedule: what would be thought of it at each level, and a recording of that."""

from dataclasses import replace
from itertools import groupby
from typing import Any

import torch

from diffusion.denoiser import DiffusionModel
from diffusion.explain.noised_sprite import NoisedSprite, network_guess
from diffusion.explain.thoughts import Thinker
from diffusion.sprites.painter import bob
from diffusion.support.images import as_base64, to_uint8

STATE_STRIDE, RECORDED_STRIDE = 5, 20   # of t
FIRST_SEED = 1


def first_drawing() -> NoisedSprite:
    """What the app shows dissolving before anything is chosen: Bob, while he is clear."""
    return NoisedSprite(bob().tobytes(), 1, FIRST_SEED, "linear")


def stretches(thinker: Thinker, noised: NoisedSprite) -> list[dict[str, Any]]:
    """What would be thought along the schedule: stretches of t with a state each, as JSON values."""
    timesteps = range(STATE_STRIDE, noised.noise_schedule.T + 1, STATE_STRIDE)
    pairs = zip(thinker.states(noised, timesteps), timesteps, strict=True)
    return [{"state": state, "t": [t for _, t in stretch]} for state, stretch in groupby(pairs, lambda pair: pair[0])]


def record_dissolving(model: DiffusionModel, thinker: Thinker, noised: NoisedSprite) -> dict[str, Any]:
    """The drawing under the same noise at levels from little to much: what is thought and guessed, as JSON values.

    {stretches, t, sentences, guesses}: the guesses as bytes of sprites in base64.
    """
    levels = [replace(noised, t=t) for t in (1, *range(RECORDED_STRIDE, noised.noise_schedule.T + 1, RECORDED_STRIDE))]
    return {
        "stretches": stretches(thinker, noised),
        "t": [level.t for level in levels],
        "sentences": [thinker.think(level).sentence for level in levels],
        "guesses": as_base64(to_uint8(torch.cat([network_guess(model, level) for level in levels]))),
    }
