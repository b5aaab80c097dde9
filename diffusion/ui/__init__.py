"""The app: build_app() puts the tabs together, launch_options() says how to serve them."""

from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.models.checkpoints import CHECKPOINTS
from diffusion.serving.services import Services
from diffusion.sprites.painter import bob
from diffusion.support.images import enlarge
from diffusion.ui.picture_html import data_url
from diffusion.ui.sections.favourites_section import kept_favourites
from diffusion.ui.sections.model_file_section import model_file_section
from diffusion.ui.tabs.context_tab import context_tab
from diffusion.ui.tabs.noise_tab import noise_tab
from diffusion.ui.tabs.race_tab import race_tab
from diffusion.ui.tabs.sample_tab import sample_tab
from diffusion.ui.tabs.train_tab import Watching, train_tab
from diffusion.ui.tabs.unet_tab import unet_tab
from diffusion.ui.theme import STYLE, kind_colours, theme
from diffusion.ui.words import lessons

TITLE = "Sprite Diffusion Lab"
DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S = 600, 1800
MAX_WAITING = 64
KEPT_PAGES = 100   # half a megabyte each; of one that was used longer ago, what it remembers is forgotten
MAX_UPLOAD = "100mb"


def build_app(folder: Path = CHECKPOINTS, device: str = "auto") -> gr.Blocks:
    """The whole app over the models in `folder`; ValueError if the device is not there."""
    services = Services.over(folder, device)
    with gr.Blocks(title=TITLE, delete_cache=(DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S)) as demo:
        gr.HTML(header())
        watching, favourites = Watching.nothing(), kept_favourites()
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            choices = [sample_tab(services), noise_tab(services)]
            train_tab(services, watching, demo, tabs)
            choices += [context_tab(services, favourites), race_tab(services), unet_tab(services, demo)]
        model_file_section(services.engine, choices)
    return demo.queue(max_size=MAX_WAITING)


def launch_options() -> dict[str, Any]:
    """How the app is served: its look, and nothing recorded, fetched or sent elsewhere."""
    return {
        "theme": theme(),
        "css": kind_colours(),
        "css_paths": [STYLE],
        "run_history": False,
        "ssr_mode": False,
        "footer_links": [],
        "max_file_size": MAX_UPLOAD,
        "state_session_capacity": KEPT_PAGES,
    }


def header() -> str:
    """Bob, the name of the app, and what it is."""
    return (
        f'<div class="title"><img src="{data_url(enlarge(bob(), 4))}" alt="Bob the sprite">'
        f"<div><h1>{TITLE}</h1><p>{lessons.INTRODUCTION}</p></div></div>"
    )
