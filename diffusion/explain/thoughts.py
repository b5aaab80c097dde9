"""What one who knows the training sprites by heart would think: the exact answer, put into numbers and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import add

import torch
from torch import Tensor

from diffusion.explain.noised_sprite import NoisedSprite
from diffusion.posterior import Posterior
from diffusion.schedule import SCHEDULES
from diffusion.sprites.spriteset import SpriteSet, one_hot
from diffusion.support.images import to_tensor

SURE, SETTLED, PROBABLE = 0.99, 0.9, 0.6   # probabilities
SMALL_SPREAD = 0.3                         # on the scale from -1 to 1
MISFIT = 5                                 # standard deviations
N_LIKELIEST = 5
MAX_WORDS = 3


class State(StrEnum):
    """What there is to say about x_t, from the least noise to the most."""

    NEW = "new"              # no training sprite fits
    SURE = "sure"            # one does
    DETAILS = "details"      # the picture is there, but for a few details
    OUTLINE = "outline"      # what kind of thing it is, not which
    NO_IDEA = "no idea"


@dataclass(frozen=True)
class Likely:
    """A training sprite and how likely it is; index: its place in the set."""

    index: int
    p: float
    description: str


@dataclass(frozen=True)
class Thought:
    """The exact posterior p(i | x_t) over the training sprites, summed up.

    categories: p of each; likeliest: the most likely sprites, at most five; drawing: what the drawing under the noise
    is called; itself: p that it is just this, None if it is not among the sprites; candidates: exp of the entropy, so
    many equally likely sprites would leave as much doubt; spread: standard deviation of x0 given x_t, root mean
    square over the pixels; x0: E[x0 | x_t], (1, 3, 16, 16).
    """

    state: State
    sentence: str
    categories: dict[str, float]
    likeliest: tuple[Likely, ...]
    drawing: str
    itself: float | None
    candidates: float
    spread: float
    x0: Tensor


class Thinker:
    """One who knows every training sprite by heart, and nothing else."""

    def __init__(self, sprites: SpriteSet, names: Mapping[int, str] | None = None) -> None:
        """`names`: proper names of some sprites, by their place; InputError if there are no sprites."""
        x = to_tensor(sprites.images).contiguous()   # so that flattening it anywhere copies nothing
        self.sprites = sprites
        self._names = names or {}
        self._by_heart = {name: Posterior(make(), x) for name, make in SCHEDULES.items()}
        self._flat = x.flatten(1)                                                 # (N, D)
        self._squares = self._flat.square().sum(1)                                # (N,)
        self._place = {image.tobytes(): i for i, image in enumerate(sprites.images)}
        self._one_hot = torch.from_numpy(one_hot(sprites.labels, len(sprites.categories)))
        self._words = _words(sprites)
        self._vocabulary = list(dict.fromkeys(word for words in self._words for word in words))
        self._has_word = self._incidence()                                        # (V, N), sparse

    def think(self, noised: NoisedSprite) -> Thought:
        """What x_t says. The drawing under it is only looked up, to say how likely it is."""
        p, x0, spread, misfit = self._weigh(noised.x_t, torch.tensor([noised.t]), noised.schedule)
        words = dict(zip(self._vocabulary, (self._has_word @ p[0]).tolist(), strict=True))
        best = [int(i) for i in p[0].topk(min(N_LIKELIEST, len(self.sprites))).indices]
        likeliest = tuple(Likely(i, float(p[0, i]), ", ".join(self._words[i])) for i in best)
        state = state_of(likeliest[0].p, float(spread), max(words.values()), float(misfit))
        candidates = float(torch.special.entr(p.double()).sum().exp())
        place = self._place.get(noised.pixels)
        return Thought(
            state=state,
            sentence=self._sentence(state, likeliest[0], words, candidates),
            categories=dict(zip(self.sprites.categories, (p[0] @ self._one_hot).tolist(), strict=True)),
            likeliest=likeliest,
            drawing=self._names.get(place, "this one"),
            itself=None if place is None else float(p[0, place]),
            candidates=candidates,
            spread=float(spread),
            x0=x0,
        )

    def states(self, noised: NoisedSprite, timesteps: Sequence[int]) -> list[State]:
        """The state that the same drawing and noise would have at each of the timesteps t."""
        t, many = torch.tensor(timesteps), (len(timesteps), -1, -1, -1)
        x_t = noised.noise_schedule.add_noise(noised.x0.expand(many), t, noised.eps.expand(many))
        p, _, spread, misfit = self._weigh(x_t, t, noised.schedule)
        surest = (self._has_word @ p.T).amax(0)
        numbers = torch.stack([p.amax(1), spread, surest, misfit], 1).tolist()
        return [state_of(*row) for row in numbers]

    def _weigh(self, x_t: Tensor, t: Tensor, schedule: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """p(i | x_t) (B, N), E[x0 | x_t] (B, 3, 16, 16), the spread (B,) and the misfit of the likeliest (B,).

        The misfit is how much farther x_t is from a x_i than noise takes it: with D numbers in a sprite,
        |x_t - a x_i|^2 / s^2 has mean D and variance 2 D, so it counts (that - D) / sqrt(2 D).
        """
        p = self._by_heart[schedule].probabilities(x_t, t)
        mean = p @ self._flat
        dim = mean.shape[1]
        spread = ((p @ self._squares - mean.square().sum(1)).clamp_min(0) / dim).sqrt()
        noised_by = SCHEDULES[schedule]()
        noise = x_t - noised_by.add_noise(self._flat[p.argmax(1)].view_as(x_t), t, torch.zeros_like(x_t))
        distance = noise.flatten(1).square().sum(1) / noised_by.noise(t).square()
        return p, mean.view_as(x_t), spread, ((distance - dim) / (2 * dim) ** 0.5).float()

    def _sentence(self, state: State, best: Likely, words: dict[str, float], candidates: float) -> str:
        name = self._names.get(best.index) or f"this {self._words[best.index][:2][-1]}"
        if state is State.NEW:
            return f"No sprite I know fits. The nearest is {name}, so that must be my answer."
        if state is State.SURE:
            return f"It is {name}. No other sprite I know fits."
        if state is State.DETAILS:
            return f"Most likely {name}, with some noise.{_doubts(words, self._words[best.index])}"
        if state is State.OUTLINE:
            probable = sorted((word for word in words if words[word] >= PROBABLE), key=words.get, reverse=True)
            return f"An outline, probably: {_listed(probable, words)}."
        return f"No idea: about {candidates:,.0f} sprites are possible. The best guess is the mean of them all."

    def _incidence(self) -> Tensor:
        number = {word: v for v, word in enumerate(self._vocabulary)}
        pairs = [(number[word], i) for i, words in enumerate(self._words) for word in words]
        ones, size = torch.ones(len(pairs)), (len(self._vocabulary), len(self._words))
        return torch.sparse_coo_tensor(torch.tensor(pairs).T, ones, size, check_invariants=True).coalesce()


def state_of(top: float, spread: float, surest: float, misfit: float) -> State:
    """The state that follows from p of the likeliest sprite, the spread, p of the surest word, and the misfit."""
    if misfit > MISFIT:
        return State.NEW
    if top >= SURE:
        return State.SURE
    if spread <= SMALL_SPREAD:
        return State.DETAILS
    return State.OUTLINE if surest >= PROBABLE else State.NO_IDEA


def _words(sprites: SpriteSet) -> list[list[str]]:
    """The words for each sprite without repeats, from broad to fine: its category, its kind, its attributes."""
    none = [[]] * len(sprites)
    categories = [[sprites.categories[label]] for label in sprites.labels] if sprites.categories else none
    descriptions = [text.split(", ") for text in sprites.descriptions] or none
    return [list(dict.fromkeys(both)) for both in map(add, categories, descriptions)]


def _doubts(words: Mapping[str, float], of_sprite: Sequence[str]) -> str:
    """The attributes of a sprite that are not settled, the least settled first."""
    unsettled = sorted((word for word in of_sprite if words[word] < SETTLED), key=words.get)
    return f" Still open: {_listed(unsettled, words)}." if unsettled else ""


def _listed(chosen: Sequence[str], words: Mapping[str, float]) -> str:
    return ", ".join(f"{word} ({100 * words[word]:.0f} %)" for word in chosen[:MAX_WORDS])
