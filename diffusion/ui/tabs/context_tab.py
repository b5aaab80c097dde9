"""The Context tab: a slider for each category, and sprites that follow while it is dragged."""

from random import Random
from typing import Any

import gradio as gr

from diffusion.generation import mix_pairs, smooth_config
from diffusion.mixing import PRESETS, WEIGHTS, WIDE_WEIGHTS, fitting_presets, surprise
from diffusion.serving.desks.mixing_desk import N_SPRITES, shown_mix
from diffusion.serving.engine import Engine
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.run_scripts import run_script
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.checks import whole
from diffusion.support.saved_pictures import read_recipe
from diffusion.ui import controls
from diffusion.ui.address import MODEL, Settings, TabState
from diffusion.ui.components.component import component
from diffusion.ui.components.mix_view.mix_view import mix_view
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.sections.as_code.python_section import once_drawn, python_section
from diffusion.ui.sections.favourites_section import Desk, favourites_section
from diffusion.ui.sections.mixes.guidance_section import guidance_section
from diffusion.ui.sections.mixes.map_section import follow_map, map_section
from diffusion.ui.sections.mixes.mix_controls import MixControls, showing
from diffusion.ui.sections.mixes.path_section import path_section
from diffusion.ui.words import devices, lessons

KEYS = (MODEL, "wide", "mix", "mixing", "guidance", "seed", "clean")   # of its settings, in the page's address


def context_tab(services: Services, favourites: gr.BrowserState) -> TabState:
    """Build the tab; returns what of it stands in the page's address."""
    engine, welcomed = services.engine, welcome(services)

    @welcomed
    def mix_by_name(
        guest: Guest, checkpoint: str, weights: dict[str, float], seed: int = 0, guidance: float = 1,
        mixing: str = "vector", clean: bool = True,
    ) -> str:   # fmt: skip
        """A mix for programs: category weights by name in, the player's payload out.

        clean: whether sprites are brought back to the model's palette, if it has one.
        """
        asked = {"seed": whole("seed", seed), "guidance": guidance, "mixing": mixing, "clean": None if clean else False}
        config = smooth_config(guest.engine.model(checkpoint), n=N_SPRITES, **asked)
        request = RunRequest(checkpoint, config, mix_pairs(weights))
        return pack(frames_payload(guest.engine.sprites(request)[None], [""]), autoplay=False)

    @welcomed
    def mix_like_preset(guest: Guest, pressed: gr.EventData, checkpoint: str) -> list[Any]:
        preset, model = controls.pressed(pressed, PRESETS), guest.engine.model(checkpoint)
        built_in = model.is_student or preset.guidance is None
        weights = in_order(guest.engine, checkpoint, preset.weights)
        return [*weights, preset.mixing, model.config.guidance if built_in else preset.guidance]

    @welcomed
    def surprising(guest: Guest, checkpoint: str) -> list[float]:
        return in_order(guest.engine, checkpoint, surprise(guest.engine.model(checkpoint).categories, Random()))

    @welcomed
    def mix_follows_model(guest: Guest, checkpoint: str) -> list[gr.Slider | gr.Checkbox | gr.Button]:
        categories = guest.engine.model(checkpoint).categories
        weights = [gr.Slider(**looks) for looks in controls.slider_looks(categories)]
        cleaning = controls.clean_choice(guest.engine, checkpoint)
        return [*weights, controls.guidance_slider(guest.engine, checkpoint), cleaning, *preset_buttons(categories)]

    @welcomed
    def compare_quick(guest: Guest, shown: str) -> str:
        request, _ = shown_mix(guest.engine, shown)
        quick = guest.engine.quick(request)
        lanes = ((quick, "quick"), (request, "refined"))
        titled = [(run, f"{who}: {run.checkpoint}, steps: {run.config.steps}") for run, who in lanes]
        drawn = [(guest.engine.sprites(run), title) for run, title in titled]
        payloads = [frames_payload(sprites[None], [""]) | {"title": title} for sprites, title in drawn]
        return pack(*payloads, autoplay=False, clock="step")

    @welcomed
    def restore_mix(guest: Guest, file: str | None) -> list[Any]:
        return showing(guest.engine, RunRequest.from_recipe(read_recipe(controls.given_picture(file))))

    with gr.Tab("Context", id="context", elem_id="tab-context") as tab:
        controls.lesson(lessons.CONTEXT)
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                first = engine.first_usable()
                categories = engine.model(first).categories if first else ()
                sliders = controls.context_sliders(categories, "weight")
                with gr.Row(elem_classes="presets"):
                    presets = preset_buttons(categories)
                    chance = gr.Button("Surprise me", size="sm", min_width=0)
                die = gr.Button("New noise, but for locked sprites", size="sm", min_width=120)
                map_parts = map_section(categories)
                with gr.Accordion("More: model, how weights mix, guidance, colours", open=False, elem_id="mix-more"):
                    checkpoint = controls.checkpoint_choice(engine)
                    wide = controls.wide_choice("wide")
                    mixing = controls.mixing_choice()
                    guidance = controls.guidance_slider(engine, checkpoint.value, elem_id="mix-guidance")
                    clean = controls.clean_choice(engine, checkpoint.value)
                    seed = controls.seed_number()
                component("device_switch", "mix-device", words=devices.STATES)
            with gr.Column(scale=4, min_width=320, elem_classes=["picture", "kept"]):
                view = mix_view(services, "mix-view")
        mix = MixControls(checkpoint, mixing, wide, guidance, seed, clean, sliders, view)
        desk = Desk(view, shown_mix, showing, [*mix.inputs, view], mix.push)
        favourites_section(services, desk, favourites, tab, "favourites")
        mixes = path_section(services, view)
        follow_map(services, map_parts, mix, mixes)
        guidance_section(services, view)
        with gr.Accordion("The quick drawing beside the refined one", open=False):
            controls.lesson(lessons.QUICK)
            side_by_side = gr.Button("Compare")
            pair = player(services, "quick-player")
        with gr.Accordion("Go on from a saved mix", open=False):
            controls.lesson(lessons.KEPT_MIX)
            saved = controls.saved_picture("saved-mix")
        python_section(services, "context", mix_as_python, [view], once_drawn(view))
        gr.api(mix_by_name, api_name="mix", queue=False)

    moved = (*sliders, mixing, guidance, seed, clean)
    gr.on([tab.select, *map(controls.settled, moved)], **mix.push)
    gr.on(
        [preset.click for preset in presets], mix_like_preset, checkpoint, [*sliders, mixing, guidance],
        **controls.EACH,
    ).then(**mix.push)   # fmt: skip
    chance.click(surprising, checkpoint, sliders, **controls.TELLING).then(**mix.push)
    wide.input(opened_sliders, [wide, *sliders], sliders, **controls.PRIVATE).then(**mix.push)
    die.click(outputs=seed, **controls.NEW_SEED).then(**mix.push)
    checkpoint.input(
        mix_follows_model, checkpoint, [*sliders, guidance, clean, *presets], **controls.TELLING
    ).then(**mix.push)
    side_by_side.click(compare_quick, view, pair, api_visibility="private", concurrency_limit=2)
    saved.upload(restore_mix, saved, [*mix.inputs, view], **controls.TELLING).then(**mix.push)
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    named = dict(zip(KEYS, [checkpoint, wide, sliders, mixing, guidance, seed, clean], strict=True))
    return TabState("context", named, coming_with, mix.push)


