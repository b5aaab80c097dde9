"""The Edit tab: a drawing of one's own, changed into another kind, finished, or led back to its noise."""

import json
from pathlib import Path
from typing import Any

import gradio as gr

from diffusion.editing import MAX_RESAMPLING, USUAL_SHARE, edit_from_values
from diffusion.generation import cleaned_with, context_rows
from diffusion.serving.desks.edit_desk import N_VARIANTS, edit_of, shown_edit
from diffusion.serving.desks.following import one_sprite
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.run_scripts import run_script
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload
from diffusion.support.checks import InputError, whole
from diffusion.support.images import enlarge
from diffusion.support.saved_pictures import png_bytes, read_recipe
from diffusion.ui import controls
from diffusion.ui.address import MODEL, Settings, TabState
from diffusion.ui.components.component import component
from diffusion.ui.components.edit_view.edit_view import edit_view
from diffusion.ui.components.player.player import pack
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.sections.as_code.python_section import once_drawn, python_section
from diffusion.ui.sections.favourites_section import Desk, favourites_section
from diffusion.ui.sections.sprite_shelf import paints, shelf
from diffusion.ui.sections.walk_back_section import walk_back_section
from diffusion.ui.words import devices, edits

PUSH = Path(__file__).with_name("edit_push.js")
# What the address says of the drawing.
DRAWN = "document.drawing ? document.drawing.told : []"
KEYS = ("kind", "noise", "resampling", MODEL, "guidance", "seed", "clean", "mix")   # in the page's address


def edit_tab(services: Services, favourites: gr.BrowserState, made: gr.State) -> TabState:
    """Build the tab; returns what of it stands in the page's address. `made` takes sprites to train on, as paths."""
    engine, welcomed = services.engine, welcome(services)

    @welcomed
    def edit_by_name(
        guest: Guest, checkpoint: str, drawing: str, weights: dict[str, float], kind: str = "change",
        noise_share: float = USUAL_SHARE, kept: str = "", resampling: int = 1, seed: int = 0,
    ) -> str:   # fmt: skip
        """An edit for programs: a drawing in, the player's payload of four variants out.

        drawing: base64 of the 768 bytes of a 16x16 RGB picture; kind: "change", by so large a noise_share, or "finish",
        with kept as base64 of 256 bytes, 0 where a pixel shall be invented.
        """
        edit = edit_from_values({
            "kind": kind, "drawing": drawing, "noise_share": noise_share, "kept": kept,
            "resampling": whole("resampling", resampling),
        })   # fmt: skip
        request = edit_of(guest.engine, checkpoint, edit, weights, n=N_VARIANTS, seed=whole("seed", seed))
        return pack(frames_payload(guest.engine.sprites(request)[None], [""]), autoplay=False)

    @welcomed
    def edit_follows_model(guest: Guest, checkpoint: str) -> list[Any]:
        model = guest.engine.model(checkpoint)
        sliders = [gr.Slider(**looks) for looks in controls.slider_looks(model.categories)]
        guidance = controls.guidance_slider(guest.engine, checkpoint)
        colours = gr.HTML(colours=model.config.palette)
        return [*sliders, guidance, controls.clean_choice(guest.engine, checkpoint), colours]

    @welcomed
    def restore_edit(guest: Guest, file: str | None) -> list[Any]:
        return showing(guest.engine, RunRequest.from_recipe(read_recipe(controls.given_picture(file))))

    @welcomed
    def use_for_training(guest: Guest, page: str, paths: list[str]) -> tuple[list[str], str]:
        request, k = shown_edit(guest.engine, page)
        sprite = guest.engine.sprites(one_sprite(request, k))[0]
        name = f"edited-{len(paths) + 1}.png"
        path = services.uploaded.make(guest.visitor, name, png_bytes(enlarge(sprite, 1), request.recipe))
        return [*paths, path], edits.to_train_on(len(paths) + 1)

    with gr.Tab("Edit", id="edit", elem_id="tab-edit") as tab:
        first = engine.first_usable()
        model = engine.model(first) if first else None
        categories = model.categories if model else ()
        with gr.Row():
            with gr.Column(scale=2, min_width=300):
                editor = component(
                    "pixel_editor", "pixel-editor", material=material(), words=edits.EDITOR, given="",
                    colours=model.config.palette if model else "",
                )
            with gr.Column(scale=3, min_width=320, elem_classes=["picture", "kept"]):
                kind = kind_choice()
                view = edit_view(services, "edit-view")
                told = gr.Markdown("")
            with gr.Column(scale=2, min_width=260):
                with gr.Column(visible=True) as changing:
                    controls.lesson(edits.CHANGE)
                    share = share_slider()
                    with gr.Row(elem_classes="presets"):
                        landmarks = [gr.Button(name, size="sm", min_width=0) for name in edits.LANDMARKS]
                with gr.Column(visible=False) as finishing:
                    controls.lesson(edits.FINISH)
                    resampling = resampling_slider()
                gr.Markdown(edits.BECOME)
                sliders = controls.context_sliders(categories, "become")
                die = gr.Button("New noise", size="sm")
                with gr.Accordion("More: model, guidance, colours, seed", open=False, elem_id="edit-more"):
                    checkpoint = controls.checkpoint_choice(engine)
                    guidance = controls.guidance_slider(engine, first, elem_id="edit-guidance")
                    clean = controls.clean_choice(engine, first)
                    seed = controls.seed_number()
                component("device_switch", "edit-device", words=devices.STATES)
        inputs = [kind, share, resampling, checkpoint, guidance, seed, clean, *sliders]
        push = controls.in_page(PUSH.read_text(encoding="utf-8"), inputs)
        desk = Desk(view, shown_edit, showing, [*inputs, editor], push)
        favourites_section(services, desk, favourites, tab, "edit-favourites")
        walk_back_section(services, editor, checkpoint, sliders)
        with gr.Accordion("Go on from a saved picture", open=False):
            controls.lesson(edits.KEPT)
            saved = controls.saved_picture("saved-edit")
        python_section(services, "edit", edit_as_python, [view], once_drawn(view))
        gr.api(edit_by_name, api_name="edit", queue=False)

    moved = (share, resampling, guidance, seed, clean, *sliders)
    gr.on([tab.select, *map(controls.settled, moved)], **push)
    for button, landmark in zip(landmarks, edits.LANDMARKS.values(), strict=True):
        button.click(None, None, share, js=f"() => {100 * landmark:g}", **controls.PRIVATE).then(**push)
    view.submit(use_for_training, [view, made], [made, told], **controls.TELLING)
    parts = [changing, finishing]
    kind.change(parts_of, kind, parts, **controls.PRIVATE)
    kind.input(**push)
    die.click(outputs=seed, **controls.NEW_SEED).then(**push)
    checkpoint.input(
        edit_follows_model, checkpoint, [*sliders, guidance, clean, editor], **controls.TELLING
    ).then(**push)
    saved.upload(restore_edit, saved, [*inputs, editor], **controls.TELLING).then(**push)
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    named = dict(zip(KEYS, [kind, share, resampling, checkpoint, guidance, seed, clean, sliders], strict=True))
    return TabState("edit", named, coming_with, push, DRAWN)


