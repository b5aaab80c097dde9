"""Mixing categories: composition, sprites of chosen seeds, paths between mixes and noises, and what the judge reads."""

import json
from dataclasses import replace
from html import unescape
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from diffusion.evaluation.judge import load_judge
from diffusion.generation import Run, SampleConfig, context_rows, generate
from diffusion.mixing import Path, slerp, surprise
from diffusion.models.checkpoints import save_checkpoint
from diffusion.noise import SpriteNoise
from diffusion.serving.desks import following
from diffusion.serving.desks.following import one_sprite
from diffusion.serving.desks.mixing_desk import N_SPRITES, PATH_POINTS, PATH_ROWS, page_mix, path_between
from diffusion.serving.engine import QUICK_STEPS, Engine
from diffusion.serving.reference import Reference
from diffusion.serving.requests import RunRequest
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.saved_pictures import read_recipe
from diffusion.training.distillation import new_student
from diffusion.ui.components.picture_questions import drawn, refined
from diffusion.ui.controls import category_of
from diffusion.ui.sections.favourites_section import listed, strip
from diffusion.ui.sections.mixes.mix_controls import showing
from diffusion.ui.words.lessons import MOST_FAVOURITES

HERO, FOOD = (("hero", 1.0),), (("food", 1.0),)
FEW = {"sampler": "ddim", "steps": 2}


@pytest.fixture
def engine(folder, tiny_model):
    save_checkpoint(new_student(tiny_model, 1), {}, "tiny-1", folder)
    return Engine(folder, "cpu")


def rows(model, n, **weights):
    return context_rows(weights, model.categories, n)


# ---- composition


@pytest.mark.parametrize("guidance", [1.25, 3])
def test_one_category_of_weight_one_composes_to_ordinary_guidance(tiny_model, guidance):
    x, context = SpriteNoise(1, range(3))(), rows(tiny_model, 3, food=1)
    with torch.no_grad():
        ordinary = tiny_model.denoiser(context, guidance)(x, 300)
        composed = tiny_model.denoiser(context, guidance, "composed")(x, 300)
    assert torch.equal(composed, ordinary)


def test_composition_weighs_each_category_s_own_prediction(tiny_model):
    x, context = SpriteNoise(1, range(2))(), torch.tensor([[1, 0, 0.6, 0, 0], [0, 0, 0.5, -0.5, 0]])
    with torch.no_grad():
        alone = [tiny_model.denoiser(torch.eye(5)[[k, k]], 1)(x, 200).double() for k in range(5)]
        none = tiny_model.denoiser(torch.zeros(2, 5), 1)(x, 200).double()
        composed = tiny_model.denoiser(context, 2, "composed")
        eps = composed(x, 200)
    first = none[0] + 2 * (1 * (alone[0][0] - none[0]) + 0.6 * (alone[2][0] - none[0]))
    second = none[1] + 2 * (0.5 * (alone[2][1] - none[1]) - 0.5 * (alone[3][1] - none[1]))
    torch.testing.assert_close(eps.double(), torch.stack([first, second]), rtol=1e-5, atol=1e-5)
    assert composed.calls == 3 + 1   # hero, food, spell, and none


def test_nothing_asked_composes_to_the_answer_without_context(tiny_model):
    x, nothing = SpriteNoise(1, range(2))(), torch.zeros(2, 5)
    composed = tiny_model.denoiser(nothing, 2, "composed")
    with torch.no_grad():
        assert torch.equal(composed(x, 100), tiny_model.denoiser(nothing, 1)(x, 100))
    assert composed.calls == 1


# ---- sprites of chosen seeds