def coming_with(guest: Guest, checkpoint: str) -> Settings:
    """The controls as they come with a model, the sliders with the reach that the page's address asks for."""
    engine, reach = guest.engine, WIDE_WEIGHTS if guest.asked("wide") == "1" else WEIGHTS
    weights = [gr.Slider(*reach, **looks) for looks in controls.slider_looks(engine.model(checkpoint).categories)]
    return dict(zip(KEYS, (
        controls.checkpoint_choice(engine), controls.wide_choice("wide"), weights, controls.mixing_choice(),
        controls.guidance_slider(engine, checkpoint), controls.seed_number(), controls.clean_choice(engine, checkpoint),
    ), strict=True))


def mix_as_python(guest: Guest, shown: str) -> str:
    """The script of the mix on the page."""
    request, _ = shown_mix(guest.engine, shown)
    return run_script(guest.engine, request)


def preset_buttons(categories: tuple[str, ...]) -> list[gr.Button]:
    """A button for each preset, hidden where the model lacks one of its categories."""
    fitting = fitting_presets(categories)
    return [gr.Button(name, size="sm", min_width=0, visible=name in fitting) for name in PRESETS]


def in_order(engine: Engine, checkpoint: str, weights: dict[str, float]) -> list[float]:
    """The weights as the sliders take them, hidden ones included."""
    shown = [weights.get(category, 0) for category in engine.model(checkpoint).categories]
    return shown + [0] * (MAX_CATEGORIES - len(shown))


def opened_sliders(wide: bool, *weights: float) -> list[gr.Slider]:
    """The sliders with a wide reach or the usual one; a weight that is out of reach goes to the end of it."""
    low, high = WIDE_WEIGHTS if wide else WEIGHTS
    return [gr.Slider(minimum=low, maximum=high, value=min(max(weight, low), high)) for weight in weights]
