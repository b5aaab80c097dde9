"""A place to drop a model file of the course, in reach from every tab."""

from pathlib import Path

import gradio as gr

from diffusion.models.checkpoints import COURSE_ENDINGS
from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.support.wording import plain
from diffusion.ui import controls
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.words import lessons


def model_file_section(services: Services, choices: list[gr.Dropdown]) -> None:
    """Build it; `choices` are the model choices of the tabs, which offer the file's model at once."""

    @welcome(services)
    def keep(guest: Guest, file: str | None) -> list[str | gr.Dropdown]:
        if file is None:
            raise InputError("give a .pth file of the course.")
        name = services.given.keep(Path(file), guest.visitor)
        said = f"**{plain(name)}** can now be chosen as the model in every tab."
        return [said, *[refreshed(guest)] * len(choices)]

    with gr.Accordion("Open a model file of the course (.pth)", open=False, elem_id="model-file"):
        gr.Markdown(lessons.MODEL_FILE)
        file = gr.File(label="Model file", file_types=list(COURSE_ENDINGS), type="filepath", height=120)
        told = gr.Markdown()

    file.upload(keep, file, [told, *choices], api_name="open_model", concurrency_limit=2).then(
        lambda: None, None, file, **controls.PRIVATE
    )
