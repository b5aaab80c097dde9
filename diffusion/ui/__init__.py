"""The app: build_app() puts the tabs together, launch_options() says how to serve them."""

from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.checkpoints import CHECKPOINTS
from diffusion.engine import Engine
from diffusion.jobs import JobTable
from diffusion.sprites.painter import bob
from diffusion.support.images import enlarge
from diffusion.ui import lessons
from diffusion.ui.context_tab import context_tab
from diffusion.ui.mix_favourites import kept_favourites
from diffusion.ui.model_file import model_file
from diffusion.ui.noise_tab import noise_tab
from diffusion.ui.pictures import data_url
from diffusion.ui.race_tab import race_tab
from diffusion.ui.sample_tab import sample_tab
from diffusion.ui.theme import STYLE, theme
from diffusion.ui.train_tab import Watching, train_tab
from diffusion.ui.unet_tab import unet_tab

TITLE = "Sprite Diffusion Lab"
DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S = 600, 1800
MAX_WAITING = 64
MAX_UPLOAD = "100mb"


def build_app(folder: Path = CHECKPOINTS, device: str = "auto") -> gr.Blocks:
    """The whole app over the models in `folder`; ValueError if the device is not there."""
    engine, jobs = Engine(folder, device), JobTable(folder, device)
    with gr.Blocks(title=TITLE, delete_cache=(DELETE_CACHE_EVERY_S, DELETE_OLDER_THAN_S)) as demo:
        gr.HTML(header())
        watching, favourites = Watching.nothing(), kept_favourites()
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            choices = [sample_tab(engine), noise_tab(engine)]
            train_tab(engine, jobs, watching, demo, tabs)
            choices += [context_tab(engine, favourites), race_tab(engine), unet_tab(engine, demo)]
        model_file(engine, choices)
    return demo.queue(max_size=MAX_WAITING)


def launch_options() -> dict[str, Any]:
    """How the app is served: its look, and nothing recorded, fetched or sent elsewhere."""
    return {
        "theme": theme(),
        "css_paths": [STYLE],
        "run_history": False,
        "ssr_mode": False,
        "footer_links": [],
        "max_file_size": MAX_UPLOAD,
    }


def header() -> str:
    """Bob, the name of the app, and what it is."""
    return (
        f'<div class="title"><img src="{data_url(enlarge(bob(), 4))}" alt="Bob the sprite">'
        f"<div><h1>{TITLE}</h1><p>{lessons.INTRODUCTION}</p></div></div>"
    )
