"""The checkpoints of a training in the Train tab: take them away, or go on training from any."""

import gradio as gr

from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.training.logbook import CHECKPOINT_EVERY_S
from diffusion.ui import controls
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.sections.training.training_views import Seen
from diffusion.ui.words import lessons


def checkpoints_section(services: Services, job_id: gr.BrowserState, seen: gr.State, timer: gr.Timer) -> gr.Dropdown:
    """Build the accordion; returns the choice of a checkpoint, which the tab keeps up to date."""
    jobs, welcomed = services.jobs, welcome(services)

    @welcomed
    def download_checkpoint(guest: Guest, checkpoint: str | None) -> gr.File:
        return gr.File(services.uploaded.hand_out(guest.engine.files(_chosen(checkpoint))), visible=True)

    @welcomed
    def go_on_from(guest: Guest, checkpoint: str | None) -> tuple:
        guest.engine.files(_chosen(checkpoint))
        return jobs.go_on_from(checkpoint, guest.visitor).id, Seen(), gr.Timer(active=True)

    with gr.Accordion("Checkpoints", open=False):
        gr.Markdown(lessons.CHECKPOINTS)
        checkpoint = gr.Dropdown([], label="Checkpoint", interactive=True, allow_custom_value=True)
        with gr.Row():
            take = gr.Button("Get its files", min_width=120)
            go_on = gr.Button("Go on training from it", min_width=120)
        files = gr.File(label="Weights and description", visible=False, interactive=False, file_count="multiple")

    take.click(download_checkpoint, checkpoint, files, **controls.TELLING)
    go_on.click(go_on_from, checkpoint, [job_id, seen, timer], **controls.TELLING)
    return checkpoint


def _chosen(checkpoint: str | None) -> str:
    if not checkpoint:
        raise InputError(lessons.no_checkpoint(CHECKPOINT_EVERY_S))
    return checkpoint
