"""The HTML of a page alone: the app's components and controls where static_page.html has a place for them."""

import json
import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import gradio as gr

from diffusion.generation import MAX_SEED
from diffusion.mixing import MOST_IN_A_SURPRISE, WEIGHTS, WIDE_WEIGHTS, fitting_presets
from diffusion.samplers import ALL_SAMPLERS, SAMPLERS
from diffusion.serving.desks.mixing_desk import N_SPRITES
from diffusion.serving.race import MIN_LANES
from diffusion.sprites.painter import bob
from diffusion.support.images import enlarge
from diffusion.ui import TITLE, controls
from diffusion.ui.components.component import read_asset
from diffusion.ui.picture_html import data_url
from diffusion.ui.routes.link_preview import ADDRESS, preview_tags
from diffusion.ui.sections.lanes_section import FIRST
from diffusion.ui.static_page.plain_controls import plain_control
from diffusion.ui.static_page.shelf import Shelf
from diffusion.ui.tabs.context_tab import in_order
from diffusion.ui.tabs.noise_tab import dissolving, material
from diffusion.ui.words import lessons, page_alone, runs

PAGE = Path(__file__).with_name("static_page.html")
COMPONENTS = ("player", "dissolve", "drawing", "mix_view", "device_switch")


def front_page(shelf: Shelf, app: str | None, model_bytes: int) -> str:
    """The index.html of the page; model_bytes: the size of its first model's file."""
    texts = {
        "title": TITLE,
        "introduction": page_alone.INTRODUCTION,
        "preview": preview_tags(TITLE, page_alone.INTRODUCTION, ADDRESS),   # where it will lie, nobody knows yet
        "bob": data_url(enlarge(bob(), 4)),
        "as_a_file": page_alone.AS_A_FILE,
        "no_script": page_alone.NO_SCRIPT,
        "left_out": page_alone.left_out(app),
        "facts": _json_in_html(facts(shelf, model_bytes)),
        "sample_lesson": lesson(lessons.SAMPLE),
        "noise_lesson": lesson(lessons.DISSOLVING),
        "denoise_lesson": lesson(lessons.DENOISE),
        "context_lesson": lesson(lessons.CONTEXT),
        "quick_lesson": lesson(lessons.QUICK) if shelf.engine.student(shelf.first) else "",
        "race_lesson": lesson(lessons.RACE),
        "samplers_title": lessons.SAMPLERS_TITLE,
        "samplers_lesson": lesson(lessons.SAMPLERS),
        "presets": preset_buttons(shelf.categories),
    }
    parts = {name: read_asset(f"{name}/{name}.html") for name in COMPONENTS}
    choices = sample_controls(shelf) | noise_controls(shelf) | mix_controls(shelf) | race_controls(shelf)
    page = Template(PAGE.read_text(encoding="utf-8"))
    return page.substitute(texts | parts | choices)


def facts(shelf: Shelf, model_bytes: int) -> dict[str, Any]:
    """What static_page.js is told."""
    presets = fitting_presets(shelf.categories)
    return {
        "words": page_alone.ON_PAGE | {"begun": runs.BEGUN},
        "states": page_alone.states(model_bytes),
        "sentences": runs.ON_PAGE,
        "dissolving": dissolving(),
        "material": material(),
        "sprites": N_SPRITES,
        "kinds": {name: {"title": kind.title, "mark": kind.mark} for name, kind in ALL_SAMPLERS.items()},
        "usualSteps": {name: sampler.usual_steps for name, sampler in SAMPLERS.items()},
        "reach": {"usual": WEIGHTS, "wide": WIDE_WEIGHTS},
        "presets": {
            name: preset._asdict() | {"weights": in_order(shelf.engine, shelf.first, preset.weights)}
            for name, preset in presets.items()
        },
        "mostSeed": MAX_SEED,
        "mostInASurprise": min(MOST_IN_A_SURPRISE, len(shelf.categories)),
    }


def model_choice(shelf: Shelf) -> gr.Dropdown:
    """The models of the page."""
    return gr.Dropdown(shelf.names, value=shelf.first, label="Model")


def sample_controls(shelf: Shelf) -> dict[str, str]:
    """The controls of the Sample tab as HTML, by their names in static_page.html."""
    engine, name = shelf.engine, shelf.first
    sampler, steps, guidance = controls.run_controls(engine, name)
    return _plain("sample", {
        "checkpoint": model_choice(shelf),
        "category": controls.category_choice(engine, name),
        "sampler": sampler,
        "steps": steps,
        "n": controls.count_slider(),
        "guidance": guidance,
        "seed": controls.seed_number(),
        "clean": controls.clean_choice(engine, name),
    })


def noise_controls(shelf: Shelf) -> dict[str, str]:
    """The same of the Noise tab."""
    return _plain("noise", {"checkpoint": model_choice(shelf)})


def mix_controls(shelf: Shelf) -> dict[str, str]:
    """The same of the Context tab."""
    engine, name = shelf.engine, shelf.first
    sliders = controls.context_sliders(shelf.categories, "weight")[: len(shelf.categories)]
    return _plain("mix", {
        "checkpoint": model_choice(shelf),
        "guidance": controls.guidance_slider(engine, name),
        "seed": controls.seed_number(),
        "clean": controls.clean_choice(engine, name),
    }) | {
        "weights": "".join(plain_control(slider, f"weight-{k}") for k, slider in enumerate(sliders)),
        "mixing": plain_control(controls.mixing_choice(), "mixing"),
        "wide": plain_control(controls.wide_choice(), "wide"),
    }


def race_controls(shelf: Shelf) -> dict[str, str]:
    """The same of the tab DDPM vs DDIM, with two lanes."""
    lanes = {}
    for place, lane in enumerate(FIRST[:MIN_LANES], 1):
        lanes[f"sampler_{place}"] = controls.sampler_choice(lane.runner, f"Lane {place}")
        lanes[f"steps_{place}"] = controls.steps_slider(lane.steps)
    return _plain("race", lanes | {
        "checkpoint": model_choice(shelf),
        "n": controls.count_slider(),
        "seed": controls.seed_number(),
        "clean": controls.clean_choice(shelf.engine, shelf.first),
    })


def preset_buttons(categories: tuple[str, ...]) -> str:
    """A button for each of them."""
    names = map(escape, fitting_presets(categories))
    return "".join(f'<button type="button" data-preset="{name}">{name}</button>' for name in names)


def lesson(text: str) -> str:
    """The words of a tab, paragraphs with **strong** and *emphasised* parts, as HTML."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text.strip(), quote=False), flags=re.DOTALL)
    marked = re.sub(r"\*(.+?)\*", r"<em>\1</em>", marked, flags=re.DOTALL)
    return "".join(f"<p>{paragraph}</p>" for paragraph in marked.split("\n\n"))


def _plain(place: str, wanted: dict[str, gr.components.FormComponent]) -> dict[str, str]:
    return {f"{place}_{name}": plain_control(control, f"{place}-{name}") for name, control in wanted.items()}


def _json_in_html(values: Any) -> str:
    """JSON that ends no script element."""
    return json.dumps(values).replace("<", "\\u003c")
