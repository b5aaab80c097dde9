"""The plot's history of a training: small, exact, and steady from one look to the next."""

import json

import numpy as np
import pytest
import torch

from diffusion.training.history import BANDS, POINTS, RECENT_STEPS, LossSeries, Mark, RealFsd, Thinned
from diffusion.training.logbook import smoothed

RANDOM = np.random.default_rng(0)
SHARES, LOSSES = RANDOM.uniform(0, 1, 16), RANDOM.uniform(0, 1, 16)


def fed(losses, series=None, first=0):
    series = series or LossSeries()
    for i, loss in enumerate(losses, first + 1):
        series.add(i, i / 4, float(loss), SHARES, LOSSES)
    return series


def kept(n, room=8):
    thinned = Thinned(1, room)
    for i in range(n):
        thinned.append([i])
    return thinned.rows[:, 0].astype(int).tolist()


def test_the_smooth_line_is_the_running_mean_of_every_step():
    losses = RANDOM.uniform(0.1, 2, 5000)
    value, expected = fed(losses).value(), smoothed(losses.tolist())
    assert value["smooth"] == [float(f"{expected[step - 1]:.4g}") for step in value["step"]]
    assert value["loss"] == [float(f"{losses[step - 1]:.4g}") for step in value["step"]]


@pytest.mark.parametrize("n", [1, 2, POINTS - 1, POINTS, POINTS + 1, 1234, 9999])
def test_first_and_last_step_are_always_there(n):
    steps = fed(np.ones(n)).value()["step"]
    assert steps[0] == 1 and steps[-1] == n
    assert len(steps) <= POINTS and steps == sorted(set(steps))
    assert len(steps) >= min(n, POINTS - 1)   # never fewer than there is room for


def test_one_point_at_a_time_goes_and_none_comes_back():
    assert kept(8) == list(range(8))
    assert kept(10) == [0, 2, 4, 5, 6, 7, 8, 9]
    assert kept(15) == kept(16) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert kept(17) == [0, 4, 6, 8, 10, 12, 14, 16]
    for n in range(1, 300):
        before, after = set(kept(n)), set(kept(n + 1))
        assert len(before - after) <= 1 and after - before <= {n}


def test_a_band_is_the_mean_of_its_recent_examples():
    series = LossSeries()
    series.add(1, 0.1, 1.0, np.array([0.05, 0.05, 0.95]), np.array([1.0, 3.0, 5.0]))
    first, *_, last = series.value()["bands"]
    assert first == {"from": 0.0, "to": 0.1, "loss": 2.0, "unavoidable": None, "untrained": 2.0}
    assert last == {"from": 0.9, "to": 1.0, "loss": 5.0, "unavoidable": None, "untrained": 5.0}
    assert series.value()["bands"][4]["loss"] is None
    assert json.loads(series.bands_text()) == {"bands": series.value()["bands"]}
    for step in range(2, 20 * RECENT_STEPS):
        series.add(step, 0.1 * step, 1.0, np.array([0.0, 1.0]), np.array([0.5, 0.25]))
    first, *_, last = series.value()["bands"]
    assert (first["loss"], last["loss"]) == (0.5, 0.25)
    assert (first["untrained"], last["untrained"]) == (2.0, 5.0)   # of the first step, before any was learnt from


def test_what_nobody_can_avoid_is_told_by_band_and_kept():
    series = LossSeries()
    series.cannot_avoid(np.array([0.05, 0.05, 0.95]), np.array([0.0, 0.5, 0.25]))
    assert [band["unavoidable"] for band in series.value()["bands"]] == [0.25, *[None] * 8, 0.25]
    other = LossSeries()
    other.restore(series.tensors())
    assert other.value()["bands"] == series.value()["bands"]


def test_a_band_without_recent_examples_says_nothing():
    series = LossSeries()
    series.add(1, 0.1, 1.0, np.array([0.55]), np.array([1.0]))
    for step in range(2, RECENT_STEPS):
        series.add(step, 0.1, 1.0, np.array([0.15]), np.array([1.0]))
    bands = series.value()["bands"]
    assert len(bands) == BANDS and bands[5]["loss"] is None and bands[5]["untrained"] == 1.0


def test_what_happened_on_the_way_is_told():
    series = fed([1.0, 0.5], LossSeries(RealFsd(7.5, 0.25, 128)))
    series.measured(1, 0.25, 12.3456, 0.61)
    series.measured(2, 0.5, 8)
    series.rate_changed(2, 0.5, 1e-3)
    value = series.value("running", [Mark(2, 0.5, "best")])
    assert value["quality"] == [
        {"step": 1, "seconds": 0.25, "fsd": 12.35, "accuracy": 0.61},
        {"step": 2, "seconds": 0.5, "fsd": 8.0, "accuracy": None},
    ]
    assert value["learning_rate"] == [{"step": 2, "seconds": 0.5, "value": 1e-3}]
    assert value["marks"] == [{"step": 2, "seconds": 0.5, "label": "best"}]
    assert (value["real"], value["status"]) == ({"fsd": 7.5, "spread": 0.25, "n": 128}, "running")


def test_the_text_is_strict_json_and_follows_every_change():
    series = LossSeries()
    texts = [series.text("queued"), series.text("running")]
    fed([1.0], series)
    texts.append(series.text("running"))
    series.measured(1, 0.25, 9.0)
    texts.append(series.text("running"))
    series.rate_changed(1, 0.25, 1e-3)
    texts += [series.text("running"), series.text("running", [Mark(1, 0.25, "saved")])]
    assert len(set(texts)) == len(texts)
    for text in texts:
        json.loads(text, parse_constant=pytest.fail)
    assert series.text("running") == series.text("running")


@pytest.mark.parametrize("n", [1, 700])
def test_a_saved_history_goes_on_number_for_number(n):
    losses = RANDOM.uniform(0.1, 2, n + 300)
    series = fed(losses[:n], LossSeries(RealFsd(7.5, 0.25, 128)))
    series.measured(n, n / 4, 3.0)
    series.rate_changed(n, n / 4, 1e-4)
    saved = series.tensors()
    assert all(tensor.dtype == torch.uint8 for tensor in saved.values())
    again = LossSeries()
    again.restore(saved)
    assert again.value() == series.value()
    assert fed(losses[n:], again, n).value() == fed(losses[n:], series, n).value()


@pytest.mark.parametrize("saved", [{}, {"curve": b"{}"}, {"curve": b"not JSON"}])
def test_a_damaged_history_is_refused_in_a_sentence(saved):
    saved = {key: torch.frombuffer(bytearray(text), dtype=torch.uint8) for key, text in saved.items()}
    with pytest.raises(ValueError, match="damaged"):
        LossSeries().restore(saved)


def test_a_loss_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="loss = nan at step 1"):
        fed([float("nan")])
