"""Controls that several tabs share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from diffusion.denoiser import DiffusionModel
from diffusion.explain.as_taught import has_course_network
from diffusion.generation import MAX_SEED, SampleConfig, usual_config
from diffusion.mixing import WIDE_WEIGHTS
from diffusion.samplers import ALL_SAMPLERS, JUMPS, SAMPLERS
from diffusion.serving.engine import Engine
from diffusion.serving.requests import MAX_SPRITES, RunRequest
from diffusion.sprites.spriteset import MAX_CATEGORIES
from diffusion.support.checks import InputError, check_known
from diffusion.support.wording import shown
from diffusion.ui.words import lessons, runs
from diffusion.ui.words.glossary import glossed

IN_TURN = "one of each, in turn"
MAX_GUIDANCE = 5   # on the slider
MAX_STEPS = 500
MIXINGS = [("into the context vector, as in the course", "vector"), ("composed from predictions", "composed")]
PRIVATE = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
LIVE = PRIVATE | {"trigger_mode": "always_last"}
TELLING = {"concurrency_limit": 4, "show_progress": "hidden", "api_visibility": "private"}
FOLLOWING = TELLING | {"trigger_mode": "always_last"}
EACH = TELLING | {"trigger_mode": "multiple"}   # of an event of several buttons: each counts, however soon it follows
NOTHING = "() => {}"   # JavaScript of an event that needs none
Control = gr.Slider | gr.Number | gr.Dropdown | gr.Radio | gr.Checkbox
# Of an event whose output is a seed: the page draws one by itself.
NEW_SEED = {"fn": None, "js": f"() => Math.floor(Math.random() * {MAX_SEED})", **PRIVATE}


def in_page(js: str, inputs: Sequence[Component] = ()) -> dict[str, Any]:
    """An event that the page handles by itself."""
    return {"fn": None, "inputs": list(inputs), "outputs": None, "js": js, **PRIVATE}


def settled(control: Control) -> Callable[..., Any]:
    """The trigger of an event that needs not follow a drag: a slider's release, since sliding.js follows its way."""
    return control.release if isinstance(control, gr.Slider) else control.input


def pressed(event: gr.EventData, behind: Mapping[str, Any]) -> Any:
    """What stands behind the one of several buttons that was pressed, by their names; InputError if it is none."""
    name = getattr(event.target, "value", None)
    check_known("button", name, behind)
    return behind[name]


def pressing(button: str, where: str = "true") -> str:
    """JavaScript of an event: it presses a button, as soon as that is there, if what `where` says is true."""
    return f"""async () => {{
  if (!({where})) return;
  while (!document.querySelector("{button}")) await new Promise(requestAnimationFrame);
  document.querySelector("{button}").click();
}}"""


def lesson(text: str) -> gr.Markdown:
    """What a part of the app teaches; its words of the field can be pressed. The text is the app's own."""
    return gr.Markdown(glossed(text), sanitize_html=False, elem_classes="lesson")


def checkpoint_choice(engine: Engine) -> gr.Dropdown:
    """The models there are; a name that is not among them, such as one trained meanwhile, is checked by the engine."""
    names, value = engine.names(), engine.first_usable()
    return gr.Dropdown(names, value=value, label="Model", interactive=True, allow_custom_value=True)


def sampler_choice(value: str, label: str = "Sampler", interactive: bool = True) -> gr.Dropdown:
    """One of the samplers there are; a student, which jumps, leaves no choice."""
    offered = {JUMPS: ALL_SAMPLERS[JUMPS]} if value == JUMPS else SAMPLERS
    choices = [(sampler.title, name) for name, sampler in offered.items()]
    return gr.Dropdown(choices, value=value, label=label, interactive=interactive)


def steps_slider(value: int, label: str = "Steps", interactive: bool = True, info: str = "") -> gr.Slider:
    """How many steps from noise to sprite; info: why it has changed by itself."""
    return gr.Slider(1, MAX_STEPS, value=value, step=1, label=label, interactive=interactive, info=info)


def count_slider() -> gr.Slider:
    """How many sprites are drawn at once."""
    return gr.Slider(1, MAX_SPRITES, value=16, step=1, label="Number of sprites")


def usual_run(model: DiffusionModel) -> SampleConfig:
    """The run that suits a model: the course's has its own."""
    as_in_course = SampleConfig("ddpm", min(model.schedule.T, MAX_STEPS))
    return as_in_course if has_course_network(model) else usual_config(model)


def run_controls(engine: Engine, checkpoint: str) -> tuple[gr.Dropdown, gr.Slider, gr.Slider]:
    """Sampler, steps and guidance as they suit a model; a student leaves no choice."""
    model = engine.model(checkpoint)
    usual, free = usual_run(model), not model.is_student
    told = "" if free else runs.student_takes(checkpoint, usual.steps)
    return (
        sampler_choice(usual.sampler, interactive=free),
        steps_slider(usual.steps, interactive=free, info=told),
        guidance_slider(engine, checkpoint),
    )


