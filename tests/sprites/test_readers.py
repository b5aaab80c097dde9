"""People's own sprites, in every form that is read, become the same SpriteSet as the built-in ones."""

import unicodedata
from pathlib import Path
from time import perf_counter
from zipfile import ZipFile, ZipInfo

import numpy as np
import pytest
from bad_sprites import npy, picture, some_labels, some_set, some_sprites, write, write_npy, write_pictures, write_zip
from PIL import Image

from diffusion.sprites.readers import SpriteDataError, describe_set, read_sprites
from diffusion.sprites.readers.fitting import to_sprite
from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture

COURSE = ("hero", "non-hero", "food", "spell", "side-facing")
CRAWL_TILES = Path(__file__).parents[3] / "shared/data/crawl_tiles_sample.zip"
WHITE, RED, GREEN, BLUE = (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255)


def enlarged(pixels: np.ndarray, factor: int) -> np.ndarray:
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def assert_fit_to_train_on(sprites: SpriteSet) -> None:
    """What everything after the readers relies on."""
    n, k = len(sprites), len(sprites.categories)
    assert sprites.images.shape == (n, 16, 16, 3)
    assert sprites.images.dtype == np.uint8
    assert sprites.context.shape == (n, k)
    assert sprites.context.dtype == np.float32
    assert sprites.held_out.shape == (n,)
    assert sprites.held_out.dtype == bool
    seen, unseen = sprites.split()
    assert len(seen)
    assert len(unseen)
    pictures = [image.tobytes() for image in sprites.images]
    assert len(set(pictures)) == n


# --- arrays -----------------------------------------------------------------------------------------------


def test_saved_set_comes_back_whole(tmp_path: Path) -> None:
    saved = some_set(40)
    described = SpriteSet(saved.images, saved.context, saved.categories, saved.held_out, tuple(map(str, range(40))))
    described.save(tmp_path / "set.npz")
    read = read_sprites(tmp_path / "set.npz")
    assert_fit_to_train_on(read)
    assert (read.images == described.images).all()
    assert (read.context == described.context).all()
    assert (read.held_out == described.held_out).all()
    assert read.categories == described.categories
    assert read.descriptions == described.descriptions
    assert read.notes == ()


def test_saved_set_may_lack_what_can_be_worked_out(tmp_path: Path) -> None:
    saved = some_set(40)
    np.savez(tmp_path / "set.npz", images=saved.images, context=saved.context, categories=np.array(saved.categories))
    read = read_sprites(tmp_path / "set.npz")
    assert (read.held_out == held_out_by_picture(saved.images)).all()
    assert read.descriptions == ()


def test_saved_set_without_categories(tmp_path: Path) -> None:
    images = some_sprites(40)
    SpriteSet(images, np.zeros((40, 0), np.float32), (), held_out_by_picture(images)).save(tmp_path / "set.npz")
    assert read_sprites(tmp_path / "set.npz").categories == ()


@pytest.mark.parametrize("dtype", ["float64", "float16", ">f4", "int64", "uint8", "bool"])
def test_course_pair_is_found_by_its_names(tmp_path: Path, dtype: str) -> None:
    images, labels = some_sprites(40), some_labels(40)
    path = write_npy(tmp_path / "sprites_1788_16x16.npy", images)
    write_npy(tmp_path / "sprite_labels_nc_1788_16x16.npy", labels.astype(dtype))
    read = read_sprites(path)
    assert_fit_to_train_on(read)
    assert (read.images == images).all()
    assert (read.context == labels).all()
    assert read.categories == COURSE
    assert read.notes == ("The labels come from sprite_labels_nc_1788_16x16.npy.",)


def test_course_pair_as_folder_zip_and_two_files_is_the_same(tmp_path: Path) -> None:
    files = {"sprites.npy": npy(some_sprites(20)), "sprite_labels.npy": npy(some_labels(20))}
    folder = write_pictures(tmp_path / "pair", files)
    zipped = write_zip(tmp_path / "pair.zip", {f"course/{name}": data for name, data in files.items()})
    apart = write_npy(tmp_path / "classes.npy", some_labels(20))
    read = [
        read_sprites(folder),
        read_sprites(zipped),
        read_sprites(folder / "sprites.npy"),
        read_sprites(folder / "sprites.npy", labels=apart),
    ]
    for sprites in read:
        assert (sprites.images == read[0].images).all()
        assert (sprites.context == read[0].context).all()
        assert sprites.categories == COURSE


def test_images_alone_have_no_categories(tmp_path: Path) -> None:
    read = read_sprites(write_npy(tmp_path / "sprites.npy", some_sprites(20)))
    assert_fit_to_train_on(read)
    assert read.categories == ()


