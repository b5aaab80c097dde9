"""A tab as a script: run in a process of its own, it gives the very pixels of the engine; and nothing in it is run that
came from outside."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
import torch
from PIL import Image

from diffusion.denoiser import DiffusionModel
from diffusion.editing import Change, Finish
from diffusion.explain.activations import VIEWS, feature_maps, noisy
from diffusion.explain.noised_sprite import NoisedSprite, denoise
from diffusion.generation import SampleConfig, categories_in_turn, context_rows, generate, usual_config
from diffusion.mixing import Path as MixPath
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.serving.engine import Engine
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.limits import Limits
from diffusion.serving.race import Lane, Start, Track
from diffusion.serving.requests import RunRequest
from diffusion.serving.scripts.network_scripts import Look, look_script, training_script
from diffusion.serving.scripts.python_text import WIDTH, assigned, laid_out
from diffusion.serving.scripts.run_scripts import noise_script, race_script, run_script
from diffusion.serving.states import State
from diffusion.sprites.painter import examples, paint
from diffusion.sprites.readers import Choices
from diffusion.support.checks import InputError
from diffusion.support.images import grid, grid_columns, to_uint8
from diffusion.training.distillation import new_student
from diffusion.training.recipes import recipe

ROOT = Path(__file__).parents[2]
SCALE = 4
# Runs each script as a program of its own, in a folder of its own beside the models; all in one process, since torch
# takes seconds to load.
RUN_ALL = """
import os, runpy, sys
from pathlib import Path
for script in sorted(Path.cwd().glob("*/script.py")):
    os.chdir(script.parent)
    runpy.run_path(str(script), run_name="__main__")
"""
HERO, MIX = (("hero", 1.0),), (("hero", 1.0), ("food", 0.6), ("spell", 0.0), ("side-facing", -0.25))
LOCKED = tuple((9 if k % 3 else 4, k) for k in range(16))
RUNS = {
    "as usual": RunRequest("tiny", SampleConfig()),
    "one category": RunRequest("tiny", SampleConfig("ddim", 3, 5, 7, guidance=2.0, clean=True), HERO),
    "one sprite": RunRequest("tiny", SampleConfig("ddpm", 4, 1, 1, clean=False, variance="posterior")),
    "fresh noise": RunRequest("tiny", SampleConfig("ddim", 3, 7, 2**32 - 1, eta=0.35, guidance=0.0)),
    "many": RunRequest("tiny", SampleConfig("dpmpp_2m", 2, 64, 5)),
    "a student": RunRequest("tiny-1", SampleConfig("jumps", 1, 4, 3)),
    "a mix": RunRequest("tiny", SampleConfig(n=16, steps=2, seed=3, guidance=1.5), MIX),
    "composed": RunRequest("tiny", SampleConfig("ddim", 2, 16, 9, mixing="composed", origins=LOCKED, clean=True), MIX),
    "a changed drawing": RunRequest(
        "tiny", SampleConfig(steps=4, n=4, seed=2, clean=True), MIX, edit=Change(paint(1).images[0].tobytes(), 0.6)
    ),
    "a finished drawing": RunRequest(
        "tiny", SampleConfig("ddim", 3, 4, 2), HERO, edit=Finish(bytes(768), bytes([1] * 100 + [0] * 156), 2)
    ),
    "nothing asked": RunRequest("tiny", SampleConfig("ddim", 2, 3), ()),
}
LANES = [Lane("ddpm", 6), Lane("ddim", 3, 0.5), Lane("ddim", 3), Lane("student-1")]
STARTS = {"a race": Start(4, 2, HERO), "a race in turn": Start(3, 0, None, False)}
DRAWINGS = {
    "a shelf sprite": (NoisedSprite(paint(20).images[7].tobytes(), 150, 4, "linear"), "tiny"),
    "own drawing": (NoisedSprite(bytes(range(256)) * 3, 60, 1, "cosine"), "tiny"),
    "little noise": (NoisedSprite(paint(1).images[0].tobytes(), 1, 0, "linear"), "tiny"),
}
LOOKS = {
    "maps": Look("tiny", "Bob", 175, 0, {"hero": 1.0}, "up 1", "maps", "nothing"),
    "what context changes": Look("tiny", "food", 20, 3, {"food": 0.5, "spell": 0.0}, "down 1", "change", "skips"),
}
TRAINING = recipe("fast", minutes=None, steps=2, batch=4, seed=5, learning_rate=0.001)
HOSTILE = [
    '"); import os; os.mkdir("hacked") #', "'); import os; os.mkdir('hacked') #", "\n import os\nos.mkdir('hacked')\n#",
    "\\", "\\'", '"""', "'''", "{__import__('os').mkdir('hacked')}", "\u202e", "\u2028os", "\ud800", "\x00", "\x1b[0m",
    "a" * 300, "'" * 200, '"' * 100 + "'" * 100, "\U000e0001" * 60, "",
]   # fmt: skip