def edit_as_python(guest: Guest, shown: str) -> str:
    """The script of the edit on the page."""
    request, _ = shown_edit(guest.engine, shown)
    return run_script(guest.engine, request)


def parts_of(kind: str) -> tuple[gr.Column, gr.Column]:
    """What belongs to a kind of edit, and what to the other."""
    return gr.Column(visible=kind == "change"), gr.Column(visible=kind == "finish")


def coming_with(guest: Guest, checkpoint: str) -> Settings:
    """The controls as they come with a model."""
    engine = guest.engine
    sliders = [gr.Slider(0, 1, **looks) for looks in controls.slider_looks(engine.model(checkpoint).categories)]
    return dict(zip(KEYS, (
        kind_choice(), share_slider(), resampling_slider(), controls.checkpoint_choice(engine),
        controls.guidance_slider(engine, checkpoint), controls.seed_number(),
        controls.clean_choice(engine, checkpoint), sliders,
    ), strict=True))


def kind_choice() -> gr.Radio:
    """What is done to the drawing."""
    return gr.Radio(edits.KINDS, value="change", show_label=False, elem_id="edit-kind")


def share_slider() -> gr.Slider:
    """How much noise covers the drawing."""
    return gr.Slider(0, 100, value=100 * USUAL_SHARE, step=1, label="Noise, in percent", elem_id="edit-noise")


def resampling_slider() -> gr.Slider:
    """How often each step is taken where pixels stay."""
    label = "How often each step is taken"
    return gr.Slider(1, MAX_RESAMPLING, value=1, step=1, label=label, info=edits.RESAMPLING, elem_id="edit-resampling")


def showing(engine: Engine, request: RunRequest) -> list[Any]:
    """Updates of the tab's inputs and its editor that show an edit again; InputError if it is none."""
    edit = request.edit
    if edit is None:
        raise InputError("this picture was not made from a drawing: the Sample and Context tabs go on from it.")
    model, config, values = engine.model(request.checkpoint), request.config, edit.values
    weights = dict(request.weights or ())
    context_rows(weights, model.categories, 1)   # so that none is left out in silence
    guidance = model.config.guidance if config.guidance is None else config.guidance
    sliders = [gr.Slider(**looks | {"value": weights.get(looks["label"], 0.0)})
               for looks in controls.slider_looks(model.categories)]   # fmt: skip
    share, resampling = 100 * values.get("noise_share", USUAL_SHARE), values.get("resampling", 1)
    return [
        values["kind"], share, resampling, request.checkpoint, guidance, config.seed, bool(cleaned_with(model, config)),
        *sliders, gr.HTML(given=json.dumps(values), colours=model.config.palette),
    ]   # fmt: skip


def material() -> dict[str, Any]:
    """What the editor needs once: colours, and sprites to start from."""
    known, unseen = shelf()
    return {"palette": paints(), "shelf": known + unseen}