def test_column_order_and_other_numbers_of_categories(tmp_path: Path) -> None:
    images = some_sprites(20)
    path = write_npy(tmp_path / "sprites.npy", np.asfortranarray(images))
    read = read_sprites(path, labels=write_npy(tmp_path / "y.npy", some_labels(20, 3)))
    assert (read.images == images).all()
    assert read.categories == ("category 1", "category 2", "category 3")


def test_file_of_the_course_size_is_read_quickly(tmp_path: Path) -> None:
    rows = np.arange(89_400) % 794
    path = write_npy(tmp_path / "sprites_1788_16x16.npy", some_sprites(794)[rows])
    write_npy(tmp_path / "sprite_labels_nc_1788_16x16.npy", some_labels(794)[rows])
    start = perf_counter()
    read = read_sprites(path)
    assert perf_counter() - start < 10
    assert len(read) == 794
    assert read.notes[-1] == "88,606 exact repeats were dropped."


# --- folders and zips of pictures -------------------------------------------------------------------------


def pictures_in_categories(categories: dict[str, int]) -> dict[str, bytes]:
    images = iter(some_sprites(sum(categories.values())))
    return {f"{name}/{i}.png": picture(next(images)) for name, count in categories.items() for i in range(count)}


def test_subfolders_are_categories(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "mine", pictures_in_categories({"cat": 9, "ant/small": 5, " bee ": 6}))
    read = read_sprites(folder)
    assert_fit_to_train_on(read)
    assert read.counts() == {"ant": 5, "bee": 6, "cat": 9}
    assert (read.images[read.labels == 2] == some_sprites(20)[:9]).all()


def test_pictures_without_subfolders_have_no_categories(tmp_path: Path) -> None:
    members = {f"{i}.png": picture(pixels) for i, pixels in enumerate(some_sprites(9))}
    read = read_sprites(write_pictures(tmp_path / "mine", members))
    assert_fit_to_train_on(read)
    assert read.categories == ()
    assert (read.images == some_sprites(9)).all()


def test_zip_is_read_like_the_folder_with_or_without_one_around_it(tmp_path: Path) -> None:
    members = pictures_in_categories({"cat": 4, "dog": 4})
    read = [
        read_sprites(write_pictures(tmp_path / "mine", members)),
        read_sprites(write_zip(tmp_path / "plain.zip", members)),
        read_sprites(write_zip(tmp_path / "wrapped.zip", {f"my sprites/{name}": members[name] for name in members})),
        read_sprites(write_zip(tmp_path / "windows.zip", {name.replace("/", "\\"): members[name] for name in members})),
    ]
    for sprites in read:
        assert sprites.categories == ("cat", "dog")
        assert (sprites.images == read[0].images).all()
        assert (sprites.context == read[0].context).all()


def test_zip_of_one_folder_has_no_categories(tmp_path: Path) -> None:
    assert read_sprites(write_zip(tmp_path / "mine.zip", pictures_in_categories({"cat": 4}))).categories == ()


@pytest.mark.parametrize("name", ["герой", "英雄", "🧙‍♀️ magic", "גיבור", "بطل", "e\u0301te\u0301", "a" * 40])
def test_category_names_in_any_script(tmp_path: Path, name: str) -> None:
    members = pictures_in_categories({name: 4, "other": 4})
    for path in (write_pictures(tmp_path / "mine", members), write_zip(tmp_path / "mine.zip", members)):
        assert unicodedata.normalize("NFC", name) in read_sprites(path).categories


def test_zip_that_does_not_say_its_names_are_utf8(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "mine.zip", pictures_in_categories({"герой": 4, "other": 4}))
    data = path.read_bytes()
    assert data.count(b"\x00\x08") >= 16
    for flagged in (b"PK\x03\x04\x14\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x08"):
        data = data.replace(flagged, flagged[:-1] + b"\x00")
    assert "герой" in read_sprites(write(tmp_path / "mac.zip", data)).categories


def test_what_is_no_picture_is_skipped_and_named(tmp_path: Path) -> None:
    members = pictures_in_categories({"cat": 30}) | {
        "cat/broken.png": b"text",
        "cat/huge.png": picture(np.zeros((1, 5000, 3), np.uint8)),
        **{f"{i}.txt": b"text" for i in range(7)},
        "__MACOSX/cat/._0.png": b"x",
        ".DS_Store": b"x",
        "cat/Thumbs.db": b"x",
    }
    notes = (
        "Skipped 1 file that cannot be read as a PNG, GIF, JPEG, BMP or WebP picture: cat/broken.png.",
        "Skipped 1 file that cannot be read, being over 4096 pixels a side: cat/huge.png.",
        "Skipped 7 files of other kinds: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more.",
    )
    read = read_sprites(write_pictures(tmp_path / "mine", members))
    assert len(read) == 30
    assert read.notes == notes


