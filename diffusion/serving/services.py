"""The services of one app: all that outlives a request, built once and passed down."""

from pathlib import Path
from typing import NamedTuple

from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.serving.engine import Engine
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.measurements import Measurements
from diffusion.serving.race import Track
from diffusion.serving.reference import Reference


class Services(NamedTuple):
    """Who answers what the pages ask."""

    reference: Reference
    engine: Engine
    jobs: JobTable
    track: Track
    measurements: Measurements

    @classmethod
    def over(cls, folder: Path = CHECKPOINTS, device: str = "auto") -> "Services":
        """The services over the models in `folder`; InputError if the device is not there."""
        reference, engine = Reference(), Engine(folder, device)
        jobs, track = JobTable(folder, device, reference=reference), Track(engine)
        return cls(reference, engine, jobs, track, Measurements(engine, reference, track.give_way))
