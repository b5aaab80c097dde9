"""The app through a real client, as a script or another program would use it."""

import base64
import json
import time
from html import unescape

import pytest
import torch
from course_restated import trained_state
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from diffusion.models.checkpoints import save_checkpoint
from diffusion.support.checks import InputError

SAMPLE = {
    "checkpoint": "tiny", "category": "hero", "sampler": "ddim", "steps": 3, "n": 4, "guidance": 1.5, "seed": 0,
}   # fmt: skip
RACE = {
    "checkpoint": "tiny", "lanes": [{"runner": "ddpm", "steps": 6}, {"runner": "ddim", "steps": 3}],
    "category": "food", "n": 2, "seed": 1,
}   # fmt: skip


@pytest.fixture(scope="module")
def client(app_url):
    return Client(app_url, verbose=False)


def reached_as_it_opens(config):
    """The components that the page's first events reach by the server, as their kinds."""
    kinds = {component["id"]: component["type"] for component in config["components"]}
    events, reached, begun = config["dependencies"], set(), set()
    for event in events:
        follows = event["trigger_after"] in begun
        if follows or any(name == "load" for _, name in event["targets"]):
            begun.add(event["id"])
            reached |= {*event["inputs"], *event["outputs"]} if event["backend_fn"] else set()
    return [kinds[component] for component in reached]


def ask(client, inputs, api_name):
    return client.predict(*inputs.values(), api_name=api_name)


def test_few_components_are_reached_as_a_page_opens(client):
    """Each costs the page time at every later event, and what holds others costs that of all in it."""
    kinds = reached_as_it_opens(client.config)
    assert 0 < len(kinds) <= 16
    assert not {"tabs", "tabitem", "accordion", "form"} & set(kinds)


@pytest.mark.parametrize("slider", ["weight-0", "mix-guidance", "edit-noise", "become-0", "unet-t", "unet-weight-0"])
def test_a_drag_is_no_event_of_gradios(client, slider):
    """At each step it would look for all that the event takes in the whole page."""
    ids = {component["props"].get("elem_id"): component["id"] for component in client.config["components"]}
    targets = {tuple(target) for event in client.config["dependencies"] for target in event["targets"]}
    assert (ids[slider], "release") in targets
    assert not targets & {(ids[slider], "input"), (ids[slider], "change")}


def test_events_are_few(client):
    """As it opens, the page goes through all components for each target of each event, twice."""
    assert sum(len(event["targets"]) for event in client.config["dependencies"]) <= 285


def test_sample_gives_a_run_and_its_facts(client):
    payload, facts = ask(client, SAMPLE, "/sample")
    run = json.loads(payload)["lanes"][0]
    assert run["sprites"] == 4 and run["steps"] == 3 and run["calls"] == 6
    assert run["t"] == [500, 301, 127, 0]   # closer together towards the sprite
    assert len(run["views"]["x_t"]["data"]) == 4 * len(run["t"]) * 16 * 16 * 3 * 4 // 3
    assert "6 network calls a sprite" in facts


def test_the_same_request_gives_the_same_sprites(client):
    first, second = (json.loads(ask(client, SAMPLE, "/sample")[0])["lanes"][0]["views"] for _ in range(2))
    assert first == second


def test_clean_colours_are_those_of_the_training_sprites(client, tiny_model):
    def finished(**change):
        run = json.loads(ask(client, SAMPLE | change, "/sample")[0])["lanes"][0]
        pixels = base64.b64decode(run["views"]["x_t"]["data"])[-4 * 16 * 16 * 3 :]
        return {pixels[i : i + 3].hex() for i in range(0, len(pixels), 3)}

    palette = set(tiny_model.config.palette.split())
    assert finished() <= palette
    assert not finished(clean=False) <= palette


def test_mix_follows_its_sliders(client):
    def mix(**weights):
        return json.loads(client.predict("tiny", weights, api_name="/mix"))["lanes"][0]["views"]["x_t"]["data"]

    assert mix(hero=1) == mix(hero=1)
    assert mix(hero=1) != mix(hero=1, food=0.6)
    with pytest.raises(AppError, match="mixing 'stirred' is unknown: choose from vector, composed"):
        client.predict("tiny", {"hero": 1}, 0, 1, "stirred", api_name="/mix")


