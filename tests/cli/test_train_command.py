"""A training that was broken off goes on with its own sprites and settings, or says in a sentence why it does not."""

import json
import stat

import pytest

from diffusion.cli import main
from diffusion.cli import train as command
from diffusion.sprites.painter import paint
from diffusion.sprites.spriteset import SpriteSet, held_out_by_picture, one_hot
from diffusion.support.checks import InputError

SETTINGS = ["--steps", "6", "--batch", "4", "--seed", "3"]


def own_sprites(path, categories=("cat", "dog"), seed=5):
    """Sprites under names of one's own, as an .npz."""
    images = paint(40, seed).images
    labels = [i % len(categories) for i in range(len(images))]
    SpriteSet(images, one_hot(labels, len(categories)), categories, held_out_by_picture(images)).save(path)
    return path


@pytest.fixture
def run(capsys):
    """Runs a command; gives its exit code and what it said on standard error."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def broken_off(tmp_path, run, monkeypatch):
    """Trains "mine" in tmp_path on some data, interrupted after three steps."""

    def broken_off(*data):
        def interrupted(*arguments):
            for i, step in enumerate(train(*arguments)):
                yield step
                if i == 2:
                    raise KeyboardInterrupt

        train = command.train
        with monkeypatch.context() as patch:
            patch.setattr(command, "train", interrupted)
            assert run("train", *data, *SETTINGS, "--out", tmp_path, "--name", "mine")[0] == 130

    return broken_off


def described(tmp_path):
    return json.loads((tmp_path / "mine.json").read_text())


def test_it_goes_on_with_its_own_sprites_though_they_are_not_named_again(tmp_path, run, broken_off):
    path = own_sprites(tmp_path / "mine.npz")
    broken_off("--data", path)
    code, said = run("train", "--resume", "--out", tmp_path, "--name", "mine")
    assert code == 0 and "40 sprites" in said
    assert described(tmp_path)["model"]["categories"] == ["cat", "dog"]
    assert described(tmp_path)["training"]["steps"] == 6


def test_five_categories_of_ones_own_are_not_taken_for_the_built_in_ones(tmp_path, run, broken_off):
    own = ("a", "b", "c", "d", "e")
    broken_off("--data", own_sprites(tmp_path / "mine.npz", own))
    (tmp_path / "mine.npz").unlink()
    code, said = run("train", "--resume", "--out", tmp_path, "--name", "mine")
    assert code == 2 and "mine.npz does not exist" in said and "give them by --data" in said
    assert described(tmp_path)["model"]["categories"] == list(own)


def test_sprites_that_have_changed_are_told(tmp_path, run, broken_off):
    path = own_sprites(tmp_path / "mine.npz")
    broken_off("--data", path)
    own_sprites(path, seed=6)
    code, said = run("train", "--resume", "--out", tmp_path, "--name", "mine")
    assert code == 2 and "learnt from other sprites than" in said and "--data" in said
    moved = own_sprites(tmp_path / "moved.npz")
    assert run("train", "--resume", "--data", moved, "--out", tmp_path, "--name", "mine")[0] == 0


def test_a_setting_that_it_did_not_begin_with_is_told(tmp_path, run, broken_off):
    broken_off("--data", own_sprites(tmp_path / "mine.npz"))
    for asked, message in (
        (["--minutes", "30"], "minutes = None, not 30.0"),
        (["--batch", "8"], "batch = 4, not 8"),
        (["--recipe", "course"], "not course"),
    ):
        code, said = run("train", "--resume", *asked, "--out", tmp_path, "--name", "mine")
        assert code == 2 and "--resume goes on with the settings that training began with" in said
        assert message in said or asked[0] == "--recipe"
    assert run("train", "--resume", *SETTINGS, "--out", tmp_path, "--name", "mine")[0] == 0


@pytest.mark.parametrize("setting", ["--steps", "--batch"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_none_at_all_is_no_number_of_steps_or_sprites(setting, value, capsys, tmp_path):
    with pytest.raises(SystemExit) as stop:
        main(["train", setting, value, "--out", str(tmp_path)])
    assert stop.value.code == 2 and "is not a whole number above 0" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_students_learn_from_their_teachers_own_sprites(tmp_path, run, monkeypatch):
    from diffusion.cli import distill

    path = own_sprites(tmp_path / "own.npz")
    assert run("train", "--data", path, "--steps", 2, "--batch", 4, "--out", tmp_path, "--name", "two")[0] == 0
    seen = []

    def look(model, sprites):
        seen.append(sprites.categories)
        raise InputError("that is enough.")

    monkeypatch.setattr(distill, "check_comparable", look)
    assert "that is enough." in run("distill", tmp_path / "two", "--minutes", 0.2, "--out", tmp_path)[1]
    assert seen == [("cat", "dog")]
    monkeypatch.undo()
    path.unlink()
    code, said = run("distill", tmp_path / "two", "--minutes", 0.2, "--out", tmp_path)
    assert code == 2 and "give them by --data" in said


def test_weights_can_be_read_by_whoever_reads_the_description(tmp_path, run):
    assert run("train", "--data", own_sprites(tmp_path / "own.npz"), *SETTINGS, "--out", tmp_path)[0] == 0
    weights, description = ((tmp_path / f"sprites.{kind}").stat().st_mode for kind in ("safetensors", "json"))
    assert stat.S_IMODE(weights) == stat.S_IMODE(description)
