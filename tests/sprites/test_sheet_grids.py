"""Sheets as they come: the grid is found in the picture, told, and may be corrected."""

import numpy as np
import pytest
from bad_sprites import some_sprites, write, write_pictures
from figures import NOTHING, encoded, enlarged, extruded, figures, framed, on_white, sheet

from diffusion.sprites.readers import Choices, Reading, SheetGrid, SpriteDataError, read_given, read_sprites

N, COLUMNS = 48, 8
MAGENTA = (255, 0, 255, 255)


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return figures(96)


def read_sheet(folder, pixels: np.ndarray, **choices) -> Reading:
    return read_given([write(folder / "sheet.png", encoded(pixels))], Choices(**choices))


def same(images: np.ndarray, drawings: np.ndarray) -> bool:
    return np.array_equal(images, on_white(drawings))


@pytest.mark.parametrize("gap", [0, 1, 2, 4])
@pytest.mark.parametrize("margin", [0, 1, 3])
@pytest.mark.parametrize("tail", [False, True])
def test_gaps_and_margins_are_found(tmp_path, drawn, gap, margin, tail):
    read = read_sheet(tmp_path, sheet(drawn[:N], COLUMNS, margin, gap, tail and gap > 0))
    assert same(read.sprites.images, drawn[:N])
    assert read.sheets[0].grid == SheetGrid(16, 16, margin, margin, gap, gap)
    assert read.sheets[0].is_told


@pytest.mark.parametrize("ground", [NOTHING, MAGENTA, (0, 0, 0, 255), (90, 120, 200, 255)])
def test_any_ground_shows_the_gaps(tmp_path, drawn, ground):
    tiles = np.where(drawn[:N, ..., 3:] > 0, drawn[:N], np.array(ground, np.uint8)).astype(np.uint8)
    read = read_sheet(tmp_path, sheet(tiles, 12, margin=1, gap=1, ground=ground))
    assert read.sheets[0].grid == SheetGrid(16, 16, 1, 1, 1, 1)
    assert len(read.sprites) == N


def test_gaps_between_full_tiles_are_found(tmp_path):
    tiles = np.dstack([some_sprites(N).reshape(N * 16, 16, 3), np.full((N * 16, 16), 255, np.uint8)])
    read = read_sheet(tmp_path, sheet(tiles.reshape(N, 16, 16, 4), COLUMNS, gap=1))
    assert np.array_equal(read.sprites.images, some_sprites(N))