def look_at_activations(client, **change):
    inputs = {"checkpoint": "tiny", "sprite": "Bob", "t": 200, "weights": {"hero": 1}, "block": "up 1", "view": "maps"}
    return json.loads(client.predict(*(inputs | change).values(), api_name="/activations"))


def test_activations_give_the_maps_of_a_block(client):
    shown = look_at_activations(client)
    assert shown["block"] == "up 1" and shown["shape"] == [64, 8, 8] and shown["channels"] == 64
    assert shown["tiles"] != look_at_activations(client, t=201)["tiles"]
    assert shown["tiles"] != look_at_activations(client, weights={"food": 1})["tiles"]
    cut = look_at_activations(client, seed=0, cut="block")
    assert cut["scale"] == 0 and cut["whole"] == shown["x0"] != cut["x0"] and shown["whole"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"block": "attic"}, "block 'attic' is unknown: choose from enter"),
        ({"view": "x-ray"}, "view 'x-ray' is unknown"),
        ({"seed": 0, "cut": "all"}, "cut 'all' is unknown: choose from nothing, skips, context, block"),
        ({"sprite": "Alice"}, "sprite 'Alice' is unknown: choose from Bob"),
        ({"t": 0}, "t = 0: it must be a whole number from 1 to 500"),
        ({"t": 501}, "from 1 to 500"),
        ({"weights": {"castle": 1}}, "category 'castle' is unknown"),
        ({"weights": {"hero": 1e9}}, "hero = 1000000000"),
    ],
)
def test_bad_input_to_activations_is_told_in_a_sentence(client, change, message):
    with pytest.raises(AppError, match=message) as error:
        look_at_activations(client, **change)
    assert "Traceback" not in str(error.value)


