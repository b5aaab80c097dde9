"""The Context tab: a slider for each category, and sprites that follow while it is dragged."""

import gradio as gr

from diffusion.engine import Engine, RunRequest
from diffusion.generation import usual_run
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.trajectory import frames_payload
from diffusion.ui import controls, lessons
from diffusion.ui.player import pack, player

N_SPRITES = 16
COURSE_MIXES = {   # as the course shows them
    "hero": {"hero": 1},
    "hero + 0.6 food": {"hero": 1, "food": 0.6},
    "0.6 food + 0.4 spell": {"food": 0.6, "spell": 0.4},
    "hero + side-facing": {"hero": 1, "side-facing": 1},
    "hero + non-hero": {"hero": 1, "non-hero": 1},
    "hero + spell": {"hero": 1, "spell": 1},
}


def context_tab(engine: Engine, demo: gr.Blocks) -> gr.Dropdown:
    """Build the tab inside `demo`; returns its choice of model."""

    @controls.told
    def mix(checkpoint: str, seed: int, guidance: float, *weights: float) -> str:
        model = engine.model(checkpoint)
        pairs = tuple(zip(model.categories, weights, strict=False))
        request = RunRequest(checkpoint, usual_run(model, n=N_SPRITES, seed=int(seed), guidance=guidance), pairs)
        return pack(frames_payload(engine.sprites(request)[None], [""]), autoplay=False)

    def mix_by_name(checkpoint: str, weights: dict[str, float], seed: int = 0, guidance: float = 1) -> str:
        """The same mix for programs: category weights by name in, the player's payload out."""
        categories = engine.model(checkpoint).categories
        return mix(checkpoint, seed, guidance, *(weights.get(category, 0.0) for category in categories))

    @controls.told
    def follow_model(checkpoint: str) -> list[gr.Slider | gr.Markdown | gr.Button]:
        categories = engine.model(checkpoint).categories
        weights = [gr.Slider(**looks) for looks in controls.slider_looks(categories)]
        fitting = [wanted.keys() <= set(categories) for wanted in COURSE_MIXES.values()]
        buttons = [gr.Button(visible=fits) for fits in fitting]
        return [*weights, controls.guidance_slider(engine, checkpoint), gr.Markdown(visible=any(fitting)), *buttons]

    def preset(categories: tuple[str, ...], name: str) -> list[float]:
        shown = [COURSE_MIXES[name].get(category, 0) for category in categories]
        return shown + [0.0] * (MAX_CATEGORIES - len(shown))

    with gr.Tab("Context", id="context") as tab:
        gr.Markdown(lessons.CONTEXT, elem_classes="lesson")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                checkpoint = controls.checkpoint_choice(engine)
                categories = engine.model(checkpoint.value).categories if checkpoint.value else ()
                sliders = controls.context_sliders(categories, "weight")
                guidance = controls.guidance_slider(engine, checkpoint.value)
                seed = controls.seed_number()
                presets_head = gr.Markdown("Mixes to try")
                with gr.Row(elem_classes="presets"):
                    presets = [gr.Button(name, size="sm", min_width=0) for name in COURSE_MIXES]
            with gr.Column(scale=3, min_width=320, elem_classes=["picture", "kept"]):
                view = player(engine, "context-player")
        gr.api(mix_by_name, api_name="mix", queue=False)

    redraw = {"fn": mix, "inputs": [checkpoint, seed, guidance, *sliders], "outputs": view}
    for control in (*sliders, seed, guidance):
        control.input(**redraw, **controls.LIVE)
    for button, name in zip(presets, COURSE_MIXES, strict=True):
        button.click(
            controls.told(lambda chosen, name=name: preset(engine.model(chosen).categories, name)),
            checkpoint, sliders, queue=False, api_visibility="private",
        ).then(**redraw, **controls.LIVE)   # fmt: skip
    followers = [*sliders, guidance, presets_head, *presets]
    checkpoint.input(follow_model, checkpoint, followers, queue=False, api_visibility="private").then(
        **redraw, **controls.LIVE
    )
    tab.select(lambda: controls.refreshed(engine), None, checkpoint, queue=False, api_visibility="private")
    demo.load(**redraw, queue=False, show_progress="hidden", api_visibility="private")
    return checkpoint
