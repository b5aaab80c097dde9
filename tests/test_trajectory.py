"""A recorded run: its key frames, its payload and its GIF."""

import base64
import copy
import dataclasses
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from diffusion.denoiser import DiffusionModel
from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, generate
from diffusion.serving.wire_formats import run_payload
from diffusion.support.images import enlarge, grid, to_tensor, to_uint8
from diffusion.support.saved_pictures import read_recipe
from diffusion.trajectory import MAX_FRAMES, MAX_VIEW_BYTES, frames, key_frames, record


@pytest.fixture(scope="module")
def trajectory(tiny_model):
    config = SampleConfig("ddim", steps=6, n=3)
    return record(Run(tiny_model, config, categories_in_turn(tiny_model.categories, 3)))


@pytest.mark.parametrize("steps", [1, 2, 10, 99, 100, 101, 250, 500])
@pytest.mark.parametrize("n", [1, 16, 64])
def test_key_frames_hold_both_ends_and_fit(steps, n):
    kept = key_frames(steps, n * 256)
    assert kept[0] == 0 and kept[-1] == steps
    assert kept == sorted(set(kept))
    assert len(kept) <= MAX_FRAMES + 1
    assert len(kept) * n * 768 <= MAX_VIEW_BYTES or len(kept) == 2
    gaps = np.diff(kept)
    assert gaps[-1] <= gaps[0]


def test_a_trajectory_ends_with_what_generate_makes(trajectory, tiny_model):
    config = SampleConfig("ddim", steps=6, n=3)
    finished = to_uint8(generate(tiny_model, config, categories_in_turn(tiny_model.categories, 3)))
    assert np.array_equal(trajectory.sprites, finished)
    assert np.array_equal(trajectory.views["x0"][-1], finished)


def test_its_times_and_levels_run_one_way(trajectory):
    assert trajectory.t == trajectory.schedule.timesteps(6)
    assert trajectory.at[0] == 0 and trajectory.at == sorted(trajectory.at)
    assert trajectory.alpha_bar[-1] == 1 and trajectory.calls == 12


@pytest.mark.parametrize(("sampler", "fresh"), [("ddim", False), ("ddpm", True)])
def test_every_frame_obeys_the_equation_of_noise(tiny_model, sampler, fresh):
    """x_t = sqrt(ab) x0 + sqrt(1 - ab) eps in what is recorded, before it becomes bytes."""
    run = Run(tiny_model, SampleConfig(sampler, 6, 3), categories_in_turn(tiny_model.categories, 3))
    followed = list(frames(run))
    assert [frame.step for frame in followed] == list(range(7))
    for frame in followed:
        expected = tiny_model.schedule.add_noise(frame.x0, frame.t, frame.eps)
        torch.testing.assert_close(frame.x_t, expected, atol=2e-4, rtol=0)
    assert [frame.z is not None for frame in followed] == [fresh] * 5 + [False] * 2


def test_the_payload_holds_every_pixel_and_noise_in_16_levels(trajectory):
    views = run_payload(trajectory, "title")["views"]
    assert list(views) == ["x_t", "x0", "eps"]
    pixels = np.frombuffer(base64.b64decode(views["x_t"]["data"]), np.uint8)
    assert np.array_equal(pixels.reshape(trajectory.views["x_t"].shape), trajectory.views["x_t"])
    pairs = np.frombuffer(base64.b64decode(views["eps"]["data"]), np.uint8)
    levels = 17 * np.stack([pairs >> 4, pairs & 15], axis=1).reshape(trajectory.views["eps"].shape)
    assert np.abs(levels.astype(int) - trajectory.views["eps"]).max() <= 9


