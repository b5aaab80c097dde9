"""Bad inputs for the readers of sprites: each case makes its files and says what the error should mention."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture, one_hot


@dataclass(frozen=True)
class Call:
    """What is given to read_sprites, and the file that the error should name (the path, unless told)."""

    path: Path
    labels: Path | None = None
    tile: int | None = None
    named: str = ""


Make = Callable[[Path], Path | Call]
CASES: dict[str, tuple[Make, str]] = {}
BOMBS: list[str] = []


def bad(mention: str) -> Callable[[Make], Make]:
    """Register a case: a function that makes its files in a folder, and a part of the sentence it should give."""

    def register(make: Make) -> Make:
        CASES[make.__name__] = make, mention
        return make

    return register


def bomb(make: Make) -> Make:
    """Mark a case that would take much memory if it were trusted."""
    BOMBS.append(make.__name__)
    return make


def call_for(name: str, folder: Path) -> Call:
    """Make the files of a case in `folder`."""
    made = CASES[name][0](folder)
    return made if isinstance(made, Call) else Call(made)


# --- what the cases are made of ---------------------------------------------------------------------------


def some_sprites(n: int = 6, seed: int = 0) -> np.ndarray:
    """Distinct noise, uint8 (n, 16, 16, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (n, 16, 16, 3), dtype=np.uint8)


def some_labels(n: int = 6, k: int = 5) -> np.ndarray:
    return np.eye(k)[np.arange(n) % k]


def some_set(n: int = 6) -> SpriteSet:
    images = some_sprites(n)
    return SpriteSet(images, one_hot(np.arange(n) % 2, 2), ("cat", "dog"), held_out_by_picture(images))


def picture(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """The pixels as a picture file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, with hardly any pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_claiming(descr: str, shape: str, data: bytes = bytes(64), version: int = 1) -> bytes:
    """An .npy whose header claims this type and shape, whatever the data."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header + data


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_npy(path: Path, array: np.ndarray) -> Path:
    return write(path, npy(array))


def write_zip(path: Path, members: dict[str, bytes], method: int = ZIP_DEFLATED) -> Path:
    with ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name), data, compress_type=method)
    return path


def write_pictures(folder: Path, members: dict[str, bytes]) -> Path:
    for name, data in members.items():
        write(folder / name, data)
    return folder


def write_npz(path: Path, **changed: np.ndarray | None) -> Path:
    """A saved set with some of its arrays changed, or left out if None."""
    sprites = some_set()
    arrays = {"images": sprites.images, "context": sprites.context, "categories": np.array(sprites.categories)}
    arrays |= changed
    return write_zip(path, {f"{name}.npy": npy(array) for name, array in arrays.items() if array is not None})


def good_pictures(n: int = 4) -> dict[str, bytes]:
    return {f"{i}.png": picture(pixels) for i, pixels in enumerate(some_sprites(n))}


def pair(folder: Path, labels: np.ndarray, n: int = 6) -> Call:
    """Sound images and these labels."""
    images = write_npy(folder / "sprites.npy", some_sprites(n))
    return Call(images, labels=write_npy(folder / "classes.npy", labels), named="classes.npy")


# --- paths ------------------------------------------------------------------------------------------------


@bad("does not exist")
def missing_path(folder: Path) -> Path:
    return folder / "missing.npy"


@bad("does not exist")
def missing_path_with_a_line_break(folder: Path) -> Call:
    return Call(folder / "two\nlines.png", named="two\ufffdlines.png")


@bad("does not exist")
def path_with_a_null_byte(folder: Path) -> Call:
    return Call(folder / "null\0.zip", named="null\ufffd.zip")


@bad("too long a name")
def path_too_long(folder: Path) -> Call:
    return Call(folder / ("x" * 5000 + ".zip"), named="xxx.zip")


@bad("of no kind read here")
def unknown_kind(folder: Path) -> Path:
    return write(folder / "sprites.webm", b"\x1aE\xdf\xa3")


