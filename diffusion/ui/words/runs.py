"""What is said of a run: what it cost, how far it is, what came of it."""


from diffusion.evaluation.memorisation import Comparison
from diffusion.explain.demonstrations import Demonstration
from diffusion.explain.guided_step import GuidedStep
from diffusion.serving.desks.following import Answer
from diffusion.serving.engine import Drawing, Live
from diffusion.serving.requests import RunRequest
from diffusion.support.device import describe_machine
from diffusion.support.wording import counted
from diffusion.trajectory import Trajectory

BY_STUDENT = "Drawn by {name}, a student of {steps}: {spent}"
QUICK_BY_STUDENT = "While you drag: drawn by {name}, a student of {steps}: {spent}"
QUICK_BY_ITSELF = "While you drag: drawn by {name} itself in {steps}, {spent}"
REFINED = "Refined: {steps} of {name}, {spent} {where}"
BEGUN = "Removing noise."
NOTHING = "Not drawn to its end."
UNDER_WAY = "step {step} of {steps}, {seconds} s to go"
STUDENT_TAKES = "{name} is a student and always takes {steps}"
STUDENT_STEPS = f"{STUDENT_TAKES}; your {{own}} are back with the next model."
FEW = "; {n} of {of} sprites follow, as many are drawing here"
UNREAD = ". What came out cannot be read: {why}"
COST = "{sprites}, {steps}, {calls}: **{seconds} s** {where}."
DENOISED = "{steps}, {calls}: **{seconds} s** {where}."
DISSOLVING = {   # of a sprite that dissolves and comes back
    "again": "Let it dissolve",
    "stop": "Hold it",
    "level": "t = {t} of {last}",
    "recorded": "t = {t} of {last}. Recorded with the model that comes with this app; drag the bar, and all is worked "
    "out anew.",
}
ON_PAGE = {   # the same sentences for a page that draws by itself, which fills them in, and what it says of readings
    "byStudent": f"{BY_STUDENT} in this browser",
    "quickByStudent": f"{QUICK_BY_STUDENT} in this browser",
    "quickByItself": f"{QUICK_BY_ITSELF} in this browser",
    "refined": REFINED.replace("{where}", "in this browser"),
    "spent": "{calls} a sprite, {ms} ms",
    "some": "; {n} of {of} sprites at a time, so that they keep up",
    "cost": COST.replace("{calls}", "{calls} a sprite").replace("{where}", "in this browser, {workers}"),
    "denoised": DENOISED.replace("{where}", "in this browser, {workers}"),
    "underWay": UNDER_WAY,
    "studentSteps": STUDENT_STEPS,
    "silent": "The server did not answer: try again, or have this browser draw.",
    "read": "A small classifier reads every sprite. Its answers, averaged:",
    "unread": UNREAD,
}


def student_takes(name: str, steps: int) -> str:
    """Why there is no choice of steps."""
    return f"{STUDENT_TAKES.format(name=name, steps=counted(steps, 'step'))}."


def steps_of_student(name: str, steps: int, own: float) -> str:
    """Why the number of steps has changed with the model, and that the learner's own will be back."""
    return STUDENT_STEPS.format(name=name, steps=counted(steps, "step"), own=f"{own:g}")


def at_most(name: str, most: int, own: float) -> str:
    """Why the number of steps has become smaller with the model."""
    return f"{name} knows {most} noise levels, so it takes {most} steps at most, not {own:g}."


def cost(run: Trajectory, device: str) -> str:
    """What a run cost, in a line."""
    sprites, steps, calls = counted(len(run.sprites), "sprite"), counted(run.steps, "step"), _calls(run.calls)
    where = f"on {describe_machine(device)}"
    return COST.format(sprites=sprites, steps=steps, calls=calls, seconds=f"{run.seconds:.2f}", where=where)


def removing(live: Live) -> str:
    """Where a run is, and who else is drawing."""
    where = f"Removing noise: step {live.step} of {live.steps}"
    if not live.others:
        return f"{where}."
    return f"{where}. You take turns with {'one other' if live.others == 1 else f'{live.others} others'} who draw here."


def under_way(live: Live) -> str:
    """The same under the picture, with the time that is left."""
    return UNDER_WAY.format(step=live.step, steps=live.steps, seconds=round(live.seconds_left))


