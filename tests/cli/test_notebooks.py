"""The lessons as notebooks: whole files of Jupyter's format, whose cells run in order in a program of its own each."""

import json
import os
import subprocess
import sys

import pytest

from diffusion.cli import main
from diffusion.cli.notebooks.notebook_files import HERE, LAB, LESSONS, MODEL, PLACE, cells, source
from diffusion.models.checkpoints import save_checkpoint
from diffusion.training.distillation import new_student

# As Jupyter does it: each code cell in order, in one set of names; a last expression is shown.
RUN = """
import ast, json, sys
names, shown = {}, []
for cell in json.load(open(sys.argv[1]))["cells"]:
    if cell["cell_type"] == "code":
        *body, last = ast.parse("".join(cell["source"])).body
        if not isinstance(last, ast.Expr):
            body, last = [*body, last], None
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        shown.append(type(last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)).__name__)
print(json.dumps(shown))
"""


def export(capsys, *arguments):
    code = main(["export", *map(str, arguments[:-1]), "--to", "notebook", str(arguments[-1])])
    return code, capsys.readouterr().err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons") / "notebooks"
    assert main(["export", "sprites", "--to", "notebook", str(folder)]) == 0
    return folder


def read(folder, lesson):
    return json.loads((folder / f"{lesson}.ipynb").read_text(encoding="utf-8"))


def test_four_notebooks_are_written_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == [f"{lesson}.ipynb" for lesson in LESSONS]
    assert sorted(path.stem for path in HERE.glob("lesson_*.py")) == [f"lesson_{lesson}" for lesson in LESSONS]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_notebook_is_of_the_format(folder, lesson):
    notebook = read(folder, lesson)
    assert notebook.keys() == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    found = notebook["cells"]
    assert 8 <= len(found) <= 14 and len({cell["id"] for cell in found}) == len(found)
    for cell in found:
        code = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert cell.keys() == {"id", "cell_type", "metadata", "source"} | code
        assert cell["cell_type"] in ("code", "markdown") and "".join(cell["source"]).strip()
        assert all(line.endswith("\n") for line in cell["source"][:-1]) and not cell["source"][-1].endswith("\n")
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and len(cell["source"]) <= 25
        else:
            assert not any(line.startswith("# %%") for line in cell["source"])
    assert found[0]["source"][0].startswith("# ") and found[-1]["source"][0] == "## Try it\n"


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_of_a_lesson_is_lost(lesson):
    text = source(lesson)
    kept = "".join("".join(cell.text.split()) for cell in cells(text))
    plain = "".join("".join(line.split()) for line in text.splitlines() if not line.startswith("# %%"))
    assert kept.replace("#", "") == plain.replace("#", "")
    assert text.count(PLACE) == 1 and text.count(MODEL) == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_all_cells_run_in_order_from_any_folder(folder, lesson, tmp_path):
    """From a folder that has nothing of the lab in it."""
    command, plain = [sys.executable, "-c", RUN, folder / f"{lesson}.ipynb"], {"PYTHONPATH": ""}
    ran = subprocess.run(command, cwd=tmp_path, env=os.environ | plain, timeout=200, check=True, stdout=subprocess.PIPE)
    shown = json.loads(ran.stdout.splitlines()[-1])
    assert shown.count("Image") >= 3
    assert not list(tmp_path.iterdir())


def test_another_model_is_told_by_its_whole_path(tiny_model, tmp_path, monkeypatch, capsys):
    save_checkpoint(tiny_model, {}, "mine", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    assert export(capsys, "runs/mine", "notebooks")[0] == 0
    first = "".join(read(tmp_path / "notebooks", LESSONS[0])["cells"][1]["source"])
    assert f"MODEL = {str(tmp_path / 'runs/mine')!r}" in first and f"sys.path.insert(0, {str(LAB)!r})" in first
    assert export(capsys, "runs/mine", "notebooks")[0] == 0   # over those that are there


def test_what_cannot_be_is_told_in_a_sentence(tiny_model, tmp_path, capsys):
    (tmp_path / "file").write_text("taken")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    save_checkpoint(new_student(tiny_model, 1), {}, "pupil", tmp_path)
    refused = {
        "is a file": export(capsys, "sprites", tmp_path / "file"),
        "holds other files": export(capsys, "sprites", tmp_path / "full"),
        "was not found": export(capsys, "lost", tmp_path / "new"),
        "any number of steps": export(capsys, tmp_path / "pupil", tmp_path / "new"),
    }
    for said, (code, error) in refused.items():
        assert code == 2 and said in error and error.strip().count("\n") == 0
    assert not (tmp_path / "new").exists() and len(list((tmp_path / "full").iterdir())) == 1
