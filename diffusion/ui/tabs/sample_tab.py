"""The Sample tab: noise becomes sprites, and every step can be looked at."""

import json
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from diffusion.evaluation.memorisation import Match
from diffusion.generation import SampleConfig, cleaned_with
from diffusion.samplers import SAMPLERS, USUAL_SAMPLER
from diffusion.serving.engine import Live
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.run_scripts import run_script
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import run_payload
from diffusion.support.checks import check_known, whole
from diffusion.support.saved_pictures import read_recipe
from diffusion.trajectory import Trajectory
from diffusion.ui import controls
from diffusion.ui.address import MODEL, Settings, TabState
from diffusion.ui.components.component import component
from diffusion.ui.components.player.player import pack, pack_live, player
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.here import script, stop_script
from diffusion.ui.picture_html import picture_tag
from diffusion.ui.sections.as_code.python_section import python_section
from diffusion.ui.sections.demonstrations_section import BY_TITLE, fault_choice, fitting_buttons, side_by_side
from diffusion.ui.words import devices, lessons, runs

COPIES_SHOWN = 16
HERE = Path(__file__).with_name("sample_here.js")
KEYS = (MODEL, "draw", "sampler", "steps", "n", "guidance", "seed", "clean")   # of its settings, in the page's address
GO = "#sample-go"
DRAW_WHAT_IS_ASKED = controls.pressing(GO, "window.address.read('tab') === 'sample'")


def sample_tab(services: Services) -> TabState:
    """Build the tab; returns what of it stands in the page's address."""
    engine, reference, welcomed = services.engine, services.reference, welcome(services)

    def asked(
        checkpoint: str, category: str, sampler: str, steps: int, n: int, guidance: float, seed: int,
        clean: bool | None,
    ) -> RunRequest:
        numbers = {name: whole(name, value) for name, value in (("steps", steps), ("n", n), ("seed", seed))}
        config = SampleConfig(sampler, guidance=guidance, clean=clean, **numbers)
        return RunRequest(checkpoint, config, controls.chosen_weights(category))

    @welcomed
    def sample(
        guest: Guest, checkpoint: str, category: str = controls.IN_TURN, sampler: str = USUAL_SAMPLER,
        steps: int = SAMPLERS[USUAL_SAMPLER].usual_steps, n: int = 16, guidance: float = 1, seed: int = 0,
        clean: bool | None = None, fault: bool = False,
    ) -> Iterator[tuple[str, str]]:   # fmt: skip
        """A run, for programs too: the player's payload out, and what it cost; before it the same of the run under way.

        clean: whether sprites are brought back to the model's palette, if it has one; fault: beside it the same run as
        in the course.
        """
        request = asked(checkpoint, category, sampler, steps, n, guidance, seed, clean)
        if fault:
            yield side_by_side(guest.engine, "course", request)
            return
        for moment in guest.engine.live(request):
            yield seen(moment, request, engine.device.type)

    @welcomed
    def break_it(guest: Guest, pressed: gr.EventData, *inputs: str | float) -> tuple[str, str]:
        return side_by_side(guest.engine, controls.pressed(pressed, BY_TITLE), asked(*inputs))

    @welcomed
    def compare(guest: Guest, *inputs: str | float) -> str:
        request = asked(*inputs)
        categories = guest.engine.model(request.checkpoint).categories
        compared = reference.nearest(guest.engine.trajectory(request).sprites, categories)
        said = runs.copies(compared, len(reference.training), reference.copies.usual_distance)
        return copies_table(said, compared.matches[:COPIES_SHOWN])

    @welcomed
    def restore(guest: Guest, file: str | None) -> tuple:
        request = RunRequest.from_recipe(read_recipe(controls.given_picture(file)))
        config, model = request.config, guest.engine.model(request.checkpoint)
        category = controls.category_of(request, model.categories)
        guidance = model.config.guidance if config.guidance is None else config.guidance
        clean = bool(cleaned_with(model, config))
        return request.checkpoint, category, config.sampler, config.steps, config.n, guidance, config.seed, clean

    with gr.Tab("Sample", id="sample", elem_id="tab-sample") as tab:
        controls.lesson(lessons.SAMPLE)
        with gr.Row():
            with gr.Column(scale=3, min_width=440):
                view = player(services, "sample-player", recorded="recorded/first-run")
                about = gr.Markdown(lessons.RECORDED, elem_classes="facts")
            with gr.Column(scale=2, min_width=280):
                with gr.Row(elem_classes="acting"):
                    button = gr.Button("Sample", variant="primary", elem_id=GO[1:])
                    stop = gr.Button("Stop", min_width=80)
                    by_server = gr.Button("By the server", visible="hidden", elem_id="sample-by-server")
                category = controls.category_choice(engine, engine.first_usable())
                steps = controls.steps_slider(SAMPLERS[USUAL_SAMPLER].usual_steps)
                with gr.Row():
                    seed = controls.seed_number()
                    die = gr.Button("New seed", min_width=80, elem_id="sample-die")
                with gr.Accordion("More: model, sampler, number, guidance, colours", open=False, elem_id="sample-more"):
                    checkpoint = controls.checkpoint_choice(engine)
                    sampler = controls.sampler_choice(USUAL_SAMPLER)
                    n = controls.count_slider()
                    guidance = controls.guidance_slider(engine, checkpoint.value)
                    clean = controls.clean_choice(engine, checkpoint.value)
                    fault = fault_choice(engine, checkpoint.value)
                component("device_switch", "sample-device", words=devices.STATES)
        with gr.Accordion("Break it: one thing wrong, beside the right run", open=False):
            controls.lesson(lessons.BREAK_IT)
            with gr.Row(elem_classes="presets"):
                breakers = fitting_buttons(engine, checkpoint.value)
        with gr.Accordion("Did it copy?", open=False):
            controls.lesson(lessons.COPIES)
            check = gr.Button("Compare with the training sprites")
            copies = gr.HTML(elem_classes="copies")
        with gr.Accordion("Go on from a saved picture", open=False):
            controls.lesson(lessons.KEEPSAKE)
            saved = controls.saved_picture("saved-picture")
        aside = gr.State(None)   # sampler and steps of the learner's own, while a student leaves no choice

        settings = [checkpoint, category, sampler, steps, n, guidance, seed, clean]
        gr.api(sample, api_name="sample", concurrency_limit=2)
        python_section(services, "sample", lambda guest, *inputs: run_script(guest.engine, asked(*inputs)), settings)

    begun, failed = (
        {"fn": None, "outputs": about, "js": f"() => {json.dumps(said)}"} for said in (runs.BEGUN, runs.NOTHING)
    )
    drawn_here = script(HERE, runs.ON_PAGE | {"inTurn": controls.IN_TURN})
    here = {"fn": None, "inputs": [*settings, fault], "outputs": about, "js": drawn_here}
    asked_server = by_server.click(
        sample, [*settings, fault], [view, about], show_progress="hidden", api_visibility="private", concurrency_limit=2
    )
    asked_server.failure(**failed, **controls.PRIVATE)
    rolled = die.click(outputs=seed, **controls.NEW_SEED)
    restored = saved.upload(restore, saved, settings, api_visibility="private")
    button.click(**begun, **controls.PRIVATE).then(**here, **controls.PRIVATE)
    for wanted in (rolled.then, restored.success):
        wanted(**controls.in_page(controls.pressing(GO)))
    stop.click(None, None, about, js=stop_script("sample"), cancels=[asked_server], **controls.PRIVATE)
    gr.on(
        [breaker.click for breaker in breakers], break_it, settings, [view, about], api_visibility="private",
        concurrency_limit=2, show_progress_on=about, trigger_mode="multiple",
    )
    check.click(compare, settings, copies, api_visibility="private", concurrency_limit=2)
    sampler.input(usual_steps, sampler, steps, **controls.PRIVATE)
    checkpoint.input(
        welcomed(
            lambda guest, name, *own: (
                controls.category_choice(guest.engine, name), *controls.followed_run(guest.engine, name, *own)
            )
        ),
        [checkpoint, sampler, steps, aside], [category, sampler, steps, guidance, aside], **controls.TELLING,
    )   # fmt: skip
    checkpoint.input(
        welcomed(
            lambda guest, name: [
                controls.clean_choice(guest.engine, name),
                fault_choice(guest.engine, name),
                *fitting_buttons(guest.engine, name),
            ]
        ),
        checkpoint, [clean, fault, *breakers], **controls.TELLING,
    )   # fmt: skip
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    named = dict(zip(KEYS, settings, strict=True))
    return TabState("sample", named, coming_with, controls.in_page(DRAW_WHAT_IS_ASKED))


