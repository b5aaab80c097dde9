"""Demonstrations: what goes wrong when one thing in sampling is wrong, beside the right run from the same noise."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from diffusion.denoiser import DiffusionModel
from diffusion.explain.as_taught import as_taught, has_course_network, mended
from diffusion.generation import MAX_WEIGHT, Run, SampleConfig, usual_config
from diffusion.schedule import Schedule
from diffusion.support.checks import InputError

DDPM_STEPS, DDIM_STEPS, TOO_FEW, FEW = 100, 25, 2, 10
TOO_STRONG = 12.0

Pair = tuple[Run, Run]   # the right one, the wrong one


@dataclass(frozen=True)
class Demonstration:
    """One thing that can be wrong: what the two runs are called, what is seen, and the runs themselves."""

    title: str
    right: str
    wrong: str
    lesson: str
    runs: Callable[[DiffusionModel, SampleConfig, Tensor], Pair]
    fits: Callable[[DiffusionModel], bool]

    def pair(self, model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
        """Both runs, from the seed of `config`; InputError if the model cannot show it."""
        if not self.fits(model):
            raise InputError(f"{self.title!r} cannot be shown with this model: choose another one.")
        return self.runs(model, config, context)


def _is_teacher(model: DiffusionModel) -> bool:
    return not model.is_student


def _no_fresh_noise(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    ddpm = _run_of(model, config, "ddpm", DDPM_STEPS)
    return Run(model, ddpm, context), Run(model, ddpm, context, fresh_noise=0.0)


def _too_large_variance(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    large = _run_of(model, config, "ddpm", FEW)
    return Run(model, replace(large, variance="posterior"), context), Run(model, large, context)


def _too_few_steps(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    enough, few = (_run_of(model, config, "ddim", steps) for steps in (DDIM_STEPS, TOO_FEW))
    return Run(model, enough, context), Run(model, few, context)


def _wrong_schedule(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    ddim = _run_of(model, config, "ddim", DDIM_STEPS)
    other = Schedule.cosine if model.config.schedule == "linear" else Schedule.linear
    wrong = replace(other(model.schedule.T), spacing=model.schedule.spacing)   # nothing else differs
    return Run(model, ddim, context), Run(model, ddim, context, schedule=wrong)


def _too_much_guidance(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    ddim = _run_of(model, config, "ddim", DDIM_STEPS)
    everywhere = replace(model, config=replace(model.config, guided_below=1.0))
    return Run(model, ddim, context), Run(everywhere, replace(ddim, guidance=TOO_STRONG), context)


def _far_context(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    usual = usual_config(model, n=config.n, seed=config.seed, clean=False)
    return Run(model, usual, context), Run(model, usual, MAX_WEIGHT * context)


def _course_shortcut(model: DiffusionModel, config: SampleConfig, context: Tensor) -> Pair:
    raw = replace(config, clean=False)
    return Run(mended(model), raw, context), Run(as_taught(model, config.seed), raw, context)


def _run_of(model: DiffusionModel, config: SampleConfig, sampler: str, steps: int) -> SampleConfig:
    """A run from the same seed with the model's own guidance; what is wrong with it must not be cleaned away."""
    return SampleConfig(sampler, min(steps, model.schedule.T), config.n, config.seed, clean=False)


DEMONSTRATIONS = {
    "noise": Demonstration(
        "No fresh noise",
        "DDPM",
        "DDPM without fresh noise",
        "DDPM takes noise away and gives a little fresh noise back, as the network has learnt to expect. Without it, "
        "the differences die out: the same smooth figures come out again and again, and a weaker model leaves blobs.",
        _no_fresh_noise,
        _is_teacher,
    ),
    "variance": Demonstration(
        "Too much fresh noise",
        f"DDPM, {FEW} steps, posterior variance",
        f"DDPM, {FEW} steps, variance beta",
        "How much fresh noise should DDPM add? Two answers are right for tiny steps: beta, which the course uses, and "
        "the smaller variance of the posterior, which is what DDIM adds at eta = 1. In big steps they part: beta adds "
        "more noise than the next step expects, and the last one cannot take it away.",
        _too_large_variance,
        _is_teacher,
    ),
    "steps": Demonstration(
        "Too few steps",
        f"{DDIM_STEPS} steps",
        f"{TOO_FEW} steps",
        "At the start the network can only guess the mean of all that is possible. With two steps it must keep that "
        "blurred guess, with more it can correct itself.",
        _too_few_steps,
        _is_teacher,
    ),
    "schedule": Demonstration(
        "Wrong schedule",
        "its own schedule",
        "another schedule",
        "The network is told how much noise is left. Here the number is that of another schedule: it takes away too "
        "much or too little, so grain is left over and colours are off.",
        _wrong_schedule,
        _is_teacher,
    ),
    "guidance": Demonstration(
        "Far too much guidance",
        "its own guidance",
        f"guidance {TOO_STRONG:g} from the first step on",
        "Guidance exaggerates the difference that the context makes. Too much of it, or while there is hardly more "
        "than noise to see, drives colours to their limits and makes all sprites alike.",
        _too_much_guidance,
        lambda model: _is_teacher(model) and bool(model.categories),
    ),
    "context": Demonstration(
        "Context out of range",
        "context as asked",
        f"context times {MAX_WEIGHT}",
        f"In training the network saw one category with weight 1, or none at all. What it does with a weight of "
        f"{MAX_WEIGHT} it never learnt: it must guess far outside of what it knows.",
        _far_context,
        lambda model: bool(model.categories),
    ),
    "course": Demonstration(
        "Course fault",
        "mended",
        "as in the course",
        "The course's first layer adds a new random convolution at every step, which no training reached and no file "
        "holds: it is noise of its own, and shows as grain and wrong colours. Mended, it is zero, its mean.",
        _course_shortcut,
        has_course_network,
    ),
}