def followed_run(
    engine: Engine, checkpoint: str, sampler: str, steps: float, aside: list | None
) -> tuple[gr.Dropdown, gr.Slider, gr.Slider, list | None]:
    """Sampler, steps and guidance when another model is chosen: the learner's own sampler and steps stay.

    A student leaves no choice of them: they are laid `aside`, which comes last, after the model that was chosen, and
    are back with the next one. Gradio's dropdown may tell of one choice twice.
    """
    model, guidance = engine.model(checkpoint), guidance_slider(engine, checkpoint)
    last, *waiting = aside or [None]
    own, usual = waiting or [sampler, steps], usual_run(model)
    if model.is_student:
        told = runs.steps_of_student(checkpoint, usual.steps, own[1])
        fixed = steps_slider(usual.steps, interactive=False, info=told)
        return sampler_choice(usual.sampler, interactive=False), fixed, guidance, [checkpoint, *own]
    if last == checkpoint:
        return gr.skip(), gr.skip(), guidance, aside
    if own[0] == JUMPS:   # the page began with a student
        own = [usual.sampler, usual.steps]
    most = min(model.schedule.T, MAX_STEPS)
    told = runs.at_most(checkpoint, most, own[1]) if own[1] > most else ""
    return sampler_choice(own[0]), steps_slider(min(own[1], most), info=told), guidance, [checkpoint]


def seed_number() -> gr.Number:
    """Where the random numbers start."""
    return gr.Number(0, label="Seed", precision=0, minimum=0, maximum=MAX_SEED)


def guidance_slider(engine: Engine, checkpoint: str | None, **named: str) -> gr.Slider:
    """How strongly the context pulls; a model brings what suits it. named: its elem_id, which an update leaves out."""
    config = engine.model(checkpoint).config if checkpoint else None
    label = "Guidance: how strongly the context pulls"
    usual, free = (config.guidance, config.steps is None) if config else (1.0, True)
    info = "The network is asked twice, with the context and without. 1: as it answers. Above 1: further that way"
    if config and config.guided_below < 1:
        info += f", once {1 - config.guided_below:.0%} of x_t is sprite"
    return gr.Slider(0, MAX_GUIDANCE, value=usual, step=0.1, label=label, info=f"{info}.", interactive=free, **named)


def saved_picture(elem_id: str) -> gr.File:
    """Where a picture that remembers its settings is given back."""
    endings = [".png", ".gif"]
    return gr.File(label="A PNG or GIF saved here", file_types=endings, type="filepath", height=120, elem_id=elem_id)


def given_picture(file: str | None) -> Path:
    """The picture that was given back; InputError if none was."""
    if not file:
        raise InputError("give a PNG or GIF that was saved in this app.")
    return Path(file)


def clean_choice(engine: Engine, checkpoint: str | None) -> gr.Checkbox:
    """Whether finished sprites are brought back to the palette; shown if the model has one."""
    has_palette = bool(checkpoint) and bool(engine.model(checkpoint).config.palette)
    return gr.Checkbox(has_palette, label="Clean colours", info=lessons.CLEAN, visible=has_palette)


def mixing_choice() -> gr.Radio:
    """How several categories become one prediction."""
    return gr.Radio(MIXINGS, value="vector", label="How the weights mix", info=lessons.MIXING)


def wide_choice(elem_id: str | None = None) -> gr.Checkbox:
    """Whether the sliders of a mix reach beyond what the network saw in training."""
    low, high = WIDE_WEIGHTS
    return gr.Checkbox(False, label=f"Open the sliders: from {low:g} to {high:g}", elem_id=elem_id)


def category_choice(engine: Engine, checkpoint: str | None) -> gr.Dropdown:
    """The categories of a model, or each in turn."""
    categories = engine.model(checkpoint).categories if checkpoint else ()
    return gr.Dropdown([IN_TURN, *categories], value=IN_TURN, label="What to draw", interactive=True)


def category_of(request: RunRequest, categories: tuple[str, ...]) -> str:
    """The choice of category behind a request; InputError if that alone does not draw it again, or there is none."""
    if request.edit:
        raise InputError("this picture was made from a drawing: give it to the Edit tab.")
    if request.weights is None:
        return IN_TURN
    config, asked = request.config, [pair for pair in request.weights if pair[1]]
    in_order = config.origins is None or list(config.origins) == replace(config, origins=None).origins_from(0, config.n)
    if len(asked) != 1 or asked[0][1] != 1 or not in_order:
        raise InputError("this picture shows a mix: give it to the Context tab, which goes on from mixes.")
    check_known("category", asked[0][0], categories)
    return asked[0][0]


def chosen_weights(category: str) -> tuple[tuple[str, float], ...] | None:
    """The mix behind a choice of category; InputError if that is no text."""
    if not isinstance(category, str):
        raise InputError(f"category {shown(category)}: a category is named in text.")
    return None if category == IN_TURN else ((category, 1.0),)


def context_sliders(categories: tuple[str, ...], elem_id: str) -> list[gr.Slider]:
    """One slider for each category that any model may have; those that this model lacks are hidden."""
    return [
        gr.Slider(0, 1, step=0.01, interactive=True, elem_id=f"{elem_id}-{i}", **looks)
        for i, looks in enumerate(slider_looks(categories))
    ]


def slider_looks(categories: tuple[str, ...]) -> list[dict]:
    """Label, value and visibility of each of the sliders, for a model's categories: the first one is asked for."""
    hidden = {"label": "", "value": 0.0, "visible": False}
    visible = [{"label": name, "value": float(k == 0), "visible": True} for k, name in enumerate(categories)]
    return visible + [hidden] * (MAX_CATEGORIES - len(visible))
