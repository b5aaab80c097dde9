"""What people give, as it comes: many files, packs in their folders, links, and names from old systems."""

import os
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import pytest
from bad_sprites import npy, picture, some_labels, some_sprites, write, write_npz, write_pictures, write_zip
from figures import encoded, enlarged, figures, on_white, sheet

from diffusion.sprites.readers import Choices, SpriteDataError, read_given, read_sprites, read_uploads
from diffusion.sprites.readers.code_pages import decoded

N = 24


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return figures(N)


@pytest.fixture(scope="module")
def tiles(drawn) -> dict[str, bytes]:
    return {f"tile_{i:04}.png": encoded(one) for i, one in enumerate(drawn)}


def below(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def as_folder_and_zip(place: Path, files: dict[str, bytes]) -> list[Path]:
    return [write_pictures(place / "pack", files), write_zip(place / "pack.zip", files)]


# --- many files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_given, read_uploads])
def test_many_pictures_are_read_like_a_folder(tmp_path, drawn, tiles, read):
    paths = [write(tmp_path / name, data) for name, data in tiles.items()]
    assert np.array_equal(read(paths).sprites.images, on_white(drawn))


@pytest.mark.parametrize("name", ["label.png", "labels_of_heroes.png", "unlabelled 3.PNG"])
def test_a_name_makes_no_picture_a_file_of_labels(tmp_path, tiles, name):
    paths = [write(tmp_path / name, picture(some_sprites(1)[0])), write(tmp_path / "b.png", tiles["tile_0001.png"])]
    assert len(read_uploads(paths).sprites) == 2
    assert len(read_uploads([write_zip(tmp_path / f"{name}.zip", tiles)]).sprites) == N


@pytest.mark.parametrize("names", [("a.npy", "b.npy"), ("labels.npy", "sprites.npy"), ("x.npy", "y_label.npy")])
def test_images_and_labels_are_told_apart_by_what_they_hold(tmp_path, names):
    for images, labels in (names, names[::-1]):
        paths = [write(tmp_path / images, npy(some_sprites(20))), write(tmp_path / labels, npy(some_labels(20)))]
        for given in (paths, paths[::-1]):
            read = read_uploads(given).sprites
            assert np.array_equal(read.images, some_sprites(20)) and np.array_equal(read.context, some_labels(20))


def test_several_folders_and_zips_are_categories(tmp_path, tiles):
    half = dict(list(tiles.items())[: N // 2]), dict(list(tiles.items())[N // 2 :])
    paths = [write_pictures(tmp_path / "hero", half[0]), write_zip(tmp_path / "food.zip", half[1])]
    assert read_given(paths).sprites.counts() == {"food": N // 2, "hero": N // 2}


def test_files_of_other_kinds_are_named_among_many(tmp_path, tiles):
    paths = [write(tmp_path / name, data) for name, data in (tiles | {"notes.txt": b"hello"}).items()]
    read = read_uploads(paths)
    assert read.passed_over[0].names == ("notes.txt",)
    assert read.sprites.notes == ("Skipped 1 file of other kinds: notes.txt.",)


def test_two_files_of_one_name_are_two(tmp_path):
    paths = [write(tmp_path / f"{i}/hero.png", picture(enlarged(some_sprites(2)[i], i + 1))) for i in range(2)]
    assert np.array_equal(read_given(paths).sprites.images, some_sprites(2))


def test_uploads_are_plain_files(tmp_path, tiles):
    folder = write_pictures(tmp_path / "pack", tiles)
    (tmp_path / "link.png").symlink_to(folder / "tile_0000.png")
    for path in (folder, tmp_path / "link.png"):
        with pytest.raises(SpriteDataError, match="is a link or folder"):
            read_uploads([path, folder / "tile_0001.png"])


def test_nothing_and_too_little_are_told_with_what_was_skipped(tmp_path, tiles):
    with pytest.raises(SpriteDataError, match="holds nothing"):
        read_uploads([])
    paths = [write(tmp_path / "a.png", tiles["tile_0000.png"]), write(tmp_path / "b.png", b"text")]
    with pytest.raises(SpriteDataError, match=r"^This set of 2 files holds 1 distinct sprite.*skipped were b\.png\.$"):
        read_uploads(paths)


# --- packs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapper", ["My Pack", "a/b/c", "train", "pack/PNG/16x16"])
def test_folders_around_all_are_no_categories(tmp_path, tiles, wrapper):
    files = {f"{wrapper}/{('cat', 'dog')[i % 2]}/{name}": data for i, (name, data) in enumerate(tiles.items())}
    for path in as_folder_and_zip(tmp_path, files | {"License.txt": b"free"}):
        assert read_sprites(path).counts() == {"cat": N // 2, "dog": N // 2}


@pytest.mark.parametrize("splits", [("train", "test"), ("Train", "VAL", "test"), ("training", "validation")])
@pytest.mark.parametrize("wrapper", ["", "data/"])
@pytest.mark.parametrize("inner", ["", "images/"])
def test_splits_above_categories_are_read_as_one_set(tmp_path, tiles, splits, wrapper, inner):
    files = {
        f"{wrapper}{splits[i % len(splits)]}/{inner}{'cat' if i < N // 2 else 'dog'}/{name}": data
        for i, (name, data) in enumerate(tiles.items())
    }
    for path in as_folder_and_zip(tmp_path, files):
        read = read_sprites(path)
        assert read.counts() == {"cat": N // 2, "dog": N // 2}
        assert any(note.endswith("were read as parts of one set.") for note in read.notes)


def test_a_category_may_be_called_like_a_split(tmp_path, tiles):
    files = {f"{('test', 'dog')[i % 2]}/{name}": data for i, (name, data) in enumerate(tiles.items())}
    assert read_sprites(write_pictures(tmp_path / "pack", files)).counts() == {"dog": N // 2, "test": N // 2}


def test_a_pack_with_previews_and_sheets_of_its_own_tiles(tmp_path, drawn, tiles):
    spaced = sheet(drawn, 6, gap=1)
    files = below("Tiles", tiles) | {
        "Tilemap/tilemap.png": encoded(spaced),
        "Tilemap/tilemap_packed.png": encoded(sheet(drawn, 6)),
        "Preview.png": encoded(enlarged(sheet(drawn, 6), 3)[:-1]),
        "Sample.png": encoded(np.full((100, 160, 3), 90, np.uint8)),
        "License.txt": b"CC0",
    }
    for path in as_folder_and_zip(tmp_path, below("pack", files)):
        read = read_given([path])
        assert np.array_equal(read.sprites.images, on_white(drawn)) and read.sprites.categories == ()
        assert {name for part in read.passed_over for name in part.names} == {
            f"pack/{name}" for name in files if not name.startswith("Tiles")
        }
        assert all(str(part) in read.sprites.notes for part in read.passed_over)


def test_a_sheet_with_new_tiles_is_not_passed_over(tmp_path, drawn, tiles):
    files = below("pack", dict(list(tiles.items())[: N // 2])) | {"pack/sheet.png": encoded(sheet(drawn, 6))}
    read = read_given([write_pictures(tmp_path / "pack", files)])
    assert len(read.sprites) == N and not read.passed_over


def test_a_sprite_called_sample_of_the_usual_size_is_a_sprite(tmp_path, tiles):
    files = tiles | {"sample.png": picture(some_sprites(1)[0])}
    assert len(read_sprites(write_pictures(tmp_path / "pack", files))) == N + 1


@pytest.mark.parametrize("names", [("sprites.npy", "sprites_labels.npy"), ("x.npy", "y.npy")])
def test_arrays_with_labels_win_over_pictures_beside_them(tmp_path, tiles, names):
    files = below("images", tiles) | {names[0]: npy(some_sprites(20)), names[1]: npy(some_labels(20))}
    for path in as_folder_and_zip(tmp_path, files | {"labels.csv": b"a,b"}):
        read = read_given([path])
        assert np.array_equal(read.sprites.images, some_sprites(20)) and len(read.sprites.categories) == 5
        assert [len(part.names) for part in read.passed_over] == [N, 1]


def test_a_file_beside_that_is_called_labels_but_holds_images_is_none(tmp_path):
    path = write(tmp_path / "sprites.npy", npy(some_sprites(20)))
    write(tmp_path / "unlabeled.npy", npy(some_sprites(9)))
    assert read_sprites(path).categories == ()


# --- links ------------------------------------------------------------------------------------------------


def test_links_in_a_folder_are_followed(tmp_path, drawn, tiles):
    store = write_pictures(tmp_path / "store", tiles)
    folder = tmp_path / "pack"
    folder.mkdir()
    for name in tiles:
        (folder / name).symlink_to(store / name)
    assert np.array_equal(read_sprites(folder).images, on_white(drawn))
    (tmp_path / "linked").symlink_to(folder)
    assert len(read_sprites(tmp_path / "linked")) == N


def test_linked_folders_are_followed_and_circles_end(tmp_path, tiles):
    store = write_pictures(tmp_path / "store", tiles)
    folder = write_pictures(tmp_path / "pack", {"cat/a.png": picture(some_sprites(1)[0])})
    (folder / "dog").symlink_to(store)
    (folder / "cat/again").symlink_to(folder)
    (folder / "cat/self").symlink_to(folder / "cat")
    assert read_sprites(folder).counts() == {"cat": 1, "dog": N}


# --- names ------------------------------------------------------------------------------------------------

OLD_NAMES = [
    ("épée", "cp850"), ("Größe", "cp437"), ("Ausrüstung", "cp1252"), ("señor", "cp850"), ("герой", "cp866"),
    ("ГЕРОИ", "cp866"), ("герой 2", "cp1251"), ("еда и питьё", "cp866"), ("勇者", "cp932"), ("モンスター", "cp932"),
    ("ひーろー", "cp932"), ("武器", "gbk"), ("物品", "gbk"), ("plain_name-1", "cp437"), ("英雄", "utf-8"),
]   # fmt: skip


@pytest.mark.parametrize(("name", "page"), OLD_NAMES)
def test_names_of_old_code_pages_are_read(name, page):
    assert decoded(f"pack/{name}/1.png".encode(page)) == f"pack/{name}/1.png"


@pytest.mark.parametrize("raw", [b"\xb9\xd6\xce", b"\xff\xfe\x80", b"\x80", b"\xc4\xc5\xb3 \x01\xb4"])
def test_names_that_no_code_page_explains_are_shown_by_their_bytes(raw):
    name = decoded(raw)
    assert name.isascii() and "\\x" in name


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_give_a_name_without_junk(seed):
    rng = np.random.default_rng(seed)
    name = decoded(bytes(rng.integers(32, 256, 12, dtype=np.uint8)).replace(b"\x7f", b"a"))
    assert name.isprintable() and not any(char in name for char in "\ufffd│┤╡╢╖╕╣║╗╝")


class OldInfo(ZipInfo):
    """A member as an old system writes it: its name in a code page, without a word of UTF-8."""

    page = "cp437"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.page), self.flag_bits & ~0x800


@pytest.mark.parametrize(("name", "page"), OLD_NAMES)
def test_a_zip_of_an_old_system_has_its_categories(tmp_path, tiles, name, page):
    with ZipFile(tmp_path / "pack.zip", "w") as archive:
        for i, data in enumerate(tiles.values()):
            info = OldInfo(f"{(name, 'other')[i % 2]}/{i}.png")
            info.page = page
            archive.writestr(info, data)
    assert read_sprites(tmp_path / "pack.zip").counts() == {name: N // 2, "other": N // 2}


def test_a_folder_whose_name_is_not_utf8_is_read(tmp_path, tiles):
    folder = write_pictures(tmp_path / "pack", below("other", tiles))
    old = os.fsencode(folder) + b"/" + "герой".encode("cp866")
    write(Path(os.fsdecode(old), "1.png"), picture(some_sprites(1)[0]))
    assert read_sprites(folder).counts() == {"other": N, "герой": 1}


def test_a_tile_size_is_no_choice_for_arrays_but_a_ground_is(tmp_path):
    path = write_npz(tmp_path / "set.npz")
    assert len(read_given([path], Choices(ground="000000")).sprites) == 6
    with pytest.raises(SpriteDataError, match="takes no tile size"):
        read_given([path], Choices(gap=1))
