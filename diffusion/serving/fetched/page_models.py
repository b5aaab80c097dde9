"""Models for browsers that draw by themselves: what a page is told of one, and its weights, made on demand."""

from dataclasses import asdict, replace
from typing import Any, NamedTuple

from diffusion.browser.half_judge import judge_file
from diffusion.browser.half_weights import browser_file, check_fits_browser
from diffusion.denoiser import DiffusionModel
from diffusion.evaluation.judge import Judge
from diffusion.generation import SampleConfig, smooth_config
from diffusion.models.measured import fingerprint
from diffusion.serving.caches import Recent
from diffusion.serving.engine import QUICK_STEPS, Engine
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.checks import InputError

KEPT_FILES = 8   # of about 3 MB
OF_A_RUN = ("sampler", "steps", "guidance", "eta", "mixing", "clean", "variance", "guided_steps")


class PageModel(NamedTuple):
    """A file for browsers of a model, or of the judge, and the hash of its weights and all else in it."""

    hash: str
    contents: bytes


class PageModels:
    """Answers what pages ask about models; safe to use from many threads. Whoever asks comes with an engine of theirs.
    """

    def __init__(self) -> None:
        self._files: Recent[str, bytes] = Recent(KEPT_FILES)

    def describe(self, engine: Engine, name: str) -> dict[str, Any]:
        """A model in JSON values: its hash, how it draws in full and quickly, and its students, those with fewer steps
        first.

        Of one that no browser computes, {"refused": sentence}. Raises CheckpointError if the visitor may not open it.
        """
        model = engine.model(name)
        try:
            check_fits_browser(model)
        except InputError as error:
            return {"refused": str(error)}
        full = smooth_config(model, clean=bool(model.config.palette))
        quick = full if model.is_student else replace(full, steps=QUICK_STEPS)
        return {
            "hash": _hash_of(engine, name, model),
            "categories": model.categories,
            "guidance": model.config.guidance,
            "T": model.schedule.T,
            "schedule": {"schedule": model.config.schedule, "schedule_options": model.config.schedule_options},
            "anySchedule": model.prediction.any_schedule,
            "palette": bool(model.config.palette),
            "isStudent": model.is_student,
            "isRead": model.categories == COURSE_CATEGORIES,   # by the judge
            "students": [] if model.is_student else _students(engine, name),
            "full": _run(full),
            "quick": _run(quick),
        }

    def file(self, engine: Engine, name: str) -> PageModel:
        """The file of a model; raises CheckpointError if the visitor may not open it, InputError as `browser_file`."""
        model = engine.model(name)
        key = _hash_of(engine, name, model)
        return PageModel(key, self._files.get_or_make(key, lambda: browser_file(model)))

    def judge_file(self, judge: Judge) -> PageModel:
        """The file of the judge of the built-in sprites."""
        key = judge.fingerprint
        return PageModel(key, self._files.get_or_make(key, lambda: judge_file(judge, COURSE_CATEGORIES)))


def _hash_of(engine: Engine, name: str, model: DiffusionModel) -> str:
    return engine.fingerprint(name) or fingerprint(model)   # the file may have gone meanwhile


def _students(engine: Engine, name: str) -> list[dict[str, Any]]:
    return [{"name": student, "steps": steps} for steps, student in sorted(engine.students(name).items())]


def _run(config: SampleConfig) -> dict[str, Any]:
    values = asdict(config)
    return {key: values[key] for key in OF_A_RUN}
