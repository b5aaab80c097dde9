"""Damaged files of every kind give sprites or one sentence, never a traceback, in little memory and time."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from bad_sprites import npy, picture, some_labels, some_set, some_sprites
from figures import encoded, enlarged, figures, on_white, sheet
from PIL import Image

FILES = 200
MEMORY_LIMIT, SECONDS = 2**30, 5
SIZES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\x10\0", b"\0\x10\0\0")

READ_ALL = """
import json, sys, time, traceback
from pathlib import Path
from diffusion.sprites.readers import SpriteDataError, describe_set, read_given
told = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    start = time.perf_counter()
    try:
        said = describe_set(read_given([path]).sprites)
        is_sentence = True
    except SpriteDataError as error:
        said = str(error)
        is_sentence = said.endswith(".") and len(said.splitlines()) == 1 and len(said) < 900
    except BaseException:
        said, is_sentence = traceback.format_exc(), False
    told[path.name] = [is_sentence, said, time.perf_counter() - start]
assert "torch" not in sys.modules
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({"memory": int(status["VmHWM"].removesuffix("kB")) * 1024, "told": told}))
"""


def sound_files(folder: Path) -> dict[str, bytes]:
    """A file of each kind, small and sound."""
    drawn = figures(24)
    flat = on_white(sheet(drawn, 6))
    some_set(20).save(folder / "set.npz")
    np.savez(folder / "pair.npz", images=some_sprites(20), labels=np.arange(20) % 3)
    Image.fromarray(flat).quantize(16).save(folder / "palette.png")
    frames = [Image.fromarray(np.roll(flat, step, axis=1)) for step in (0, 16, 32)]
    for kind in ("GIF", "WEBP", "PNG"):
        frames[0].save(folder / f"moving.{kind.lower()}", kind, save_all=True, append_images=frames[1:])
    with zipfile.ZipFile(folder / "pack.zip", "w") as archive:
        for i, one in enumerate(drawn):
            archive.writestr(f"{('hero', 'food')[i % 2]}/{i}.png", encoded(one))
        archive.writestr("Preview.png", encoded(enlarged(flat, 3)))
    with zipfile.ZipFile(folder / "arrays.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sprites.npy", npy(some_sprites(20)))
        archive.writestr("labels.npy", npy(some_labels(20)))
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    return made | {
        "sheet.png": encoded(sheet(drawn, 6, gap=1)), "sheet.webp": encoded(sheet(drawn, 6), "WEBP", lossless=True),
        "sheet.jpg": encoded(flat, "JPEG"), "sheet.bmp": encoded(flat, "BMP"), "sheet.gif": picture(flat, "GIF"),
        "bytes.npy": npy(some_sprites(20)), "floats.npy": npy((some_sprites(20) / 255).astype("f4")),
        "figures.npy": npy(drawn),
    }   # fmt: skip


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, with bits flipped, bytes set or put in between, or a size lied about."""
    changed = bytearray(data)
    at = int(rng.integers(len(data)))
    match rng.integers(5):
        case 0:
            return data[:at]
        case 1:
            for place in rng.integers(len(data), size=rng.choice([1, 3, 20])):
                changed[place] ^= 1 << int(rng.integers(8))
        case 2:
            for place in rng.integers(min(64, len(data)), size=3):
                changed[place] = int(rng.integers(256))
        case 3:
            changed[at:at] = rng.bytes(int(rng.choice([1, 4, 100])))
        case 4:
            place = int(rng.integers(min(40, len(data) - 4)))
            changed[place : place + 4] = SIZES[rng.integers(len(SIZES))]
    return bytes(changed)


def test_damaged_and_renamed_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "sound").mkdir()
    (tmp_path / "given").mkdir()
    sound = sound_files(tmp_path / "sound")
    names = sorted(sound)
    for i in range(FILES):
        name = names[i % len(names)]
        data = sound[name] if rng.random() < 0.1 else damaged(sound[name], rng)
        suffix = Path(names[rng.integers(len(names))] if rng.random() < 0.2 else name).suffix
        (tmp_path / "given" / f"{i:03}{suffix}").write_bytes(data)
    finished = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path / "given")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )   # fmt: skip
    found = json.loads(finished.stdout.splitlines()[-1])
    assert len(found["told"]) == FILES
    assert not {name: said for name, (is_sentence, said, _) in found["told"].items() if not is_sentence}
    assert not {name: seconds for name, (_, _, seconds) in found["told"].items() if seconds > SECONDS}
    assert found["memory"] < MEMORY_LIMIT
    assert any("held out" in said for _, said, _ in found["told"].values())
