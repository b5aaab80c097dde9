"""The house rules that a machine can hold: who imports whom, and what a file may contain."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from diffusion import HOMES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "diffusion"
ROOMS = [   # each imports from itself and from those before it
    "support", "networks", "noise",
    "schedule", "sprites",
    "samplers", "predictions", "posterior",
    "denoiser",
    "generation", "models", "mixing", "editing", "trajectory",
    "training", "evaluation", "browser",
    "explain",
    "serving",
    "ui",
    "cli",
]   # fmt: skip
DYNAMIC = ("import_module", "__import__")
FACES = ("__init__", "__main__")   # of the package: they may name any room
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """All that a file imports, in any form and anywhere in it, as whole names such as "diffusion.schedule.Schedule"."""
    package = ["diffusion", *path.relative_to(PACKAGE).parent.parts]
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in DYNAMIC:
            names |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return names


def home_of(name: str) -> str:
    """A name of the public API by where it lives; all others as they are."""
    homes = {f"diffusion.{public}": f"{home}.{public}" for home, names in HOMES.items() for public in names}
    return homes.get(name, name)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    own = room_of(path)
    if own in FACES:
        return
    for name in map(home_of, imported(path)):
        if name.split(".")[0] == "diffusion":
            other = name.split(".")[1]
            assert ROOMS.index(other) <= ROOMS.index(own), f"{own} must not import {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_ui_knows_gradio(path):
    if "ui" not in path.parts:
        assert not any(module.split(".")[0] == "gradio" for module in imported(path))


def test_tabs_do_not_import_each_other():
    for tab in PACKAGE.glob("ui/**/*_tab.py"):
        assert not any(module.endswith("_tab") for module in imported(tab))


def test_samplers_never_see_a_network():
    assert not {module for module in imported(PACKAGE / "samplers.py") if "unet" in module or "denoiser" in module}


def test_importing_the_app_reads_no_file_and_starts_no_thread(app_start):
    assert len(app_start["threads"]) == 1, app_start["threads"]
    assert not app_start["opened_by_import"]
    assert app_start["opened"]   # so the hook hears of files


def test_a_folder_has_at_most_14_modules_and_the_ground_floor_12():
    for folder in {path.parent for path in FILES}:
        assert len(list(folder.glob("*.py"))) <= (12 if folder == PACKAGE else 14), folder


def test_no_two_files_share_a_name():
    paths = [path for path in (*PACKAGE.rglob("*"), *ROOT.glob("tests/**/*.py")) if path.is_file()]
    names = Counter(path.name for path in paths if path.suffix != ".pyc" and path.name != "__init__.py")
    assert {name for name, count in names.items() if count > 1} <= {"conftest.py", "requirements.txt"}


def test_no_page_asset_names_another_host():
    for path in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.html")]:
        assert not re.search(r"https?://|@import|//cdn", path.read_text()), path


def test_no_line_of_code_for_pages_is_longer_than_of_python():
    for path in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.wgsl"), *PACKAGE.rglob("*.c")]:
        assert max(map(len, path.read_text().splitlines())) <= 120, path


def test_ruff_is_content():
    subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, check=True, timeout=60)