def test_a_sprite_keeps_its_noise_wherever_it_stands(tiny_model):
    whole = generate(tiny_model, SampleConfig(**FEW, n=4, seed=3), rows(tiny_model, 4, hero=1))
    chosen = SampleConfig(**FEW, n=3, seed=9, origins=((3, 2), (9, 1), (3, 0)))
    picked = generate(tiny_model, chosen, rows(tiny_model, 3, hero=1))
    torch.testing.assert_close(picked[[0, 2]], whole[[2, 0]], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(picked[1], whole[1])


@pytest.mark.parametrize(
    ("origins", "message"),
    [
        (((0, 0),), "1 are given for 2 sprites"),
        (((0, 0), (-1, 0)), "seed of a sprite = -1"),
        (((0, 0), (0, 10**9)), "index of a sprite"),
        (((0, 0), (0, 0.5)), "index of a sprite = 0.5"),
    ],
)
def test_origins_out_of_bounds_are_told(origins, message):
    with pytest.raises(ValueError, match=message):
        SampleConfig(n=2, origins=origins)


def test_an_unknown_mixing_is_told():
    with pytest.raises(ValueError, match="mixing 'stirred' is unknown: choose from vector, composed"):
        SampleConfig(mixing="stirred")


# ---- paths


def test_slerp_is_exact_at_both_ends_and_for_equal_noises():
    a, b = SpriteNoise(0, range(4))(), SpriteNoise(1, range(4))()
    assert torch.equal(slerp(a, b, torch.zeros(4)), a)
    assert torch.equal(slerp(a, b, torch.ones(4)), b)
    assert torch.equal(slerp(a, a, torch.zeros(4)), a)
    torch.testing.assert_close(slerp(a, a, torch.full((4,), 0.3)), a)


def test_slerp_goes_along_the_arc_at_an_even_pace():
    """Against the definition: on unit vectors at 90 degrees, share s lies at the angle 90 s degrees."""
    a, b = torch.tensor([[1.0, 0, 0]]).double(), torch.tensor([[0, 1.0, 0]]).double()
    for share in (0.25, 0.5, 0.9):
        angle = torch.tensor(share).double() * torch.pi / 2
        expected = torch.stack([angle.cos(), angle.sin(), torch.zeros(()).double()])[None]
        torch.testing.assert_close(slerp(a, b, torch.tensor([share]).double()), expected, rtol=0, atol=1e-15)


def test_noise_half_way_is_as_long_as_noise_where_the_straight_way_is_shorter():
    a, b = SpriteNoise(0, range(64))(), SpriteNoise(1, range(64))()
    usual = float(a.flatten(1).norm(dim=1).mean())
    half_way = slerp(a, b, torch.full((64,), 0.5)).flatten(1).norm(dim=1)
    assert float((half_way / usual - 1).abs().max()) < 0.1
    assert float(((a + b) / 2).flatten(1).norm(dim=1).max()) < 0.8 * usual


def path_request(points=5, rows=2, seed=7, **settings):
    origins = tuple((0, row) for row in range(rows) for _ in range(points))
    config = SampleConfig(**FEW, n=points * rows, origins=origins, **settings)
    return RunRequest("tiny", config, HERO, Path(FOOD, seed, points))


def test_a_path_begins_and_ends_with_its_two_mixes(engine):
    strip = engine.sprites(path_request()).reshape(2, 5, 16, 16, 3).astype(int)
    first = engine.sprites(RunRequest("tiny", SampleConfig(**FEW, n=2), HERO))
    last = engine.sprites(RunRequest("tiny", SampleConfig(**FEW, n=2, seed=7), FOOD))
    assert np.abs(strip[:, 0] - first).max() <= 1 and np.abs(strip[:, -1] - last).max() <= 1
    steps = np.abs(np.diff(strip, axis=1)).mean((2, 3, 4))
    assert (steps > 0).all()


def test_the_contexts_of_a_path_lie_on_the_straight_way(tiny_model):
    context = path_request().context(tiny_model)
    assert context[:5, 0].tolist() == [1, 0.75, 0.5, 0.25, 0] == context[5:, 0].tolist()
    assert context[:5, 2].tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_a_path_that_cannot_be_is_told():
    with pytest.raises(ValueError, match="points = 1"):
        Path(FOOD, 0, 1)
    with pytest.raises(ValueError, match="a path needs a mix to start from"):
        RunRequest("tiny", SampleConfig(n=2), None, Path(FOOD, 0, 2))


# ---- recipes


@pytest.mark.parametrize(
    "request_",
    [
        path_request(mixing="composed"),
        RunRequest("a", SampleConfig(n=2, origins=((3, 1), (4, 0)), mixing="composed"), HERO),
    ],
    ids=["path", "mix"],
)
def test_a_recipe_gives_a_mix_back(request_):
    again = RunRequest.from_recipe(json.loads(json.dumps(request_.recipe)))
    assert again == request_ and hash(again) == hash(request_)


def test_a_recipe_from_before_there_were_paths_still_loads():
    old = {"sampler": "ddim", "steps": 3, "n": 2, "seed": 5, "guidance": None, "eta": 0.0}
    request = RunRequest.from_recipe({"checkpoint": "a", "config": old, "weights": [["hero", 1]]})
    assert request == RunRequest("a", SampleConfig("ddim", 3, 2, 5), HERO)


@pytest.mark.parametrize("path", [3, "far", {"weights": 1}, {"weights": [], "seed": 0.5, "points": 3}, [1]])
def test_a_damaged_path_is_told(path):
    with pytest.raises(ValueError):
        RunRequest.from_recipe(path_request().recipe | {"path": path})


# ---- quick drawing


def test_the_student_draws_the_same_sprites_quickly(engine):
    request = RunRequest("tiny", SampleConfig(n=2, seed=4, origins=((4, 1), (5, 0)), mixing="composed"), HERO)
    quick = engine.quick(request)
    assert quick.checkpoint == "tiny-1" and (quick.config.sampler, quick.config.steps) == ("jumps", 1)
    assert replace(quick, checkpoint="tiny", config=request.config) == request
    assert (quick.config.origins, quick.config.mixing) == (request.config.origins, "composed")
    run = quick.run(engine.model("tiny-1"))
    list(run)
    assert run.calls == 2   # one category, and none


def test_a_model_without_a_student_or_with_other_guidance_draws_itself_in_few_steps(engine, folder, tiny_model):
    other = engine.quick(RunRequest("tiny", SampleConfig(guidance=3.0), HERO))
    assert (other.checkpoint, other.config.steps, other.config.guidance) == ("tiny", QUICK_STEPS, 3.0)
    save_checkpoint(tiny_model, {}, "alone", folder)
    assert engine.student("alone") is None
    assert engine.quick(RunRequest("alone", SampleConfig(), HERO)).config.steps == QUICK_STEPS


def test_a_student_is_quick_already(engine):
    request = RunRequest("tiny-1", SampleConfig("jumps", 1), HERO)
    assert engine.student("tiny-1") is None and engine.quick(request) == request


def test_one_that_is_no_student_of_the_same_categories_is_not_taken(engine, folder, tiny_model):
    save_checkpoint(tiny_model, {}, "tiny-1", folder)   # of as many steps as you like
    assert engine.student("tiny") is None


def test_calls_of_a_composed_run_are_counted(tiny_model):
    run = Run(tiny_model, SampleConfig(**FEW, n=3, mixing="composed"), rows(tiny_model, 3, hero=1, food=0.6))
    list(run)
    assert run.calls == 2 * 3


def test_a_path_is_saved_as_rows_of_its_points(engine, tmp_path):
    request = path_request()
    (tmp_path / "strip.png").write_bytes(engine.trajectory(request).png(request.recipe, request.columns))
    with Image.open(tmp_path / "strip.png") as picture:
        assert picture.size == (4 * (5 * 18 + 2), 4 * (2 * 18 + 2))
    assert RunRequest.from_recipe(read_recipe(tmp_path / "strip.png")) == request


# ---- what the page asks and gets


def ask(**change):
    origins = [[0, k] for k in range(N_SPRITES)]
    usual = {"checkpoint": "tiny", "weights": [1, 0, 0.6, 0, 0], "wide": False, "mixing": "vector", "guidance": 1.25}
    return usual | {"seed": 0, "origins": origins} | change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [1.5]}, "hero = 1.5: it must be a number from 0 to 1"),
        ({"weights": [0, -0.6], "wide": True}, "non-hero = -0.6: it must be a number from -0.5 to 2"),
        ({"weights": ["1"]}, "hero = 1"),
        ({"weights": 3}, "no mix"),
        ({"origins": [[0, 0]]}, "1 are given for 16 sprites"),
        ({"origins": None}, "no mix"),
        ({"origins": [[0]] * N_SPRITES}, "a seed and an index"),
        ({"seed": -1}, "seed = -1"),
        ({"guidance": 99}, "guidance = 99"),
        ({"mixing": "stirred"}, "mixing 'stirred'"),
        ({"checkpoint": "../tiny"}, "not a plain name"),
        ({"checkpoint": ["tiny"]}, "not a plain name"),
    ],
)
def test_a_mix_out_of_bounds_is_told(engine, change, message):
    with pytest.raises(ValueError, match=message):
        page_mix(engine, ask(**change))