@bad("of no kind read here")
def a_vector_picture(folder: Path) -> Path:
    return write(folder / "sprites.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")


@bad("not a plain file")
def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.png")
    return folder / "pipe.png"


@bad("is empty")
def empty_npy(folder: Path) -> Path:
    return write(folder / "sprites.npy", b"")


@bad("is empty")
def empty_picture(folder: Path) -> Path:
    return write(folder / "sheet.png", b"")


@bad("is empty")
def empty_file_named_zip(folder: Path) -> Path:
    return write(folder / "sprites.zip", b"")


@bad("takes no tile size")
def tile_size_for_an_array(folder: Path) -> Call:
    return Call(write_npy(folder / "sprites.npy", some_sprites()), tile=16)


@bad("takes no tile size")
def tile_size_for_a_saved_set(folder: Path) -> Call:
    return Call(write_npz(folder / "set.npz"), tile=16)


@bad("takes no file of labels")
def labels_for_a_picture(folder: Path) -> Call:
    labels = write_npy(folder / "labels.npy", some_labels())
    return Call(write(folder / "sheet.png", picture(np.zeros((32, 32, 3), np.uint8))), labels=labels)


# --- .npy -------------------------------------------------------------------------------------------------


@bad("pickled")
def pickled_npy(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.array([{"a": 1}, None], dtype=object))


@bad("pickled")
def pickled_labels(folder: Path) -> Call:
    return pair(folder, np.array([[None, 1]] * 6, dtype=object))


@bad("not an .npy file")
def bare_pickle(folder: Path) -> Path:
    return write(folder / "sprites.npy", b"\x80\x04cposix\nsystem\n(S'true'\ntR.")


@bad("not an .npy file")
def npy_that_is_a_zip(folder: Path) -> Path:
    return write_zip(folder / "sprites.npy", good_pictures())


@bad("not an .npy file")
def npy_that_is_text(folder: Path) -> Path:
    return write(folder / "sprites.npy", b"these are not numbers\n" * 20)


