"""What is said of a training in the app."""

from urllib.parse import quote

from diffusion.serving.jobs.recorded_training import RecordedTraining
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.states import State
from diffusion.support.device import describe_machine
from diffusion.support.wording import counted, duration, plain

IDLE = "No training yet: press *Start training*."
BY_NOW, BEFORE, RECORDED_TITLE = "By now", "Before training", "As it learnt (recorded)"
NOT_YET = "the first sprites come in a moment"
NONE_YET = "There is no training yet: start one first."
UNUSABLE = {"start": "", "pause": NONE_YET, "resume": NONE_YET, "stop": NONE_YET}   # why, before there is any training
HARDLY_SHARED = 0.75   # of the time; its own looks at what it draws take a tenth
BEGINNING = "Painting the sprites and building the network..."


def progress(job: TrainingJob, jobs: JobTable) -> str:
    """Where the job is, in a line."""
    if job.state is State.QUEUED:
        return waiting(job, *jobs.place(job), jobs.limits.turn_minutes)
    if job.at is None:
        return BEGINNING if job.state is State.RUNNING else _rests(job)
    done = f"step {job.at.step:,}, {duration(job.at.seconds)} of training"
    if job.state is not State.RUNNING:
        return f"{_rests(job)} {done[0].upper()}{done[1:]}."
    left, machine = duration(job.at.seconds_left), describe_machine(jobs.device.type)
    speed = f"{job.at.images_a_second:,.0f} sprites a second, learning rate {job.at.learning_rate:g}"
    running = f"**Running**: {done}, about {left} to go, {speed}, on {machine}."
    return f"{running} {shared(job.at.time_got)}".rstrip()


def waiting(job: TrainingJob, before: int, seconds: float, turn_minutes: float) -> str:
    """Where a training stands that waits, for its first turn or for the next one."""
    what = "Waiting for its next turn" if job.at else "Waiting"
    done = f" It has done {counted(job.at.step, 'step')}; its model can be drawn with by now." if job.at else ""
    return (
        f"**{what}**: {counted(before, 'training')} before it, about {duration(seconds)}. While several wait, each "
        f"trains for {duration(60 * turn_minutes)} in turn.{done} It goes on by itself: keep the page open."
    )


def shared(time_got: float) -> str:
    """What is said while others take much of the time that a training would have alone."""
    if time_got > HARDLY_SHARED:
        return ""
    return f"Others use the machine too: it computes {100 * time_got:.0f}% of the time; its minutes count that alone."


def recorded(training: RecordedTraining) -> str:
    """What is seen before there is a training of one's own."""
    steps = training.curve["step"][-1]
    return (
        f"**Recorded**: a training of {training.minutes:g} minutes, {steps:,} steps on {training.machine}. Drag the "
        "bar under the sprites to see it learn. *Start training* begins your own, here."
    )


def why_not(button: str, job: TrainingJob) -> str:
    """Why a button of the tab cannot be used."""
    if button == "start":
        return "A training is under way: stop it first."
    if job.under_way:
        return "It is under way already."
    if job.state is State.PAUSED and not job.is_gone:
        return "It pauses already."
    return "This training has ended: start another one."


def _rests(job: TrainingJob) -> str:
    because = f": {plain(job.message)}" if job.message else "."
    if job.state is State.PAUSED:
        return f"**Paused**{because} Press *Resume* to go on."
    if job.is_gone:
        return f"**Gone**{because}"
    if job.state in (State.FINISHED, State.STOPPED):
        draw = f"[Draw with it](./?tab=sample&checkpoint={quote(job.name)})"
        return f"**{job.state.capitalize()}**. The model is called **{plain(job.name)}** in the other tabs. {draw}."
    return f"**Training failed**{because}"


def came_by(link: str, name: str | None) -> str:
    """What is said to who came by a link to a model."""
    if not link:
        return ""
    if name is None:
        return "The link that brought you here leads to no model (any more): ask for a new one."
    return f"The model **{plain(name)}** was shared with you: choose it as the model in any tab."


def preview_label(step: int) -> str:
    """Which training step a row of sprites is of."""
    return f"step {step:,}" if step else "untrained"
