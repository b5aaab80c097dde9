"""Whatever is wrong with people's sprites, they get one plain sentence about it, quickly and in little memory."""

import subprocess
import sys
from pathlib import Path

import pytest
from bad_sprites import BOMBS, CASES, call_for

from diffusion.sprites.readers import SpriteDataError, read_sprites

MEMORY_LIMIT = 2**30

READ_BOMB = """
import sys
from pathlib import Path
from diffusion.sprites.readers import SpriteDataError, read_sprites
for path in sys.argv[1:]:
    try:
        read_sprites(Path(path))
    except SpriteDataError:
        continue
    raise SystemExit(f"{path} was read")
assert "torch" not in sys.modules
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].removesuffix("kB")) * 1024)   # of this program alone; getrusage counts who started it as well
"""


def snapshot(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", CASES)
def test_bad_sprites_give_one_plain_sentence(name: str, tmp_path: Path) -> None:
    call = call_for(name, tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(SpriteDataError) as caught:
        read_sprites(call.path, labels=call.labels, tile=call.tile)
    sentence = str(caught.value)
    assert CASES[name][1] in sentence
    assert (call.named or call.path.name) in sentence
    assert sentence.endswith(".")
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 300
    assert snapshot(tmp_path) == before


def test_bombs_take_little_memory(tmp_path: Path) -> None:
    calls = []
    for name in BOMBS:
        (tmp_path / name).mkdir()
        calls.append(str(call_for(name, tmp_path / name).path))
    finished = subprocess.run(
        [sys.executable, "-c", READ_BOMB, *calls],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert int(finished.stdout) < MEMORY_LIMIT
