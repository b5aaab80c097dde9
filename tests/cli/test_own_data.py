"""The options that say how one's own sprites are read, and that they are kept to when a training goes on."""

import json

import numpy as np
import pytest
from PIL import Image

from diffusion.cli import main, sample
from diffusion.cli import train as command
from diffusion.sprites.painter import paint
from diffusion.sprites.readers import read_sprites

QUICK = ["--steps", "1", "--batch", "2"]


@pytest.fixture
def sheet(tmp_path):
    """Twelve sprites, each a pixel apart."""
    tiles = np.pad(paint(12, 5).images, ((0, 0), (0, 1), (0, 1), (0, 0)))
    picture = tiles.reshape(3, 4, 17, 17, 3).swapaxes(1, 2).reshape(51, 68, 3)
    Image.fromarray(picture).save(tmp_path / "sheet.png")
    return tmp_path / "sheet.png"


@pytest.fixture
def run(tmp_path, capsys):
    """Trains for one step; gives the exit code, what was said, and the record of the sprites."""

    def run(*arguments):
        code = main(["train", *map(str, arguments), *QUICK, "--out", str(tmp_path / "out"), "--name", "mine"])
        record = tmp_path / "out/mine.json"
        data = json.loads(record.read_text())["training"]["data"] if record.exists() else None
        return code, capsys.readouterr().err, data

    return run


def test_what_was_read_is_told_and_choices_are_written_down(run, sheet):
    code, said, data = run("--data", sheet, "--tile", "16x16", "--gap", 1, "--margin", 0, "--ground", "black")
    assert code == 0 and "Cut sheet.png into tiles of 16x16 pixels, 1 apart." in said
    assert data["paths"] == [str(sheet)]
    assert data["choices"] == {"tile": [16, 16], "gap": 1, "margin": 0, "ground": "000000"}


def test_many_files_are_given_one_by_one(run, tmp_path):
    paths = []
    for i, image in enumerate(paint(4, 5).images):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(image).save(paths[-1])
    code, said, data = run(*(part for path in paths for part in ("--data", path)))
    assert code == 0 and "4 sprites" in said and data["paths"] == [str(path) for path in paths]


def test_training_goes_on_with_sprites_read_the_same_way(run, sheet, tmp_path, monkeypatch):
    def interrupted(*arguments):
        yield next(iter(train(*arguments)))
        raise KeyboardInterrupt

    train = command.train
    with monkeypatch.context() as patch:
        patch.setattr(command, "train", interrupted)
        arguments = ["--data", str(sheet), "--tile", "17", "--gap", "0", "--margin", "0", "--steps", "3"]
        assert main(["train", *arguments, "--out", str(tmp_path), "--name", "half"]) == 130
    assert main(["train", "--resume", "--out", str(tmp_path), "--name", "half"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tile", "0"], "give at least 1"),
        (["--tile", "16", "--gap", "-1"], "gap = -1"),
        (["--tile", "500"], "smaller than a tile"),
        (["--tile", "7"], "do not fill"),
    ],
)
def test_choices_that_do_not_fit_end_in_a_sentence(run, sheet, arguments, message):
    code, said, _ = run("--data", sheet, *arguments)
    assert code == 2 and message in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "value"), [("--tile", "16x"), ("--tile", "wide"), ("--ground", "pale"), ("--transparent", "#12345")]
)
def test_options_that_cannot_be_read_are_told(option, value, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", option, value])
    assert stop.value.code == 2 and repr(value) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "mix"),
    [
        ("hero=1,food=0.6", {"hero": 1, "food": 0.6}),
        ('"red, blue"=1, food=0.5', {"red, blue": 1, "food": 0.5}),
        ('"say ""hi"""=2', {'say "hi"': 2}),
        ("a=b=1", {"a=b": 1}),
        ("", {}),
    ],
)
def test_a_name_with_a_comma_is_quoted(text, mix):
    assert sample._mix(text) == mix


@pytest.mark.parametrize("context", ["hero=5", "hero=3,food=-2", "hero=1,food=0.6"])
def test_what_sample_writes_can_be_trained_on(folder, tmp_path, context):
    path = tmp_path / "made.npz"
    made = ["sample", "--checkpoint", str(folder / "tiny"), "--context", context, "--n", "4", "--steps", "2"]
    assert main([*made, "--npz", str(path), "--out", str(tmp_path / "made.png")]) == 0
    assert read_sprites(path).context.max() == float(context.partition("=")[2].partition(",")[0])
