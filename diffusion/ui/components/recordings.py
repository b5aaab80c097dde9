"""What components fetch when they are first seen, so that it does not stand in the page: recordings, the frontier."""

import json
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diffusion.serving.jobs.recorded_training import RecordedTraining
from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.ui.components.frontier_plot.frontier_plot import frontier_value
from diffusion.ui.components.player.grown_sprites import recorded
from diffusion.ui.routes.browser_routes import refusal, unless_known
from diffusion.ui.visitor_cookie import visitor_of

ASSETS = Path(__file__).parents[3] / "assets"
NOT_RECORDED = "nothing was recorded to be seen beforehand."


def recording_routes(services: Services) -> list[Route]:
    """Addresses below recorded/: what is told there is JSON, as the components take it."""

    def frontier(request: Request) -> str:
        engine = services.engine.of(visitor_of(request))
        return frontier_value(engine, services.reference, services.measurements.points)

    return [
        _route("first-run", lambda request: first_run()),
        _route("first-training/sprites", lambda request: recorded(first_training())),
        _route("first-training/curve", lambda request: json.dumps(first_training().curve)),
        _route("frontier", frontier),
    ]


def first_run() -> str:
    """The run that is seen before all else; raises InputError where there is none."""
    return _read(ASSETS / "first_run.json")


def first_training() -> RecordedTraining:
    """The training that is seen before there is one of one's own; raises InputError where there is none."""
    return RecordedTraining.load(ASSETS / "first_training.json")


def _route(name: str, tell: Callable[[Request], str]) -> Route:
    def told(request: Request) -> Response:
        try:
            return unless_known(request, tell(request).encode())
        except InputError as error:
            return refusal(error)

    return Route(f"/recorded/{name}", told)


def _read(path: Path) -> str:
    if not path.is_file():
        raise InputError(NOT_RECORDED)
    return path.read_text(encoding="utf-8")
