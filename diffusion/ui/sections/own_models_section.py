"""A visitor's own models in the Train tab: share them by a link, take that back, or remove them."""

import gradio as gr

from diffusion.models.checkpoints import is_course_file
from diffusion.serving.services import Services
from diffusion.support.checks import InputError
from diffusion.ui import controls
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.words import lessons, trainings

LINK_KEY = "model"   # in the page's address


def own_models_section(services: Services) -> None:
    """Build the accordion."""
    welcomed, belongings = welcome(services), services.belongings

    def own(guest: Guest, name: str | None) -> str:
        """The name of a model, which must be the guest's."""
        if not isinstance(name, str) or not name or belongings.owner(name) != guest.visitor:
            raise InputError("this model is not yours: choose one of your own.")
        return name

    @welcomed
    def own_models(guest: Guest) -> tuple[gr.Dropdown, str]:
        names = belongings.owned_by(guest.visitor)[::-1]
        chosen = next(iter(names), None)
        return gr.Dropdown(names, value=chosen), link_to(guest, chosen)

    @welcomed
    def shown_link(guest: Guest, name: str | None) -> str:
        return link_to(guest, own(guest, name))

    @welcomed
    def share_model(guest: Guest, name: str | None) -> str:
        belongings.share(own(guest, name))
        return link_to(guest, name)

    @welcomed
    def stop_sharing(guest: Guest, name: str | None) -> str:
        belongings.stop_sharing(own(guest, name))
        return ""

    @welcomed
    def remove_model(guest: Guest, name: str | None) -> tuple[gr.Dropdown, str, gr.Button]:
        remove = services.given.remove if is_course_file(own(guest, name)) else services.jobs.remove
        remove(name)
        return *own_models(guest.request), gr.Button(visible=False)

    def link_to(guest: Guest, name: str | None) -> str:
        link = belongings.link(name) if name else ""
        return f"{guest.page}?{LINK_KEY}={link}" if link else ""

    with gr.Accordion("Your models: share or remove them", open=False) as section:
        gr.Markdown(lessons.OWN_MODELS)
        model = gr.Dropdown([], label="One of your models", interactive=True, allow_custom_value=True)
        with gr.Row():
            share = gr.Button("Make a link", size="sm", min_width=100)
            stop = gr.Button("Stop sharing", size="sm", min_width=100)
            remove = gr.Button("Remove it", size="sm", min_width=100)
        really = gr.Button("Remove it for good: it cannot be brought back", variant="stop", visible=False)
        link = gr.Textbox(label="A link for others, to draw with it", interactive=False, buttons=["copy"])

    section.expand(own_models, None, [model, link], **controls.TELLING)
    model.input(shown_link, model, link, **controls.TELLING)
    share.click(share_model, model, link, **controls.TELLING)
    stop.click(stop_sharing, model, link, **controls.TELLING)
    remove.click(lambda: gr.Button(visible=True), None, really, **controls.PRIVATE)
    really.click(remove_model, model, [model, link, really], **controls.TELLING)


def offer_models(services: Services, demo: gr.Blocks, said: gr.Markdown, choices: list[gr.Dropdown]) -> None:
    """Let the choices of model offer what a page's visitor may open, also what a link in its address leads to."""

    @welcome(services)
    def arrive(guest: Guest) -> list[gr.Markdown | gr.Dropdown]:
        link = guest.asked(LINK_KEY)
        name = services.belongings.come_by(link, guest.visitor) if link else None
        sentence = trainings.came_by(link, name)
        return [gr.Markdown(sentence, visible=bool(sentence)), *[refreshed(guest)] * len(choices)]

    demo.load(arrive, None, [said, *choices], **controls.TELLING)