def test_something_else_than_a_mix_is_told(engine):
    for nothing in ({}, [], None, "mix"):
        with pytest.raises(ValueError, match="no mix"):
            page_mix(engine, nothing)


def test_open_sliders_reach_further(engine):
    request = page_mix(engine, ask(weights=[2, -0.5, 0, 0, 0], wide=True))
    assert dict(request.weights) == {"hero": 2, "non-hero": -0.5, "food": 0, "spell": 0, "side-facing": 0}


def test_drag_and_release_draw_the_same_noises_and_say_by_whom(engine):
    def draw(ask):
        return drawn(following.draw(engine, Reference(), page_mix(engine, ask)))

    quick, full = draw(ask()), refined(following.refine(engine, Reference(), page_mix(engine, ask())), engine)
    assert "drawn by tiny-1, a student of 1 step: 1 network call a sprite" in quick["sentence"] and not quick["final"]
    assert "Refined: 10 steps of tiny, 20 network calls a sprite" in full["sentence"] and full["final"]
    assert len(quick["pixels"]) == len(full["pixels"]) == N_SPRITES * 16 * 16 * 3 * 4 // 3
    readings = np.array(quick["readings"])
    assert readings.shape == (N_SPRITES, 5) and np.abs(readings.sum(1) - 1).max() < 0.01
    assert draw(ask(checkpoint="tiny-1", guidance=1))["final"]
    assert "tiny itself in 2 steps" in draw(ask(guidance=3))["sentence"]
    assert "a student of 1 step: 3 network calls" in draw(ask(mixing="composed"))["sentence"]


