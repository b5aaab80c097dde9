"""What the Edit tab asks the server: the run behind it, its recipe, and what is refused in a sentence."""

import json

import numpy as np
import pytest

from diffusion.editing import Change, Finish, edit_from_values
from diffusion.models.checkpoints import save_checkpoint
from diffusion.serving.desks import following
from diffusion.serving.desks.edit_desk import page_edit, shown_edit
from diffusion.serving.engine import GUIDED_EDIT_STEPS, QUICK_EDIT_STEPS, Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.sprites.painter import bob
from diffusion.support.checks import InputError
from diffusion.support.saved_pictures import read_recipe
from diffusion.training.distillation import new_student
from diffusion.ui.controls import category_of
from diffusion.ui.sections.mixes.mix_controls import showing
from diffusion.ui.tabs import edit_tab

UPPER_HALF = bytes([1] * 128 + [0] * 128)
EDITS = {"change": Change(bob().tobytes(), 0.6), "finish": Finish(bob().tobytes(), UPPER_HALF, 2)}


@pytest.fixture
def engine(folder, tiny_model):
    save_checkpoint(new_student(tiny_model, 1), {}, "tiny-1", folder)
    return Engine(folder, "cpu")


def ask(kind, /, **change):
    asked = {"checkpoint": "tiny", "weights": [1, 0, 0.5], "guidance": 1.5, "seed": 3, "clean": False}
    return EDITS[kind].values | asked | {"origins": [[3, k] for k in range(4)]} | change


@pytest.mark.parametrize("kind", EDITS)
def test_the_run_behind_an_ask_is_that_of_its_edit(engine, kind):
    request = page_edit(engine, ask(kind))
    assert request.edit == EDITS[kind] and request.config.n == 4 and dict(request.weights)["hero"] == 1
    model = engine.model("tiny")
    *_, last = EDITS[kind].run(model, request.config, request.context(model))
    answer = following.refine(engine, Reference(), request)
    assert answer.drawn == answer.asked == request
    expected = ((last.x_next.clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1).numpy()
    assert (answer.drawing.sprites == expected).all()


def test_while_it_is_dragged_it_is_drawn_in_few_steps_by_the_model_itself(engine):
    for kind in EDITS:
        answer = following.draw(engine, Reference(), page_edit(engine, ask(kind)))
        assert answer.drawn.checkpoint == "tiny" and answer.drawn.config.steps == QUICK_EDIT_STEPS
        assert answer.drawing.calls == QUICK_EDIT_STEPS + GUIDED_EDIT_STEPS and answer.asked != answer.drawn


def test_kept_pixels_reach_the_page_as_they_were_drawn(engine):
    for plan in (following.draw, following.refine):
        sprites = plan(engine, Reference(), page_edit(engine, ask("finish"))).drawing.sprites
        assert (sprites[:, :8] == bob()[:8]).all() and (sprites[:, 8:] != bob()[8:]).any()


@pytest.mark.parametrize("kind", EDITS)
def test_a_saved_picture_brings_the_edit_back(engine, kind, tmp_path):
    request = page_edit(engine, ask(kind))
    path = tmp_path / "saved.png"
    path.write_bytes(engine.trajectory(request).png(request.recipe))
    restored = RunRequest.from_recipe(read_recipe(path))
    assert restored == request and edit_from_values(json.loads(json.dumps(request.edit.values))) == request.edit
    shown_kind, share, resampling, checkpoint, *_, editor = edit_tab.showing(engine, restored)
    assert (shown_kind, checkpoint) == (kind, "tiny")
    assert (share, resampling) == ((60, 1) if kind == "change" else (70, 2))
    assert json.loads(editor.constructor_args["given"]) == request.edit.values


def test_other_tabs_send_it_to_the_one_that_can_show_it(engine):
    request = page_edit(engine, ask("change"))
    for refuse in (lambda: showing(engine, request), lambda: category_of(request, ("hero",))):
        with pytest.raises(InputError, match="give it to the Edit tab"):
            refuse()
    with pytest.raises(InputError, match="was not made from a drawing"):
        edit_tab.showing(engine, RunRequest("tiny"))


def test_the_picture_tells_what_is_asked_and_chosen(engine):
    request, chosen = shown_edit(engine, json.dumps({"ask": ask("change"), "chosen": 2}))
    assert request == page_edit(engine, ask("change")) and chosen == 2
    with pytest.raises(InputError, match="there is no edit yet"):
        shown_edit(engine, "")


WRONG = {
    "no kind": ({"kind": None}, "kind of edit None is unknown"),
    "another kind": ({"kind": "explode"}, "kind of edit 'explode' is unknown: choose from change, finish"),
    "no base64": ({"drawing": "no base64!"}, "this describes no edit"),
    "a short drawing": ({"drawing": "AAAA"}, "drawing: it must have 768 bytes"),
    "a number for a drawing": ({"drawing": 5}, "this describes no edit"),
    "too much noise": ({"noise_share": 1.5}, "noise share = 1.5"),
    "words for noise": ({"noise_share": "much"}, "noise share = much"),
    "too many sprites": ({"origins": [[0, k] for k in range(100)]}, "may ask for 1 to 64 sprites"),
    "no sprites": ({"origins": []}, "n = 0"),
    "bad origins": ({"origins": 7}, "this describes no edit"),
    "bad weights": ({"weights": ["x", 0, 0]}, "hero = x"),
    "no weights": ({"weights": None}, "this describes no edit"),
    "bad seed": ({"seed": -1}, "seed = -1"),
    "no such model": ({"checkpoint": "nobody"}, "was not found"),
    "a student": ({"checkpoint": "tiny-1", "guidance": 1}, "made for a few noise levels only"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_edit_is_refused_in_a_sentence(engine, name):
    change, sentence = WRONG[name]
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        following.refine(engine, Reference(), page_edit(engine, ask("change", **change)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"kept": "AAAA"}, "kept: it must have 256 bytes"), ({"resampling": 0}, "resampling = 0"),
     ({"resampling": 2.5}, "resampling = 2.5"), ({"kept": None}, "this describes no edit")],
)   # fmt: skip
def test_what_cannot_be_finished_is_refused_in_a_sentence(engine, change, sentence):
    with pytest.raises(InputError, match=sentence):
        page_edit(engine, ask("finish", **change))


def test_variants_differ_and_come_again(engine):
    request = page_edit(engine, ask("change"))
    sprites, again = (following.refine(engine, Reference(), request).drawing.sprites for _ in range(2))
    assert len(np.unique(sprites.reshape(4, -1), axis=0)) == 4 and (sprites == again).all()
