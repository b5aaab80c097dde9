"""What is said where a class votes on the settings of one training."""

from html import escape

from diffusion.serving.jobs.ballots import Ballot, Question
from diffusion.serving.limits import Limits
from diffusion.support.wording import counted, minutes

TITLE = "For a class: one training that all choose and watch"
ASK, BEGIN, VOTE = "Ask the class", "Begin what most want", "Vote"
LINK, ALTERNATIVE = "A link for the class, to vote", "The link as a QR code"
BOOTH = (
    "Your class trains one network together. Choose how, and press *Vote*. When the vote is over, this page shows the "
    "training live."
)
TAKEN = "**Your vote counts.** It can be changed until the training begins."
OVER = "**The vote is over**: the training has begun."
NAMES = {
    "minutes": "How long shall it train?",
    "batch": "How many sprites in each step (batch)?",
    "learning_rate": "How far shall a step move the weights (learning rate)?",
    "context_dropout": "How often is the category hidden (context dropout)?",
}


def lesson(limits: Limits, learners: int = 30) -> str:
    """What a class can do here, and how long that takes."""
    turn, last = minutes(limits.turn_minutes), minutes(limits.turn_minutes * learners / limits.at_once)
    return (
        f"This machine does {counted(limits.at_once, 'training')} at a time. Where each learner starts one, they take "
        f"turns of {turn}: of {learners} learners the last one has a first model after {last}. One for all is quicker: "
        "the class votes on its settings, then everybody watches it learn, and draws with it."
    )


def value(question: Question, chosen: float) -> str:
    """A value as people say it."""
    if question.setting == "minutes":
        return minutes(chosen)
    if question.setting == "context_dropout":
        return f"{chosen:.0%} of the time"
    return f"{chosen:g}"


def standing(questions: tuple[Question, ...], ballot: Ballot) -> str:
    """How many want what by now, in HTML."""
    rows = []
    for question, counts in zip(questions, ballot.counts(questions), strict=True):
        most = question.winner(counts)
        told = [(one, f"{escape(value(question, one))}: {n}") for one, n in zip(question.values, counts, strict=True)]
        values = " · ".join(f"<strong>{text}</strong>" if one == most else text for one, text in told)
        rows.append(f"<dt>{escape(NAMES[question.setting])}</dt><dd>{values}</dd>")
    voted = counted(len(ballot.votes), "vote")
    return f"<p>{voted}. Bold: what the training will take.</p><dl>{''.join(rows)}</dl>"
