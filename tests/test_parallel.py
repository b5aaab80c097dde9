"""Training on several processes gives the losses of one process with the same batch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion.training import parallel

ROOT = Path(__file__).parents[1]


def train(out, *launcher):
    command = [
        sys.executable, "-m", *launcher, "diffusion", "train", "--device", "cpu", "--steps", "6", "--batch", "8",
        "--out", str(out),
    ]   # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, timeout=200, capture_output=True)
    return json.loads((out / "sprites.json").read_text())["training"]["losses"]


def test_two_processes_learn_like_one(tmp_path):
    alone = train(tmp_path / "one")
    together = train(tmp_path / "two", "torch.distributed.run", "--nproc_per_node=2", "--master_port=29611", "-m")
    assert len(alone) == 6
    assert together == pytest.approx(alone, rel=1e-3)


def test_alone_everything_is_its_own():
    assert parallel.processes() == 1 and parallel.is_first()
    assert parallel.own_rows(7) == slice(0, 7)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(monkeypatch):
    monkeypatch.setattr(parallel, "processes", lambda: 3)
    with pytest.raises(ValueError, match="multiple of the 3 processes"):
        parallel.own_rows(8)
