"""The DDPM vs DDIM tab: samplers race from the same noise, with what each cost, how good it is, and the frontier."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import gradio as gr

from diffusion.evaluation import frontier
from diffusion.evaluation.frontier import Point
from diffusion.noise import SpriteNoise
from diffusion.serving.engine import Engine
from diffusion.serving.race import MIN_LANES, Lane, Outcome, Start, Timed, UnderWay, Waiting, entered
from diffusion.serving.race_pictures import race_gif, race_png
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.run_scripts import race_script
from diffusion.serving.services import Services
from diffusion.serving.wire_formats import frames_payload, run_payload
from diffusion.support.checks import InputError, whole
from diffusion.support.images import to_uint8
from diffusion.support.wording import shown
from diffusion.ui import controls
from diffusion.ui.address import MODEL, SHOWS_ITSELF, Settings, TabState
from diffusion.ui.components.component import component
from diffusion.ui.components.frontier_plot.frontier_plot import frontier_plot, stored_points
from diffusion.ui.components.player.player import pack, player
from diffusion.ui.guests import Guest, refreshed, welcome
from diffusion.ui.here import stop_script
from diffusion.ui.sections import race_facts, race_here
from diffusion.ui.sections.as_code.python_section import python_section
from diffusion.ui.sections.lanes_section import FIRST, chosen_lanes, lane_controls
from diffusion.ui.words import devices, lessons, races

RACES_AT_ONCE = 8   # that wait for each other
TICK_S = 1.0
KEYS = (MODEL, "draw", "n", "seed", "clean")   # of its settings, in the page's address
PREPARED_S = 15   # at most: painting the real sprites to compare with
SAVED = {"gif": race_gif, "png": race_png}

Ended = dict[str, Any]   # what a page remembers of its race, JSON values: the recipe of each lane, and its seconds


class Planned(NamedTuple):
    """The updates of a page when a race is planned, in the order of its outputs."""

    for_page: str
    planned: Ended   # but for the seconds
    told: str
    facts: str
    quality: str
    differences: str = ""
    ended: Ended | None = None


class Shown(NamedTuple):
    """The updates of a page while a race is run, in the order of its outputs."""

    player: Any = gr.skip()
    facts: Any = gr.skip()
    quality: Any = gr.skip()
    differences: str = ""
    ended: Ended | None = None
    measure: Any = gr.skip()
    twice: Any = gr.skip()


def race_tab(services: Services) -> TabState:
    """Build the tab; returns what of it stands in the page's address."""
    reference, track, measurements = services.reference, services.track, services.measurements
    welcomed = welcome(services)
    device = services.engine.device.type

    def save(guest: Guest, recipe: dict[str, Any], kind: str) -> bytes:
        if isinstance(recipe, dict) and recipe.get("isHere"):
            raise InputError(races.DRAWN_HERE)
        return SAVED[kind](track.finished(guest.engine, requests_of(recipe)), recipe)

    @welcomed
    def race_by_name(
        guest: Guest, checkpoint: str, lanes: list[dict[str, Any]], category: str = controls.IN_TURN, n: int = 16,
        seed: int = 0, clean: bool = True,
    ) -> tuple[str, str]:   # fmt: skip
        """A race, for programs: lanes as [{"runner": "ddim", "steps": 25, "eta": 0}, ...], the player's JSON out."""
        start = starting(category, n, seed, None if clean else False)
        *_, timed = track.race(guest.engine, checkpoint, lanes_from(lanes), start)
        return replay(timed), timing(guest.engine, timed)

    @welcomed
    def plan(guest: Guest, checkpoint: str, category: str, n: int, seed: int, clean: bool, *lanes: Any) -> Planned:
        """What the page needs to run the race by itself; so that all is checked, whoever runs it."""
        start, named = starting(category, n, seed, clean), chosen_lanes(*lanes)
        requests = [request for _, request in entered(guest.engine, checkpoint, named, start)]
        values = {"race": [request.recipe for request in requests], "lanes": [vars(lane) for lane in named]}
        facts, good = before(named, races.BEGUN), race_facts.quality_before(named)
        return Planned(race_here.plan(named, requests), values, "", facts, good)

    @welcomed
    def tell(guest: Guest, planned: Ended | None, told: str) -> Shown:
        """What the page shows of a race that it has run by itself."""
        if not told:   # the server runs it, or it was stopped
            return Shown(differences=gr.skip(), ended=gr.skip())
        requests = requests_of(planned)
        raced = race_here.read(told, lanes_of(planned), requests)
        guidance = guest.engine.model(requests[0].checkpoint).config.guidance
        said = races.how_timed_here(raced.outcomes, raced.alike, raced.workers, raced.is_on_graphics, guidance)
        return came(guest.engine, raced.outcomes)._replace(facts=facts_of(raced.outcomes, said))

    @welcomed
    def race(
        guest: Guest, checkpoint: str, category: str, n: int, seed: int, clean: bool, *lanes: Any
    ) -> Iterator[Shown]:
        start, named = starting(category, n, seed, clean), chosen_lanes(*lanes)
        for moment in track.race(guest.engine, checkpoint, named, start):
            yield seen(guest.engine, moment, named)

    def seen(engine: Engine, moment: Waiting | UnderWay | list[Timed], lanes: list[Lane]) -> Shown:
        """What the page shows of a race, waiting, under way or ended."""
        if isinstance(moment, Waiting):
            return Shown(facts=before(lanes, races.WAITING))
        if isinstance(moment, UnderWay):
            facts = before(lanes, races.running(moment, lanes), moment.ended)
            return Shown(live(moment, lanes), facts, race_facts.quality_before(lanes))
        outcomes = [one.outcome for one in moment]
        return came(engine, outcomes)._replace(player=replay(moment), facts=timing(engine, moment))

    def came(engine: Engine, outcomes: list[Outcome]) -> Shown:
        """What the page shows of a race that has ended, but for the race itself and its times."""
        ended = remembered(outcomes)
        return Shown(
            quality=quality(engine, ended),
            differences=race_facts.compared(outcomes),
            ended=ended,
            measure=measure_button(engine, ended),
            twice=gr.Button(interactive=True),
        )

    def broken_off(ended: Ended | None, *lanes: Any) -> str:
        return gr.skip() if ended else before(chosen_lanes(*lanes), races.PRESS)

    def timing(engine: Engine, timed: list[Timed]) -> str:
        guidance = engine.model(timed[0].request.checkpoint).config.guidance
        return facts_of([one.outcome for one in timed], races.how_timed(timed, device, guidance))

    def n_measured(engine: Engine) -> int:
        """Sprites of each run of the stored table: only of as many can others be compared with it."""
        stored = stored_points(engine)
        return stored[0].n if stored else frontier.N

    def quality(engine: Engine, ended: Ended) -> str:
        points, now, n = stored_points(engine), measurements.points, n_measured(engine)
        found = [point_of(engine, request, [*points, *now], n) for request in requests_of(ended)]
        return race_facts.quality(lanes_of(ended), found, now, n)

    def point_of(engine: Engine, request: RunRequest, points: Sequence[Point], n: int) -> Point | None:
        if reference.find_judge() is None:
            return None
        config = frontier.spelt_out(engine.model(request.checkpoint), request.config)
        return frontier.find(points, engine.fingerprint(request.checkpoint), reference.judge.fingerprint, config, n)

    def measure_button(engine: Engine, ended: Ended) -> gr.Button:
        n = n_measured(engine)
        return gr.Button(races.measure_button(n, n * sum(ended["seconds_a_sprite"]) + PREPARED_S), visible=True)

    @welcomed
    def measure(guest: Guest, ended: Ended) -> tuple[str, gr.Timer, gr.Button]:
        measurements.start(guest.engine, requests_of(ended), n_measured(guest.engine), guest.visitor)
        return watched(guest)

    @welcomed
    def stop_measurement(guest: Guest) -> None:
        measurements.stop(guest.visitor)

    @welcomed
    def follow_measuring(guest: Guest, ended: Ended | None) -> tuple:
        said, timer, button = watched(guest)
        if measurements.running:
            return said, timer, button, gr.skip(), gr.skip()
        shown = quality(guest.engine, ended) if ended else gr.skip()
        return said, timer, button, shown, str(len(measurements.points))

    def watched(guest: Guest) -> tuple[str, gr.Timer, gr.Button]:
        """Where the measurement is, if there is one, to be looked at by all, and stopped by who started it."""
        running = measurements.running
        own = running and measurements.last.owner == guest.visitor
        return races.measuring(measurements.last), gr.Timer(active=running), gr.Button(visible=own)

    @welcomed
    def twice(guest: Guest, ended: Ended | None, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
        runs = track.twice(guest.engine, requests_of(ended), lambda share: progress(share, desc="each lane twice"))
        return race_facts.repeated(lanes_of(ended), runs)

    with gr.Tab("DDPM vs DDIM", id="race", elem_id="tab-race") as tab:
        controls.lesson(lessons.RACE)
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                with gr.Row(elem_classes="acting"):
                    button = gr.Button("Race", variant="primary")
                    stop = gr.Button("Stop", min_width=80)
                    by_server = gr.Button("By the server", visible="hidden", elem_id="race-by-server")
                    for_page, told = (gr.Textbox(visible="hidden", label=label) for label in ("Plan", "Told"))
                with gr.Accordion("More: model, category, number, seed, colours", open=False, elem_id="race-more"):
                    checkpoint = controls.checkpoint_choice(services.engine)
                    category = controls.category_choice(services.engine, checkpoint.value)
                    n = controls.count_slider()
                    seed = controls.seed_number()
                    clean = controls.clean_choice(services.engine, checkpoint.value)
                lanes = lane_controls(services, checkpoint)
                component("device_switch", "race-device", words=devices.RACE_STATES)
            with gr.Column(scale=3, min_width=320, elem_classes=["picture"]):
                view = player(services, "race-player", at_the_start(FIRST[:MIN_LANES]), save)
                facts = gr.HTML(before(FIRST[:MIN_LANES], races.PRESS), elem_classes="facts")
                good = gr.HTML(race_facts.quality_before(FIRST[:MIN_LANES]), elem_classes="facts")
                with gr.Row():
                    again = gr.Button("Measure", size="sm", visible=False)
                    stop_measuring = gr.Button("Stop measuring", size="sm", visible=False, min_width=80)
                line = gr.Markdown("", elem_classes="facts-line")
        with gr.Accordion(lessons.SAMPLERS_TITLE, open=False):
            controls.lesson(lessons.SAMPLERS)
        with gr.Accordion("Is it as good? The lanes compared, sprite by sprite", open=False):
            differences = gr.HTML(f"<p>{races.PRESS}</p>", elem_classes="comparison")
        with gr.Accordion("Is it the same twice?", open=False):
            controls.lesson(lessons.TWICE)
            repeat = gr.Button("Run each lane twice", interactive=False)
            repeated = gr.HTML("", elem_classes="comparison")
        controls.lesson(lessons.FRONTIER)
        plot = frontier_plot()
        settings = [checkpoint, category, n, seed, clean, *lanes.inputs]
        python_section(services, "race", race_as_python, settings)
        ended, planned, timer = gr.State(None), gr.State(None), gr.Timer(TICK_S, active=False)
        gr.api(race_by_name, api_name="race", concurrency_limit=RACES_AT_ONCE)

    shown = [view, facts, good, differences, ended, again, repeat]
    begun = button.click(plan, settings, [for_page, planned, told, facts, good, differences, ended], **controls.TELLING)
    raced = begun.success(None, for_page, told, js=race_here.race_script(), **controls.PRIVATE)
    raced.then(tell, [planned, told], shown, **controls.TELLING)
    running = by_server.click(
        race, settings, shown, api_visibility="private", concurrency_limit=RACES_AT_ONCE, show_progress="hidden"
    )
    stop.click(None, None, None, js=stop_script("race"), **controls.PRIVATE)
    stop.click(broken_off, [ended, *lanes.inputs], facts, cancels=[running], **controls.PRIVATE)
    again.click(measure, ended, [line, timer, stop_measuring], **controls.TELLING)
    stop_measuring.click(stop_measurement, None, None, **controls.TELLING)
    timer.tick(follow_measuring, ended, [line, timer, stop_measuring, good, plot], **controls.PRIVATE)
    tab.select(welcomed(watched), None, [line, timer, stop_measuring], **controls.PRIVATE)
    repeat.click(twice, ended, repeated, api_visibility="private", concurrency_limit=2, show_progress_on=repeated)
    checkpoint.input(
        welcomed(
            lambda guest, name: [
                choice(guest.engine, name) for choice in (controls.category_choice, controls.clean_choice)
            ]
        ),
        checkpoint, [category, clean], **controls.TELLING,
    )   # fmt: skip
    tab.select(welcomed(refreshed), None, checkpoint, **controls.PRIVATE)
    named = dict(zip(KEYS, [checkpoint, category, n, seed, clean], strict=True)) | lanes.settings
    return TabState("race", named, lambda *model: coming_with(*model) | lanes.coming_with(*model), SHOWS_ITSELF)


def coming_with(guest: Guest, checkpoint: str) -> Settings:
    """The controls as they come with a model."""
    engine = guest.engine
    return dict(zip(KEYS, (
        controls.checkpoint_choice(engine), controls.category_choice(engine, checkpoint), controls.count_slider(),
        controls.seed_number(), controls.clean_choice(engine, checkpoint),
    ), strict=True))


def race_as_python(guest: Guest, checkpoint: str, category: str, n: int, seed: int, clean: bool, *lanes: Any) -> str:
    """The script of the race that is asked for."""
    return race_script(guest.engine, checkpoint, chosen_lanes(*lanes), starting(category, n, seed, clean))


def starting(category: str, n: float, seed: float, clean: bool | None) -> Start:
    """What all lanes share; InputError if a number is none."""
    numbers = whole("number of sprites", n), whole("seed", seed)
    return Start(*numbers, controls.chosen_weights(category), clean)


def live(moment: UnderWay, lanes: list[Lane]) -> str:
    """The player's value while a race is run: finished lanes, the running one, and those still at the start."""
    label = [races.running(moment, lanes)]
    return pack(*(
        frames_payload(picture[None], label) | named(lane)
        for lane, picture in zip(lanes, moment.pictures, strict=True)
    ), autoplay=False)   # fmt: skip


def at_the_start(lanes: Sequence[Lane]) -> str:
    """The player's value before any race: the noise that all lanes start from."""
    start = Start()
    noise = to_uint8(SpriteNoise(start.seed, range(start.n))())[None]
    return pack(*(frames_payload(noise, [races.AT_THE_START]) | named(lane) for lane in lanes), autoplay=False)


def named(lane: Lane) -> dict[str, str]:
    """What the player says of a lane."""
    return {"title": race_facts.marked(lane), "kind": lane.kind}


def before(lanes: Sequence[Lane], said: str, ended: Sequence[Timed | None] = ()) -> str:
    """The facts as far as there are any, and what happens now."""
    outcomes = [one and one.outcome for one in ended] or [None] * len(lanes)
    return race_facts.timing_table(lanes, outcomes) + f"<p>{said}</p>"


def facts_of(outcomes: Sequence[Outcome], said: str) -> str:
    """What a race that has ended came to, and how it was timed."""
    return race_facts.timing_table([one.lane for one in outcomes], outcomes) + said


def replay(timed: list[Timed]) -> str:
    """The player's value of a race that has ended: all lanes by one clock, to be saved with their recipe."""
    payloads = [run_payload(one.trajectory) | named(one.lane) for one in timed]
    return pack(*payloads, recipe=remembered([one.outcome for one in timed]))


def remembered(outcomes: Sequence[Outcome]) -> Ended:
    """What is kept of a race on the page and inside its pictures."""
    return {
        "race": [one.request.recipe for one in outcomes],
        "lanes": [vars(one.lane) for one in outcomes],
        "seconds_a_sprite": [1 / one.sprites_a_second for one in outcomes],
    }


def requests_of(ended: Ended | None) -> list[RunRequest]:
    """The runs of a race that was remembered; InputError if there is none, or it is damaged."""
    recipes = ended.get("race") if isinstance(ended, dict) else None
    if not isinstance(recipes, list):
        raise InputError(races.NO_LANES)
    return [RunRequest.from_recipe(recipe) for recipe in recipes]


def lanes_from(values: list[dict[str, Any]]) -> list[Lane]:
    """Lanes as programs write them; InputError if one is none."""
    if not isinstance(values, list):
        raise InputError(f"lanes = {shown(values)}: give a list of lanes, each with its runner, steps and eta.")
    return [Lane.from_values(lane) for lane in values]


def lanes_of(ended: Ended) -> list[Lane]:
    """The lanes of a race that was remembered."""
    return [Lane.from_values(lane) for lane in ended["lanes"]]
