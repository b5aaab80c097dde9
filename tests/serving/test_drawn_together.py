"""What learners ask at the same moment is drawn as one run: each gets what they would get alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from diffusion.editing import Change, Finish
from diffusion.generation import SampleConfig
from diffusion.mixing import Path
from diffusion.serving.engine import FEWEST, TOGETHER, Engine, _as_drawn
from diffusion.serving.requests import RunRequest, joined_run
from diffusion.serving.turns import BusyError, Turn
from diffusion.support.checks import InputError
from diffusion.support.images import to_uint8

DRAWING = bytes(range(256)) * 3
MIXES = (("hero", 1.0),), (("food", 0.5), ("hero", 0.7)), None


@pytest.fixture
def engine(folder):
    return Engine(folder, "cpu")


def requests_of(config, edit=None):
    """Three learners, whose mixes, seeds and numbers of sprites differ."""
    return [
        RunRequest("tiny", replace(config, seed=7 * i, n=3 + i), weights, edit=edit) for i, weights in enumerate(MIXES)
    ]


@pytest.mark.parametrize("config, edit", [
    (SampleConfig("unipc", 3), None),
    (SampleConfig("ddpm", 5), None),
    (SampleConfig("ddim", 4, eta=0.5, guidance=3.0), None),
    (SampleConfig("ddim", 3, mixing="composed"), None),
    (SampleConfig("ddpm", 4), Change(DRAWING, 0.5)),
    (SampleConfig("ddim", 3), Finish(DRAWING, bytes([0, 1] * 128), 2)),
])   # fmt: skip
def test_each_answer_is_what_it_would_be_alone(engine, config, edit):
    asked = requests_of(config, edit)
    together = joined_run(engine.model("tiny"), asked)
    *_, last = together
    parts = np.split(to_uint8(last.x_next), np.cumsum([request.config.n for request in asked])[:-1])
    for request, part in zip(asked, parts, strict=True):
        alone = engine.sprites(request)
        assert np.abs(alone.astype(int) - part).max() <= 1


def test_only_requests_that_differ_in_their_sprites_alone_are_of_one_kind():
    one = RunRequest("tiny", SampleConfig(seed=1, n=3), MIXES[0])
    assert one.kind == RunRequest("tiny", SampleConfig(seed=2, n=5, origins=((1, 2),) * 5), MIXES[1]).kind
    for other in (
        replace(one, checkpoint="other"), replace(one, config=SampleConfig(steps=9)),
        replace(one, config=SampleConfig(guidance=2.0)), replace(one, edit=Change(DRAWING, 0.5)),
        replace(one, config=SampleConfig(mixing="composed")),
    ):   # fmt: skip
        assert other.kind != one.kind
    composed = [RunRequest("tiny", SampleConfig(mixing="composed"), weights) for weights in MIXES[:2]]
    assert composed[0].kind != composed[1].kind   # they cost other numbers of network calls
    assert replace(one, path=Path(MIXES[1], 1, 3)).kind is None


@pytest.mark.parametrize("turn, learners, drawn", [
    (Turn.DRAG, 1, 16), (Turn.DRAG, TOGETHER // 8, 8), (Turn.DRAG, TOGETHER // FEWEST, FEWEST), (Turn.REST, 4, 16),
])   # fmt: skip
def test_while_many_drag_fewer_sprites_of_each_are_drawn(engine, turn, learners, drawn):
    asked = [RunRequest("tiny", SampleConfig(steps=1, seed=i), MIXES[0]) for i in range(learners)]
    steps = engine._draw_together(turn, _as_drawn, asked)
    with pytest.raises(StopIteration) as ended:
        while True:
            next(steps)
    drawings = ended.value.value
    assert [len(drawing.sprites) for drawing in drawings] == [drawn] * learners
    assert np.abs(engine.sprites(asked[-1])[:drawn].astype(int) - drawings[-1].sprites).max() <= 1
    assert torch.is_inference_mode_enabled() is False


def test_who_asks_first_gets_no_more_than_who_asks_last(engine, monkeypatch):
    monkeypatch.setattr("diffusion.serving.turns.DRAGS_S", 60.0)
    alone, *_ = (
        engine.of(f"learner {k}").drawn(RunRequest("tiny", SampleConfig(steps=1, seed=k)), Turn.DRAG, "", _as_drawn)
        for k in range(8)
    )
    again = engine.of("learner 0").drawn(RunRequest("tiny", SampleConfig(steps=1)), Turn.DRAG, "", _as_drawn)
    assert (len(alone.sprites), len(again.sprites)) == (16, TOGETHER // 8)


def test_what_is_wrong_is_told_before_others_share_its_run(engine):
    with pytest.raises(InputError, match="dragon"):
        engine.drawn(RunRequest("tiny", SampleConfig(), (("dragon", 1.0),)), Turn.DRAG, "mix", _as_drawn)


def test_of_one_visitor_few_long_runs_are_under_way_at_once(engine):
    asked = [RunRequest("tiny", SampleConfig("ddpm", 50, n=1, seed=i)) for i in range(3)]
    engine = engine.of("somebody")
    with engine.turns.place("somebody"), engine.turns.place("somebody"):
        with pytest.raises(BusyError):
            engine.trajectory(asked[0])
        assert len(engine.of("another").trajectory(asked[1]).sprites) == 1
    assert len(engine.trajectory(asked[2]).sprites) == 1