def engine_over(folder: Path) -> Engine:
    return Engine(folder / "checkpoints", "cpu")


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny_model):
    """A folder with models beside all scripts."""
    place = tmp_path_factory.mktemp("scripts")
    save_checkpoint(tiny_model, {}, "tiny", place / "checkpoints")
    save_checkpoint(new_student(tiny_model, 1), {}, "tiny-1", place / "checkpoints")
    return place


@pytest.fixture(scope="module")
def engine(place):
    return engine_over(place)


@pytest.fixture(scope="module")
def texts(engine):
    """All scripts by their names."""
    runs = {name: run_script(engine, request) for name, request in RUNS.items()}
    races = {name: race_script(engine, "tiny", LANES, start) for name, start in STARTS.items()}
    drawings = {name: noise_script(engine, model, noised, 20) for name, (noised, model) in DRAWINGS.items()}
    looks = {name: look_script(engine, look) for name, look in LOOKS.items()}
    return runs | races | drawings | looks | {"a training": training_script("fast", TRAINING, (), Choices())}


@pytest.fixture(scope="module")
def made(texts, place):
    """The picture that each script has saved, by its name."""
    run_together(texts, place)
    return {name: np.array(Image.open(folder_of(name, place) / "sprites.png")) for name in texts}


def folder_of(name, place):
    return place / name.replace(" ", "-")


def run_together(texts, place):
    for name, text in texts.items():
        folder = folder_of(name, place)
        folder.mkdir()
        (folder / "checkpoints").symlink_to(place / "checkpoints")
        (folder / "script.py").write_text(text, encoding="utf-8")
    command, environment = [sys.executable, "-c", RUN_ALL], os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=place, env=environment, check=True, timeout=200, stdout=subprocess.DEVNULL)


def picture(images, columns=None):
    return grid(images, columns or grid_columns(len(images))).repeat(SCALE, 0).repeat(SCALE, 1)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_gives_the_pixels_of_the_engine(name, made, engine):
    assert np.array_equal(made[name], picture(engine.trajectory(RUNS[name]).sprites))


@pytest.mark.parametrize("name", STARTS)
def test_a_race_gives_the_pixels_of_all_lanes(name, made, engine):
    *_, timed = Track().race(engine, "tiny", LANES, STARTS[name])
    sprites = np.concatenate([one.outcome.sprites for one in timed])
    assert np.array_equal(made[name], picture(sprites, STARTS[name].n))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_denoised_to_the_same_pixels(name, made, engine):
    noised, model = DRAWINGS[name]
    assert np.array_equal(made[name], picture(denoise(engine.model(model), noised).sprites))


@pytest.mark.parametrize("name", LOOKS)
def test_a_block_shows_the_same_maps(name, made, engine):
    look = LOOKS[name]
    model = engine.model(look.checkpoint)
    x_t = noisy(model, examples()[look.sprite], look.t, look.seed)
    seen = feature_maps(model, x_t, look.t, context_rows(look.weights, model.categories, 1), look.block, look.view)
    assert np.array_equal(made[name], picture(seen.tiles[..., None].repeat(3, -1)))


def test_a_training_of_so_many_steps_ends_at_the_weights_of_the_app(made, place, tmp_path):
    jobs = JobTable(tmp_path, "cpu", Limits())
    job = jobs.start(None, TRAINING)
    deadline = monotonic() + 120
    while job.under_way:
        assert monotonic() < deadline
        sleep(0.02)
    assert job.state is State.FINISHED, job.message
    in_app, by_script = load_checkpoint(job.name, tmp_path), load_checkpoint("mine", place / "checkpoints")
    assert by_script.config == in_app.config and same_weights(by_script, in_app)
    run = usual_config(in_app, n=16)
    drawn = generate(in_app, run, categories_in_turn(in_app.categories, run.n))
    assert np.array_equal(made["a training"], picture(to_uint8(drawn)))


