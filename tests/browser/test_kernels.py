"""The kernels as they lie here are those that their source makes."""

import shutil
import subprocess
from pathlib import Path

import pytest

import diffusion.browser

CODE = Path(diffusion.browser.__file__).parent
KERNELS = ("kernels.wasm", "fused_kernels.wasm")


@pytest.mark.skipif(shutil.which("clang-16") is None, reason="no clang-16: another compiler makes other bytes")
def test_the_kernels_are_made_of_their_source(tmp_path):
    subprocess.run([CODE / "build_kernels.sh", tmp_path], check=True, timeout=60)
    for name in KERNELS:
        assert (tmp_path / name).read_bytes() == (CODE / name).read_bytes()


def test_they_ask_for_nothing_but_memory():
    for name in KERNELS:
        contents = (CODE / name).read_bytes()
        assert contents[:8] == b"\0asm\1\0\0\0" and len(contents) < 16_000
        assert contents.count(b"\x03env") == 1   # the one import