def side_by_side(shown: Demonstration, right: Trajectory, wrong: Trajectory, apart: float, device: str) -> str:
    """What is seen of a right run beside a wrong one, whose finished pixels are `apart` of 255 on average."""
    return (
        f"**{shown.title}.** {shown.lesson} Here the finished pixels differ by {apart:.0f} of 255 on average. "
        f"{right.calls} and {wrong.calls} network calls a sprite: {right.seconds:.2f} s and {wrong.seconds:.2f} s on "
        f"{describe_machine(device)}."
    )


def denoised(run: Trajectory, device: str) -> str:
    """What it cost to denoise one drawing."""
    steps, calls = counted(run.steps, "step"), counted(run.calls, "network call")
    where = f"on {describe_machine(device)}"
    return DENOISED.format(steps=steps, calls=calls, seconds=f"{run.seconds:.2f}", where=where)


def path(run: Trajectory, points: int, rows: int, device: str) -> str:
    """What it cost to draw a path from one mix to another."""
    about = f"{counted(points, 'step')} from A to B for {counted(rows, 'sprite')}: {_calls(run.calls)}"
    return f"{about}, **{run.seconds:.2f} s** on {describe_machine(device)}."


def copies(compared: Comparison, known: int, usual_distance: float) -> str:
    """How near sprites are to the `known` training sprites, beside how near unseen real ones are."""
    matches = compared.matches
    nearest, copied = min(matches, key=lambda match: match.distance), sum(match.is_copy for match in matches)
    found = "" if compared.caught is None else (
        f" Of training sprites that were given the traces of noise of these it finds {compared.caught:.0%}."
    )   # fmt: skip
    return (
        f"<strong>Copies: {copied} of {counted(len(matches), 'sprite')}</strong>, by a test that calls "
        f"{compared.false_alarms:.1%} of the real sprites that training never saw copies.{found} "
        f"Left the new sprite, right the nearest of {known:,} training sprites, below their distance (0: the same "
        f"picture). Half of the real sprites that training never saw are nearer than {usual_distance:.2f} to one of "
        f"its sprites. The nearest pair here has {nearest.distance:.2f}: {nearest.share_of_unseen:.0%} of those real "
        f"sprites are nearer."
    )


def drawn_quickly(asked: RunRequest, answered: RunRequest, drawing: Drawing) -> str:
    """Who drew a mix while a slider is dragged, and what it cost."""
    told = {"name": answered.checkpoint, "steps": counted(answered.config.steps, "step"), "spent": _spent(drawing)}
    if answered == asked:
        return BY_STUDENT.format(**told)
    if answered.checkpoint != asked.checkpoint:
        return QUICK_BY_STUDENT.format(**told)
    return QUICK_BY_ITSELF.format(**told)


def refined(asked: RunRequest, drawing: Drawing, device: str) -> str:
    """Who drew a mix in full, and what it cost."""
    steps, where = counted(asked.config.steps, "step"), f"on {describe_machine(device)}"
    return REFINED.format(name=asked.checkpoint, steps=steps, spent=_spent(drawing), where=where)


def few(answer: Answer) -> str:
    """That not all sprites follow, if that is so."""
    n, of = len(answer.drawing.sprites), answer.drawn.config.n
    return "" if answer.is_whole else FEW.format(n=n, of=of)


def guided_lanes(step: GuidedStep) -> tuple[str, ...]:
    """What stands above the pictures of a step that was taken apart."""
    return "now", "without", "with", "with minus without", f"without + {step.guidance:g} x the difference"


def guided(step: GuidedStep) -> str:
    """What guidance has done at a step."""
    stretched = (
        f"guidance stretches that {step.guidance:g} times"
        if step.guidance != 1 else "with guidance 1, or at so much noise as this model is not guided at, it stays so"
    )   # fmt: skip
    return (
        f"At t = {step.t}, {step.noise:.0%} noise: what you ask for moves the guess by {step.apart:.1f} of 255 on "
        f"average; {stretched}."
    )


def unread(answer: Answer) -> str:
    """Why nothing is told of what came out, if that is so."""
    return UNREAD.format(why=answer.unread.removesuffix(".")) if answer.unread else ""


def mix(request: RunRequest) -> str:
    """A mix in a few words, such as "hero 1, food 0.6"."""
    return ", ".join(f"{name} {weight:g}" for name, weight in request.weights or () if weight) or "nothing asked"


def _spent(drawing: Drawing) -> str:
    return f"{_calls(drawing.calls)}, {1000 * drawing.seconds:.0f} ms"


def _calls(calls: int) -> str:
    return f"{counted(calls, 'network call')} a sprite"
