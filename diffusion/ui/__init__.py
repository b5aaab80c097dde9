"""The app: build_app() puts the tabs together, and says how to serve them."""

import os
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.serving.services import Services
from diffusion.serving.visitors.scratch_folder import scratch_folder
from diffusion.ui.address import MODEL, address_script, follow_address
from diffusion.ui.classroom.class_page import class_routes
from diffusion.ui.components.component import component, preloads
from diffusion.ui.components.recordings import recording_routes
from diffusion.ui.door import Door
from diffusion.ui.first_paint.first_paint import first_paint
from diffusion.ui.first_paint.header import TITLE, header, links
from diffusion.ui.routes.browser_routes import browser_routes
from diffusion.ui.routes.component_routes import component_routes
from diffusion.ui.routes.kept_page import KeptPage
from diffusion.ui.routes.large_value_routes import large_value_routes
from diffusion.ui.routes.lesson_sheet import sheet_routes
from diffusion.ui.routes.link_preview import preview_routes, previewed
from diffusion.ui.routes.touched_page import TouchedPage, begun_with
from diffusion.ui.sections.favourites_section import kept_favourites
from diffusion.ui.sections.model_file_section import model_file_section
from diffusion.ui.sections.own_models_section import offer_models
from diffusion.ui.sections.training.class_section import Voting
from diffusion.ui.sections.training.training_views import Watching
from diffusion.ui.tabs.context_tab import context_tab
from diffusion.ui.tabs.edit_tab import edit_tab
from diffusion.ui.tabs.noise_tab import noise_tab
from diffusion.ui.tabs.race_tab import race_tab
from diffusion.ui.tabs.sample_tab import sample_tab
from diffusion.ui.tabs.train_tab import train_tab
from diffusion.ui.tabs.unet_tab import unet_tab
from diffusion.ui.telling import TellingBlocks, page_script
from diffusion.ui.theme import PROJECTED, STYLES, frame_style, kind_colours, theme
from diffusion.ui.words import lessons, tour
from diffusion.ui.words.glossary import glossary

DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S = 600, 4 * 3600
MAX_WAITING = 64
KEPT_PAGES = 60   # nearly a megabyte each: of one that was used longer ago, what it remembers is forgotten
MAX_UPLOAD = "100mb"
# All that is sent as text is packed on its way, but for streams; weights are numbers, which hardly become shorter.
PACKED = {
    "minimum_size": 1000,
    "compresslevel": 5,
    "exclude_content_types": (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
}
TEMPORARY, SCRATCH = "GRADIO_TEMP_DIR", "sprite-lab"
HOSTS = "SPRITE_LAB_HOSTS"   # names by which the app is reached, with commas between them


def build_app(folder: Path = CHECKPOINTS, device: str = "auto") -> tuple[gr.Blocks, dict[str, Any]]:
    """The whole app over the models in `folder`, and the options to launch it with.

    Raises InputError if the device is not there, or the folder is in use; OSError if there is no temporary folder.
    """
    services = Services.over(folder, device, uploads_folder())
    swept = DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S
    with TellingBlocks(before_it_ends=services.jobs.rest, title=TITLE, delete_cache=swept) as demo:
        gr.HTML(header(links()))
        said = gr.Markdown(visible=False)
        watching, voting, favourites, made = Watching.nothing(), Voting.nothing(), kept_favourites(), gr.State([])
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            choices = [noise_tab(services, demo)]
            states = [sample_tab(services), context_tab(services, favourites), race_tab(services)]
            training, is_sent_to_train = train_tab(services, watching, voting, demo, made)
            states += [training, unet_tab(services, demo), edit_tab(services, favourites, made)]
        choices += [state.settings[MODEL] for state in states if MODEL in state.settings]
        follow_address(services, demo, tabs, states, {"train": is_sent_to_train})
        model_file_section(services, choices)
        gr.HTML(glossary())
        component("tour", "tour", lessons=[lesson._asdict() for lesson in tour.LESSONS], words=tour.ON_PAGE)
        offer_models(services, demo, said, choices)
    names = {tab.id: tab.label for tab in tabs.children}
    return demo.queue(max_size=MAX_WAITING, api_open=False), launch_options(services, demo, names)


def launch_options(services: Services, demo: gr.Blocks, tabs: dict[str, str]) -> dict[str, Any]:
    """How the app is served: its door, its look, and how much is kept; `tabs`: their names by their keys."""
    hosts = [name for name in map(str.strip, os.environ.get(HOSTS, "").split(",")) if name]
    return looks() | {
        "app_kwargs": {
            "middleware": [
                Middleware(GZipMiddleware, **PACKED), Middleware(Door, services=services, blocks=demo, hosts=hosts),
                Middleware(KeptPage),
                Middleware(
                    TouchedPage,
                    touches=[previewed(TITLE, lessons.INTRODUCTION), begun_with(first_paint(tabs))],
                ),
            ],
            "routes": [
                *browser_routes(services), *component_routes(), *recording_routes(services), *sheet_routes(),
                *class_routes(tabs), *preview_routes(), *large_value_routes(services),
            ],
        },
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": KEPT_PAGES,
    }


def looks() -> dict[str, Any]:
    """How every page of the lab looks, with nothing recorded, fetched or sent elsewhere."""
    return {
        "theme": theme(),
        "css": kind_colours(),
        "css_paths": [*STYLES, PROJECTED],
        "head": frame_style() + page_script() + address_script() + preloads(),
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "footer_links": [],
    }


def uploads_folder() -> Path:
    """Where Gradio keeps what is uploaded: in a folder of this program's own, which goes with it."""
    given = os.environ.get(TEMPORARY)
    if given and Path(given).parent.name.startswith(f"{os.getpid()}-"):
        return Path(given)   # another app of this program has one already
    folder = scratch_folder(Path(given or tempfile.gettempdir()) / SCRATCH) / "uploads"
    folder.mkdir(exist_ok=True)
    os.environ[TEMPORARY] = str(folder)
    return folder
