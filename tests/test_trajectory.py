"""A recorded run: its key frames, its payload and its GIF."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from diffusion.generation import Run, SampleConfig, categories_in_turn, context_rows, generate
from diffusion.images import enlarge, grid, to_tensor, to_uint8
from diffusion.trajectory import MAX_FRAMES, MAX_VIEW_BYTES, key_frames, record


@pytest.fixture(scope="module")
def trajectory(tiny_model):
    config = SampleConfig("ddim", steps=6, n=3)
    return record(Run(tiny_model, config, categories_in_turn(tiny_model.categories, 3)))


@pytest.mark.parametrize("steps", [1, 2, 10, 99, 100, 101, 250, 500])
@pytest.mark.parametrize("n", [1, 16, 64])
def test_key_frames_hold_both_ends_and_fit(steps, n):
    frames = key_frames(steps, n * 256)
    assert frames[0] == 0 and frames[-1] == steps
    assert frames == sorted(set(frames))
    assert len(frames) <= MAX_FRAMES + 1
    assert len(frames) * n * 768 <= MAX_VIEW_BYTES or len(frames) == 2
    gaps = np.diff(frames)
    assert gaps[-1] <= gaps[0]


def test_a_trajectory_ends_with_what_generate_makes(trajectory, tiny_model):
    config = SampleConfig("ddim", steps=6, n=3)
    finished = to_uint8(generate(tiny_model, config, categories_in_turn(tiny_model.categories, 3)))
    assert np.array_equal(trajectory.sprites, finished)
    assert np.array_equal(trajectory.views["x0"][-1], finished)


def test_its_times_and_levels_run_one_way(trajectory):
    assert trajectory.t == [500, 417, 333, 250, 167, 83, 0]
    assert trajectory.at[0] == 0 and trajectory.at == sorted(trajectory.at)
    assert trajectory.alpha_bar[-1] == 1 and trajectory.calls == 12


def test_the_payload_holds_every_pixel(trajectory):
    payload = trajectory.payload("title")
    pixels = np.frombuffer(base64.b64decode(payload["views"]["x_t"]), np.uint8)
    assert np.array_equal(pixels.reshape(trajectory.views["x_t"].shape), trajectory.views["x_t"])


def test_the_gif_has_all_frames_and_true_pixels(trajectory):
    gif = Image.open(io.BytesIO(trajectory.gif()))
    assert gif.n_frames == len(trajectory.t)


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
        ({"sampler": "euler"}, "choose from ddpm, ddim, dpmpp_2m"),
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
