"""The DDPM vs DDIM tab: two samplers from the same noise, with what each of them cost."""

from html import escape

import gradio as gr

from diffusion.device import describe_machine
from diffusion.engine import MAX_SPRITES, Engine, RunRequest
from diffusion.generation import SampleConfig
from diffusion.samplers import SAMPLER_NAMES
from diffusion.trajectory import Trajectory
from diffusion.ui import controls, lessons
from diffusion.ui.player import pack, player

WARM_UP_STEPS = 3
WAITING = "Press <em>Race</em>: the two runs are computed one after the other, then shown side by side."


def race_tab(engine: Engine) -> gr.Dropdown:
    """Build the tab; returns its choice of model."""

    @controls.told
    def race(
        checkpoint: str, category: str, first: str, first_steps: int, second: str, second_steps: int, n: int, seed: int,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str]:   # fmt: skip
        lanes = []
        for name, steps in ((first, first_steps), (second, second_steps)):
            config = SampleConfig(name, int(steps), int(n), int(seed))
            request = RunRequest(checkpoint, config, controls.chosen_weights(category))
            title = f"{SAMPLER_NAMES[name]}, {int(steps)} steps"
            lanes.append((title, timed_run(engine, request, lambda share, title=title: progress(share, desc=title))))
        payloads = [trajectory.payload(title) for title, trajectory in lanes]
        return pack(*payloads), comparison(lanes, describe_machine(engine.device.type))

    with gr.Tab("DDPM vs DDIM", id="race") as tab:
        gr.Markdown(lessons.RACE, elem_classes="lesson")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                checkpoint = controls.checkpoint_choice(engine)
                category = controls.category_choice(engine, checkpoint.value)
                with gr.Row():
                    first = controls.sampler_choice("ddpm", "First sampler")
                    first_steps = controls.steps_slider(500, "Its steps")
                with gr.Row():
                    second = controls.sampler_choice("ddim", "Second sampler")
                    second_steps = controls.steps_slider(25, "Its steps")
                n = gr.Slider(1, MAX_SPRITES, value=16, step=1, label="Number of sprites")
                seed = controls.seed_number()
                button = gr.Button("Race", variant="primary")
            with gr.Column(scale=3, min_width=320, elem_classes=["picture"]):
                view = player(engine, "race-player")
                facts = gr.HTML(WAITING, elem_classes="facts")

    button.click(
        race,
        [checkpoint, category, first, first_steps, second, second_steps, n, seed],
        [view, facts],
        api_name="race",
        concurrency_limit=1,
        show_progress_on=facts,
    )
    for sampler, steps in ((first, first_steps), (second, second_steps)):
        sampler.input(
            lambda name: controls.USUAL_STEPS[name], sampler, steps, queue=False, api_visibility="private"
        )
    checkpoint.input(
        controls.told(lambda name: controls.category_choice(engine, name)),
        checkpoint, category, queue=False, api_visibility="private",
    )   # fmt: skip
    tab.select(lambda: controls.refreshed(engine), None, checkpoint, queue=False, api_visibility="private")
    return checkpoint


def timed_run(engine: Engine, request: RunRequest, progress) -> Trajectory:
    """A run computed now, after a short one of the same size that warms caches and memory up."""
    config = request.config
    warm_up = SampleConfig(config.sampler, min(WARM_UP_STEPS, config.steps), config.n, config.seed)
    engine.fresh_trajectory(RunRequest(request.checkpoint, warm_up, request.weights))
    return engine.fresh_trajectory(request, progress)


def comparison(lanes: list[tuple[str, Trajectory]], machine: str) -> str:
    """A table of what each lane cost, and the ratio in a sentence."""
    heads = "".join(f'<th class="lane-{i}">{escape(title)}</th>' for i, (title, _) in enumerate(lanes, 1))
    rows = {
        "network calls a sprite": [f"{run.calls}" for _, run in lanes],
        "seconds": [f"{run.seconds:.2f}" for _, run in lanes],
        "sprites a second": [f"{len(run.sprites) / run.seconds:.1f}" for _, run in lanes],
    }
    body = "".join(f"<tr><td>{name}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
                   for name, cells in rows.items())
    (slow_title, slow), (fast_title, fast) = sorted(lanes, key=lambda lane: -lane[1].seconds)
    return (
        f"<table><tr><th></th>{heads}</tr>{body}</table>"
        f"<p><strong>{escape(fast_title)} was {slow.seconds / fast.seconds:.1f} times as fast</strong> as "
        f"{escape(slow_title)}, with {slow.calls / fast.calls:.1f} times fewer network calls, "
        f"from the same noise, measured just now on {escape(machine)}. "
        "With guidance, a step takes two calls: one with the context, one without.</p>"
    )
