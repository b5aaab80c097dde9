"""Numbers in every form that can mean one thing become the same sprites; labels too."""

import numpy as np
import pytest
from bad_sprites import some_labels, some_sprites, write_npy
from figures import enlarged, figures, framed, on_white

from diffusion.sprites.readers import Choices, read_given, read_sprites

N = 30
COURSE = ("hero", "non-hero", "food", "spell", "side-facing")
RANGES = {
    "integers": lambda a, dtype: a.astype(dtype),
    "to 1": lambda a, dtype: (a / 255).astype(dtype),
    "-1 to 1": lambda a, dtype: (a / 127.5 - 1).astype(dtype),
}


@pytest.mark.parametrize(
    ("span", "dtype"),
    [("integers", kind) for kind in ("int16", "uint16", "int64", ">i4", "float32", "float64")]
    + [(span, kind) for span in ("to 1", "-1 to 1") for kind in ("float32", "float64", ">f8")],
)
@pytest.mark.parametrize("order", ["last", "first"])
def test_ranges_kinds_and_orders_of_numbers(tmp_path, span, dtype, order):
    images = some_sprites(N)
    numbers = RANGES[span](images, dtype)
    path = write_npy(tmp_path / "a.npy", numbers if order == "last" else numbers.transpose(0, 3, 1, 2))
    read = read_sprites(path)
    assert np.array_equal(read.images, images) and read.notes == ()


def test_halves_lose_less_than_a_level(tmp_path):
    read = read_sprites(write_npy(tmp_path / "a.npy", (some_sprites(N) / 255).astype("float16")))
    assert np.abs(read.images.astype(int) - some_sprites(N)).max() <= 1


@pytest.mark.parametrize("shape", ["N x 16 x 16", "N x 16 x 16 x 1", "N x 1 x 16 x 16"])
def test_grey(tmp_path, shape):
    grey = some_sprites(N)[..., 0]
    stored = {"N x 16 x 16": grey, "N x 16 x 16 x 1": grey[..., None], "N x 1 x 16 x 16": grey[:, None]}[shape]
    assert np.array_equal(read_sprites(write_npy(tmp_path / "a.npy", stored)).images, np.stack([grey] * 3, axis=-1))


def test_two_tones(tmp_path):
    is_light = some_sprites(N)[..., 0] > 99
    read = read_sprites(write_npy(tmp_path / "a.npy", is_light))
    assert np.array_equal(read.images, np.stack([np.where(is_light, 255, 0)] * 3, axis=-1))


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("side", [16, 20])
def test_transparent_larger_and_enlarged(tmp_path, dtype, factor, side):
    drawn = figures(N)
    stored = enlarged(framed(drawn, side, side, side - 16, 1 if side > 16 else 0), factor)
    stored = stored if dtype == "uint8" else (stored / 255).astype(dtype)
    read = read_sprites(write_npy(tmp_path / "a.npy", stored))
    assert np.array_equal(read.images, on_white(drawn))


def test_what_is_shrunk_is_told(tmp_path):
    rough = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3), dtype=np.uint8)
    read = read_sprites(write_npy(tmp_path / "a.npy", rough))
    assert read.notes[0] == "Shrunk 4 drawings of more than 16x16 pixels, which loses detail: a.npy."


# --- labels -----------------------------------------------------------------------------------------------


def labels_read(folder, labels: np.ndarray):
    images = write_npy(folder / "x.npy", some_sprites(len(labels)))
    return read_sprites(images, labels=write_npy(folder / "y.npy", labels))


@pytest.mark.parametrize("dtype", ["int64", "uint8", ">i2", "float32"])
@pytest.mark.parametrize("is_column", [False, True])
def test_numbers_counted_from_0_are_categories(tmp_path, dtype, is_column):
    numbers = (np.arange(N) % 5).astype(dtype)
    read = labels_read(tmp_path, numbers[:, None] if is_column else numbers)
    assert read.categories == COURSE
    assert np.array_equal(read.context, some_labels(N))


@pytest.mark.parametrize("known", [(0, 1, 2), (1, 2), (3, 7, 200), (4,), (0, 2)])
def test_other_numbers_name_their_categories(tmp_path, known):
    numbers = np.array([known[i % len(known)] for i in range(N)])
    read = labels_read(tmp_path, numbers)
    first = 1 if known == (0, 1, 2) else 0
    assert read.categories == tuple(f"category {number + first}" for number in known)
    assert np.array_equal(read.labels, np.arange(N) % len(known))


@pytest.mark.parametrize("dtype", [str, bytes])
def test_names_are_categories(tmp_path, dtype):
    names = np.array(["dog", "cat", "  bee "] * (N // 3)).astype(dtype)
    read = labels_read(tmp_path, names)
    assert read.categories == ("bee", "cat", "dog")
    assert read.labels.tolist() == [2, 1, 0] * (N // 3)


def test_accents_make_no_second_category(tmp_path):
    assert labels_read(tmp_path, np.array(["e\u0301te\u0301", "\u00e9t\u00e9"] * 4)).categories == ("\u00e9t\u00e9",)


# --- .npz -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("images", "labels"), ("x", "y"), ("arr_0", "arr_1"), ("y", "x")])
@pytest.mark.parametrize("kind", ["one-hot", "numbers", "names"])
def test_an_npz_of_images_and_labels(tmp_path, names, kind):
    labels = {
        "one-hot": some_labels(N), "numbers": np.arange(N) % 5, "names": np.array(COURSE)[np.arange(N) % 5],
    }[kind]   # fmt: skip
    np.savez_compressed(tmp_path / "a.npz", **{names[0]: some_sprites(N), names[1]: labels})
    read = read_sprites(tmp_path / "a.npz")
    assert np.array_equal(read.images, some_sprites(N))
    assert sorted(read.categories) == sorted(COURSE)
    assert [read.categories[label] for label in read.labels] == [COURSE[i % 5] for i in range(N)]


def test_an_npz_of_a_lone_array(tmp_path):
    np.savez(tmp_path / "a.npz", (some_sprites(N) / 255).astype("float32"))
    assert np.array_equal(read_sprites(tmp_path / "a.npz").images, some_sprites(N))


@pytest.mark.parametrize("ground", ["000000", "5ac846"])
def test_a_ground_is_laid_under_arrays_too(tmp_path, ground):
    drawn = figures(N)
    read = read_given([write_npy(tmp_path / "a.npy", drawn)], Choices(ground=ground)).sprites
    behind = np.frombuffer(bytes.fromhex(ground), np.uint8)
    assert np.array_equal(read.images, np.where(drawn[..., 3:] > 0, drawn[..., :3], behind))
