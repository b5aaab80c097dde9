"""A learner's favourite sprites, kept in the browser as recipes and drawn again when they are needed."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr

from diffusion.serving.desks.following import one_sprite
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.support.faults import tell
from diffusion.support.images import as_base64
from diffusion.support.wording import plain, shown
from diffusion.ui import controls
from diffusion.ui.components.component import component
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.words import lessons, runs

Recipe = dict[str, Any]


def kept_favourites() -> gr.BrowserState:
    """The recipes in the browser; it must stand outside the tabs, whose insides mount late."""
    return gr.BrowserState([], storage_key="favourite-sprites", secret="sprites")


class Desk(NamedTuple):
    """Where sprites are made that can be kept: its picture, and how what is kept is read from it and shown again.

    shown: reads the picture's value, as `shown_mix` does; showing: updates of `outputs` that show a request again;
    push: the event that then draws it.
    """

    view: gr.HTML
    shown: Callable[[Engine, str], tuple[RunRequest, int | None]]
    showing: Callable[[Engine, RunRequest], list[Any]]
    outputs: list[Any]
    push: dict[str, Any]


def favourites_section(services: Services, desk: Desk, kept: gr.BrowserState, tab: gr.Tab, elem_id: str) -> None:
    """Build the section inside `tab`; the strip shows what was kept in any tab."""
    welcomed = welcome(services)

    @welcomed
    def keep_favourite(guest: Guest, page: str, recipes: Any) -> tuple:
        request, k = desk.shown(guest.engine, page)
        recipe = json.loads(json.dumps(one_sprite(request, k).recipe))
        others = [other for other in listed(recipes) if other != recipe]
        return (shorter := [recipe, *others][:lessons.MOST_FAVOURITES]), *strip(guest.engine, shorter)

    @welcomed
    def forget_favourite(guest: Guest, index: str, recipes: Any) -> tuple:
        rest = [recipe for i, recipe in enumerate(listed(recipes)) if str(i) != index]
        return rest, *strip(guest.engine, rest)

    @welcomed
    def back_to_favourite(guest: Guest, index: str, recipes: Any) -> list[Any]:
        return desk.showing(guest.engine, RunRequest.from_recipe(chosen(recipes, index)))

    @welcomed
    def open_favourites(guest: Guest, recipes: Any, seen: Any) -> tuple:
        there = listed(recipes)
        return (gr.skip(), gr.skip(), seen) if seen == there else (*strip(guest.engine, there), there)

    with gr.Accordion("Your favourites", open=True):
        controls.lesson(lessons.FAVOURITES)
        pictures = component("favourites", elem_id, pictures="")
        told = gr.Markdown()
        seen = gr.State(None)   # what the strip was drawn of as the tab was opened

    desk.view.like(keep_favourite, [desk.view, kept], [kept, pictures, told], **controls.TELLING)
    pictures.delete(forget_favourite, [pictures, kept], [kept, pictures, told], **controls.TELLING)
    back = pictures.select(back_to_favourite, [pictures, kept], desk.outputs, **controls.TELLING)
    back.then(**desk.push)
    tab.select(open_favourites, [kept, seen], [pictures, told, seen], **controls.PRIVATE)


def listed(recipes: Any) -> list[Recipe]:
    """What the browser kept, as far as it is a list, and no longer than it may be: it can hold anything."""
    return recipes[:lessons.MOST_FAVOURITES] if isinstance(recipes, list) else []


def chosen(recipes: Any, index: str) -> Recipe:
    """The favourite at a place, as the page writes it; InputError if there is none."""
    recipe = next((recipe for i, recipe in enumerate(listed(recipes)) if str(i) == index), None)
    if recipe is None:
        raise InputError(f"favourite {shown(index)} is not kept: choose one from the strip.")
    return recipe


def strip(engine: Engine, recipes: list[Recipe]) -> tuple[gr.HTML, str]:
    """The favourites drawn again, and how many could not be."""
    pictures, failed = [], []
    for i, recipe in enumerate(recipes):
        try:
            pictures.append(picture(engine, RunRequest.from_recipe(recipe)))
        except Exception as error:   # one that fails keeps no other from being drawn
            pictures.append({"pixels": "", "side": 16, "name": "cannot be drawn"})
            failed.append(f"Favourite {i + 1} cannot be drawn: {plain(tell(error))}")
    return gr.HTML(pictures=json.dumps(pictures)), "\n\n".join(failed)


def picture(engine: Engine, request: RunRequest) -> dict[str, Any]:
    """One favourite as the strip takes it; InputError if it is more than one sprite."""
    if request.config.n != 1:
        raise InputError("a favourite is one sprite.")
    sprite = engine.sprites(request)[0]
    return {"pixels": as_base64(sprite), "side": len(sprite), "name": runs.mix(request)}
