"""The U-Net tab: the network as a drawing, and what a chosen block makes of a noisy sprite."""

import json
from pathlib import Path

import gradio as gr

from diffusion.denoiser import DiffusionModel
from diffusion.explain.activations import CUTS, VIEWS, describe, feature_maps, noisy
from diffusion.generation import context_rows
from diffusion.serving.engine import Engine
from diffusion.serving.scripts.network_scripts import Look, look_script
from diffusion.serving.services import Services
from diffusion.support.checks import check_known, whole
from diffusion.support.images import as_base64
from diffusion.ui import controls
from diffusion.ui.address import MODEL, Settings, TabState
from diffusion.ui.components.component import component
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.sections.as_code.python_section import python_section
from diffusion.ui.words import devices, lessons

PUSH = Path(__file__).with_name("look_push.js")
VIEW_NAMES = dict(zip(("the maps", "what context changes"), VIEWS, strict=True))
CUT_NAMES = dict(zip(("nothing", "the skips", "the context", "this block"), CUTS, strict=True))
USUAL_T = 0.35  # of the model's schedule
KEYS = (MODEL, "sprite", "t", "seed", "view", "cut", "mix")   # of its settings, in the page's address
BLOCK = "block"   # one more, of the drawing
DRAWS = "#unet-draw"
CHOSEN = f"""[["{BLOCK}", document.querySelector("#unet .block[aria-pressed=true] strong")?.textContent]]"""


