"""The DDPM vs DDIM tab: samplers race from the same noise, with what each cost, how good it is, and the frontier."""

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr

from diffusion.engine import MAX_SPRITES, Engine, RunRequest
from diffusion.frontier import N, find
from diffusion.race import MIN_LANES, Lane, Start, Timed, Track, UnderWay, Waiting
from diffusion.race_pictures import race_gif, race_png
from diffusion.remeasure import RUNNING, Measurement, Remeasuring
from diffusion.samplers import SpriteNoise
from diffusion.support.images import to_uint8
from diffusion.support.wording import duration
from diffusion.trajectory import frames_payload
from diffusion.ui import controls, lessons, race_facts
from diffusion.ui.frontier_plot import frontier_plot, frontier_value, stored_points
from diffusion.ui.player import pack, player
from diffusion.ui.race_lanes import FIRST, chosen_lanes, lane_controls

PRESS = "Press <em>Race</em>: the lanes run one after the other, then side by side by one clock."
AT_THE_START = "the noise that all lanes start from"
RACES_AT_ONCE = 8   # that wait for each other
TICK_S = 1.0
PREPARED_S = 15   # at most: painting the real sprites to compare with
SAVED = {"gif": race_gif, "png": race_png}

Ended = dict[str, Any]   # what a page remembers of its race, JSON values: the recipe of each lane, and its seconds