@pytest.mark.parametrize("size", [(32, 24), (18, 16), (24, 24), (48, 32), (20, 18)])
@pytest.mark.parametrize("ground", [NOTHING, (255, 255, 255, 255)])
def test_frames_that_are_not_square_or_larger_are_found(tmp_path, drawn, size, ground):
    height, width = size
    tiles = framed(drawn, height, width, height - 16, (width - 16) // 2)
    tiles = np.where(tiles[..., 3:] > 0, tiles, np.array(ground, np.uint8)).astype(np.uint8)
    read = read_sheet(tmp_path, sheet(tiles, 12))
    assert same(read.sprites.images, drawn)


@pytest.mark.parametrize("factor", [2, 3, 4, 5])
@pytest.mark.parametrize("gap", [0, 1])
def test_enlarged_sheets_are_read_in_their_own_pixels(tmp_path, drawn, factor, gap):
    read = read_sheet(tmp_path, enlarged(sheet(drawn[:N], COLUMNS, gap=gap), factor))
    assert same(read.sprites.images, drawn[:N])
    assert read.sheets[0].grid == SheetGrid(16 * factor, 16 * factor, 0, 0, gap * factor, gap * factor)


@pytest.mark.parametrize("edge", [1, 2])
@pytest.mark.parametrize("is_white", [False, True])
def test_extruded_edges_are_no_part_of_the_tiles(tmp_path, drawn, edge, is_white):
    tiles = on_white(drawn[:N]) if is_white else drawn[:N]
    read = read_sheet(tmp_path, sheet(extruded(tiles, edge), COLUMNS))
    assert same(read.sprites.images, drawn[:N])


@pytest.mark.parametrize("along", [0, 1])
@pytest.mark.parametrize("n", [10, 90, 300])
def test_strips_of_any_length(tmp_path, along, n):
    tiles = figures(n, seed=n)
    read = read_sheet(tmp_path, sheet(tiles, 1 if along == 0 else n))
    known = {image.tobytes() for image in on_white(tiles)}
    assert {image.tobytes() for image in read.sprites.images} == known


@pytest.mark.parametrize("rest", [(10, 6), (0, 5), (15, 0), (3, 15)])
@pytest.mark.parametrize("choices", [{}, {"tile": (16, 16)}])
def test_an_empty_rest_at_the_edges_is_no_tile(tmp_path, drawn, rest, choices):
    read = read_sheet(tmp_path, sheet(drawn[:N], 12, rest=rest), **choices)
    assert same(read.sprites.images, drawn[:N])


@pytest.mark.parametrize("gap", [0, 1, 3])
def test_a_tile_size_alone_leaves_the_gap_to_be_found(tmp_path, drawn, gap):
    read = read_sprites(write(tmp_path / "sheet.png", encoded(sheet(drawn[:N], 12, margin=gap, gap=gap))), tile=16)
    assert same(read.images, drawn[:N])


@pytest.mark.parametrize("pitch", [17, 18, 20, 24])
def test_a_tile_size_that_counts_the_gap_loses_nothing(tmp_path, drawn, pitch):
    picture = sheet(drawn[:N], COLUMNS, gap=pitch - 16, tail=True)
    read = read_sheet(tmp_path, picture, tile=(pitch, pitch), gap=0, margin=0)
    assert same(read.sprites.images, drawn[:N])
    assert f"Cropped {N} drawings to what is drawn." in read.sprites.notes


def test_what_was_found_can_be_corrected_by_hand_and_given_back(tmp_path, drawn):
    picture = sheet(drawn[:N], COLUMNS, margin=1, gap=1)
    found = read_sheet(tmp_path, picture).sheets[0]
    assert found.pixels.shape == picture.shape
    boxes = found.grid.boxes(*picture.shape[:2])
    assert len(boxes) == N
    for (left, top, right, bottom), tile in zip(boxes, drawn[:N], strict=True):
        assert np.array_equal(picture[top:bottom, left:right], tile)
    wide = SheetGrid(33, 16, 1, 1, 1, 1)
    read = read_sheet(tmp_path, picture, grids={"sheet.png": wide})
    assert read.sheets[0].grid == wide and len(read.sprites) == N // 2


def test_a_grid_through_the_drawings_is_told(tmp_path, drawn):
    picture = sheet(framed(drawn, 32, 24, 8, 4), 12)
    read = read_sheet(tmp_path, picture, tile=(16, 16), gap=0, margin=0)
    assert any("cut through their drawing" in note for note in read.sprites.notes)
    for fine in ({}, {"tile": (24, 32)}):
        assert not any("cut through" in note for note in read_sheet(tmp_path, picture, **fine).sprites.notes)


def test_what_lies_outside_of_a_given_grid_is_told(tmp_path, drawn):
    grid = SheetGrid(16, 16, 16, 0)
    read = read_sheet(tmp_path, sheet(drawn[:N], COLUMNS), grids={"sheet.png": grid})
    assert "Left out what lies outside of the whole tiles of sheet.png." in read.sprites.notes
    assert len(read.sprites) == N - N // COLUMNS


def test_a_guess_is_called_so(tmp_path):
    tiles = np.concatenate([some_sprites(12)], axis=0)
    read = read_sheet(tmp_path, sheet(tiles, 4))
    assert not read.sheets[0].is_told
    assert any("did not tell the tile size" in note for note in read.sprites.notes)


@pytest.mark.parametrize("colours", [4, 12])
def test_tiles_of_ground_without_gaps_are_told_apart(tmp_path, colours):
    """Smooth tiles that fill their place, as of grass and water: they differ where they meet."""
    rng = np.random.default_rng(colours)
    rough = rng.normal(size=(N, 24, 24, 3))
    for axis in (1, 2):
        rough = sum(np.roll(rough, step, axis) for step in range(-2, 3))
    tiles = rng.integers(60, 200, (N, 1, 1, 3)) + rough[:, :24, :24] * 2
    tiles = (np.round(tiles / (255 / colours)) * (255 / colours)).clip(0, 255).astype(np.uint8)
    assert read_sheet(tmp_path, sheet(tiles, COLUMNS)).sheets[0].grid == SheetGrid(24, 24)


def test_blank_tiles_at_the_end_do_not_hide_the_grid(tmp_path, drawn):
    tiles = np.concatenate([on_white(drawn[:44]), np.full((4, 16, 16, 3), 255, np.uint8)])
    read = read_sheet(tmp_path, sheet(tiles, COLUMNS))
    assert len(read.sprites) == 44 and "Skipped 4 tiles of a single colour." in read.sprites.notes


@pytest.mark.parametrize("factor", [1, 2, 4])
@pytest.mark.parametrize("gap", [0, 2])
def test_jpeg_blurs_no_grid(tmp_path, drawn, factor, gap):
    picture = enlarged(sheet(on_white(drawn[:N]), COLUMNS, gap=gap, ground=(255, 255, 255)), factor)
    read = read_given([write(tmp_path / "sheet.jpg", encoded(picture, "JPEG", quality=90))])
    height, width = picture.shape[:2]
    assert len(read.sprites) == N
    assert read.sheets[0].grid.shape(height, width) == (N // COLUMNS, COLUMNS)


@pytest.mark.parametrize("top", [8, 16])
@pytest.mark.parametrize("count", [1, 3])
def test_steps_of_a_walk_in_three_by_four(tmp_path, drawn, top, count):
    """Each figure in a place of 32x32, three by four of them a file."""
    steps = framed(drawn, 32, 32, top, 8)
    files = {f"{k}.png": encoded(sheet(steps[12 * k : 12 * k + 12], 3)) for k in range(count)}
    read = read_given([write_pictures(tmp_path / "pack", files)])
    assert {one.grid for one in read.sheets} == {SheetGrid(32, 32)}
    assert same(read.sprites.images, drawn[: 12 * count])


# --- several pictures -------------------------------------------------------------------------------------


def test_each_sheet_of_a_folder_is_a_category(tmp_path, drawn):
    sheets = {f"{name}.png": encoded(sheet(drawn[i * 32 : i * 32 + 32], 8)) for i, name in enumerate("abc")}
    read = read_given([write_pictures(tmp_path / "pack", sheets)])
    assert read.sprites.counts() == {"a": 32, "b": 32, "c": 32}
    assert same(read.sprites.images, drawn)


def test_sheets_of_other_sizes_and_grids_in_folders(tmp_path, drawn):
    files = {
        "cat/one.png": encoded(sheet(drawn[:32], 8)),
        "cat/two.png": encoded(sheet(drawn[32:64], 8, margin=2, gap=2)),
        "dog/walk.png": encoded(sheet(drawn[64:72], 8)),
        "dog/run.png": encoded(sheet(drawn[72:76], 4)),
    }
    read = read_given([write_pictures(tmp_path / "pack", files)])
    assert read.sprites.counts() == {"cat": 64, "dog": 12}
    assert len(read.sheets) == 4


def test_large_sprites_are_no_sheets(tmp_path, drawn):
    large = {f"{i}.png": encoded(enlarged(one, 2)[:, 1:]) for i, one in enumerate(drawn[:30])}
    read = read_given([write_pictures(tmp_path / "pack", large)])
    assert len(read.sprites) == 30 and not read.sheets


def test_whole_pictures_are_never_cut(tmp_path, drawn):
    files = {f"{i}.png": encoded(sheet(drawn[i * 16 : i * 16 + 16], 4)) for i in range(4)}
    folder = write_pictures(tmp_path / "pack", files)
    assert len(read_given([folder]).sprites) == 64
    whole = read_given([folder], Choices(whole=True))
    assert len(whole.sprites) == 4 and not whole.sheets
    assert any("Shrunk 4 drawings" in note for note in whole.sprites.notes)


def test_a_tile_size_cuts_what_is_larger_and_no_more(tmp_path, drawn):
    files = {"a.png": encoded(sheet(drawn[:2], 2)), "b.png": encoded(drawn[2]), "c.png": encoded(drawn[3])}
    read = read_given([write_pictures(tmp_path / "pack", files)], Choices(tile=(16, 16)))
    assert same(read.sprites.images, drawn[:4])


def test_one_tile_of_a_larger_picture_may_be_chosen_among_others(tmp_path, drawn):
    files = {"a.png": encoded(sheet(drawn[:16], 4)), "b.png": encoded(sheet(drawn[16:32], 4))}
    folder = write_pictures(tmp_path / "pack", files)
    read = read_given([folder], Choices(grids={"b.png": SheetGrid(16, 16, 48, 48)}))
    assert same(read.sprites.images, np.concatenate([drawn[:16], drawn[31:32]]))


# --- the grid as a value ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_cut_and_boxes_agree_and_undo_a_sheet(seed):
    rng = np.random.default_rng(seed)
    (height, width), (rows, columns) = rng.integers(6, 20, 2), rng.integers(1, 6, 2)
    gap, margin = rng.integers(0, 4, 2)
    tiles = rng.integers(0, 256, (rows * columns, height, width, 4), dtype=np.uint8)
    picture = sheet(tiles, columns, margin, gap, rest=tuple(rng.integers(0, 3, 2)))
    grid = SheetGrid(*map(int, (width, height, margin, margin, gap, gap)))
    assert grid.shape(*picture.shape[:2]) == (rows, columns)
    assert np.array_equal(grid.cut(picture), tiles)
    boxes = grid.boxes(*picture.shape[:2])
    for (left, top, right, bottom), tile in zip(boxes, tiles, strict=True):
        assert np.array_equal(picture[top:bottom, left:right], tile)


IMPOSSIBLE = [{"width": 0}, {"height": -1}, {"left": -1}, {"gap_x": 1.5}, {"top": True}, {"width": None}]


@pytest.mark.parametrize("wrong", IMPOSSIBLE)
def test_a_grid_that_cannot_be_is_refused_in_a_sentence(wrong):
    with pytest.raises(SpriteDataError, match="give a whole number of pixels"):
        SheetGrid(**{"width": 16, "height": 16} | wrong)


def test_choices_survive_being_written_down():
    choices = Choices((16, 24), 1, 2, {"a.png": SheetGrid(8, 8, 1, 1)}, ground="000000", key="ff00ff")
    assert Choices.from_values(choices.values()) == choices
    for one in (Choices(), Choices(gap=0, margin=0), Choices(whole=True)):
        assert Choices.from_values(one.values()) == one


@pytest.mark.parametrize("wrong", [{"gap": -1}, {"margin": 0.5}, {"ground": "black"}, {"key": "#ff00ff"}, {"key": 3}])
def test_choices_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Choices(**wrong)
