"""Folders for the Hugging Face Hub: what is exported comes back, numbers are measured, and what is here wins."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import torch
from course_restated import trained_state
from huggingface_hub import ModelCard
from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError
from PIL import Image

from diffusion.cli import arguments, main
from diffusion.denoiser import ModelConfig
from diffusion.models import hub
from diffusion.models.checkpoints import CheckpointError, save_checkpoint
from diffusion.models.hub import export_to_hub, find_model, from_pretrained
from diffusion.models.model_card import model_card

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def few_sprites(sprites):
    """A small set in place of the built-in one, so that measuring takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arguments, "built_in", lambda: sprites)
        yield


@pytest.fixture(scope="module")
def exported_once(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(tiny_model, {"note": "for tests"}, "tiny", folder)
    assert export(folder / "tiny", folder / "exported", "--n", 20, "--repeats", 2) == 0
    return folder / "exported"


@pytest.fixture
def exported(exported_once, tmp_path):
    """A folder for the Hub with the model "tiny", its numbers measured with few sprites."""
    return Path(shutil.copytree(exported_once, tmp_path / "exported"))


@pytest.fixture
def no_hub(monkeypatch):
    """Fails the test if the Hub is asked for anything."""
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: pytest.fail("the Hub was asked"))


def export(checkpoint, target, *more):
    return main(["export", str(checkpoint), "--to", "hub", str(target), *map(str, more)])


def assert_same(a, b):
    assert a.config == b.config
    theirs = b.net.state_dict()
    assert all(torch.equal(value, theirs[key]) for key, value in a.net.state_dict().items())


def test_what_is_exported_comes_back(exported, tiny_model, no_hub):
    assert {file.name for file in exported.iterdir()} == {
        "model.safetensors", "config.json", "README.md", "sample.png", "model.quality.json",
    }   # fmt: skip
    assert_same(from_pretrained(str(exported)), tiny_model)
    assert_same(from_pretrained(str(exported / "config.json")), tiny_model)
    assert find_model(str(exported)).record() == {"note": "for tests"}
    assert Image.open(exported / "sample.png").size == (4 * (10 * 18 + 2), 4 * (5 * 18 + 2))


def test_the_card_holds_the_numbers_that_were_measured(exported):
    measured = json.loads((exported / "model.quality.json").read_text())
    card = ModelCard.load(exported / "README.md")
    results = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert results["fsd"] == round(measured["fsd"], 4)
    assert results["accuracy"] == round(measured["context_accuracy"], 4)
    assert card.data.model_name == "tiny" and card.data.license is None and "pixel-art" in card.data.tags
    assert f"| {measured['fsd']:.2f} ± {measured['fsd_spread']:.2f} | {measured['fsd_floor']:.2f} ± " in card.text
    assert f"Measured on {measured['machine']} against the built-in sprites" in card.text
    assert "20 sprites for each of 2 sampling seeds" in card.text and "(sample.png)" in card.text


def test_numbers_kept_with_the_checkpoint_are_used(folder, tmp_path, monkeypatch, capsys):
    command = ["evaluate", str(folder / "tiny"), "--n", "20", "--steps", "2", "--repeats", "1", "--json", "--keep"]
    assert main(command) == 0
    kept = json.loads((folder / "tiny.quality.json").read_text())
    assert kept == json.loads(capsys.readouterr().out)
    monkeypatch.setattr(arguments, "measure_quality", lambda *_: pytest.fail("it was measured again"))
    assert export(folder / "tiny", tmp_path / "exported", "--license", "mit") == 0
    card = ModelCard.load(tmp_path / "exported" / "README.md")
    assert card.data.license == "mit" and f"| {kept['fsd']:.2f} | {kept['fsd_floor']:.2f} ± " in card.text
    assert export(tmp_path / "exported", tmp_path / "again") == 0   # an exported folder brings its numbers along


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda kept: kept | {"weights": "0" * 16}, "was measured with other weights"),
        (lambda kept: {"fsd": 1.0}, "is not what evaluate --json prints"),
        (lambda kept: [1, 2], "is not what evaluate --json prints"),
    ],
)
def test_numbers_of_something_else_are_refused(exported, damage, message, tmp_path, capsys):
    path = exported / "model.quality.json"
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    assert export(exported, tmp_path / "again") == 2
    assert message in capsys.readouterr().err and not (tmp_path / "again").exists()


