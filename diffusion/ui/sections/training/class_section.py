"""One training for a whole class, in the Train tab: its link goes round, all vote on the settings, then all watch."""

from typing import Any, NamedTuple

import gradio as gr

from diffusion.serving.services import Services
from diffusion.ui import controls
from diffusion.ui.classroom.qr_code import drawn_code
from diffusion.ui.guests import Guest, welcome
from diffusion.ui.sections.training.training_views import Seen, Watching
from diffusion.ui.words import votes as words

TICK_S = 2.0
VOTE_KEY = "vote"   # in the page's address


class Voting(NamedTuple):
    """What a page remembers of the vote that it asks for or takes part in; it must stand outside the tabs."""

    link: gr.State
    timer: gr.Timer

    @classmethod
    def nothing(cls) -> "Voting":
        """There is no vote yet."""
        return cls(gr.State(""), gr.Timer(TICK_S, active=False))


def asking_section(services: Services, voting: Voting, watching: Watching) -> gr.HTML:
    """Build the teacher's part; returns how the votes stand, to be kept up to date."""
    ballots, welcomed = services.ballots, welcome(services)

    @welcomed
    def ask_class(guest: Guest) -> tuple:
        ballot = ballots.open(guest.visitor)
        link = f"{guest.page}?{VOTE_KEY}={ballot.link}"
        told = words.standing(ballots.questions, ballot)
        return ballot.link, gr.Timer(active=True), gr.Column(visible=True), link, drawn_code(link), told

    @welcomed
    def begin_class_training(guest: Guest, link: str) -> tuple:
        return ballots.close(link, guest.visitor).id, Seen(), gr.Timer(active=True), gr.Timer(active=False)

    with gr.Accordion(words.TITLE, open=False):
        controls.lesson(words.lesson(services.jobs.limits))
        asks = gr.Button(words.ASK, min_width=120)
        with gr.Column(visible=False) as asked:
            shown = gr.Textbox(label=words.LINK, interactive=False, buttons=["copy"])
            code = gr.HTML(elem_classes="qr-code")
            standing = gr.HTML(elem_classes="facts votes")
            begins = gr.Button(words.BEGIN, variant="primary")

    asks.click(ask_class, None, [*voting, asked, shown, code, standing], **controls.TELLING)
    begun = [watching.job_id, watching.seen, watching.timer, voting.timer]
    begins.click(begin_class_training, voting.link, begun, **controls.TELLING)
    return standing


class Booth(NamedTuple):
    """A learner's part: who came by a link votes here."""

    column: gr.Column
    standing: gr.HTML


def booth_section(services: Services, voting: Voting) -> Booth:
    """Build the learner's part."""
    ballots, welcomed = services.ballots, welcome(services)

    @welcomed
    def vote(guest: Guest, link: str, *values: float) -> tuple[str, str]:
        ballot = ballots.vote(link, guest.visitor, values)
        return words.TAKEN, words.standing(ballots.questions, ballot)

    with gr.Column(visible=False) as column:
        controls.lesson(words.BOOTH)
        choices = [
            gr.Radio(
                [(words.value(question, value), value) for value in question.values],
                value=question.usual, label=words.NAMES[question.setting],
            )
            for question in ballots.questions
        ]   # fmt: skip
        votes = gr.Button(words.VOTE, variant="primary")
        told = gr.Markdown(elem_classes="facts")
        standing = gr.HTML(elem_classes="facts votes")
    votes.click(vote, [voting.link, *choices], [told, standing], **controls.TELLING)
    return Booth(column, standing)


def follow_votes(
    services: Services, voting: Voting, watching: Watching, asked: gr.HTML, booth: Booth, note: gr.Markdown
) -> None:
    """Keep the standing up to date, and turn a voter's page to the training once it has begun.

    note: what is said to who watches.
    """
    ballots, welcomed = services.ballots, welcome(services)

    @welcomed
    def look_at_votes(guest: Guest, link: str) -> tuple[Any, ...]:
        if not ballots.has(link):
            return *[gr.skip()] * 6, gr.Timer(active=False)
        ballot = ballots.find(link)
        told = words.standing(ballots.questions, ballot)
        if ballot.job is None or guest.asked(VOTE_KEY) != link:
            return told, told, *[gr.skip()] * 4, gr.Timer(active=ballot.job is None)
        turned = ballot.job.link, gr.Timer(active=True), gr.Column(visible=False), gr.Markdown(visible=True)
        return told, told, *turned, gr.Timer(active=False)

    outputs = [asked, booth.standing, watching.link, watching.timer, booth.column, note, voting.timer]
    voting.timer.tick(look_at_votes, voting.link, outputs, **controls.PRIVATE)