def test_a_long_run_of_16_sprites_stays_small(tiny_model):
    narrow = dataclasses.replace(tiny_model.config, network_options={"width": 16}).build()   # its sprites are as large
    narrow.net.eval()
    run = Run(narrow, SampleConfig("ddpm", 500, 16, guidance=1), categories_in_turn(narrow.categories, 16))
    payload = run_payload(record(run))
    sizes = {name: len(view["data"]) for name, view in payload["views"].items()}
    assert list(sizes) == ["x_t", "x0", "eps", "z"] and len(payload["t"]) >= 75
    assert sizes["x_t"] <= 1_500_000 and len(json.dumps(payload)) <= 4_000_000


def test_a_run_that_leaves_the_numbers_is_told(tiny_model):
    model = DiffusionModel(tiny_model.config, copy.deepcopy(tiny_model.net), tiny_model.schedule)
    next(model.net.parameters()).data.fill_(float("inf"))
    with pytest.raises(ValueError, match="at step 1 of 4 the sprites grew beyond every number"):
        record(Run(model, SampleConfig("ddim", 4, 1), categories_in_turn(model.categories, 1)))


def test_the_gif_has_all_frames_and_true_pixels(trajectory):
    gif = Image.open(io.BytesIO(trajectory.gif({"seed": 0})))
    assert gif.n_frames == len(trajectory.t)


@pytest.mark.parametrize("kind", ["gif", "png"])
def test_a_saved_picture_remembers_its_recipe(trajectory, tmp_path, kind):
    recipe = {"checkpoint": "tiny", "config": {"seed": 7, "guidance": None}, "weights": [["hero", 1.0]]}
    path = tmp_path / f"saved.{kind}"
    path.write_bytes(getattr(trajectory, kind)(recipe))
    assert read_recipe(path) == recipe


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_saved_picture_is_told(tmp_path, content):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"odd\.png holds no settings"):
        read_recipe(path)


def test_a_picture_without_settings_is_told(tmp_path, sprites):
    path = tmp_path / "plain.png"
    Image.fromarray(sprites.images[0]).save(path)
    with pytest.raises(ValueError, match=r"plain\.png holds no settings"):
        read_recipe(path)


def test_pixels_survive_the_way_to_tensors_and_back(sprites):
    assert np.array_equal(to_uint8(to_tensor(sprites.images)), sprites.images)


def test_grid_and_enlarge_keep_pixels_crisp(sprites):
    sheet = grid(sprites.images[:3], columns=2, gap=1)
    assert sheet.shape == (35, 35, 3)
    assert np.array_equal(sheet[1:17, 18:34], sprites.images[1])
    assert np.array_equal(np.asarray(enlarge(sheet, 4))[::4, ::4], sheet)


def test_sprites_do_not_depend_on_how_many_are_made(tiny_model):
    rows = categories_in_turn(tiny_model.categories, 4)
    together = generate(tiny_model, SampleConfig("ddpm", 4, 4), rows)
    alone = generate(tiny_model, SampleConfig("ddpm", 4, 1), rows[:1])
    assert np.abs(together[:1].numpy() - alone.numpy()).max() < 1e-4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": "euler"}, "choose from ddpm, ddim, dpmpp_2m, unipc, sa_solver"),
        ({"steps": 0}, "steps = 0"),
        ({"steps": 2.5}, "steps = 2.5"),
        ({"n": 0}, "n = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"guidance": float("inf")}, "guidance = inf"),
        ({"sampler": "ddim", "eta": 2}, "eta = 2"),
        ({"sampler": "ddpm", "eta": 0.5}, "only the sampler ddim"),
    ],
)
def test_runs_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        SampleConfig(**changes)


@pytest.mark.parametrize(
    ("weights", "message"),
    [({"castle": 1}, "'castle' is unknown"), ({"hero": 99}, "from -5 to 5"), ({"hero": float("nan")}, "hero = nan")],
)
def test_mixes_out_of_range_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        context_rows(weights, ("hero", "food"), 2)


def test_a_mix_names_its_categories():
    assert context_rows({"food": 0.6}, ("hero", "food"), 2).tolist() == [[0, pytest.approx(0.6)]] * 2
