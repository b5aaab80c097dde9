"""Learnt by heart, or understood? The network beside one who has learnt all training sprites by heart."""

import gradio as gr

from diffusion.explain.by_heart import Guess, Level, N, Row, compare
from diffusion.serving.services import Services
from diffusion.support.wording import counted
from diffusion.ui import controls
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.picture_html import picture_tag
from diffusion.ui.words import lessons

HEADS = ("all that is shown", "by heart", "network") * 2


def by_heart_section(services: Services, checkpoint: gr.Dropdown) -> None:
    """Build the section, for the model that is chosen."""
    reference, welcomed = services.reference, welcome(services)

    @welcomed
    def compare_by_heart(guest: Guest, name: str) -> str:
        model = guest.engine.model(name)
        reference.check_learnt_from(model.categories)
        return table(compare(model, reference.training, reference.unseen))

    with gr.Accordion("Learnt by heart, or understood?", open=False):
        controls.lesson(lessons.BY_HEART)
        button = gr.Button("Compare them")
        compared = gr.HTML("", elem_classes="by-heart")
    button.click(
        compare_by_heart, checkpoint, compared,
        api_visibility="private", concurrency_limit=2, show_progress_on=compared,
    )   # fmt: skip


def table(levels: list[Level]) -> str:
    """What both guess and how wrong they are, level by level, in HTML, and what follows."""
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    rows = "".join(
        f"<tr><th>{level.share:.0%} noise</th>{_cells(level.training, 'a training sprite')}"
        f"{_cells(level.unseen, 'a sprite never seen')}</tr>"
        for level in levels
    )
    return (
        f'<p>{told(levels)}</p><div class="wide"><table><thead><tr><th></th><th colspan="3">A training sprite</th>'
        f'<th colspan="3">A sprite that training never saw</th></tr><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div><p>Under each guess: the mean loss, as velocity, over "
        f"{counted(N, 'sprite')} of this kind with its standard error; the picture is the first of them.</p>"
    )


def told(levels: list[Level]) -> str:
    """What is to be seen at the least noise, and whether the network has only learnt by heart."""
    least = levels[0]
    seen, unseen = least.training, least.unseen
    verdict = (
        "So the network has not learnt them by heart: on sprites that it never saw it is as good."
        if least.generalises
        else "So the network knows its training sprites better than others: a part of what it learnt is by heart."
    )
    return (
        f"At {least.share:.0%} noise, <strong>by heart</strong> is wrong by {seen.by_heart.loss:.2f} on training "
        f"sprites and by {unseen.by_heart.loss:.1f} on unseen ones; <strong>the network</strong> by "
        f"{seen.network.loss:.2f} and {unseen.network.loss:.2f}. {verdict}"
    )


def _cells(row: Row, of: str) -> str:
    guesses = (("a guess by heart", row.by_heart), ("the network's guess", row.network))
    noisy = f"<td>{picture_tag(row.noisy, f'{of} under noise')}</td>"
    return noisy + "".join(_cell(guess, f"{who} at {of}") for who, guess in guesses)


def _cell(guess: Guess, description: str) -> str:
    return f"<td>{picture_tag(guess.picture, description)}{guess.loss:.2f} <small>± {guess.error:.2f}</small></td>"
