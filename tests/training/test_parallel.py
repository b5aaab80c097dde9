"""Training on several processes gives the losses of one process with the same batch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion.cli import main
from diffusion.training import parallel

ROOT = Path(__file__).parents[2]


LAUNCHER = ["torch.distributed.run", "--nproc_per_node=2", "--master_port=29611", "-m"]


def losses(out):
    return json.loads((out / "sprites.json").read_text())["training"]["losses"]


def test_two_processes_learn_like_one(tmp_path, sprites):
    sprites.save(tmp_path / "painted.npz")
    train = ["train", "--device", "cpu", "--steps", "6", "--batch", "8", "--data", str(tmp_path / "painted.npz")]
    assert main([*train, "--out", str(tmp_path / "one")]) == 0
    command = [sys.executable, "-m", *LAUNCHER, "diffusion", *train, "--out", str(tmp_path / "two")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=200, capture_output=True)
    alone, together = losses(tmp_path / "one"), losses(tmp_path / "two")
    assert len(alone) == 6
    assert together == pytest.approx(alone, rel=1e-3)


def test_alone_everything_is_its_own():
    assert parallel.processes() == 1 and parallel.is_first()
    assert parallel.own_rows(7) == slice(0, 7)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(monkeypatch):
    monkeypatch.setattr(parallel, "processes", lambda: 3)
    with pytest.raises(ValueError, match="multiple of the 3 processes"):
        parallel.own_rows(8)