def unet_tab(services: Services, demo: gr.Blocks) -> TabState:
    """Build the tab; returns what of it stands in the page's address."""
    engine, examples, welcomed = services.engine, services.reference.examples, welcome(services)
    pictures = {name: as_base64(picture) for name, picture in examples.items()}

    def looked_at(
        engine: Engine, checkpoint: str, sprite: str, t: int, mix: dict[str, float], block: str, view: str, seed: int,
        cut: str,
    ) -> str:   # fmt: skip
        """What a block makes of a noisy sprite, as JSON."""
        model = engine.model(checkpoint)
        t, seed = whole("t", t), whole("seed", seed)
        check_known("sprite", sprite, examples)
        x_t = noisy(model, examples[sprite], t, seed)
        context = context_rows(mix, model.categories, 1)
        return json.dumps(engine.at_once(lambda: feature_maps(model, x_t, t, context, block, view, cut)).payload())

    @welcomed
    def look_by_name(
        guest: Guest, checkpoint: str, sprite: str, t: int, weights: dict[str, float], block: str, view: str = "maps",
        seed: int = 0, cut: str = CUTS[0],
    ) -> str:   # fmt: skip
        """What a block makes of a noisy sprite, for programs: category weights by name in, maps as JSON out.

        view: "maps" or "change"; cut: "nothing", "skips", "context" or "block", of which nothing then arrives.
        """
        return looked_at(guest.engine, checkpoint, sprite, t, weights, block, view, seed, cut)

    @welcomed
    def look(
        guest: Guest, checkpoint: str, sprite: str, t: int, seed: int, block: str, view: str, cut: str, *weights: float
    ) -> gr.HTML:
        mix = dict(zip(guest.engine.model(checkpoint).categories, weights, strict=False))
        return gr.HTML(glimpse=looked_at(guest.engine, checkpoint, sprite, t, mix, block, view, seed, cut))

    def drawing(model: DiffusionModel, checkpoint: str, wanted: str = "") -> gr.HTML:
        """The network, with the wanted block chosen, or else the first that takes anything in."""
        facts = describe(model)
        usual = next((block.name for block in facts.blocks if block.takes), facts.blocks[0].name)
        block = wanted if wanted in [block.name for block in facts.blocks] else usual
        return gr.HTML(block, network=json.dumps(facts.payload() | {"checkpoint": checkpoint}), sprites=pictures)

    @welcomed
    def draw_network(guest: Guest, checkpoint: str) -> list[gr.HTML | gr.Slider]:
        model = guest.engine.model(checkpoint)
        looks = controls.slider_looks(model.categories)
        return [drawing(model, checkpoint), gr.Slider(**timesteps(model)), *(gr.Slider(**slider) for slider in looks)]

    @welcomed
    def draw_first_network(guest: Guest, checkpoint: str) -> gr.HTML:
        return drawing(guest.engine.model(checkpoint), checkpoint, guest.asked(BLOCK))

    def coming_with(guest: Guest, checkpoint: str) -> Settings:
        model = guest.engine.model(checkpoint)
        looks = [gr.Slider(0, 1, **slider) for slider in controls.slider_looks(model.categories)]
        choice = controls.checkpoint_choice(guest.engine)
        return named | {MODEL: choice, "t": gr.Slider(1, **timesteps(model)), "mix": looks}

    with gr.Tab("U-Net", id="unet", elem_id="tab-unet") as tab:
        controls.lesson(lessons.UNET)
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                name = engine.first_usable()
                model = engine.model(name) if name else None
                steps = timesteps(model) if model else {}
                t = gr.Slider(1, step=1, label="Timestep t: the higher, the noisier", elem_id="unet-t", **steps)
                cut = gr.Radio(list(CUT_NAMES.items()), value=CUTS[0], label="Cut", elem_id="unet-cut")
                with gr.Accordion("More: context, model, sprite, seed", open=False, elem_id="unet-more"):
                    sliders = controls.context_sliders(model.categories if model else (), "unet-weight")
                    checkpoint = controls.checkpoint_choice(engine)
                    sprite = gr.Dropdown(list(examples), value="Bob", label="Sprite")
                    seed = controls.seed_number()
                component("device_switch", "unet-device", words=devices.LOOK_STATES)
            with gr.Column(scale=3, min_width=320, elem_classes=["picture", "kept-below"]):
                network = component("unet", "unet", network="", glimpse="", sprites={})
                draws = gr.Button(visible="hidden", elem_id=DRAWS[1:])
                view = gr.Radio(list(VIEW_NAMES.items()), value=VIEWS[0], label="The tiles show", show_label=False)
        looked = [checkpoint, sprite, t, seed, network, view, cut, *sliders]
        python_section(services, "unet", look_as_python, looked)
        gr.api(look_by_name, api_name="activations", queue=False)

    moved = [sprite, t, seed, view, cut, *sliders]
    push = controls.in_page(PUSH.read_text(encoding="utf-8"), [checkpoint, *moved])
    gr.on([tab.select, draws.click, *map(controls.settled, moved)], **push)
    network.select(look, looked, network, **controls.LIVE)
    checkpoint.input(draw_network, checkpoint, [network, t, *sliders], **controls.TELLING).then(**push)
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    named = dict(zip(KEYS, [checkpoint, sprite, t, seed, view, cut, sliders], strict=True))
    # At once, so that it is there even if the server goes before the tab is opened; and anew when a link has been read.
    gr.on([demo.load, draws.click], draw_first_network, checkpoint, network, **controls.PRIVATE)
    return TabState("unet", named, coming_with, controls.in_page(controls.pressing(DRAWS)), CHOSEN)


def look_as_python(
    guest: Guest, checkpoint: str, sprite: str, t: int, seed: int, block: str, view: str, cut: str, *weights: float
) -> str:
    """The script that looks into the chosen block."""
    mix = dict(zip(guest.engine.model(checkpoint).categories, weights, strict=False))
    t, seed = whole("t", t), whole("seed", seed)
    return look_script(guest.engine, Look(checkpoint, sprite, t, seed, mix, block, view, cut))


def timesteps(model: DiffusionModel) -> dict[str, int]:
    """The reach of t in a model's own schedule, and where it starts."""
    T = model.schedule.T
    return {"maximum": T, "value": max(1, round(USUAL_T * T))}
