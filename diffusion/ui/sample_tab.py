"""The Sample tab: noise becomes sprites, and every step can be looked at."""

from random import randrange

import gradio as gr

from diffusion.device import describe_machine
from diffusion.engine import MAX_SPRITES, Engine, RunRequest
from diffusion.generation import MAX_SEED, SampleConfig
from diffusion.trajectory import Trajectory
from diffusion.ui import controls, lessons
from diffusion.ui.demonstrations import beside_its_fault, fault_choice
from diffusion.ui.player import pack, player


def sample_tab(engine: Engine, demo: gr.Blocks) -> gr.Dropdown:
    """Build the tab inside `demo`; returns its choice of model."""

    @controls.told
    def sample(
        checkpoint: str, category: str, sampler: str, steps: int, n: int, guidance: float, seed: int,
        fault: bool = False, progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str]:   # fmt: skip
        config = SampleConfig(sampler, int(steps), int(n), int(seed), guidance)
        request = RunRequest(checkpoint, config, controls.chosen_weights(category))
        show = lambda share: progress(share, desc="removing noise")   # noqa: E731
        if fault:
            return beside_its_fault(engine, request, show)
        trajectory = engine.trajectory(request, show)
        return pack(trajectory.payload(), request=request), facts(trajectory, engine)

    with gr.Tab("Sample", id="sample") as tab:
        gr.Markdown(lessons.SAMPLE, elem_classes="lesson")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                checkpoint = controls.checkpoint_choice(engine)
                category = controls.category_choice(engine, checkpoint.value)
                sampler = controls.sampler_choice("dpmpp_2m")
                steps = controls.steps_slider(controls.USUAL_STEPS["dpmpp_2m"])
                n = gr.Slider(1, MAX_SPRITES, value=16, step=1, label="Number of sprites")
                guidance = controls.guidance_slider(engine, checkpoint.value)
                with gr.Row():
                    seed = controls.seed_number()
                    die = gr.Button("New seed", min_width=80)
                fault = fault_choice(engine, checkpoint.value)
                button = gr.Button("Sample", variant="primary")
            with gr.Column(scale=3, min_width=320, elem_classes=["picture"]):
                view = player(engine, "sample-player")
                about = gr.Markdown(elem_classes="facts")

    inputs, outputs = [checkpoint, category, sampler, steps, n, guidance, seed, fault], [view, about]
    run = {"fn": sample, "inputs": inputs, "outputs": outputs, "show_progress_on": about}
    button.click(**run, api_name="sample", concurrency_limit=2)
    die.click(lambda: randrange(MAX_SEED), None, seed, queue=False, api_visibility="private").then(
        **run, api_visibility="private"
    )
    demo.load(**run, api_visibility="private", show_progress="hidden")
    sampler.input(lambda name: controls.USUAL_STEPS[name], sampler, steps, queue=False, api_visibility="private")
    checkpoint.input(
        controls.told(lambda name: (controls.category_choice(engine, name), *controls.run_controls(engine, name))),
        checkpoint, [category, sampler, steps, guidance], queue=False, api_visibility="private",
    )   # fmt: skip
    checkpoint.input(
        controls.told(lambda name: fault_choice(engine, name)),
        checkpoint, fault, queue=False, api_visibility="private",
    )   # fmt: skip
    tab.select(lambda: controls.refreshed(engine), None, checkpoint, queue=False, api_visibility="private")
    return checkpoint


def facts(trajectory: Trajectory, engine: Engine) -> str:
    """What the run cost, in a line."""
    n = len(trajectory.sprites)
    return (
        f"{n} sprites, {trajectory.steps} steps, {trajectory.calls} network calls a sprite: "
        f"**{trajectory.seconds:.2f} s** on {describe_machine(engine.device.type)}."
    )
