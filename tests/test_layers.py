"""The house rules that a machine can hold: who imports whom, and what a file may contain."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "diffusion"
LAYERS = [   # a module imports from its own layer and from those above it
    {"schedule", "images", "sprites", "device", "parallel", "bounds", "muon", "keepsake", "anatomy",
     "loss_series", "limits", "palette"},
    {"unet", "course_unet"},
    {"samplers", "denoiser", "posterior"},
    {"training", "generation", "as_taught", "batch", "mixing"},
    {"demonstrations"},
    {"checkpoints", "trajectory", "course_files", "uploads"},
    {"noising", "inside", "opened"},
    {"thinking"},
    {"quality", "logbook", "distill", "sharpening"},
    {"results", "ablation", "learning_curve", "measured", "frontier", "benchmark"},
    {"model_card", "copies", "reading"},
    {"hub"},
    {"engine", "snapshots", "theatre", "mixing_desk"},
    {"training_job"},
    {"job_files"},
    {"jobs"},
    {"liveliness"},
    {"race", "race_pictures", "remeasure"},
    {"ui"},
]
FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(module: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if module in names)


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    froms = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return froms | names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own in ("__init__", "__main__"):
        return
    for module in imported(path):
        if module.startswith("diffusion."):
            assert layer_of(module.split(".")[1]) <= layer_of(own), f"{own} must not import {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_ui_knows_gradio(path):
    if "ui" not in path.parts:
        assert not any(module.split(".")[0] == "gradio" for module in imported(path))


def test_tabs_do_not_import_each_other():
    for tab in PACKAGE.glob("ui/*_tab.py"):
        assert not any(module.endswith("_tab") for module in imported(tab))


def test_samplers_never_see_a_network():
    assert not {module for module in imported(PACKAGE / "samplers.py") if "unet" in module or "denoiser" in module}


def test_importing_the_app_starts_nothing(app_start):
    assert len(app_start["threads"]) == 1, app_start["threads"]


def test_no_page_asset_names_another_host():
    for path in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.css"), *PACKAGE.rglob("*.html")]:
        assert not re.search(r"https?://|@import|//cdn", path.read_text()), path


def test_ruff_is_content():
    subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=ROOT, check=True, timeout=60)
