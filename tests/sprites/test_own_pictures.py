"""Pictures as they come: larger canvases, white figures, colour keys, turned photos, few bits, moving ones."""

import struct
import zlib

import numpy as np
import pytest
from bad_sprites import some_sprites, write, write_pictures
from figures import encoded, enlarged, figures, framed, on_white
from PIL import Image

from diffusion.sprites.readers import Choices, read_given
from diffusion.sprites.readers.fitting import WHITE, enlargement, fit

N = 24


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return figures(N)


def read(folder, files: dict[str, bytes], **choices):
    return read_given([write_pictures(folder / "pack", files)], Choices(**choices)).sprites


def pictures(drawings, kind: str = "PNG") -> dict[str, bytes]:
    return {f"{i:03}.{kind.lower()}": encoded(one, kind) for i, one in enumerate(drawings)}


def ink_of(image: np.ndarray, ground: int = 255) -> np.ndarray:
    """What is drawn, without its place."""
    rows, columns = np.nonzero((image != ground).any(axis=-1))
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


# --- canvases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [17, 18, 24, 32, 40, 64, 100])
@pytest.mark.parametrize("place", ["middle", "corner", "edge"])
@pytest.mark.parametrize("ground", [None, 255, 90])
def test_what_fits_is_kept_to_the_pixel_wherever_it_stands(tmp_path, drawn, side, place, ground):
    spare = side - 16
    top, left = {"middle": (spare // 2, spare // 2), "corner": (spare, spare), "edge": (0, spare // 3)}[place]
    canvases = framed(drawn, side, side, top, left)
    if ground is not None:
        canvases = np.where(canvases[..., 3:] > 0, canvases[..., :3], ground).astype(np.uint8)
    sprites = read(tmp_path, pictures(canvases))
    behind = 255 if ground is None else ground
    expected = np.where(drawn[..., 3:] > 0, drawn[..., :3], behind).astype(np.uint8)
    assert np.array_equal(sprites.images, expected)
    assert f"Cropped {N} drawings to what is drawn." in sprites.notes


def test_each_is_cropped_by_itself_where_they_stand_in_different_places(tmp_path, drawn):
    rng = np.random.default_rng(0)
    canvases = [framed(one[None], 60, 40, *rng.integers(0, 24, 2))[0] for one in drawn]
    sprites = read(tmp_path, pictures(canvases))
    for image, one in zip(sprites.images, on_white(drawn), strict=True):
        assert np.array_equal(ink_of(image), ink_of(one))


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_enlarged_canvases_are_cropped_in_their_own_pixels(tmp_path, drawn, factor):
    sprites = read(tmp_path, pictures(enlarged(framed(drawn, 24, 24, 4, 4), factor)))
    assert np.array_equal(sprites.images, on_white(drawn))


def test_what_is_shrunk_is_told_and_mixes_no_colours(tmp_path):
    rng = np.random.default_rng(0)
    canvases = framed(np.dstack([rng.integers(0, 9, (4 * 30, 30, 3)) * 30, np.full((120, 30), 255)])
                      .astype(np.uint8).reshape(4, 30, 30, 4), 45, 45, 7, 7)
    sprites = read(tmp_path, pictures(canvases))
    assert any(note.startswith("Shrunk 4 drawings of more than 16x16 pixels") for note in sprites.notes)
    colours = {tuple(c) for c in on_white(canvases).reshape(-1, 3).tolist()}
    assert {tuple(c) for c in sprites.images.reshape(-1, 3).tolist()} <= colours


def test_pictures_of_16_pixels_and_less_are_left_alone(tmp_path, drawn):
    sprites = read(tmp_path, pictures([*drawn, drawn[0, :8, :8]]))
    assert np.array_equal(sprites.images[:N], on_white(drawn)) and not any("Cropped" in note for note in sprites.notes)


@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_an_enlargement_is_the_largest_that_all_share(factor):
    rng = np.random.default_rng(factor)
    sprites = rng.integers(0, 256, (3, 16, 20, 4), dtype=np.uint8)
    assert enlargement(enlarged(sprites, factor)) == factor
    more = rng.integers(0, 256, (1, 32, 40, 4), dtype=np.uint8)
    assert enlargement([*enlarged(sprites, 2 * factor), *enlarged(more, factor)]) == factor


def test_a_blank_canvas_among_others_hinders_none(drawn):
    fitted = fit([*framed(drawn, 24, 24, 1, 7), np.zeros((24, 24, 4), np.uint8)], WHITE)
    assert np.array_equal(fitted.images[:-1], on_white(drawn)) and (fitted.images[-1] == 255).all()


# --- grounds and keys -------------------------------------------------------------------------------------


def white(drawn: np.ndarray) -> np.ndarray:
    """The figures in white on nothing, holes where they are bright."""
    alpha = np.where(drawn[..., :3].sum(axis=-1) > 250, drawn[..., 3], 0)
    return np.dstack([np.full((N * 16, 16, 3), 255), alpha.reshape(-1, 16)]).astype(np.uint8).reshape(drawn.shape)


@pytest.mark.parametrize("side", [16, 24])
def test_white_figures_get_a_black_ground_and_a_note(tmp_path, drawn, side):
    figures_ = framed(white(drawn), side, side, side - 16, 0)
    sprites = read(tmp_path, pictures(figures_))
    assert len(sprites) == N
    assert {tuple(c) for c in sprites.images.reshape(-1, 3).tolist()} == {(0, 0, 0), (255, 255, 255)}
    assert "The ground is black, since most drawings are white on nothing." in sprites.notes


def test_few_white_figures_among_others_are_told_and_change_no_ground(tmp_path, drawn):
    sprites = read(tmp_path, pictures([*drawn, *white(drawn)[:2]]))
    assert (sprites.images[0, 0, 0] == 255).all()
    assert any("White on nothing, 2 drawings cannot be seen on white: 024.png and 025.png" in n for n in sprites.notes)


@pytest.mark.parametrize("ground", ["000000", "ffffff", "5ac846"])
def test_a_chosen_ground_is_kept_to(tmp_path, drawn, ground):
    sprites = read(tmp_path, pictures(drawn), ground=ground)
    behind = np.frombuffer(bytes.fromhex(ground), np.uint8)
    assert np.array_equal(sprites.images, np.where(drawn[..., 3:] > 0, drawn[..., :3], behind))


@pytest.mark.parametrize("key", ["ff00ff", "00ff00", "00ffff"])
def test_a_colour_key_is_offered_and_read_as_nothing_if_chosen(tmp_path, drawn, key):
    colour = np.frombuffer(bytes.fromhex(key), np.uint8)
    folder = write_pictures(tmp_path / "pack", pictures(np.where(drawn[..., 3:] > 0, drawn[..., :3], colour)))
    offered = read_given([folder])
    assert offered.key == key and any(key in note for note in offered.sprites.notes)
    chosen = read_given([folder], Choices(key=key))
    assert np.array_equal(chosen.sprites.images, on_white(drawn)) and chosen.key == "" and not chosen.sprites.notes


def test_no_key_is_offered_where_there_is_none(tmp_path, drawn):
    assert read_given([write_pictures(tmp_path / "pack", pictures(on_white(drawn)))]).key == ""


# --- files ------------------------------------------------------------------------------------------------

TURNS = {
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}   # fmt: skip


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_pictures_are_set_upright(tmp_path, orientation, kind):
    """The file holds the picture as the camera was held: the inverse of the turn that EXIF asks for."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = some_sprites(2)
    stored = np.ascontiguousarray(TURNS[orientation](upright[0]))
    options = {"exif": exif} | ({"lossless": True} if kind == "WEBP" else {})
    files = {f"a.{kind.lower()}": encoded(stored, kind, **options), "b.png": encoded(upright[1])}
    assert np.array_equal(read(tmp_path, files).images, upright)


def test_damaged_exif_turns_nothing(tmp_path):
    sprites = some_sprites(2)
    files = {"a.png": encoded(sprites[0], exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), "b.png": encoded(sprites[1])}
    assert np.array_equal(read(tmp_path, files).images, sprites)


def grey_png(values: np.ndarray, depth: int, key: int) -> bytes:
    """A grey PNG of few or many bits, in which one value is transparent."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = values.shape
    bits = (values[..., None] >> np.arange(depth - 1, -1, -1) & 1).reshape(height, -1).astype(np.uint8)
    rows = b"".join(b"\0" + np.packbits(row).tobytes() for row in bits)
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"tRNS", struct.pack(">H", key)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_of_any_depth_with_a_transparent_value(tmp_path, depth):
    top = 2**depth - 1
    rng = np.random.default_rng(depth)
    values = rng.integers(0, top + 1, (16, 16))
    key = int(values[3, 4])
    sprites = read(tmp_path, {"a.png": grey_png(values, depth, key), "b.png": encoded(some_sprites(1)[0])})
    grey = values >> 8 if depth == 16 else values * 255 // top
    expected = np.where(values == key, 255, grey)
    assert np.array_equal(sprites.images[0], np.stack([expected] * 3, axis=-1))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_moving_pictures_the_first_frame_is_taken_and_told(tmp_path, kind):
    frames = [Image.fromarray(enlarged(some_sprites(3)[i] // 64 * 64, 2)) for i in range(3)]
    options = {"lossless": True} if kind == "WEBP" else {}
    name = f"a.{kind.lower()}"
    (tmp_path / "pack").mkdir()
    frames[0].save(tmp_path / "pack" / name, kind, save_all=True, append_images=frames[1:], **options)
    sprites = read(tmp_path, {"b.png": encoded(some_sprites(1, 9)[0])})
    assert f"Took the first frame of {name}." in sprites.notes
    if kind != "GIF":
        assert np.array_equal(sprites.images[0], some_sprites(1)[0] // 64 * 64)


def test_a_first_frame_that_leaves_canvas_free_is_transparent_there(tmp_path):
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 200, 0, 0])
    path = tmp_path / "small.gif"
    image.save(path)
    data = bytearray(path.read_bytes())
    data[6:10] = struct.pack("<HH", 16, 16)   # the canvas; the frame keeps its own 8x8
    sprites = read(tmp_path, {"a.gif": bytes(data), "b.png": encoded(some_sprites(1)[0])})
    assert (sprites.images[0][:8, :8] == (200, 0, 0)).all()
    assert (sprites.images[0][8:] == 255).all() and (sprites.images[0][:, 8:] == 255).all()


def test_long_and_thin_pictures_are_bounded_by_their_pixels(tmp_path):
    path = write(tmp_path / "strip.png", encoded(np.concatenate([*some_sprites(600)], axis=1)))
    assert len(read_given([path]).sprites) == 600
