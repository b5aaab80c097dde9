"""What is said of a race, and of measuring how good its lanes are."""

from collections.abc import Sequence
from html import escape

from diffusion.evaluation.frontier import Point
from diffusion.serving.measurements import Measurement
from diffusion.serving.race import Difference, Lane, Outcome, Timed, UnderWay, disturbed, same_start
from diffusion.serving.states import State
from diffusion.support.device import describe_machine
from diffusion.support.wording import counted, duration, plain

PRESS = "Press <em>Race</em>: the lanes run one after the other, then side by side by one clock."
AT_THE_START = "the noise that all lanes start from"
WAITING = "Somebody else's race is being timed. Yours starts when it has ended: neither shall slow the other."
BEGUN = "The lanes run one after the other."
ON_PAGE = {   # what a page that runs a race by itself says of it, and fills in
    "running": "{title}: step {step} of {steps}, {seconds} s to go",
    "finished": "{title}: step {step} of {steps}, finished",
}
UNREADABLE = "what the page tells of its race could not be read: run it again."
DRAWN_HERE = "this race was run by your browser, which saves no races: have the server draw, and run it again."
NO_LANES = "there is no race yet: press Race first."
COMPARED = (
    "The same noise at the start, so sprite by sprite they can be compared. Right is |a − b|: black where both have "
    "the same colour."
)
TWICE = (
    "Each lane ran twice from the same starting noise, the second time with other fresh noise for the steps that add "
    "any."
)


def running(moment: UnderWay, lanes: Sequence[Lane]) -> str:
    """Which lane is at which step."""
    said = ON_PAGE["running" if moment.step < moment.steps else "finished"]
    title, left = lanes[moment.running].title, round(moment.seconds_left)
    return said.format(title=title, step=moment.step, steps=moment.steps, seconds=left)


def how_timed(timed: Sequence[Timed], device: str, guidance: float) -> str:
    """Who was how much faster, from which noise, and under which conditions, in HTML."""
    outcomes, (first, *_) = [one.outcome for one in timed], timed
    alike, values = same_start(timed)
    type_of_numbers = str(first.start.dtype).removeprefix("torch.")
    where = f"{type_of_numbers}, {counted(first.threads, 'thread')}, on {escape(describe_machine(device))}"
    return (
        f"{_faster(outcomes)}{_busy(disturbed(timed, device))}"
        f'<p class="aside">All {values:,} numbers of the starting noise were compared: {_alike(alike)} '
        f"{_one_by_one(outcomes)}, {where}. {_calls(outcomes, guidance, 'computed together')}</p>"
    )


def how_timed_here(
    outcomes: Sequence[Outcome], alike: bool, workers: int, is_on_graphics: bool, guidance: float
) -> str:
    """The same of a race that the learner's browser ran; alike: whether the lanes began with the same picture."""
    crew = counted(workers, "worker") + (" with the graphics processor" if is_on_graphics else "")
    return (
        f'{_faster(outcomes)}<p class="aside">All {outcomes[0].sprites.size:,} pixel values of the starting noise were '
        f"compared: {_alike(alike)} {_one_by_one(outcomes)}, float32, in this browser, {crew}. "
        f"{_calls(outcomes, guidance, 'one after the other')} "
        "A page cannot see what else keeps this machine busy: close other programs for steady numbers.</p>"
    )


def how_measured(points: Sequence[Point], now: Sequence[Point]) -> str:
    """What FSD is, and where these points were measured; `now` are those measured on this machine."""
    said = (
        "FSD, the Fréchet sprite distance, tells how far the made sprites are from real ones; after ± stands its "
        "standard deviation over draws of as many real ones. One number does not tell all, so look below it too: "
        "coverage is the share of real sprites that have a made one near, density how near the made ones are to real "
        "ones, nearest the distance to the nearest training sprite."
    )
    if points:
        where = ", ".join(dict.fromkeys(_where(point, now) for point in points))
        said += f" Each model at its own guidance, {escape(where)}."
    return said


def difference(apart: Difference) -> str:
    """How two sets of sprites differ, in HTML."""
    if not apart.values:
        return f"<strong>The same picture:</strong> none of {apart.picture.size:,} values differs."
    said = f"Pixels differ by <strong>{apart.mean:.0f} of 255</strong> on average"
    return said + (f" (different sprites: {apart.others:.0f})." if len(apart.picture) > 1 else ".")


def measuring(measurement: Measurement | None) -> str:
    """Where a measurement is, in a line."""
    if measurement is None:
        return ""
    if measurement.message:
        return f"**Not measured:** {plain(measurement.message)}"
    if measurement.state is not State.RUNNING:
        return f"Measurement {measurement.state}."
    left = measurement.seconds_left
    return f"Measuring: {measurement.share:.0%} done" + (f", about {duration(left)} to go." if left else ", beginning.")


def measure_button(n: int, seconds: float) -> str:
    """What is asked for by pressing it, and how long it takes."""
    return f"Measure how good these lanes are, on {counted(n, 'sprite')} each: about {duration(seconds)}"


def _where(point: Point, now: Sequence[Point]) -> str:
    machine = f"on {point.machine}"
    return f"measured just now {machine}" if point in now else f"from the stored table, measured {machine}"


def _busy(share: float | None) -> str:
    if share is None:
        return ""
    return (
        f"<p><strong>Other work kept this machine busy:</strong> a lane had the processor for {share:.0%} of its time "
        "only. Alone it would be faster, and ratios are rough.</p>"
    )


def _faster(outcomes: Sequence[Outcome]) -> str:
    slow, fast = (pick(outcomes, key=lambda one: one.seconds) for pick in (max, min))
    return (
        f"<p><strong>{escape(fast.lane.title)} was {slow.seconds / fast.seconds:.1f} times as fast</strong> "
        f"as {escape(slow.lane.title)}.</p>"
    )


def _alike(alike: bool) -> str:
    if alike:
        return "the lanes started from the same."
    return "<strong>the lanes did not start from the same.</strong>"


def _one_by_one(outcomes: Sequence[Outcome]) -> str:
    sprites = counted(len(outcomes[0].sprites), "sprite")
    return f"One lane ran after the other, each after the same warm-up, {sprites} at once"


def _calls(outcomes: Sequence[Outcome], guidance: float, order: str) -> str:
    said = f": a guided step takes two calls, with the context and without, {order}" if guidance != 1 else ""
    if any(one.lane.kind == "student" for one in outcomes):
        said += "; a student has its guidance built in, and takes one"
    return f"Guidance {guidance:g}{said}."
