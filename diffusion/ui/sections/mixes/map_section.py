"""A map of mixes: a point is dragged between three or four corners, and the sprites follow."""

import json
from typing import Any, NamedTuple

import gradio as gr

from diffusion.generation import context_rows
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.support.checks import InputError, check_known
from diffusion.ui import controls
from diffusion.ui.components.component import component
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.sections.mixes.mix_controls import MixControls, script
from diffusion.ui.words import lessons

SHAPES = {"triangle": 3, "square": 4}
MIXES = {"mix A": "A", "mix B": "B"}


class MapSection(NamedTuple):
    """The section with a map, before it is told what to move."""

    section: gr.Accordion
    shape: gr.Radio
    corners: list[gr.Dropdown]
    area: gr.HTML


def map_section(categories: tuple[str, ...]) -> MapSection:
    """Build the section for a model of these categories; then `follow_map` makes it work."""
    with gr.Accordion("Mix on a map", open=False) as section:
        controls.lesson(lessons.MAP)
        area = component("map2d", "mix-map", corners="")
        shape = gr.Radio(list(SHAPES), value="triangle", label="Shape")
        with gr.Row():
            corners = corner_choices(categories)
    return MapSection(section, shape, corners, area)


def follow_map(services: Services, parts: MapSection, mix: MixControls, mixes: dict[str, gr.State]) -> None:
    """Let the sliders and the picture follow the map; `mixes` are the remembered ones."""
    section, shape, names, area = parts
    welcomed = welcome(services)

    @welcomed
    def lay_out_map(
        guest: Guest, shape: str, checkpoint: str, a: dict | None, b: dict | None, *names: str
    ) -> gr.HTML:
        check_known("shape", shape, SHAPES)
        known, remembered = guest.engine.model(checkpoint).categories, {"A": a, "B": b}
        corners = [corner(name, known, remembered) for name in names[: SHAPES[shape]]]
        return gr.HTML(corners=json.dumps(corners))

    @welcomed
    def map_follows_model(guest: Guest, checkpoint: str) -> list[gr.Dropdown]:
        return corner_choices(guest.engine.model(checkpoint).categories)

    laid = {"fn": lay_out_map, "inputs": [shape, mix.checkpoint, *mixes.values(), *names], "outputs": area}
    area.input(None, [area, *mix.inputs], mix.sliders, js=script("map_push.js"), **controls.PRIVATE)
    gr.on([section.expand, shape.input, *(name.input for name in names)], **laid, **controls.FOLLOWING)
    followed = mix.checkpoint.input(map_follows_model, mix.checkpoint, names, **controls.TELLING)
    followed.success(**laid, **controls.TELLING)
    shape.input(fourth_corner, shape, names[-1], **controls.PRIVATE)


def fourth_corner(shape: str | None) -> gr.Dropdown:
    """Whether a shape has a fourth corner to choose."""
    check_known("shape", shape, SHAPES)
    return gr.Dropdown(visible=SHAPES[shape] == 4)


def corner_choices(categories: tuple[str, ...]) -> list[gr.Dropdown]:
    """A choice of mix for each of four corners: a category, or a mix that is remembered."""
    usual = [categories[k % len(categories)] if categories else "mix A" for k in (0, 2, 3, 1)]
    return [
        gr.Dropdown(
            [*categories, *MIXES], value=name, label=f"Corner {i}", interactive=True, visible=i < 4, min_width=130
        )
        for i, name in enumerate(usual, 1)
    ]


def corner(name: str, categories: tuple[str, ...], remembered: dict[str, dict | None]) -> dict[str, Any]:
    """A corner as the map takes it; InputError if it is a mix that is not remembered, or of another model."""
    check_known("corner", name, (*categories, *MIXES))
    if name in MIXES:
        recipe = remembered[MIXES[name]]
        if recipe is None:
            raise InputError(f"{name} is not remembered yet: a path, below, begins with remembering one.")
        weights = dict(RunRequest.from_recipe(recipe).weights)
    else:
        weights = {name: 1.0}
    return {"name": name, "weights": context_rows(weights, categories, 1)[0].tolist()}