def same_weights(a: DiffusionModel, b: DiffusionModel) -> bool:
    ours, theirs = a.net.state_dict(), b.net.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_scripts_are_short_and_their_lines_too(texts):
    for name, text in texts.items():
        lines = list(filter(None, text.splitlines()))
        assert all(len(line) <= WIDTH for line in lines), name
        assert 8 <= sum(line[0] not in " )]}" for line in lines) <= 20, name   # but for what is within something


def test_what_is_as_usual_is_left_out_and_what_is_asked_for_is_said(texts):
    assert "SampleConfig()" in texts["as usual"]
    assert 'SampleConfig(sampler="ddim", steps=3, n=5, seed=7, guidance=2.0, clean=True)' in texts["one category"]
    assert '{"hero": 1.0, "food": 0.6, "side-facing": -0.25}' in texts["a mix"]
    assert "images[7]" in texts["a shelf sprite"] and "b64decode" in texts["own drawing"]
    assert 'recipe("fast", minutes=None, steps=2, batch=4, learning_rate=0.001, seed=5)' in texts["a training"]


def test_the_model_that_ships_is_opened_by_its_name_alone():
    text = run_script(Engine(device="cpu"), RunRequest("sprites", SampleConfig()))
    assert 'load_checkpoint("sprites")\n' in text and "Path" not in text


@pytest.mark.parametrize("request_", [
    RunRequest("lost"),
    RunRequest("tiny", SampleConfig(), (("dragon", 1.0),)),
    RunRequest("tiny-1", SampleConfig("ddim", 2)),
    RunRequest("tiny", SampleConfig(), HERO, MixPath(HERO, 1, 4)),
])   # fmt: skip
def test_what_cannot_be_run_is_not_written(engine, request_):
    with pytest.raises(InputError):
        run_script(engine, request_)


def test_looks_and_drawings_that_cannot_be_are_not_written(engine):
    for wrong in ({"block": "up 9"}, {"sprite": "Rob"}, {"t": 0}, {"weights": {"dragon": 1}}, {"view": "sound"}):
        with pytest.raises(InputError):
            look_script(engine, LOOKS["maps"]._replace(**wrong))
    with pytest.raises(InputError, match="student"):
        noise_script(engine, "tiny-1", DRAWINGS["own drawing"][0], 20)
    with pytest.raises(InputError):
        race_script(engine, "tiny", [Lane("student-3"), Lane("ddim")], Start())
    assert VIEWS[0] == "maps"   # which the scripts leave out


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_a_value(name):
    """Whatever it holds, the text is one assignment of the very same value, in short lines that any editor shows."""
    for value in (name, [name], {name: 1.0}, (name, {name: [name, (1, None, True)]}), name.encode("utf-8", "replace")):
        text = assigned("value", value)
        (statement,) = ast.parse(text).body
        assert ast.literal_eval(statement.value) == value
        assert all(len(line) <= WIDTH and line.isprintable() for line in text.split("\n"))


def test_a_hostile_model_does_nothing_but_draw(tiny_model, tmp_path):
    """Names of categories come in files from anyone."""
    names = tuple(HOSTILE[:5])
    hostile = DiffusionModel(replace(tiny_model.config, categories=names), tiny_model.net, tiny_model.schedule)
    save_checkpoint(hostile, {}, "hostile", tmp_path / "checkpoints")
    engine = engine_over(tmp_path)
    request = RunRequest("hostile", SampleConfig("ddim", 2, 2), tuple((name, 0.5) for name in names))
    look = Look("hostile", "Bob", 10, 0, dict.fromkeys(names, 1.0), "up 1", "maps", "nothing")
    run_together({"hostile": run_script(engine, request), "hostile look": look_script(engine, look)}, tmp_path)
    made = np.array(Image.open(tmp_path / "hostile/sprites.png"))
    assert np.array_equal(made, picture(engine.trajectory(request).sprites))
    assert not list(tmp_path.rglob("hacked"))


def test_own_files_are_named_and_nothing_else_of_them():
    files = [f"/tmp/secret/{name}.zip" for name in ("it's", '"); x(', "a\nb")]
    text = training_script("fast", recipe("fast"), files, Choices.from_values(json.loads('{"tile": [16, 24]}')))
    ast.parse(text)
    assert "secret" not in text and """Path("it's.zip")""" in text and '{"tile": (16, 24)}' in text
    assert "built_in" not in text


def test_what_fits_stays_in_one_line():
    assert laid_out((1,), 0) == "(1,)" and laid_out([], 0) == "[]" and assigned("a", ()) == "a = ()"
