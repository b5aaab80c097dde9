"""What of training jobs is on disk beside their checkpoints: so they outlive the program and leave room for others."""

import json
import logging
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from diffusion.checkpoints import CheckpointError, read_config, write_json, write_whole
from diffusion.limits import Limits
from diffusion.logbook import Logbook, read_train_config
from diffusion.snapshots import ENDINGS
from diffusion.sprites.painter import built_in
from diffusion.sprites.readers import read_sprites
from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training_job import PAUSED, TrainingJob

PREFIX = "trained-"
NOTE_ENDING, SPRITES_ENDING = ".job.json", ".sprites.npz"
BROKEN_OFF = "the app was started anew."

log = logging.getLogger(__name__)


def write_down(job: TrainingJob) -> None:
    """Note a job, and the learner's own sprites, for a restart of the program."""
    folder = job.logbook.folder
    if job.sprites is not None:
        write_whole(folder / f"{job.name}{SPRITES_ENDING}", job.sprites.save)
    note = {"id": job.id, "link": job.link, "config": asdict(job.config), "own_sprites": job.sprites is not None}
    write_json(folder / f"{job.name}{NOTE_ENDING}", note)


def strike_out(job: TrainingJob) -> None:
    """Forget the note of a job that has ended."""
    (job.logbook.folder / f"{job.name}{NOTE_ENDING}").unlink(missing_ok=True)


def broken_off(folder: Path, limits: Limits) -> list[TrainingJob]:
    """The jobs that an earlier program left unfinished, paused; those whose files are damaged are left alone."""
    jobs = []
    for path in sorted(folder.glob(f"{PREFIX}*{NOTE_ENDING}")):
        try:
            jobs.append(_from_note(path, limits))
        except (ValueError, TypeError, KeyError, OSError, RecursionError) as error:
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
    if model.categories != built_in().categories:
        raise CheckpointError(f"the sprites that {checkpoint} was trained on are not here: train anew.")
    return None


def free_name(folder: Path) -> str:
    """A name for a new training, which sorts by its time and belongs to no file yet."""
    stamp = f"{PREFIX}{datetime.now():%Y%m%d-%H%M%S}"
    names = (stamp, *(f"{stamp}-{i}" for i in range(2, 1000)))
    return next(name for name in names if not any(folder.glob(f"{name}.*")))


def make_room(folder: Path, alive: set[str], limits: Limits) -> None:
    """Remove the oldest trainings, but none of `alive`, while all of them take more room than the limits allow."""
    ended = sorted({path.name.partition(".")[0] for path in folder.glob(f"{PREFIX}*")} - alive)
    for name in (name for name in ended if not any(name.startswith(f"{other}-") for other in alive)):
        if _megabytes(folder) <= limits.disk_mb:
            return
        for ending in (*ENDINGS, NOTE_ENDING, SPRITES_ENDING):
            (folder / f"{name}{ending}").unlink(missing_ok=True)


def _from_note(path: Path, limits: Limits) -> TrainingJob:
    name, note = path.name.removesuffix(NOTE_ENDING), json.loads(path.read_text(encoding="utf-8"))
    config, own = read_train_config(note, name), bool(note["own_sprites"])
    made = {"command": "the Train tab", "sprites_of": name if own else None}
    sprites = own_sprites(name, path.parent) if own else None
    logbook = Logbook(config, name, path.parent, **made)
    return TrainingJob(logbook, sprites, limits, str(note["id"]), str(note["link"]), PAUSED, BROKEN_OFF)


def _megabytes(folder: Path) -> float:
    """The room that the trainings take; files with two names count once."""
    there = {stat.st_ino: stat.st_size for stat in (path.stat() for path in folder.glob(f"{PREFIX}*"))}
    return sum(there.values()) / 1e6