def race_tab(engine: Engine) -> gr.Dropdown:
    """Build the tab; returns its choice of model."""
    track = Track(engine)
    remeasuring = Remeasuring(engine, track.give_way)

    def save(recipe: dict[str, Any], kind: str) -> bytes:
        return SAVED[kind](track.finished(requests_of(recipe)), recipe)

    @controls.told
    def race_by_name(
        checkpoint: str, lanes: list[dict[str, Any]], category: str = controls.IN_TURN, n: int = 16, seed: int = 0
    ) -> tuple[str, str]:
        """A race, for programs: lanes as [{"runner": "ddim", "steps": 25, "eta": 0}, ...], the player's JSON out."""
        start = Start(int(n), int(seed), controls.chosen_weights(category))
        *_, timed = track.race(checkpoint, [Lane.from_values(lane) for lane in lanes], start)
        return replay(timed), race_facts.timing(timed, engine.device.type, guidance(checkpoint))

    @controls.told_as_it_goes
    def race(checkpoint: str, category: str, n: int, seed: int, *lanes: Any) -> Iterator[tuple]:
        start = Start(int(n), int(seed), controls.chosen_weights(category))
        named = chosen_lanes(*lanes)
        for moment in track.race(checkpoint, named, start):
            yield seen(moment, named, checkpoint)

    def seen(moment: Waiting | UnderWay | list[Timed], lanes: list[Lane], checkpoint: str) -> tuple:
        """What the page shows of a race, waiting, under way or ended."""
        if isinstance(moment, Waiting):
            return gr.skip(), before(lanes, race_facts.WAITING), gr.skip(), "", None, gr.skip(), gr.skip()
        if isinstance(moment, UnderWay):
            facts = before(lanes, running_line(moment, lanes), moment.ended)
            return live(moment, lanes), facts, race_facts.quality_before(lanes), "", None, gr.skip(), gr.skip()
        ended = remembered(moment)
        facts = race_facts.timing(moment, engine.device.type, guidance(checkpoint))
        buttons = measure_button(ended), gr.Button(interactive=True)
        return replay(moment), facts, quality(ended), race_facts.compared(moment), ended, *buttons

    def broken_off(ended: Ended | None, *lanes: Any) -> str:
        return gr.skip() if ended else before(chosen_lanes(*lanes), PRESS)

    def guidance(checkpoint: str) -> float:
        return engine.model(checkpoint).config.guidance

    def n_measured() -> int:
        """Sprites of each run of the stored table: only of as many can others be compared with it."""
        stored = stored_points(engine)
        return stored[0].n if stored else N

    def quality(ended: Ended) -> str:
        points, now, n = stored_points(engine), remeasuring.points, n_measured()
        runs = [(engine.model(request.checkpoint), request.config) for request in requests_of(ended)]
        found = [find([*points, *now], model, config, n) for model, config in runs]
        return race_facts.quality(lanes_of(ended), found, now, n)

    def measure_button(ended: Ended) -> gr.Button:
        n, usual = n_measured(), sum(ended["seconds_a_sprite"])
        label = f"Measure how good these lanes are, on {n:,} sprites each: about {duration(n * usual + PREPARED_S)}"
        return gr.Button(label, visible=True)

    @controls.told
    def measure(ended: Ended) -> tuple[str, gr.Timer, gr.Button]:
        remeasuring.start(requests_of(ended), n_measured())
        return watch()

    def look(ended: Ended | None) -> tuple:
        said, timer, button = watch()
        if remeasuring.running:
            return said, timer, button, gr.skip(), gr.skip()
        shown = quality(ended) if ended else gr.skip()
        return said, timer, button, shown, frontier_value(engine, remeasuring.points)

    def watch() -> tuple[str, gr.Timer, gr.Button]:
        """Where the measurement is, if there is one, to be looked at and stopped as long as it runs."""
        running = remeasuring.running
        return measuring_line(remeasuring.last), gr.Timer(active=running), gr.Button(visible=running)

    @controls.told
    def twice(ended: Ended | None, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        if not ended:
            raise ValueError("there are no lanes to repeat yet: press Race first.")
        runs = track.twice(requests_of(ended), lambda share: progress(share, desc="each lane twice"))
        return race_facts.repeated(lanes_of(ended), runs)

    with gr.Tab("DDPM vs DDIM", id="race") as tab:
        gr.Markdown(lessons.RACE, elem_classes="lesson")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                checkpoint = controls.checkpoint_choice(engine)
                category = controls.category_choice(engine, checkpoint.value)
                lanes = lane_controls(engine, checkpoint)
                n = gr.Slider(1, MAX_SPRITES, value=16, step=1, label="Number of sprites")
                seed = controls.seed_number()
                with gr.Row():
                    button = gr.Button("Race", variant="primary")
                    stop = gr.Button("Stop", min_width=80)
            with gr.Column(scale=3, min_width=320, elem_classes=["picture"]):
                view = player(engine, "race-player", at_the_start(FIRST[:MIN_LANES]), save)
                facts = gr.HTML(before(FIRST[:MIN_LANES], PRESS), elem_classes="facts")
                good = gr.HTML(race_facts.quality_before(FIRST[:MIN_LANES]), elem_classes="facts")
                with gr.Row():
                    again = gr.Button("Measure", size="sm", visible=False)
                    stop_measuring = gr.Button("Stop measuring", size="sm", visible=False, min_width=80)
                line = gr.Markdown("", elem_classes="facts-line")
        with gr.Accordion("Is it as good? The lanes compared, sprite by sprite", open=False):
            differences = gr.HTML(f"<p>{PRESS}</p>", elem_classes="comparison")
        with gr.Accordion("Is it the same twice?", open=False):
            gr.Markdown(lessons.TWICE, elem_classes="lesson")
            repeat = gr.Button("Run each lane twice", interactive=False)
            repeated = gr.HTML("", elem_classes="comparison")
        gr.Markdown(lessons.FRONTIER, elem_classes="lesson")
        plot = frontier_plot()
        ended, timer = gr.State(None), gr.Timer(TICK_S, active=False)
        gr.api(race_by_name, api_name="race", concurrency_limit=RACES_AT_ONCE)

    running = button.click(
        race,
        [checkpoint, category, n, seed, *lanes.inputs],
        [view, facts, good, differences, ended, again, repeat],
        api_visibility="private", concurrency_limit=RACES_AT_ONCE, show_progress="hidden",
    )   # fmt: skip
    stop.click(broken_off, [ended, *lanes.inputs], facts, cancels=[running], **controls.PRIVATE)
    again.click(measure, ended, [line, timer, stop_measuring], **controls.TELLING)
    stop_measuring.click(remeasuring.stop, None, None, **controls.PRIVATE)
    timer.tick(look, ended, [line, timer, stop_measuring, good, plot], **controls.PRIVATE)
    tab.select(watch, None, [line, timer, stop_measuring], **controls.PRIVATE)
    repeat.click(twice, ended, repeated, api_visibility="private", concurrency_limit=2, show_progress_on=repeated)
    checkpoint.input(
        controls.told(lambda name: controls.category_choice(engine, name)), checkpoint, category, **controls.TELLING
    )
    tab.select(lambda: controls.refreshed(engine), None, checkpoint, **controls.PRIVATE)
    tab.select(lambda: frontier_value(engine, remeasuring.points), None, plot, **controls.PRIVATE)
    return checkpoint


def live(moment: UnderWay, lanes: list[Lane]) -> str:
    """The player's value while a race is run: finished lanes, the running one, and those still at the start."""
    label = [running_line(moment, lanes)]
    return pack(*(
        frames_payload(picture[None], label) | named(lane)
        for lane, picture in zip(lanes, moment.pictures, strict=True)
    ), autoplay=False)   # fmt: skip


def at_the_start(lanes: Sequence[Lane]) -> str:
    """The player's value before any race: the noise that all lanes start from."""
    start = Start()
    noise = to_uint8(SpriteNoise(start.seed, range(start.n))())[None]
    return pack(*(frames_payload(noise, [AT_THE_START]) | named(lane) for lane in lanes), autoplay=False)


def named(lane: Lane) -> dict[str, str]:
    """What the player says of a lane."""
    return {"title": race_facts.marked(lane), "kind": lane.kind}


def before(lanes: Sequence[Lane], said: str, ended: Sequence[Timed | None] = ()) -> str:
    """The facts as far as there are any, and what happens now."""
    return race_facts.timing_table(lanes, ended or [None] * len(lanes)) + f"<p>{said}</p>"


def running_line(moment: UnderWay, lanes: list[Lane]) -> str:
    """Which lane is at which step."""
    where = f"{lanes[moment.running].title}: step {moment.step} of {moment.steps}"
    return f"{where}, {moment.seconds_left:.0f} s to go" if moment.step < moment.steps else f"{where}, finished"


def replay(timed: list[Timed]) -> str:
    """The player's value of a race that has ended: all lanes by one clock, to be saved with their recipe."""
    payloads = [one.trajectory.payload() | named(one.lane) for one in timed]
    return pack(*payloads, recipe=remembered(timed))


def remembered(timed: list[Timed]) -> Ended:
    """What is kept of a race on the page and inside its pictures."""
    return {
        "race": [one.request.recipe for one in timed],
        "lanes": [vars(one.lane) for one in timed],
        "seconds_a_sprite": [1 / one.sprites_a_second for one in timed],
    }


def requests_of(ended: Ended) -> list[RunRequest]:
    """The runs of a race that was remembered; ValueError if it is damaged."""
    return [RunRequest.from_recipe(recipe) for recipe in ended["race"]]


def lanes_of(ended: Ended) -> list[Lane]:
    """The lanes of a race that was remembered."""
    return [Lane.from_values(lane) for lane in ended["lanes"]]


def measuring_line(measurement: Measurement | None) -> str:
    """Where a measurement is, in a line."""
    if measurement is None:
        return ""
    if measurement.message:
        return f"**Not measured:** {measurement.message}"
    if measurement.status != RUNNING:
        return f"Measurement {measurement.status}."
    left = measurement.seconds_left
    return f"Measuring: {measurement.share:.0%} done" + (f", about {duration(left)} to go." if left else ", beginning.")