@bad("not an .npy file")
def npy_of_an_unknown_version(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|u1'", "(1, 16, 16, 3)", version=9))


@bad("not an .npy file")
def npy_with_a_hostile_header(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|u1'", "(" * 5000 + ")" * 5000))


@bad("not an .npy file")
def npy_with_an_unknown_type(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'potato'", "(1, 16, 16, 3)"))


@bad("not whole")
def truncated_npy(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy(some_sprites())[:-100])


@bad("not whole")
def npy_with_more_data_than_it_claims(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy(some_sprites()) + bytes(100))


@bomb
@bad("not whole")
def npy_claiming_a_giant_shape(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|u1'", "(2000000000, 16, 16, 3)"))


@bomb
@bad("not whole")
def npy_claiming_more_than_memory_can_address(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|u1'", f"({10**30}, 16, 16, 3)"))


@bad("not whole")
def npy_claiming_a_negative_shape(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|u1'", "(-1, 16, 16, 3)"))


@bomb
@bad("not whole")
def npy_claiming_giant_items(folder: Path) -> Path:
    return write(folder / "sprites.npy", npy_claiming("'|V2000000000'", "(1000000,)"))


@bomb
@bad("larger than")
def npy_of_a_gigabyte(folder: Path) -> Path:
    path = write(folder / "sprites.npy", npy_claiming("'|u1'", "(1400000, 16, 16, 3)", data=b""))
    with path.open("r+b") as file:
        file.truncate(1_400_000 * 768)   # sparse: takes no room on disk
    return path


@bomb
@bad("at most 200,000")
def npy_of_too_many_sprites(folder: Path) -> Path:
    path = write(folder / "sprites.npy", npy_claiming("'|u1'", "(200001, 16, 16, 3)", data=b""))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + 200_001 * 768)
    return path


@bad("float32 of shape 6 x 16 x 16 x 3, from 0 to 2; sprites should be")
def floats_of_no_known_range(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.linspace(0, 2, 6 * 768, dtype=np.float32).reshape(6, 16, 16, 3))


@bad("from -2.5 to 2.5")
def floats_that_were_normalised(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.linspace(-2.5, 2.5, 6 * 768).reshape(6, 16, 16, 3))


@bad("NaN or infinite")
def floats_with_nan(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.where(some_sprites() > 9, 0.5, np.nan))


@bad("from 0 to 256")
def integers_beyond_a_byte(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.arange(6 * 768).reshape(6, 16, 16, 3) % 257)


@bad("from -1 to 254")
def integers_below_0(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites().astype(np.int16) - 1)


@bad("from 0 to 7")
def numbers_of_a_palette(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites()[..., 0] % 8)


@bad("shape 6 x 16 x 16 x 2")
def images_of_two_channels(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites()[..., :2])


@bad("shape 16 x 16 x 3")
def a_single_image(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites()[0])


@bad("complex128")
def complex_images(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites().astype(complex))


@bad("shape 6 x 768")
def flattened_images(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites().reshape(6, -1))


@bad("holds a single uint8")
def a_lone_number(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.uint8(3))


@bad("sprites should be")
def structured_images(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", np.zeros(6, dtype=[("red", "u1"), ("green", "u1")]))


@bad("0 distinct sprites")
def no_sprites_at_all(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites(0))


@bad("1 distinct sprite,")
def one_sprite_many_times(folder: Path) -> Path:
    return write_npy(folder / "sprites.npy", some_sprites(1).repeat(50, axis=0))


# --- labels -----------------------------------------------------------------------------------------------


@bad("5 rows for 6 sprites")
def labels_too_few(folder: Path) -> Call:
    return pair(folder, some_labels(5))


@bad("60 rows for 6 sprites")
def labels_too_many_beside(folder: Path) -> Call:
    write_npy(folder / "sprite_labels.npy", some_labels(60))
    return Call(write_npy(folder / "sprites.npy", some_sprites()), named="sprite_labels.npy")


@bad("lies beside several files of labels")
def labels_that_are_ambiguous(folder: Path) -> Path:
    write_npy(folder / "labels_a.npy", some_labels())
    write_npy(folder / "labels_b.npy", some_labels())
    return write_npy(folder / "sprites.npy", some_sprites())


@bad("does not exist")
def labels_missing(folder: Path) -> Call:
    images = write_npy(folder / "sprites.npy", some_sprites())
    return Call(images, labels=folder / "none.npy", named="none.npy")


@bad("not one-hot")
def labels_of_two_categories_at_once(folder: Path) -> Call:
    return pair(folder, np.ones((6, 3)))


@bad("not one-hot")
def labels_of_no_category(folder: Path) -> Call:
    return pair(folder, np.zeros((6, 3)))


@bad("not one-hot")
def labels_in_between(folder: Path) -> Call:
    return pair(folder, np.full((6, 2), 0.5))


@bad("12 categories")
def labels_of_too_many_numbers(folder: Path) -> Call:
    return pair(folder, np.arange(12), n=12)


@bad("below 0 or between")
def labels_of_broken_numbers(folder: Path) -> Call:
    return pair(folder, np.arange(6) / 2)


@bad("below 0 or between")
def labels_of_negative_numbers(folder: Path) -> Call:
    return pair(folder, np.arange(6) % 3 - 1)


@bad("NaN or infinite")
def labels_of_numbers_and_nan(folder: Path) -> Call:
    return pair(folder, np.where(np.arange(6) == 2, np.nan, 1))


@bad("5 rows for 6 sprites")
def names_too_few(folder: Path) -> Call:
    return pair(folder, np.array(["cat", "dog", "cat", "dog", "cat"]))


@bad("empty name")
def labels_with_a_name_of_spaces(folder: Path) -> Call:
    return pair(folder, np.array(["cat", " "] * 3))


@bad("not UTF-8")
def labels_of_bytes_that_are_no_text(folder: Path) -> Call:
    return pair(folder, np.array([b"cat", b"\xe9\xff"] * 3))


@bad("shape 6 x 0")
def labels_without_columns(folder: Path) -> Call:
    return pair(folder, np.zeros((6, 0)))


@bad("NaN or infinite")
def labels_of_nan(folder: Path) -> Call:
    return pair(folder, np.where(some_labels() == 1, np.nan, 0))


@bad("NaN or infinite")
def labels_of_infinity(folder: Path) -> Call:
    return pair(folder, np.where(some_labels() == 1, np.inf, 0))


@bad("below 0")
def labels_that_are_negative(folder: Path) -> Call:
    return pair(folder, -some_labels())


@bad("over 1")
def labels_of_255(folder: Path) -> Call:
    return pair(folder, (some_labels() * 255).astype(np.uint8))


@bad("complex128")
def labels_that_are_complex(folder: Path) -> Call:
    return pair(folder, some_labels().astype(complex))


@bad("it should be numbers")
def labels_of_text(folder: Path) -> Call:
    return pair(folder, some_labels().astype(str))


@bad("11 categories")
def labels_of_too_many_categories(folder: Path) -> Call:
    return pair(folder, np.eye(11), n=11)


# --- .npz -------------------------------------------------------------------------------------------------


@bad("lacks categories.npy")
def npz_without_categories(folder: Path) -> Path:
    return write_npz(folder / "set.npz", categories=None)


@bad("lacks categories.npy, context.npy and images.npy")
def npz_of_something_else(folder: Path) -> Path:
    path = folder / "set.npz"
    np.savez(path, x=np.zeros(3), y=np.zeros(3))
    return path


@bad("unknown as parts of a saved set")
def npz_with_a_stranger(folder: Path) -> Path:
    return write_npz(folder / "set.npz", weights=np.zeros(3))


@bad("pickled")
def npz_with_pickled_categories(folder: Path) -> Path:
    return write_npz(folder / "set.npz", categories=np.array(["cat", "dog"], dtype=object))


@bad("4 rows for 6 sprites")
def npz_with_too_short_a_context(folder: Path) -> Path:
    return write_npz(folder / "set.npz", context=np.zeros((4, 2), np.float32))


@bad("it should be numbers of shape N x 2")
def npz_with_a_category_too_many(folder: Path) -> Path:
    return write_npz(folder / "set.npz", context=np.zeros((6, 3), np.float32))


@bad("NaN or infinite")
def npz_with_nan_in_the_context(folder: Path) -> Path:
    return write_npz(folder / "set.npz", context=np.full((6, 2), np.nan, np.float32))


@bad("it should be a list of texts")
def npz_with_numbers_for_categories(folder: Path) -> Path:
    return write_npz(folder / "set.npz", categories=np.arange(2))


@bad("same name")
def npz_with_a_category_twice(folder: Path) -> Path:
    return write_npz(folder / "set.npz", categories=np.array(["cat", " cat"]))


@bad("characters that do not exist")
def npz_with_impossible_text(folder: Path) -> Path:
    codes = np.array([[0x61], [0x7FFFFFFF]], dtype="<u4")
    return write_npz(folder / "set.npz", categories=codes.view("<U1")[:, 0])


@bad("it should be bool")
def npz_with_numbers_for_held_out(folder: Path) -> Path:
    return write_npz(folder / "set.npz", held_out=np.zeros(6))


@bad("5 texts for 6 sprites")
def npz_with_too_few_descriptions(folder: Path) -> Path:
    return write_npz(folder / "set.npz", descriptions=np.array(["a"] * 5))


@bad("not a whole zip")
def truncated_npz(folder: Path) -> Path:
    path = write_npz(folder / "set.npz")
    return write(path, path.read_bytes()[:-200])


@bad("not a whole zip")
def npz_that_is_an_npy(folder: Path) -> Path:
    return write(folder / "set.npz", npy(some_sprites()))


@bomb
@bad("MB in all, more than")
def npz_bomb(folder: Path) -> Path:
    path = write_npz(folder / "set.npz", images=None)
    with ZipFile(path, "a", ZIP_DEFLATED) as archive, archive.open("images.npy", "w") as file:
        file.write(npy_claiming("'|u1'", "(400000, 16, 16, 3)", data=b""))
        for _ in range(300):
            file.write(bytes(2**20))
    return path


# --- zips -------------------------------------------------------------------------------------------------


@bad("not a whole zip")
def zip_that_is_text(folder: Path) -> Path:
    return write(folder / "sprites.zip", b"not a zip\n" * 100)


@bad("not a whole zip")
def truncated_zip(folder: Path) -> Path:
    path = write_zip(folder / "sprites.zip", good_pictures())
    return write(path, path.read_bytes()[:-40])


@bad("holds no pictures")
def zip_of_nothing(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", {})


@bad("holds no pictures, only")
def zip_of_other_files(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", {"read.txt": b"hello", "clip.webm": b"x", "logo.svg": b"<svg/>"})


@bad("holds no pictures")
def zip_of_system_files(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", {"__MACOSX/._a.png": b"x", ".DS_Store": b"x", "Thumbs.db": b"x"})


@bad("leads out of the zip")
def zip_with_an_absolute_path(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", good_pictures() | {"/etc/bob.png": b"x"})


@bad("leads out of the zip")
def zip_with_a_path_upwards(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", good_pictures() | {"hero/../../bob.png": b"x"})


@bad("leads out of the zip")
def zip_with_a_windows_path_upwards(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", good_pictures() | {"..\\bob.png": b"x"})


@bad("leads out of the zip")
def zip_with_a_windows_drive(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", good_pictures() | {"C:\\bob.png": b"x"})


@bad("a link or device")
def zip_with_a_link(folder: Path) -> Path:
    path = write_zip(folder / "sprites.zip", good_pictures())
    link = ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    with ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    return path


@bad("without a name")
def zip_with_a_nameless_file(folder: Path) -> Path:
    path = write_zip(folder / "sprites.zip", {"bob.png": picture(some_sprites(1)[0])})
    return write(path, path.read_bytes().replace(b"bob.png", b"\0ob.png"))


@bad("password")
def encrypted_zip(folder: Path) -> Path:
    path = write_zip(folder / "sprites.zip", {"bob.png": picture(some_sprites(1)[0])}, ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[6] |= 1   # the flag in the file's own header, then in the zip's list
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return write(path, bytes(data))


@bad("compressed in an unusual way")
def zip_of_unusual_compression(folder: Path) -> Path:
    return write_zip(folder / "sprites.zip", good_pictures(), ZIP_BZIP2)


@bad("holds no picture that can be read")
def zip_of_damaged_members(folder: Path) -> Path:
    path = write_zip(folder / "sprites.zip", {"bob.png": picture(some_sprites(1)[0])}, ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF
    return write(path, bytes(data))


@bomb
@bad("holds 300 MB in all")
def zip_bomb(folder: Path) -> Path:
    path = folder / "sprites.zip"
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive, archive.open("bob.png", "w") as file:
        for _ in range(300):
            file.write(bytes(2**20))
    return path


@bomb
@bad("holds no picture that can be read")
def zip_bomb_that_lies_about_its_size(folder: Path) -> Path:
    path = zip_bomb(folder)
    data = path.read_bytes()
    return write(path, data.replace(struct.pack("<I", 300 * 2**20), struct.pack("<I", 1000)))


@bomb
@bad("holds no pictures, only")
def zip_of_zip_bombs(folder: Path) -> Path:
    inner = zip_bomb(folder).read_bytes()
    return write_zip(folder / "sprites.zip", {f"{i}.zip": inner for i in range(5)})


@bomb
@bad("more than 200,000 files")
def zip_of_very_many_files(folder: Path) -> Path:
    path = folder / "sprites.zip"
    return write(path, (b"PK\x01\x02" + bytes(42)) * 1_000_000 + b"PK\x05\x06" + bytes(18))


@bomb
@bad("134 million pixels")
def zip_of_too_many_pixels(folder: Path) -> Path:
    large = io.BytesIO()
    Image.new("P", (4096, 4096)).save(large, "PNG")
    return write_zip(folder / "sprites.zip", {f"{i}.png": large.getvalue() for i in range(10)})


@bomb
@bad("134 million pixels")
def zip_of_pictures_that_are_very_long(folder: Path) -> Path:
    long = picture(np.zeros((1, 4096, 3), np.uint8))
    return write_zip(folder / "sprites.zip", {f"{i}.png": long for i in range(10)})


# --- folders ----------------------------------------------------------------------------------------------


@bad("holds no pictures")
def empty_folder(folder: Path) -> Path:
    (folder / "pictures").mkdir()
    return folder / "pictures"


@bad("only notes.txt; put PNG")
def folder_of_other_files(folder: Path) -> Path:
    return write_pictures(folder / "pictures", {"notes.txt": b"hello"})


@bad("a link or device")
def folder_with_a_link_to_nowhere(folder: Path) -> Path:
    pictures = write_pictures(folder / "pictures", good_pictures())
    (pictures / "link.png").symlink_to(folder / "missing.png")
    return pictures


@bad("a link that leads to itself")
def folder_with_a_link_to_itself(folder: Path) -> Path:
    pictures = write_pictures(folder / "pictures", good_pictures())
    (pictures / "link.png").symlink_to("link.png")
    return pictures


@bad("a link or device")
def folder_with_a_pipe(folder: Path) -> Path:
    pictures = write_pictures(folder / "pictures", good_pictures())
    os.mkfifo(pictures / "pipe.png")
    return pictures


@bad("single sprite")
def folder_of_one_picture(folder: Path) -> Path:
    return write_pictures(folder / "pictures", good_pictures(1))


@bad("cannot be read as a PNG")
def folder_of_pictures_that_are_text(folder: Path) -> Path:
    return write_pictures(folder / "pictures", {"a.png": b"text", "b.gif": b"text", "c.jpg": b""})


@bad("both in subfolders and outside")
def folder_of_pictures_inside_and_out(folder: Path) -> Path:
    return write_pictures(folder / "pictures", good_pictures() | {"hero/bob.png": picture(some_sprites(1, 1)[0])})


@bad("both pictures and .npy files")
def folder_of_pictures_and_arrays(folder: Path) -> Path:
    return write_pictures(folder / "pictures", good_pictures() | {"sprites.npy": npy(some_sprites())})


@bad("one .npy of images")
def folder_of_three_arrays(folder: Path) -> Path:
    return write_pictures(folder / "arrays", {name: npy(some_sprites()) for name in ("a.npy", "b.npy", "c.npy")})


@bad("one .npy of images")
def folder_of_labels_alone(folder: Path) -> Path:
    return write_pictures(folder / "arrays", {"labels.npy": npy(some_labels())})


@bad("11 categories")
def folder_of_too_many_categories(folder: Path) -> Path:
    pictures = {f"kind {i}/bob.png": picture(pixels) for i, pixels in enumerate(some_sprites(11))}
    return write_pictures(folder / "pictures", pictures)


@bad("over 40 characters")
def category_with_a_long_name(folder: Path) -> Path:
    more = {"more/bob.png": picture(some_sprites(2)[1])}
    return write_pictures(folder / "pictures", {f"{'long' * 11}/bob.png": picture(some_sprites(1)[0])} | more)


@bad("control characters")
def category_with_a_line_break(folder: Path) -> Path:
    more = {"more/bob.png": picture(some_sprites(2)[1])}
    return write_pictures(folder / "pictures", {"he\nro/bob.png": picture(some_sprites(1)[0])} | more)


@bad("empty name")
def category_without_a_name(folder: Path) -> Path:
    more = {"more/bob.png": picture(some_sprites(2)[1])}
    return write_pictures(folder / "pictures", {" /bob.png": picture(some_sprites(1)[0])} | more)


# --- sheets and single pictures ---------------------------------------------------------------------------


def sheet(folder: Path, width: int, height: int, tile: int | None = None) -> Call:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Call(write(folder / "sheet.png", picture(pixels)), tile=tile)


@bad("tiles of 0 pixels")
def tile_of_zero(folder: Path) -> Call:
    return sheet(folder, 64, 64, tile=0)


@bad("tiles of -16 pixels")
def tile_below_zero(folder: Path) -> Call:
    return sheet(folder, 64, 64, tile=-16)


@bad("smaller than a tile of 128")
def tile_larger_than_the_picture(folder: Path) -> Call:
    return sheet(folder, 64, 64, tile=128)


@bad("which tiles of 24 do not fill")
def tile_that_does_not_divide(folder: Path) -> Call:
    return sheet(folder, 64, 64, tile=24)


@bad("which tiles of 16 do not fill")
def sheet_that_needs_a_tile_size(folder: Path) -> Call:
    return sheet(folder, 100, 60)


@bad("1,000,000 tiles")
def sheet_of_too_many_tiles(folder: Path) -> Call:
    return sheet(folder, 1000, 1000, tile=1)


@bad("single sprite")
def a_single_picture(folder: Path) -> Call:
    return sheet(folder, 16, 16)


@bad("smaller than a tile")
def a_single_pixel(folder: Path) -> Call:
    return sheet(folder, 1, 1)


@bad("each of its tiles is of a single colour")
def sheet_of_empty_tiles(folder: Path) -> Path:
    return write(folder / "sheet.png", picture(np.zeros((64, 64, 4), np.uint8)))


@bad("1 distinct sprite,")
def sheet_of_one_sprite(folder: Path) -> Path:
    return write(folder / "sheet.png", picture(np.tile(some_sprites(1)[0], (4, 4, 1))))


@bad("cannot be read as a PNG")
def picture_that_is_text(folder: Path) -> Path:
    return write(folder / "sheet.png", b"this is no picture")


@bad("cannot be read as a PNG")
def picture_of_another_format(folder: Path) -> Path:
    return write(folder / "sheet.png", picture(np.zeros((32, 32, 3), np.uint8), "TIFF"))


@bad("cannot be read as a PNG")
def truncated_picture(folder: Path) -> Path:
    path = sheet(folder, 64, 64).path
    return write(path, path.read_bytes()[:5000])


@bad("cannot be read as a PNG")
def corrupt_picture(folder: Path) -> Path:
    path = sheet(folder, 64, 64).path
    data = bytearray(path.read_bytes())
    data[60:2000] = bytes(1940)
    return write(path, bytes(data))


@bad("cannot be read as a PNG")
def picture_without_width(folder: Path) -> Path:
    return write(folder / "sheet.png", png_claiming(0, 16))


@bad("over 16 million pixels")
def picture_that_is_too_large(folder: Path) -> Path:
    return write(folder / "sheet.png", picture(np.zeros((4097, 4096), np.uint8)))


@bad("over 4096 pixels a side")
def single_sprites_that_are_too_wide(folder: Path) -> Path:
    wide = picture(np.zeros((1, 4112, 3), np.uint8))
    return write_pictures(folder / "pictures", {"a.png": wide, "b.png": wide})


@bomb
@bad("over 16 million pixels")
def picture_bomb(folder: Path) -> Path:
    return write(folder / "sheet.png", png_claiming(60_000, 60_000))


@bomb
@bad("over 16 million pixels")
def picture_bomb_of_webp(folder: Path) -> Path:
    canvas = struct.pack("<I", 16_382)[:3] * 2
    return write(folder / "sheet.webp", webp_claiming(canvas))


@bomb
@bad("cannot be read as a PNG")
def picture_with_fewer_pixels_than_it_claims(folder: Path) -> Path:
    return write(folder / "sheet.png", png_claiming(4096, 4096))


def webp_claiming(canvas: bytes) -> bytes:
    """An animated WebP of one tiny frame on a canvas of this size."""
    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, "WEBP", save_all=True, append_images=[Image.new("RGB", (16, 16), "red")])
    data = bytearray(file.getvalue())
    start = data.index(b"VP8X") + 12
    data[start : start + 6] = canvas
    return bytes(data)
