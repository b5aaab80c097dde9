"""What of training jobs is on disk beside their checkpoints: so they outlive the program and leave room for others."""

import logging
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from diffusion.models.checkpoints import CheckpointError, read_config
from diffusion.serving.jobs.limits import Limits
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.sprites.readers import SpriteDataError, read_sprites
from diffusion.sprites.spriteset import COURSE_CATEGORIES, SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.files import DamagedFileError, read_json, write_json, write_whole
from diffusion.training.logbook import Logbook
from diffusion.training.recipes import read_train_config
from diffusion.training.snapshots import ENDINGS

PREFIX = "trained-"
NOTE_ENDING, SPRITES_ENDING = ".job.json", ".sprites.npz"
ALONG_THE_WAY = re.compile(r"-(step-\d+|best)$")   # how a snapshot's name goes on after that of its training
MAX_NOTE_BYTES = 100_000
BROKEN_OFF = "the app was started anew."

log = logging.getLogger(__name__)


def write_down(job: TrainingJob) -> None:
    """Note a job, and the learner's own sprites, for a restart of the program."""
    folder = job.logbook.folder
    if job.sprites is not None:
        write_whole(folder / f"{job.name}{SPRITES_ENDING}", job.sprites.save)
    write_json(_note_path(job), _note(job))


def strike_out(job: TrainingJob) -> None:
    """Forget the note of a job that has ended."""
    _note_path(job).unlink(missing_ok=True)


def take_leave(job: TrainingJob) -> None:
    """Remove all files of a job but a note for its owner, who may come back after a restart of the program."""
    had_note = _note_path(job).exists()
    remove(job.name, job.logbook.folder)
    job.forget()
    if had_note:
        write_json(_note_path(job), _note(job))


def broken_off(folder: Path, limits: Limits, reference: Reference) -> list[TrainingJob]:
    """The jobs that an earlier program left unfinished, paused; those whose files are damaged are left alone."""
    jobs = []
    for path in sorted(folder.glob(f"{PREFIX}*{NOTE_ENDING}")):
        try:
            jobs.append(_from_note(path, limits, reference))
        except ValueError as error:
            log.warning("%s cannot be gone on from: %s", path.name, error)
    return jobs


def own_sprites(name: str, folder: Path) -> SpriteSet:
    """The sprites that a learner gave to the training called `name`; CheckpointError if they are gone."""
    try:
        return read_sprites(folder / f"{name}{SPRITES_ENDING}")
    except SpriteDataError as error:
        raise CheckpointError(f"the sprites that {name} was trained on are gone: train anew.") from error


def sprites_behind(checkpoint: str, folder: Path) -> SpriteSet | None:
    """What a checkpoint was trained on, None for the built-in sprites; CheckpointError if that is not here."""
    model, record = read_config(checkpoint, folder)
    if record.get("sprites_of"):
        return own_sprites(str(record["sprites_of"]), folder)
    if model.categories != COURSE_CATEGORIES:
        raise CheckpointError(f"the sprites that {checkpoint} was trained on are not here: train anew.")
    return None


def free_name(folder: Path) -> str:
    """A name for a new training, which sorts by its time and belongs to no file yet."""
    stamp = f"{PREFIX}{datetime.now():%Y%m%d-%H%M%S}"
    names = (stamp, *(f"{stamp}-{i}" for i in range(2, 1000)))
    return next(name for name in names if not any(folder.glob(f"{name}.*")))


def trainings(folder: Path) -> list[str]:
    """The names of all trainings that have files in `folder`, the oldest first."""
    return sorted({ALONG_THE_WAY.sub("", path.name.partition(".")[0]) for path in _files(folder)})


def remove(name: str, folder: Path) -> None:
    """Remove all files of the training called `name`."""
    for path in _files(folder):
        whose = path.name.partition(".")[0]
        if whose == name or ALONG_THE_WAY.sub("", whose) == name:
            path.unlink(missing_ok=True)


def megabytes(folder: Path) -> float:
    """The room that the trainings take; files with two names count once."""
    there = {}
    for path in _files(folder):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue   # a training thinned its snapshots just now
        there[stat.st_ino] = stat.st_size
    return sum(there.values()) / 1e6


def _files(folder: Path) -> Iterator[Path]:
    endings = (*ENDINGS, NOTE_ENDING, SPRITES_ENDING)
    return (path for path in list(folder.glob(f"{PREFIX}*")) if path.name.endswith(endings))


def _note_path(job: TrainingJob) -> Path:
    return job.logbook.folder / f"{job.name}{NOTE_ENDING}"


def _note(job: TrainingJob) -> dict[str, Any]:
    known = {"id": job.id, "link": job.link, "config": asdict(job.config)}
    return known | {"own_sprites": job.sprites is not None, "is_gone": job.is_gone}


def _from_note(path: Path, limits: Limits, reference: Reference) -> TrainingJob:
    """The job behind a note; raises ValueError if it is damaged, or its sprites are."""
    name = path.name.removesuffix(NOTE_ENDING)

    def job(note: dict[str, Any]) -> TrainingJob:
        own, is_gone = bool(note["own_sprites"]), bool(note.get("is_gone"))
        sprites = own_sprites(name, path.parent) if own and not is_gone else None
        logbook = Logbook(read_train_config(note, name), name, path.parent, **made_in_the_app(name, own))
        ids = str(note["id"]), str(note["link"])
        paused = TrainingJob(logbook, sprites, limits, reference, *ids, State.PAUSED, BROKEN_OFF)
        if is_gone:
            paused.forget()
        return paused

    try:
        return read_json(path, job, MAX_NOTE_BYTES)
    except DamagedFileError as error:
        raise InputError(f"{error} {error.__cause__}") from error


def made_in_the_app(name: str, own_sprites: bool) -> dict[str, Any]:
    """What the record says of a model that was trained in the app."""
    return {"command": "the Train tab", "sprites_of": name if own_sprites else None}