def test_damaged_member_of_a_zip_is_skipped_and_named(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "mine.zip", pictures_in_categories({"cat": 4, "dog": 4}))
    with ZipFile(path) as archive:
        info = archive.getinfo("dog/2.png")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 100] ^= 0xFF
    read = read_sprites(write(path, bytes(data)))
    assert len(read) == 7
    assert read.notes == ("Skipped 1 file that cannot be read, being damaged or locked: dog/2.png.",)


def test_folders_in_a_zip_are_no_files(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "mine.zip", pictures_in_categories({"cat": 4, "dog": 4}))
    with ZipFile(path, "a") as archive:
        archive.writestr(ZipInfo("empty/"), b"")
    read = read_sprites(path)
    assert read.categories == ("cat", "dog")
    assert read.notes == ()


def test_repeats_are_dropped_and_the_first_is_kept(tmp_path: Path) -> None:
    members = pictures_in_categories({"cat": 4, "dog": 4})
    members |= {"cat/again.png": members["cat/0.png"], "dog/stray.png": members["cat/1.png"]}
    read = read_sprites(write_pictures(tmp_path / "mine", members))
    assert_fit_to_train_on(read)
    assert read.counts() == {"cat": 4, "dog": 4}
    assert read.notes == (
        "2 exact repeats were dropped, 1 of them in another category than the first, which was kept.",
    )


@pytest.mark.skipif(not CRAWL_TILES.exists(), reason="the sample of Crawl tiles is not here")
def test_real_tiles() -> None:
    read = read_sprites(CRAWL_TILES)
    assert_fit_to_train_on(read)
    assert read.counts() == {"monster": 218, "spell": 158, "weapon": 167}


# --- one picture to 16x16 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 16, 33, 64, 256])
def test_enlarged_sprites_come_back_exact(factor: int) -> None:
    sprite = some_sprites(1)[0]
    assert (to_sprite(enlarged(sprite, factor)) == sprite).all()


@pytest.mark.parametrize("side", [1, 2, 4, 8])
def test_small_pictures_are_enlarged_exactly(side: int) -> None:
    small = some_sprites(1)[0, :side, :side]
    assert (to_sprite(small) == enlarged(small, 16 // side)).all()


@pytest.mark.parametrize(("height", "width"), [(7, 7), (16, 9), (3, 12), (15, 1), (48, 20), (32, 31), (4096, 1)])
def test_colours_are_never_mixed_where_none_need_be(height: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 250, (height, width, 3), dtype=np.uint8)
    colours = {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()} | {WHITE}
    assert {tuple(colour) for colour in to_sprite(pixels).reshape(-1, 3).tolist()} <= colours


def test_block_takes_its_most_common_colour() -> None:
    pixels = np.full((48, 48, 3), WHITE, np.uint8)
    pixels[0, :3], pixels[1, :2], pixels[2, :2] = RED, GREEN, BLUE
    pixels[1:3, 2] = GREEN, RED
    assert tuple(to_sprite(pixels)[0, 0]) == RED


def test_of_equally_common_colours_the_middle_one_is_taken() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[0, 0], pixels[0, 1], pixels[1, 0], pixels[1, 1] = 0, 90, 110, 255
    assert tuple(to_sprite(pixels)[0, 0]) == (110, 110, 110)


def test_other_sizes_are_centred_on_white_and_averaged() -> None:
    sprite = to_sprite(np.zeros((20, 10, 3), np.uint8))
    assert (sprite[:, :4] == 255).all()
    assert (sprite[:, 4:12] == 0).all()
    assert (sprite[:, 12:] == 255).all()


def test_colour_modes_are_composited_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:8] = (255, 0, 0, 255)
    pixels[8:12] = (0, 0, 0, 127)
    colours = Image.fromarray(pixels)
    palette = Image.fromarray(pixels[..., :3]).quantize(4)
    palette.info["transparency"] = palette.getpixel((0, 15))
    kinds = {
        "rgba": colours,
        "rgb": colours.convert("RGB"),
        "palette": palette,
        "grey": colours.convert("L"),
        "grey_alpha": colours.convert("LA"),
        "grey_16_bits": Image.fromarray(np.full((16, 16), 40_000, np.uint16)),
        "two_tone": colours.convert("1", dither=Image.Dither.NONE),
    }
    (tmp_path / "mine").mkdir()
    for name, image in kinds.items():
        image.save(tmp_path / "mine" / f"{name}.png")
    read = dict(zip(sorted(kinds), read_sprites(tmp_path / "mine").images[:, [0, 9, 15], 0].tolist(), strict=True))
    assert read == {
        "rgba": [[255, 0, 0], [128, 128, 128], [255, 255, 255]],
        "rgb": [[255, 0, 0], [0, 0, 0], [0, 0, 0]],
        "palette": [[255, 0, 0], [255, 255, 255], [255, 255, 255]],
        "grey": [[76, 76, 76], [0, 0, 0], [0, 0, 0]],
        "grey_alpha": [[76, 76, 76], [128, 128, 128], [255, 255, 255]],
        "grey_16_bits": [[156, 156, 156]] * 3,
        "two_tone": [[0, 0, 0]] * 3,
    }


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "JPEG"])
def test_formats_and_first_frames(tmp_path: Path, kind: str) -> None:
    suffix = kind.lower()
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE)]
    moving = {"save_all": True, "append_images": frames[1:]} if kind in {"GIF", "WEBP", "PNG"} else {}
    (tmp_path / "mine").mkdir()
    frames[0].save(tmp_path / f"mine/a.{suffix}", kind, **moving)
    frames[1].save(tmp_path / f"mine/b.{suffix.upper()}", kind)
    first, second = read_sprites(tmp_path / "mine").images.astype(int)
    assert np.abs(first - RED).max() <= 4
    assert np.abs(second - BLUE).max() <= 4


