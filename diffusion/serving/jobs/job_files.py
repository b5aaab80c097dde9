"""What of training jobs is on disk beside their checkpoints: so they outlive the program and leave room for others."""

import logging
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from diffusion.models.checkpoints import CheckpointError, read_config
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.limits import Limits
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.serving.visitors.belongings import Belongings, belonging
from diffusion.sprites.readers import SpriteDataError, read_sprites
from diffusion.sprites.spriteset import COURSE_CATEGORIES, SpriteSet
from diffusion.support.checks import InputError
from diffusion.support.files import DamagedFileError, read_json, write_json, write_whole
from diffusion.training.logbook import Logbook
from diffusion.training.recipes import read_train_config
from diffusion.training.snapshots import ENDINGS

PREFIX = "trained-"
NOTE_ENDING, SPRITES_ENDING = ".job.json", ".sprites.npz"
MAX_NOTE_BYTES = 100_000
BROKEN_OFF = "the app was started anew."

log = logging.getLogger(__name__)


def write_down(job: TrainingJob) -> None:
    """Note a job for a restart of the program."""
    write_json(_note_path(job), _note(job))


def keep_sprites(name: str, folder: Path, sprites: SpriteSet) -> None:
    """Write down a learner's own sprites for the training called `name`."""
    write_whole(folder / f"{name}{SPRITES_ENDING}", sprites.save)


def strike_out(job: TrainingJob) -> None:
    """Forget the note of a job that has ended."""
    _note_path(job).unlink(missing_ok=True)


def take_leave(job: TrainingJob, *why: str) -> None:
    """Remove all files of a job but a note for its owner, who may come back after a restart of the program."""
    had_note = _note_path(job).exists()
    remove(job.name, job.logbook.folder)
    job.forget(*why)
    if had_note:
        write_json(_note_path(job), _note(job))


def broken_off(folder: Path, limits: Limits, reference: Reference) -> list[TrainingJob]:
    """The jobs that an earlier program left unfinished, paused; those whose notes are damaged are left alone."""
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


def claim_name(folder: Path, belongings: Belongings, owner: str, private: bool) -> str:
    """A name for a new training, which tells its time and was nobody's yet: from now on it is the owner's."""
    stamp = f"{PREFIX}{datetime.now():%Y%m%d-%H%M%S}"
    for name in (stamp, *(f"{stamp}-{i}" for i in range(2, 1000))):
        if any(folder.glob(f"{name}.*")):
            continue
        with suppress(FileExistsError):
            belongings.claim(name, owner, private)
            return name
    raise InputError("too many trainings began in this second: try again.")


def trainings(folder: Path) -> list[str]:
    """The names of all trainings that have files in `folder`."""
    return sorted({belonging(path.name.partition(".")[0]) for path in _files(folder)})


def remove(name: str, folder: Path) -> None:
    """Remove all files of the training called `name`."""
    for path in _files(folder):
        if belonging(path.name.partition(".")[0]) == name:
            path.unlink(missing_ok=True)


def megabytes(folder: Path, names: Collection[str] | None = None) -> float:
    """The room that all trainings take, or those of these names; files with two names count once."""
    there = {}
    for path in _files(folder):
        if names is not None and belonging(path.name.partition(".")[0]) not in names:
            continue
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
    return known | {"own_sprites": job.has_own_sprites, "is_gone": job.is_gone}


def _from_note(path: Path, limits: Limits, reference: Reference) -> TrainingJob:
    """The job behind a note; raises ValueError if it is damaged."""
    name = path.name.removesuffix(NOTE_ENDING)

    def job(note: dict[str, Any]) -> TrainingJob:
        own, is_gone = bool(note["own_sprites"]), bool(note.get("is_gone"))
        logbook = Logbook(read_train_config(note, name), name, path.parent, **made_in_the_app(name, own))
        read = partial(own_sprites, name, path.parent) if own else None
        ids = str(note["id"]), str(note["link"])
        paused = TrainingJob(logbook, read, limits, reference, *ids, State.PAUSED, BROKEN_OFF)
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