def test_a_card_without_numbers_says_so(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(arguments, "measure_quality", lambda *_: pytest.fail("it was measured"))
    assert export(folder / "tiny", tmp_path / "exported", "--unmeasured") == 0
    card = ModelCard.load(tmp_path / "exported" / "README.md")
    assert "Its quality was not measured." in card.text and card.data.eval_results is None
    assert not (tmp_path / "exported" / "model.quality.json").exists()


def test_a_course_file_can_be_exported(tmp_path):
    torch.save(trained_state(n_feat=16), tmp_path / "context_model_31.pth")
    assert export(tmp_path / "context_model_31.pth", tmp_path / "exported", "--unmeasured") == 0
    assert_same(from_pretrained(str(tmp_path / "exported")), from_pretrained(str(tmp_path / "context_model_31.pth")))
    text = (tmp_path / "exported" / "README.md").read_text()
    assert "Its files do not tell how it was trained." in text and "\n# context_model_31\n" in text


def test_the_card_of_a_model_without_categories(tiny_model):
    config = ModelConfig("sprite", "velocity", (), steps=1)
    card = model_card("plain", replace(tiny_model, config=config), {}, None, "sample.png", None)
    assert "cannot be told what to draw" in card and "just 1 step." in card and "None" not in card


def test_an_older_export_is_written_over_and_other_files_are_not(folder, exported, tmp_path, capsys):
    (exported / ".gitattributes").write_text("kept")
    assert export(folder / "tiny", exported, "--unmeasured") == 0
    assert (exported / ".gitattributes").read_text() == "kept"
    assert not (exported / "model.quality.json").exists()   # the card says that nothing was measured
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "README.md").write_text("my own words")
    assert export(folder / "tiny", mine, "--unmeasured") == 2
    assert "mine holds other files" in capsys.readouterr().err
    assert export(folder / "tiny", mine / "README.md", "--unmeasured") == 2
    assert [file.read_text() for file in mine.iterdir()] == ["my own words"]


def test_only_known_formats(folder, tmp_path, capsys):
    assert main(["export", str(folder / "tiny"), "--to", "onnx", str(tmp_path / "x")]) == 2
    assert "cannot be exported to 'onnx': choose from hub, browser, page, notebook." in capsys.readouterr().err


def test_a_repository_is_asked_for_the_two_files_only(exported, tiny_model, monkeypatch, tmp_path):
    asked = []

    def snapshot_download(repository, **options):
        asked.append((repository, options))
        return str(exported)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download)
    assert_same(from_pretrained("owner/name"), tiny_model)
    assert asked == [("owner/name", {"allow_patterns": ["config.json", "model.safetensors"]})]
    arguments = ["sample", "--checkpoint", "owner/name", "--n", "2", "--steps", "1", "--out", str(tmp_path / "s.png")]
    assert main(arguments) == 0 and len(asked) == 2


def test_what_is_here_wins(exported, tiny_model, monkeypatch, tmp_path, no_hub):
    monkeypatch.chdir(tmp_path)
    exported.rename(tmp_path / "name")
    (tmp_path / "owner").mkdir()
    (tmp_path / "name").rename(tmp_path / "owner" / "name")
    assert_same(from_pretrained("owner/name"), tiny_model)
    with pytest.raises(CheckpointError, match="'other' was not found"):
        find_model("owner/other")


@pytest.mark.parametrize(
    "name", ["lost", "a/b/c", "/owner/name", "../owner", "owner/", "https://x.y/z", "a b/c", "é/c", "owner/.hidden"]
)
def test_what_is_no_repository_name_is_never_asked_for(name, monkeypatch, tmp_path, no_hub):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckpointError):
        find_model(name, tmp_path)


