"""What is said of a race, and of measuring how good its lanes are."""

from collections.abc import Sequence
from html import escape

from diffusion.evaluation.frontier import Point
from diffusion.serving.measurements import Measurement
from diffusion.serving.race import Difference, Lane, Timed, UnderWay, disturbed, same_start
from diffusion.serving.states import State
from diffusion.support.device import describe_machine
from diffusion.support.wording import counted, duration, plain

PRESS = "Press <em>Race</em>: the lanes run one after the other, then side by side by one clock."
AT_THE_START = "the noise that all lanes start from"
WAITING = "Somebody else's race is being timed. Yours starts when it has ended: neither shall slow the other."
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
    where = f"{lanes[moment.running].title}: step {moment.step} of {moment.steps}"
    return f"{where}, {moment.seconds_left:.0f} s to go" if moment.step < moment.steps else f"{where}, finished"


def how_timed(timed: Sequence[Timed], device: str, guidance: float) -> str:
    """Who was how much faster, from which noise, and under which conditions, in HTML."""
    slow, fast = (pick(timed, key=lambda one: one.trajectory.seconds) for pick in (max, min))
    ratio = slow.trajectory.seconds / fast.trajectory.seconds
    alike, values = same_start(timed)
    same = f"All {values:,} numbers of the starting noise were compared: " + (
        "the lanes started from the same." if alike else "<strong>the lanes did not start from the same.</strong>"
    )
    calls = ": a guided step takes two calls, with the context and without, computed together" if guidance != 1 else ""
    if any(one.lane.kind == "student" for one in timed):
        calls += "; a student has its guidance built in, and takes one"
    return (
        f"<p><strong>{escape(fast.lane.title)} was {ratio:.1f} times as fast</strong> as {escape(slow.lane.title)}.</p>"
        f"{_busy(disturbed(timed, device))}"
        f'<p class="aside">{same} One lane ran after the other, each after the same warm-up, '
        f"{counted(len(fast.start), 'sprite')} at once, {str(fast.start.dtype).removeprefix('torch.')}, "
        f"{counted(fast.threads, 'thread')}, on {escape(describe_machine(device))}. Guidance {guidance:g}{calls}.</p>"
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