def test_the_judge_reads_real_sprites_rightly_and_no_others(sprites):
    read_categories = Reference().read_categories
    readings = read_categories(sprites.images, sprites.categories)
    assert (readings.argmax(1) == sprites.labels).mean() > 0.97
    assert read_categories(sprites.images, ("cat", "dog")) is None


def test_a_path_leads_from_the_first_sprites_of_one_mix_to_another(engine):
    a, b = page_mix(engine, ask()), page_mix(engine, ask(weights=[0, 0, 0, 1, 0], seed=5))
    path = path_between(a, b, 5)
    assert path.config.n == PATH_ROWS * PATH_POINTS and path.path == Path(b.weights, 5, PATH_POINTS)
    assert path.config.origins[PATH_POINTS - 1 : PATH_POINTS + 1] == ((0, 0), (0, 1))
    with pytest.raises(ValueError, match="A was mixed with tiny and B with tiny-1"):
        path_between(a, replace(b, checkpoint="tiny-1"), 5)


def test_one_sprite_of_a_mix_is_the_same_alone(engine):
    request = page_mix(engine, ask())
    alone = engine.sprites(one_sprite(request, 3))[0].astype(int)
    assert np.abs(alone - engine.sprites(request)[3]).max() <= 1
    for k in (-1, 16, "3", None):
        with pytest.raises(ValueError, match="the picture has sprites 0 to 15"):
            one_sprite(request, k)


