"""The command line as scripts use it: its files, its JSON, and one sentence with exit code 2 for bad input."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from diffusion.cli import main
from diffusion.models.checkpoints import read_config

ROOT = Path(__file__).parents[2]
# A training that saves at every step and kills itself, without a word, after the fifth.
KILLED = """
import os, signal, sys
from diffusion.training import logbook
from diffusion.cli import main
from diffusion.models.checkpoints import read_config
logbook.CHECKPOINT_EVERY_S = 0
save = logbook.Logbook.save
def save_or_die(self):
    save(self)
    if len(self.losses) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
logbook.Logbook.save = save_or_die
main(sys.argv[1:])
"""


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_paint_writes_the_three_arrays(tmp_path, capsys):
    code, _, _ = run(capsys, "paint", "--n", 25, "--seed", 1, "--out", tmp_path / "p.npz")
    arrays = np.load(tmp_path / "p.npz", allow_pickle=False)
    assert code == 0
    assert arrays["images"].shape == (25, 16, 16, 3) and arrays["images"].dtype == np.uint8
    assert arrays["context"].shape == (25, 5) and arrays["context"].dtype == np.float32
    assert arrays["categories"].tolist() == ["hero", "non-hero", "food", "spell", "side-facing"]


def test_train_then_sample_from_it(tmp_path, capsys):
    painted, runs = tmp_path / "p.npz", tmp_path / "runs"
    run(capsys, "paint", "--n", 60, "--out", painted)
    code, _, _ = run(capsys, "train", "--data", painted, "--steps", 2, "--batch", 4, "--out", runs, "--name", "mine")
    assert code == 0
    record = json.loads((runs / "mine.json").read_text())["training"]
    assert record["steps"] == 2 and "train" in record["command"]

    out, npz = tmp_path / "grid.png", tmp_path / "out.npz"
    code, _, _ = run(
        capsys, "sample", "--checkpoint", runs / "mine", "--sampler", "ddim", "--steps", 3, "--n", 6, "--seed", 0,
        "--context", "hero=1,food=0.6", "--guidance", 1.5, "--out", out, "--npz", npz,
    )   # fmt: skip
    arrays = np.load(npz, allow_pickle=False)
    assert code == 0 and out.exists()
    assert arrays["images"].shape == (6, 16, 16, 3)
    assert arrays["context"][0].tolist() == pytest.approx([1, 0, 0.6, 0, 0])


def test_a_killed_training_goes_on_and_ends_the_same(tmp_path, capsys):
    painted = tmp_path / "p.npz"
    run(capsys, "paint", "--n", 60, "--out", painted)
    train = ["train", "--data", painted, "--batch", 4, "--out", tmp_path]
    run(capsys, *train, "--steps", 8, "--name", "whole")
    command = [sys.executable, "-c", KILLED, *map(str, train), "--steps", "8", "--name", "killed"]
    assert subprocess.run(command, cwd=ROOT, timeout=120).returncode == -signal.SIGKILL
    code, _, _ = run(capsys, *train, "--resume", "--name", "killed")
    whole, killed = (load_file(tmp_path / f"{name}.safetensors") for name in ("whole", "killed"))
    assert code == 0
    assert all(torch.equal(whole[key], killed[key]) for key in whole)


@pytest.mark.slow   # 30 s
def test_three_students_are_made_one_after_the_other(folder, tmp_path, capsys):
    made = tmp_path / "made"
    distill = ["distill", folder / "tiny", "--minutes", 0.2, "--out", made, "--name", "pupil"]
    assert run(capsys, *distill)[0] == 0
    for steps in (4, 2, 1):
        model, record = read_config(f"pupil-{steps}", made)
        assert (model.steps, model.sampler) == (steps, "jumps")
        assert record["by_heart"]["steps"] > 0 and record["steps"] > 0
    assert len(list(made.iterdir())) == 6   # a .json and a .safetensors each, no unfinished state
    before = {path.name: path.read_bytes() for path in made.iterdir()}
    assert run(capsys, *distill, "--steps", 2, "--begin", made / "pupil-1")[0] == 0
    anew = {path.name for path in made.iterdir() if path.read_bytes() != before[path.name]}
    assert anew == {"pupil-2.json", "pupil-2.safetensors"}


def test_nothing_unfinished_is_told(folder, capsys):
    code, _, err = run(capsys, "train", "--resume", "--out", folder, "--name", "tiny")
    assert code == 2 and "no training that could go on" in err


def test_without_a_context_the_categories_take_turns(folder, tmp_path, capsys):
    npz = tmp_path / "out.npz"
    run(capsys, "sample", "--checkpoint", folder / "tiny", "--steps", 1, "--n", 10, "--out", tmp_path / "o.png",
        "--npz", npz)   # fmt: skip
    assert np.load(npz)["context"].argmax(1).tolist() == [0, 1, 2, 3, 4] * 2


def test_json_is_all_that_is_printed(folder, capsys):
    code, out, _ = run(
        capsys, "evaluate", folder / "tiny", "--n", 10, "--steps", 1, "--repeats", 1, "--json"
    )
    wanted = {
        "fsd", "fsd_floor", "fsd_floor_spread", "floor_draws", "context_accuracy", "memorisation", "memorisation_real",
        "memorisation_caught", "losses", "n", "seeds",
    }   # fmt: skip
    assert code == 0 and wanted <= json.loads(out).keys()


def test_a_model_stands_beside_real_sprites_in_one_table(folder, capsys):
    code, out, _ = run(capsys, "evaluate", folder / "tiny", "--n", 20, "--steps", 1, "--repeats", 2)
    made, raw, real = out.splitlines()[3:6]
    assert code == 0 and "coverage" in out.splitlines()[2] and "nearest" in out.splitlines()[2]
    names = [row[:24].strip() for row in (made, raw, real)]
    assert names == ["this model", "as the network left them", "real sprites"]
    assert "±" in made and "±" in real and "of unseen real sprites copies" in out and "Training loss" in out


def test_the_sheets_are_painted(tmp_path, capsys):
    assert run(capsys, "sheets", "--out", tmp_path)[0] == 0
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {"bob.png", "cast.png", "hero.png", "non-hero.png", "food.png", "spell.png", "side-facing.png"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "--checkpoint", "lost"], "'lost' was not found"),
        (["distill", "{folder}/tiny", "--minutes", "0.1"], "minutes = 0.1: it must be a number from 0.2"),
        (["distill", "{folder}/tiny", "--begin", "{folder}/tiny"], "it must be a student of a model with the same"),
        (["sample", "--checkpoint", "{folder}/tiny", "--sampler", "magic"], "'magic' is unknown"),
        (["sample", "--checkpoint", "{folder}/tiny", "--steps", "501"], "1 to 500"),
        (["sample", "--checkpoint", "{folder}/tiny", "--steps", "0"], "steps = 0"),
        (["sample", "--checkpoint", "{folder}/tiny", "--context", "hero"], "not written like hero=1"),
        (["sample", "--checkpoint", "{folder}/tiny", "--context", "castle=1"], "'castle' is unknown"),
        (["sample", "--checkpoint", "{folder}/tiny", "--mixing", "stirred"], "choose from vector, composed"),
        (["sample", "--checkpoint", "{folder}/tiny", "--n", "0"], "n = 0"),
        (["evaluate", "lost"], "'lost' was not found"),
        (["paint", "--n", "0", "--out", "{folder}/x.npz"], "n = 0"),
        (["paint", "--n", "5", "--out", "{folder}/none/x.npz"], "x.npz is not there: no such file or folder"),
        (["train", "--recipe", "slow"], "'slow' is unknown"),
        (["train", "--minutes", "0"], "minutes = 0"),
        (["train", "--data", "{folder}/nothing"], "nothing"),
        (["train", "--steps", "2", "--name", "../x"], "not a plain name"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, message, folder, capsys):
    code, out, err = run(capsys, *(argument.format(folder=folder) for argument in arguments))
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2 and not out
    assert len(errors) == 1 and message in errors[0]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["sample", "--steps", "many"],
        ["sample", "--scale", "0"],
        ["sample", "--columns", "-1"],
        ["evaluate", "tiny", "--repeats", "0"],
        ["train", "--device", "abacus"],
        ["frontier", "--n", "99"],
    ],
)
def test_what_cannot_be_parsed_ends_with_exit_code_2(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    "command",
    [
        "paint", "sheets", "first-run", "first-training", "looks", "judge", "train", "distill", "sample", "export",
        "evaluate", "benchmark", "frontier", "results", "ablation", "curve", "guidance", "second-judge", "remake",
    ],
)   # fmt: skip
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0 and f"usage: python -m diffusion {command} " in capsys.readouterr().out


def test_exporting_with_few_sprites_to_compare_with_is_told_in_a_sentence(tmp_path, capsys):
    data = tmp_path / "few.npz"
    run(capsys, "paint", "--n", 15, "--out", data)   # too few of them are held out
    code, _, error = run(capsys, "export", "sprites", "--data", data, "--to", "hub", tmp_path / "model")
    assert code == 2 and error.splitlines()[-1].startswith("error: quality needs at least")
    assert not (tmp_path / "model").exists()