def test_a_name_in_checkpoints_comes_before_a_folder_of_that_name(folder, exported, monkeypatch):
    monkeypatch.chdir(exported.parent)
    exported.rename(exported.parent / "tiny")
    assert find_model("tiny", folder).weights == folder / "tiny.safetensors"
    (folder / "tiny.safetensors").unlink()
    assert find_model("tiny", folder).weights == Path("tiny/model.safetensors")


def answer(status):
    return httpx.Response(status, request=httpx.Request("GET", "https://huggingface.co/owner/name"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LocalEntryNotFoundError("no network\nat all"), "no 'owner/name' here, and the Hugging Face Hub could not be"),
        (RepositoryNotFoundError("404", response=answer(404)), "no 'owner/name' here, nor on the Hugging Face Hub."),
        (httpx.ReadTimeout("too slow\nby far"), "could not be fetched from the Hugging Face Hub: too slow"),
        (OSError(28, "No space left on device"), "could not be fetched from the Hugging Face Hub: .*No space left"),
    ],
)
def test_what_the_hub_cannot_give_is_told_in_a_sentence(error, message, monkeypatch, tmp_path):
    def fail(*_, **__):
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hub, "snapshot_download", fail)
    with pytest.raises(CheckpointError, match=message) as told:
        from_pretrained("owner/name")
    assert "\n" not in str(told.value)


def test_without_a_network_there_is_one_sentence(tmp_path):
    command = [sys.executable, "-m", "diffusion", "sample", "--checkpoint", "owner/name"]
    surroundings = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    ended = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2 and ended.stderr == (
        "error: there is no 'owner/name' here, and the Hugging Face Hub could not be reached to look for it.\n"
    )


def change(**fields):
    def damage(folder):
        described = json.loads((folder / "config.json").read_text())
        described["model"] |= fields
        (folder / "config.json").write_text(json.dumps(described))

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").write_text("{"), "does not describe a model"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 100), "not a whole safetensors file"),
        (change(network="gpt"), "does not describe a model"),
        (change(network="course", network_options={"n_feat": 512, "height": 512}), "does not fit its own description"),
        (change(network_options={"width": 512}), "does not fit its own description"),
        (change(categories=["a"]), "does not fit its own description"),
    ],
)
def test_a_repository_is_trusted_no_more_than_any_file(damage, message, exported, monkeypatch, tmp_path):
    damage(exported)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: str(exported))
    with pytest.raises(CheckpointError, match=message):
        from_pretrained("owner/name")


def test_a_repository_without_a_model_is_told(exported, monkeypatch, tmp_path):
    (exported / "model.safetensors").unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: str(exported))
    with pytest.raises(CheckpointError, match=r"lacks config\.json or model\.safetensors"):
        from_pretrained("owner/name")


def test_a_failed_export_leaves_no_card(folder, tmp_path, monkeypatch, tiny_model):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub, "sample_picture", fail)
    with pytest.raises(OSError, match="No space"):
        export_to_hub(find_model(str(folder / "tiny")), tiny_model, None, tmp_path / "x")
    assert not (tmp_path / "x" / "README.md").exists()
    assert not [file for file in (tmp_path / "x").iterdir() if re.search(r"\.part$", file.name)]


def test_a_model_from_the_hub_is_called_like_its_repository(exported, tmp_path, monkeypatch):
    by_commit = Path(shutil.copytree(exported, tmp_path / "0f1e2d3c4b5a"))
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **__: str(by_commit))
    assert find_model("owner/pretty").name == "pretty"


def test_a_fresh_clone_of_a_repository_is_a_place_to_export_to(tmp_path):
    (tmp_path / ".git").mkdir()
    for name in (".gitattributes", "README.md"):
        (tmp_path / name).write_text("as the Hub makes it")
    hub.check_target(tmp_path)
    (tmp_path / "notes.txt").write_text("somebody's own")
    with pytest.raises(CheckpointError, match="holds other files"):
        hub.check_target(tmp_path)
    (tmp_path / "notes.txt").unlink()
    (tmp_path / ".git").rmdir()
    with pytest.raises(CheckpointError, match="holds other files"):   # a card that no git keeps is not written over
        hub.check_target(tmp_path)
