"""What each tab writes as Python, asked for as its page does: with what stands on the page in it, and nothing wrong."""

import ast

import pytest
from good_values import DRAWING, NAMED
from raw_http import RawApp

WRITTEN = {   # by tab: what its script says for the good values
    "sample": ["SampleConfig(", "generate(", "n=2"],
    "context": ['"hero": 1, "food": 0.5'],
    "race": ['"DDPM, 2 steps"', '"DDIM, 2 steps"', "n=2"],
    "noise": [f"t={DRAWING['t']}", "seed=1", 'schedule="linear"'],
    "train": ['recipe("fast", minutes=None, steps=1, batch=1'],
    "edit": ["edit = Finish(", "resampling=2", "edit.run("],
    "unet": ["t = 175", 'examples()["Bob"]', '"up 1"'],
}


@pytest.fixture(scope="module")
def app(app_url):
    return RawApp(app_url)


def written(app, tab, **others):
    endpoint = app.endpoint(f"{tab}_as_python")
    values = {"Your sprites": None} | NAMED | others
    return app.call(endpoint, [values.get(one.name, one.value) for one in endpoint.inputs], tab)


@pytest.mark.parametrize("tab", WRITTEN)
def test_a_tab_writes_what_stands_there(app, tab):
    answer = written(app, tab)
    assert not answer.failed, answer.error
    text = answer.value[0]["value"]
    ast.parse(text)
    assert all(said in text for said in WRITTEN[tab]), text
    assert tab == "train" or 'load_checkpoint("tiny", Path("checkpoints"))' in text


def test_each_tab_has_one(app):
    names = {one.name for one in app.endpoints if "_as_python" in one.name}
    assert {name.partition("_as_python")[0] for name in names} == WRITTEN.keys() and len(names) == len(WRITTEN)


def test_what_stands_there_and_cannot_be_is_told(app):
    assert "was not found" in str(written(app, "sample", Model="lost").error)
    assert "unknown" in str(written(app, "unet", unet="up 9").error)
    assert "no mix yet" in str(written(app, "context", **{"mix-view": ""}).error)
