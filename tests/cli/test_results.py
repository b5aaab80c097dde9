"""The README's tables come from measured numbers and land between their markers."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from diffusion.cli.studies import readme, results
from diffusion.cli.studies.benchmark import BATCHES, shipped_runs, table
from diffusion.cli.studies.results import BEGIN, END, LONG_RUN, QUALITY_FILE, gather, markdown
from diffusion.evaluation.judge import load_judge
from diffusion.models.checkpoints import save_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.support.device import describe_machine
from diffusion.support.files import write_json
from diffusion.training.distillation import STUDENTS

CPU = torch.device("cpu")
CRISP = {"colours": 20.0, "white": 0.25, "nearest": 0.25}
ROW = {
    "run": "sa_solver-10", "machine": "2 cores of a test", "sampler": "sa_solver", "steps": 10, "guidance": 1.5,
    "fsd": 2.0, "fsd_spread": 0.1, "fsd_floor": 1.0, "fsd_floor_spread": 0.25, "floor_draws": 12,
    "context_accuracy": 0.98, "context_accuracy_real": 0.99, "density": 1.01,
    "density_real": 0.99, "coverage": 0.9, "coverage_real": 0.96,
    "memorisation": 0.01, "memorisation_real": 0.02, "memorisation_caught": 0.97,
    "losses": {"training": 0.25, "unseen": 0.2625, "spread": 0.005},
    "n": 2000, "seeds": [0, 1, 2], "crispness": CRISP, "crispness_real": CRISP,
    "raw": {
        "fsd": 2.125, "density": 1.0, "coverage": 0.91, "accuracy": 0.98, "colours": 17.0, "white": 0.28,
        "nearest": 0.24,
    },
}   # fmt: skip
RESULTS = {
    "rows": [ROW],
    "frontier": {
        "ddpm-500": SimpleNamespace(made=SimpleNamespace(fsd=2.5), n=1000),
        "sa_solver-10": SimpleNamespace(
            made=SimpleNamespace(fsd=2.25), real=SimpleNamespace(fsd=1.5), floor_spread=0.1, n=1000
        ),
    },
    "speed": {
        "machine": "8 cores of another",
        "ratios": {
            "network_call": {"course": {16: 4.0}},
            "training_images": 3.5,
            "ddim-25_over_ddpm-500": 20,
            "sprites_over_course_ddpm-500": {
                "sa_solver-10": {"times": 160, "network": 4.0, "calls": 32, "rest": 1.25},
                "student-1": {"times": 1234.5, "network": 4.0, "calls": 500, "rest": 0.61725},
            },
        }
    },
    "sides": ["How good both are", "", "| course |"],
}


def test_every_number_is_in_the_table():
    text = markdown(RESULTS)
    row = "| sa_solver-10 | SA-Solver | 10 | 1.5 | 2.00 ± 0.10 | 2.0 | 0.90 | 1.01 | 20.0 | 25% | 0.250 | 98.0% |"
    assert row in text
    assert "| real sprites |  |  |  | 1.00 ± 0.25 | 1.0 | 0.96 | 0.99 |" in text and "The numbers disagree" not in text
    parts = (
        "Measured on 2 cores of a test:\n2,000", "how many times faster, on 8 cores of another", "99.0%",
        "1.0% of the samples", "calls 2.0%", "97.0% of training sprites",
        "0.2500 on training sprites and 0.2625 on unseen", "0.0125, standard error 0.0050",
        "1,000 sprites from one seed", "has FSD 2.50", "10 steps 2.25", "| 160 = 4.0 network × 32 calls × 1.2 rest |",
        "| 1,234 = 4.0 network × 500 calls × 0.6 rest |", "\nHow good both are\n\n| course |", "| 4.0 |",
        "real sprites have 1.50 ± 0.10", "not installed", "17 colours, 28% white pixels", "FSD 2.12 instead of 2.00",
    )   # fmt: skip
    for part in parts:
        assert part in text, part


def test_every_machine_that_measured_is_named_once():
    rows = [ROW, ROW | {"run": "student-2"}, ROW | {"run": "student-1", "machine": "8 cores of another"}]
    assert "Measured on 2 cores of a test and 8 cores of another:\n2" in markdown(RESULTS | {"rows": rows})


def test_where_another_number_ranks_otherwise_than_the_distance_it_is_said():
    blurred = CRISP | {"nearest": 0.4}
    student = ROW | {"run": "student-4", "fsd": 1.5, "coverage": 0.8, "context_accuracy": 0.95, "crispness": blurred}
    text = markdown(RESULTS | {"rows": [ROW, student]})
    assert "student-4 has FSD 1.50, sa_solver-10 2.00, which ranks\nthem otherwise than these do" in text
    assert "of student-4, its coverage is 0.80, not 0.90, its nearest is 0.400, not 0.250, its asked category" in text
    for alike in (2.5, 1.9):   # it agrees; and what lies within the spreads ranks neither
        assert "The numbers disagree" not in markdown(RESULTS | {"rows": [ROW, student | {"fsd": alike}]})


def test_speed_alone_needs_a_stored_quality(tmp_path):
    with pytest.raises(ValueError, match=r"quality\.json is missing or damaged. Measure the quality first"):
        gather(CPU, lambda share: None, tmp_path)


@pytest.fixture
def shipped(tmp_path, tiny_model):
    """A folder with a model and its students by the names of those that ship."""
    for name in ("sprites", *(f"sprites-{steps}" for steps in STUDENTS)):
        steps = int(name.partition("-")[2]) if "-" in name else None
        save_checkpoint(replace(tiny_model, config=replace(tiny_model.config, steps=steps)), {}, name, tmp_path)
    return tmp_path


def rows_of(folder, judge):
    runs = [run for run in shipped_runs(folder, CPU) if run[0] != LONG_RUN]
    return [ROW | {"run": name, "weights": fingerprint(model), "judge": judge} for name, model, _ in runs]


def test_only_the_runs_that_are_named_are_measured_anew(shipped, monkeypatch):
    measured, rows = [], rows_of(shipped, "a judge")

    def evaluate(model, *_):
        measured.append(model.config.steps)
        return SimpleNamespace(values=lambda: ROW | {"fsd": 0.5})

    def again(only):
        write_json(shipped / QUALITY_FILE, {"rows": rows})
        real = SimpleNamespace(judge=SimpleNamespace(fingerprint="a judge"))
        results.measure_shipped(real, CPU, lambda share: None, shipped, only)
        return json.loads((shipped / QUALITY_FILE).read_text())["rows"]

    monkeypatch.setattr(results, "evaluate", evaluate)
    anew = {"fsd": 0.5, "machine": describe_machine("cpu")}
    assert again(["student-2"]) == [row | anew if row["run"] == "student-2" else row for row in rows]
    assert measured == [2]
    with pytest.raises(ValueError, match="run 'student-3' is unknown: choose from ddim-25, "):
        again(["student-3"])


def test_numbers_of_other_weights_or_another_judge_are_refused(shipped):
    """Every model that ships is named by its weights, and so is the judge."""
    rows = rows_of(shipped, load_judge().fingerprint)

    def gathered(rows):
        write_json(shipped / QUALITY_FILE, {"rows": rows})
        return gather(CPU, lambda share: None, shipped)

    with pytest.raises(ValueError, match="python -m diffusion frontier"):   # the long run is taken from there
        gathered(rows)
    for change in ({"weights": "others"}, {"judge": "another"}):
        with pytest.raises(ValueError, match=rf"other weights or another judge \({rows[0]['run']}\)"):
            gathered([rows[0] | change, *rows[1:]])


def test_a_benchmark_can_be_read():
    split = {"student-1": RESULTS["speed"]["ratios"]["sprites_over_course_ddpm-500"]["student-1"]}
    measured = {
        "ratios": RESULTS["speed"]["ratios"] | {"sprites_over_course_ddpm-500": split},
        "inference_choices_ms": {"as the app does": 12.0, "bfloat16": 9.0},
        "call_ms": {"sprite": dict.fromkeys(BATCHES, 2.0), "course": dict.fromkeys(BATCHES, 8.0)},
        "parameters": {"sprite": 1_507_084, "course": 1_480_771},
        "training_images_a_second": {"fast": 900.0, "course": 225.0},
        "runs": {"student-1": {"sprites_a_second": 500.0, "calls": 1}},
        "what": {"student-1": "SpriteUnet, DDIM with 1 step, not guided"},
        "peak_memory_mb": 700.0,
        "machine": "2 cores of a test",
        "threads": 2,
    }
    measured["ratios"]["network_call"] = {"course": dict.fromkeys(BATCHES, 4.0)}
    text = table(measured)
    parts = (
        "2 cores of a test, 2 threads", "1,507,084", "4.00x", "student-1: SpriteUnet, DDIM with 1 step",
        "ratio 3.50x", "700 MB", "bfloat16",
    )   # fmt: skip
    for part in parts:
        assert part in text, part
    assert "student-1      500.00      1          1234.5x       4.00   500.00    0.62" in text


def test_the_tables_land_between_the_markers_and_nothing_else_changes(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    readme.write_between(BEGIN, END, markdown(RESULTS), page)
    readme.write_between(BEGIN, END, markdown(RESULTS), page)
    assert page.read_text() == f"before\n{BEGIN}\n{markdown(RESULTS)}\n{END}\nafter\n"


def test_a_page_without_the_markers_is_refused(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="no place for results"):
        readme.write_between(BEGIN, END, markdown(RESULTS), page)


def test_the_readme_has_its_markers():
    assert BEGIN in readme.PATH.read_text() and END in readme.PATH.read_text()