def coming_with(guest: Guest, checkpoint: str) -> Settings:
    """The controls as they come with a model."""
    engine = guest.engine
    sampler, steps, guidance = controls.run_controls(engine, checkpoint)
    return dict(zip(KEYS, (
        controls.checkpoint_choice(engine), controls.category_choice(engine, checkpoint), sampler, steps,
        controls.count_slider(), guidance, controls.seed_number(), controls.clean_choice(engine, checkpoint),
    ), strict=True))


def usual_steps(sampler: str | None) -> int:
    """As many steps as a sampler usually takes."""
    check_known("sampler", sampler, SAMPLERS)
    return SAMPLERS[sampler].usual_steps


def seen(moment: Live | Trajectory, request: RunRequest, device: str) -> tuple[str, str]:
    """What the player and the line below it show of a run, under way or finished."""
    if isinstance(moment, Live):
        return pack_live(moment), runs.removing(moment)
    return pack(run_payload(moment), request=request), runs.cost(moment, device)


def copies_table(said: str, matches: list[Match]) -> str:
    """Each sprite beside the training sprite that is nearest to it, in HTML."""
    cells = "".join(
        f"<figure><div>{picture_tag(match.sprite, 'made')}{picture_tag(match.training, match.description)}</div>"
        f"<figcaption>{match.distance:.2f}{' <strong>copy</strong>' if match.is_copy else ''}</figcaption></figure>"
        for match in matches
    )
    return f"<p>{said}</p><div class='pairs'>{cells}</div>"