@pytest.mark.parametrize("categories", [("a",), ("a", "b", "c", "d", "e")])
def test_a_surprise_is_a_mix_of_few(categories):
    for seed in range(50):
        mix = surprise(categories, Random(seed))
        assert set(mix) <= set(categories) and min(2, len(categories)) <= len(mix) <= 3
        assert all(0.2 <= weight <= 1 for weight in mix.values())


# ---- what comes back from a browser or a file


def test_favourites_are_drawn_again_and_what_cannot_be_is_told(engine):
    good = one_sprite(page_mix(engine, ask()), 3).recipe
    many = page_mix(engine, ask()).recipe
    drawn, told = strip(engine, [good, {"x": 1}, many, good | {"checkpoint": "gone"}])
    pictures = json.loads(drawn.props["pictures"])
    assert [picture["name"] for picture in pictures] == ["hero 1, food 0.6", *["cannot be drawn"] * 3]
    assert len(pictures[0]["pixels"]) == 16 * 16 * 3 * 4 // 3
    told = unescape(told)
    assert "Favourite 3 cannot be drawn: a favourite is one sprite." in told
    assert "'gone' was not found" in told


@pytest.mark.parametrize("kept", [None, "text", 3, {"a": 1}])
def test_what_is_no_list_of_favourites_is_none(kept):
    assert listed(kept) == []
    assert len(listed([{}] * 1000)) == MOST_FAVOURITES


def test_the_sample_tab_sends_a_mix_to_the_context_tab(engine):
    hero = page_mix(engine, ask(weights=[1, 0, 0, 0, 0]))
    assert category_of(hero, COURSE_CATEGORIES) == "hero"
    others = [[0, 1], *[[0, k] for k in range(1, N_SPRITES)]]
    for mix in (page_mix(engine, ask()), page_mix(engine, ask(weights=[1], origins=others)), path_request()):
        with pytest.raises(ValueError, match="give it to the Context tab"):
            category_of(mix, COURSE_CATEGORIES)


def test_a_mix_is_shown_on_the_sliders_again(engine):
    request = page_mix(engine, ask(weights=[1.5, 0, -0.2, 0, 0], wide=True, mixing="composed", guidance=2, clean=False))
    checkpoint, mixing, wide, guidance, seed, clean, *sliders, view = showing(engine, request)
    assert (checkpoint, mixing, wide, guidance, seed, clean) == ("tiny", "composed", True, 2, 0, False)
    assert [slider.value for slider in sliders[:5]] == [1.5, 0, -0.2, 0, 0] and sliders[0].maximum == 2
    assert json.loads(view.props["noises"]) == {"seed": 0, "origins": [[0, k] for k in range(N_SPRITES)]}
    with pytest.raises(ValueError, match="not a mix"):
        showing(engine, RunRequest("tiny", SampleConfig()))


def test_without_a_judge_a_mix_is_drawn_all_the_same_and_says_what_is_missing(engine, tmp_path):
    reference = Reference(read_judge=lambda: load_judge(tmp_path / "judge.safetensors"))
    asked = engine, reference, page_mix(engine, ask())
    for answer in (drawn(following.draw(*asked)), refined(following.refine(*asked), engine)):
        assert answer["pixels"] and answer["readings"] is None
        assert "What came out cannot be read: judge.safetensors is missing or damaged" in answer["sentence"]
    assert reference.find_judge() is None
