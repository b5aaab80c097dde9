"""A model as it goes to a browser: what its file holds, and which models have none."""

import json
from dataclasses import asdict

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from diffusion.browser.half_weights import browser_file, export_to_browser
from diffusion.cli import main
from diffusion.denoiser import ModelConfig
from diffusion.support.checks import InputError


def test_the_file_holds_the_weights_rounded_and_the_description(tiny_model, tmp_path):
    path = export_to_browser(tiny_model, "tiny", tmp_path / "new")
    halves = load_file(path)
    for name, weights in tiny_model.net.state_dict().items():
        assert halves[name].dtype == torch.float16 and torch.equal(halves[name], weights.half())
    with safe_open(path, "pt") as file:
        assert json.loads(file.metadata()["model"]) == json.loads(json.dumps(asdict(tiny_model.config)))


def test_the_command_writes_the_same_file(folder, tiny_model, tmp_path, capsys):
    assert main(["export", str(folder / "tiny"), "--to", "browser", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "tiny.browser.safetensors").read_bytes() == browser_file(tiny_model)
    assert "tiny.browser.safetensors is ready, 2.8 MB." in capsys.readouterr().err


def test_an_unknown_form_is_told_with_those_there_are(folder, capsys):
    assert main(["export", str(folder / "tiny"), "--to", "phone", "x"]) == 2
    assert "'phone': choose from hub, browser, page, notebook." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (ModelConfig("course", "noise", ("a",), network_options={"n_feat": 8}), "this model has another one"),
        (ModelConfig("sprite", "noise", ("a",), network_options={"width": 256}), "8,000,000 weights at most"),
    ],
)
def test_what_a_browser_does_not_compute_is_refused(config, sentence):
    with pytest.raises(InputError, match=sentence):
        browser_file(config.build())


def test_weights_beyond_float16_are_refused():
    model = ModelConfig("sprite", "noise", ("a",), network_options={"width": 8}).build()
    model.net.enter.bias.data[0] = 1e5
    with pytest.raises(InputError, match="weights up to 65,504"):
        browser_file(model)