# --- sheets -----------------------------------------------------------------------------------------------


def sheet_of(sprites: np.ndarray, columns: int, empty: int = 0) -> np.ndarray:
    """Tiles in rows from the top left, the last `empty` of them white."""
    size = sprites.shape[1]
    tiles = np.concatenate([sprites, np.full((empty, size, size, 3), 255, np.uint8)])
    rows = len(tiles) // columns
    return tiles.reshape(rows, columns, size, size, 3).swapaxes(1, 2).reshape(rows * size, columns * size, 3)


def test_sheet_is_cut_in_reading_order_and_empty_tiles_are_dropped(tmp_path: Path) -> None:
    sprites = some_sprites(10)
    read = read_sprites(write(tmp_path / "sheet.png", picture(sheet_of(sprites, columns=4, empty=2))))
    assert_fit_to_train_on(read)
    assert (read.images == sprites).all()
    assert read.categories == ()
    assert "Skipped 2 tiles of a single colour." in read.notes


@pytest.mark.parametrize("tile", [8, 32, 48])
def test_sheet_of_other_tiles(tmp_path: Path, tile: int) -> None:
    sprites = np.stack([enlarged(sprite, 3) for sprite in some_sprites(12)])[:, :tile, :tile]
    read = read_sprites(write(tmp_path / "sheet.png", picture(sheet_of(sprites, columns=4))), tile=tile)
    assert (read.images == np.stack([to_sprite(sprite) for sprite in sprites])).all()


def test_repeated_tiles_are_dropped(tmp_path: Path) -> None:
    sprites = np.concatenate([some_sprites(3), some_sprites(1)])
    read = read_sprites(write(tmp_path / "sheet.png", picture(sheet_of(sprites, columns=2))))
    assert len(read) == 3
    assert "1 exact repeat was dropped." in read.notes


# --- the set as a whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_two_sprites_are_enough_for_both_parts(tmp_path: Path, seed: int) -> None:
    read = read_sprites(write_npy(tmp_path / "sprites.npy", some_sprites(2, seed)))
    assert_fit_to_train_on(read)
    assert (read.held_out == read_sprites(tmp_path / "sprites.npy").held_out).all()


def test_saved_set_with_nothing_held_out_gets_one(tmp_path: Path) -> None:
    saved = some_set(8)
    SpriteSet(saved.images, saved.context, saved.categories, np.zeros(8, bool)).save(tmp_path / "set.npz")
    read = read_sprites(tmp_path / "set.npz")
    assert read.held_out.tolist() == [False] * 7 + [True]
    assert read.notes == ("One sprite changed sides, so that there is one to train on and one held out.",)


def test_description_in_plain_lines(tmp_path: Path) -> None:
    members = pictures_in_categories({"cat": 20, "dog": 10}) | {"read.txt": b"text"}
    read = read_sprites(write_pictures(tmp_path / "mine", members))
    assert describe_set(read).splitlines() == [
        f"30 sprites of 16x16 pixels, {read.held_out.sum()} of them held out from training.",
        "cat: 20",
        "dog: 10",
        "Skipped 1 file of other kinds: read.txt.",
    ]


def test_error_is_a_value_error() -> None:
    assert issubclass(SpriteDataError, ValueError)
