"""The frontier: points are measured alike, kept beside the models, checked when read, and never taken for others'."""

import base64
import dataclasses
import io

import pytest
import torch
from PIL import Image

from diffusion.denoiser import DiffusionModel
from diffusion.evaluation import frontier
from diffusion.evaluation.frontier import FILE, find, keep, load, measure_frontier, measure_point, run_name
from diffusion.evaluation.judge import train_judge
from diffusion.evaluation.real_sprites import RealSprites
from diffusion.generation import SampleConfig, generate
from diffusion.models.checkpoints import CheckpointError, save_checkpoint
from diffusion.models.measured import fingerprint
from diffusion.support.images import to_uint8


@pytest.fixture(scope="module")
def real(sprites):
    return RealSprites(sprites, train_judge(sprites, steps=20))


@pytest.fixture(scope="module")
def point(tiny_model, real):
    return measure_point("tiny", tiny_model, SampleConfig("ddim", 3, 40), real)


def test_a_point_is_what_its_sprites_measure(point, tiny_model, real):
    made = generate(tiny_model, SampleConfig("ddim", 3, 40), real.contexts(40)).clamp(-1, 1)
    assert point.made == real.likeness(made, real.contexts(40))
    floor = real.floor(40)
    assert (point.real, point.floor_spread, point.floor_draws) == (floor.likeness, floor.spread, floor.draws)
    assert (point.calls, point.guidance, point.n) == (6, tiny_model.config.guidance, 40)
    picture = Image.open(io.BytesIO(base64.b64decode(point.picture)))
    assert picture.size == (74, 74)
    assert picture.crop((2, 2, 18, 18)).tobytes() == to_uint8(made[:1]).tobytes()


def test_a_student_is_shown_from_the_same_seeds_and_counts_its_calls(tiny_model, real):
    config = dataclasses.replace(tiny_model.config, steps=1, guidance=1.0)
    student = DiffusionModel(config, tiny_model.net, tiny_model.schedule)
    assert measure_point("s", student, SampleConfig("ddim", 1, 20), real).calls == 1


def test_points_come_back_from_disk(point, tmp_path):
    assert load(tmp_path) == []
    keep([point], tmp_path)
    assert load(tmp_path) == [point]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"calls": 7}, "calls = 7"),
        ({"made": {"fsd": float("nan")}}, "fsd = nan"),
        ({"made": {"accuracy": 1.5}}, "accuracy = 1.5"),
        ({"real": {"coverage": None}}, "coverage = None"),
        ({"floor_draws": 1}, "floor_draws = 1"),
        ({"sampler": "magic"}, "'magic' is unknown"),
        ({"guidance": None}, "guidance = None"),
        ({"picture": "javascript:"}, "small PNG"),
        ({"machine": 3}, "in text"),
    ],
)
def test_a_point_that_cannot_be_is_refused(point, change, message):
    for name in change.keys() & {"made", "real"}:
        change = change | {name: getattr(point, name)._replace(**change[name])}
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(point, **change)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": 2, "points": []}', '{"format": 3, "points": [{}]}', "[" * 10**5]
)
def test_a_damaged_file_is_told_in_a_sentence(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CheckpointError, match="remake it by python -m diffusion frontier"):
        load(tmp_path)


def test_a_point_answers_for_its_own_run_only(point, tiny_model, real):
    weights, judge = fingerprint(tiny_model), real.judge.fingerprint

    def found(points, config, n=40):
        return find(points, weights, judge, frontier.spelt_out(tiny_model, config), n)

    config = SampleConfig("ddim", 3)
    assert found([point], config) == point
    assert found([point], config, 1000) is None
    assert found([point], SampleConfig("ddim", 4)) is None
    assert found([point], SampleConfig("ddim", 3, eta=0.5)) is None
    assert found([point], SampleConfig("ddim", 3, guidance=3)) is None
    assert found([point], SampleConfig("ddim", 3, clean=False)) is None
    assert found([dataclasses.replace(point, weights="others")], config) is None
    assert found([dataclasses.replace(point, judge="another")], config) is None


def test_a_measurement_goes_on_where_it_was_broken_off(tiny_model, tmp_path, monkeypatch, real, sprites):
    config = dataclasses.replace(tiny_model.config, steps=1, guidance=1.0)
    save_checkpoint(tiny_model, {}, "sprites", tmp_path)
    save_checkpoint(DiffusionModel(config, tiny_model.net, tiny_model.schedule), {}, "sprites-1", tmp_path)
    monkeypatch.setattr(frontier, "STUDENTS", {1: 1})
    monkeypatch.setattr(frontier, "STEPS", (1, 2))

    def break_off(share):
        if share > 0.5:
            raise KeyboardInterrupt

    shares, cpu = [], torch.device("cpu")
    with pytest.raises(KeyboardInterrupt):
        measure_frontier(real, cpu, 20, progress=break_off, folder=tmp_path)
    kept = ["student-1", "ddpm-1", "ddim-1", "dpmpp_2m-1", "unipc-1", "sa_solver-1", "ddpm-2"]
    assert [run_name(point) for point in load(tmp_path)] == kept
    points = measure_frontier(real, cpu, 20, progress=shares.append, folder=tmp_path)
    assert load(tmp_path) == points and len(points) == 11
    assert len(shares) == 4 * 2 and shares == sorted(shares) and shares[-1] == 1
    with monkeypatch.context() as patch:
        patch.setattr(frontier, "measure_point", lambda *_: pytest.fail("it was measured again"))
        assert measure_frontier(real, cpu, 20, folder=tmp_path) == points
    other = RealSprites(sprites, train_judge(sprites, steps=5))   # whose numbers cannot be compared with those kept
    again = measure_frontier(other, cpu, 20, folder=tmp_path)
    assert {point.judge for point in again} == {other.judge.fingerprint} and load(tmp_path) == again


def test_the_table_names_every_machine_once(point):
    text = frontier.table([point, dataclasses.replace(point, machine="8 cores of another"), point])
    assert f", on {point.machine} and 8 cores of another; " in text


def test_the_table_names_calls_and_machine(point):
    text = frontier.table([point])
    assert "40 sprites each, seed 0, on " in text and point.machine in text
    assert f"{point.made.fsd:.2f}" in text and f"{point.real.fsd:.2f} ± {point.floor_spread:.2f}" in text
    assert "coverage" in text and f"{point.real.coverage:.2f}" in text