def test_race_starts_both_lanes_from_the_same_noise(client):
    payload, facts = ask(client, RACE, "/race")
    first, second = json.loads(payload)["lanes"]
    frame = 2 * 16 * 16 * 3 * 4 // 3
    assert first["views"]["x_t"]["data"][:frame] == second["views"]["x_t"]["data"][:frame]
    assert first["calls"] == 2 * second["calls"]
    assert "times as fast" in facts


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lanes": [{"runner": "ddim"}]}, "number of lanes = 1"),
        ({"lanes": [{"runner": "ddim"}, {"sampler": "ddpm"}]}, "is no lane"),
        ({"lanes": [{"runner": "ddim"}, {"runner": "student-2"}]}, "no student called 'student-2'"),
        ({"lanes": [{"runner": "ddim", "steps": "many"}] * 2}, "steps = many"),
        ({"n": 65}, "1 to 64"),
        ({"category": "castle"}, "'castle' is unknown"),
    ],
)
def test_a_race_that_cannot_be_is_told_in_a_sentence(client, change, message):
    with pytest.raises(AppError, match=message) as error:
        ask(client, RACE | change, "/race")
    assert "Traceback" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"checkpoint": "lost"}, "not found|not among the choices"),
        ({"checkpoint": "../tiny"}, "not a plain name|not among the choices"),
        ({"sampler": "magic"}, "unknown|not among the choices"),
        ({"steps": 0}, "steps = 0|at least"),
        ({"steps": 501}, "1 to 500|at most"),
        ({"n": 10_000}, "1 to 64|at most"),
        ({"guidance": 1e9}, "guidance|at most"),
        ({"seed": -5}, "seed|at least"),
        ({"category": "castle"}, "unknown|not among the choices"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_the_app_stays_up(client, change, message):
    with pytest.raises(AppError, match=message) as error:
        ask(client, SAMPLE | change, "/sample")
    assert "Traceback" not in str(error.value)
    ask(client, SAMPLE, "/sample")


def test_a_training_job_ends_as_a_checkpoint_that_can_be_sampled(client, app_folder):
    before = set(app_folder.glob("trained-*"))
    client.predict(None, {}, "fast", 0.1, 0, 12, api_name="/train")
    deadline = time.monotonic() + 240   # its minutes count what it gets of the machine
    while not (trained := sorted(set(app_folder.glob("trained-*[0-9].json")) - before)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    record = json.loads(trained[0].read_text())["training"]
    assert record["steps"] >= 1 and record["config"]["seed"] == 0
    payload, _ = ask(client, SAMPLE | {"checkpoint": trained[0].stem}, "/sample")
    assert json.loads(payload)["lanes"][0]["sprites"] == 4


def test_a_course_file_runs_mended_and_as_in_the_course(client, tmp_path):
    torch.save(trained_state(n_feat=8), tmp_path / "model_12.pth")
    said = client.predict(handle_file(tmp_path / "model_12.pth"), api_name="/open_model")[0]
    assert "**model_12.pth** can now be chosen" in unescape(said)
    with_fault = SAMPLE | {"checkpoint": "model_12.pth", "clean": False, "fault": True}
    (payload, facts), (again, _) = (ask(client, with_fault, "/sample") for _ in range(2))
    mended, faulty = json.loads(payload)["lanes"]
    assert (mended["title"], faulty["title"]) == ("mended", "as in the course")
    frame = 4 * 16 * 16 * 3 * 4 // 3
    assert mended["views"]["x_t"]["data"][:frame] == faulty["views"]["x_t"]["data"][:frame]
    assert mended["views"]["x_t"]["data"][-frame:] != faulty["views"]["x_t"]["data"][-frame:]
    assert faulty["views"] == json.loads(again)["lanes"][1]["views"]
    alone = json.loads(ask(client, with_fault | {"fault": False}, "/sample")[0])["lanes"]
    assert [lane["views"] for lane in alone] == [mended["views"]] and "differ by" in facts
    with pytest.raises(AppError, match="cannot be shown with this model"):
        ask(client, SAMPLE | {"clean": False, "fault": True}, "/sample")
    with pytest.raises(AppError, match="no palette"):
        ask(client, with_fault | {"clean": True, "fault": False}, "/sample")


def test_no_course_file_is_told_in_a_sentence(client, tmp_path, app_folder):
    (tmp_path / "bad.pth").write_text("weights")
    with pytest.raises(AppError, match=r"bad\.pth is not a plain file of weights"):
        client.predict(handle_file(tmp_path / "bad.pth"), api_name="/open_model")
    assert not list(app_folder.rglob("*bad*"))


def test_own_sprites_are_shown_before_training(sprites, tmp_path):
    from diffusion.ui.sections.training.own_sprites_section import own_sprites
    from diffusion.ui.sheet_picture import contact_sheet

    sprites.save(tmp_path / "mine.npz")
    read = own_sprites([str(tmp_path / "mine.npz")], {})
    assert len(read) == len(sprites) and contact_sheet(read).size[0] > 16
    assert own_sprites(None, {}) is None
    for values in ([], {"tiles": 3}, {"grids": [1]}, {"tile": 5}, {"grids": {"a": {"width": "x"}}}, {"gap": -1}):
        with pytest.raises(InputError):
            own_sprites([str(tmp_path / "mine.npz")], values)


def test_a_damaged_model_does_not_keep_the_app_from_starting(folder, tiny_model):
    from diffusion.serving.engine import Engine
    from diffusion.ui import build_app

    save_checkpoint(tiny_model, {}, "sprites", folder)
    (folder / "sprites.safetensors").write_text("damaged")
    build_app(folder, "cpu")
    assert Engine(folder, "cpu").first_usable() == "tiny"
    (folder / "tiny.safetensors").write_text("damaged")
    build_app(folder, "cpu")


def test_starting_the_app_asks_no_other_host(app_start):
    here = {"local", "localhost", "127.0.0.1", "::1", "0.0.0.0", None, ""}
    assert not set(app_start["asked"]) - here
