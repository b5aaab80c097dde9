"""The services of one app: all that outlives a request, built once and passed down."""

import logging
from functools import partial
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from diffusion.serving.engine import Engine
from diffusion.serving.fetched.large_values import LargeValues
from diffusion.serving.fetched.page_models import PageModels
from diffusion.serving.jobs.ballots import Ballots
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.limits import Limits
from diffusion.serving.measurements import Measurements
from diffusion.serving.race import Track
from diffusion.serving.reference import Reference
from diffusion.serving.visitors.belongings import HOUSE, Belongings
from diffusion.serving.visitors.given_models import GivenModels
from diffusion.serving.visitors.housekeeping import Housekeeping, remove_half_written
from diffusion.serving.visitors.uploaded_files import UploadedFiles
from diffusion.support.checks import InputError

log = logging.getLogger(__name__)


class Services(NamedTuple):
    """Who answers what the pages ask."""

    reference: Reference
    engine: Engine
    jobs: JobTable
    ballots: Ballots
    track: Track
    measurements: Measurements
    belongings: Belongings
    given: GivenModels
    uploaded: UploadedFiles
    housekeeping: Housekeeping
    page_models: PageModels
    large_values: LargeValues
    held: FileLock | None   # on the folder, as long as this lives

    @classmethod
    def over(cls, folder: Path, device: str, scratch: Path) -> "Services":
        """The services over the models in `folder`, with files that need not last in `scratch`.

        Raises InputError if the device is not there, or another program of the lab has the folder.
        """
        limits = Limits.of_this_place()
        held, reference, belongings = lock(folder), Reference(), Belongings.over(folder)
        engine, track = Engine(folder, device, belongings), Track()
        jobs = JobTable(folder, device, limits, reference, belongings)
        uploaded = UploadedFiles(scratch, limits)
        duties = belongings.keep, jobs.expire, uploaded.sweep, partial(remove_half_written, folder)
        return cls(
            reference, engine, jobs, Ballots(jobs), track, Measurements(reference, track.give_way), belongings,
            GivenModels(folder, belongings, limits), uploaded, Housekeeping(duties), PageModels(),
            LargeValues(), held,
        )   # fmt: skip


def lock(folder: Path) -> FileLock | None:
    """Keep a folder of models for this program, as long as it runs; InputError if another one has it.

    Two would offer each other's trainings to be resumed. Where nothing can be written, nothing can be in each other's
    way, and nothing is kept for it: None.
    """
    place = folder / HOUSE
    try:
        place.mkdir(parents=True, exist_ok=True)
        held = FileLock(place / "in-use.lock", is_singleton=True, thread_local=False)
        held.acquire(blocking=False)
    except Timeout as error:
        raise InputError(
            f"the lab is running already over the models in {folder}: open its page, or stop it first."
        ) from error
    except OSError as error:
        log.warning("%s cannot be written: trainings and models that are given cannot be kept (%s).", place, error)
        return None
    return held
