"""The networks, and how their answers become eps."""

import copy
import json
import warnings
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from diffusion.denoiser import MIXINGS, NETWORKS, DiffusionModel, ModelConfig
from diffusion.generation import Run, SampleConfig
from diffusion.networks.course_unet import ContextUnet
from diffusion.networks.sprite_unet import SpriteUnet
from diffusion.noise import SpriteNoise
from diffusion.predictions import PREDICTIONS
from diffusion.samplers import ddim, sample
from diffusion.schedule import Schedule

COURSE_STATE = Path(__file__).parents[1] / "course_state_dict.json"


AS_TAUGHT = "noise-as-taught"   # its examples are faulty by intent: test_as_taught.py
MENDED = [name for name in PREDICTIONS if name != AS_TAUGHT]


class Oracle(nn.Module):
    """Answers as a perfect network would that knows x0: with eps, v, or the velocity eps - x0."""

    def __init__(self, x0, target):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.x0, self.target = x0, target

    def forward(self, x, time, context):
        u = time[:, None, None, None].double()
        eps_on_path = (x - (1 - u) * self.x0) / u
        return eps_on_path - self.x0 if self.target == "velocity" else self.from_schedule(x, time)

    def from_schedule(self, x, time):
        schedule = Schedule.cosine()
        t = (time * schedule.T).round().long()
        a, s = schedule.signal(t)[:, None, None, None], schedule.noise(t)[:, None, None, None]
        eps = (x - a * self.x0) / s
        return eps if self.target == "noise" else schedule.v(self.x0, t, eps)


@pytest.mark.parametrize("name", MENDED)
def test_a_perfect_network_of_any_prediction_leads_to_its_sprite(name):
    x0 = torch.rand(2, 3, 16, 16, dtype=torch.float64) * 2 - 1
    config = ModelConfig("sprite", name, ())
    model = DiffusionModel(config, Oracle(x0, name), Schedule.cosine())
    x_T = SpriteNoise(0, range(2))().double()
    *_, last = sample(model.denoiser(torch.zeros(2, 0)), model.schedule, x_T, model.schedule.timesteps(7), ddim())
    torch.testing.assert_close(last.x_next, x0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", MENDED)
def test_training_examples_lie_where_sampling_will_look(name):
    """The network's input and time in training are those that sampling gives it for the same x0 and eps."""
    schedule = Schedule.cosine()
    x0, eps = torch.randn(2, 4, 3, 16, 16)
    example = PREDICTIONS[name].example(schedule, x0, eps, torch.randn(len(x0)))
    time = example.time[:, None, None, None]
    if name == "velocity":
        torch.testing.assert_close(example.x, (1 - time) * x0 + time * eps)
        torch.testing.assert_close(example.x + (1 - time) * example.target, eps)
    else:
        t = (example.time * schedule.T).round().long()
        torch.testing.assert_close(example.x, schedule.add_noise(x0, t, eps))
        torch.testing.assert_close(example.target, eps if name == "noise" else schedule.v(x0, t, eps))


def test_context_unet_has_the_state_dict_of_the_course():
    expected = json.loads(COURSE_STATE.read_text())
    state = ContextUnet().state_dict()
    shapes = {key: [list(value.shape), str(value.dtype).removeprefix("torch.")] for key, value in state.items()}
    assert shapes == expected


@pytest.mark.parametrize("n_context", [0, 1, 5, 10])
def test_sprite_unet_takes_any_number_of_categories(n_context):
    net = SpriteUnet(n_context)
    x = torch.randn(2, 3, 16, 16)
    assert net(x, torch.rand(2), torch.zeros(2, n_context)).shape == x.shape


@pytest.mark.parametrize("name", NETWORKS)
def test_no_network_warns_where_there_are_no_categories(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = NETWORKS[name](n_context=0).eval()
    x = torch.randn(2, 3, 16, 16)
    assert net(x, torch.tensor([0.1, 0.9]), torch.zeros(2, 0)).isfinite().all()


def test_guidance_moves_away_from_the_unconditional_answer(tiny_model):
    x, context = SpriteNoise(1, range(3))(), torch.eye(5)[:3]
    with torch.no_grad():
        plain, none, twice = (
            tiny_model.denoiser(rows, guidance)(x, 300)
            for rows, guidance in ((context, 1), (torch.zeros(3, 5), 1), (context, 2))
        )
    torch.testing.assert_close(twice, none + 2 * (plain - none), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("options", [{"patch": 3}, {"width": 50}])
def test_sizes_that_a_sprite_network_cannot_have_are_refused(options):
    with pytest.raises(ValueError, match="a patch of 1, 2 or 4, and groups that divide its width"):
        SpriteUnet(5, **options)


@pytest.mark.parametrize(("patch", "levels"), [(1, 2), (4, 2), (1, 3), (2, 3)])
def test_a_sprite_network_may_have_another_patch_and_three_levels(patch, levels):
    net = SpriteUnet(5, width=16, patch=patch, levels=levels)
    assert net(torch.zeros(2, 3, 16, 16), torch.rand(2), torch.zeros(2, 5)).shape == (2, 3, 16, 16)


@pytest.mark.parametrize("options", [{"levels": 4}, {"levels": 1}, {"levels": 3, "patch": 4}])
def test_levels_that_a_sprite_network_cannot_have_are_refused(options):
    with pytest.raises(ValueError, match=f"levels = {options['levels']}: a sprite network has 2, or 3 with a patch of"):
        SpriteUnet(5, **options)


def hear(heard, name, module, inputs, output):
    heard.append((name, output.shape[1:]))


def test_two_levels_have_one_skip_and_three_have_two_which_join_maps_of_one_size():
    """What each block hears and says is seen from outside, by hooks: sides halve on the way down and double back."""
    for levels, skips in ((2, {"up 1": "down 2"}), (3, {"up 1": "down 2", "up 2": "down 1"})):
        net, heard = SpriteUnet(5, width=16, patch=1, levels=levels), []
        blocks = net.anatomy().blocks
        for block in blocks:
            block.module.register_forward_hook(partial(hear, heard, block.name))
        net(torch.zeros(1, 3, 16, 16), torch.rand(1), torch.zeros(1, 5))
        shapes = dict(heard)
        assert list(shapes) == [block.name for block in blocks]   # in the order of the forward pass
        assert {block.name: block.skip_from for block in blocks if block.skip_from} == skips
        assert all(shapes[joined] == shapes[source] for joined, source in skips.items())
        assert shapes["bottom 3"] == (16 * 2 ** (levels - 1), 16 // 2 ** (levels - 1), 16 // 2 ** (levels - 1))


def test_a_network_that_says_x0_answers_with_the_velocity_that_leads_there():
    torch.manual_seed(0)
    plain, aiming = SpriteUnet(5, width=16), SpriteUnet(5, width=16, from_x0=1)
    for parameter in plain.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    aiming.load_state_dict(plain.state_dict())
    x, time, context = torch.randn(3, 3, 16, 16), torch.tensor([1.0, 0.3, 0.01]), torch.rand(3, 5)
    x0, u = plain(x, time, context), torch.tensor([1.0, 0.3, 0.05])[:, None, None, None]
    torch.testing.assert_close(x - u * aiming(x, time, context), x0)


@pytest.mark.parametrize(
    ("prediction", "from_x0", "message"), [("noise", 1, "predicts velocity"), ("velocity", 2, "0 or 1")]
)
def test_only_a_network_that_predicts_velocity_may_say_x0(prediction, from_x0, message):
    with pytest.raises(ValueError, match=message):
        ModelConfig("sprite", prediction, (), network_options={"from_x0": from_x0}).build()


@pytest.mark.parametrize("name", ["sprite", "course"])
def test_the_fast_path_equals_the_plain_one(name):
    """channels_last and inference mode against plain memory with gradients: the same to 1e-4."""
    torch.manual_seed(0)
    model = ModelConfig(name, "noise", ("a", "b")).build()
    for parameter in model.net.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    model.net.eval()
    plain = copy.deepcopy(model.net).to(memory_format=torch.contiguous_format)
    x, time, context = SpriteNoise(1, range(5))(), torch.rand(5), torch.eye(2)[[0, 1, 0, 1, 0]]
    with torch.inference_mode():
        fast = model.net(x, time, context)
    torch.testing.assert_close(fast.clone(), plain(x, time, context).detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("mixing", MIXINGS)
def test_guidance_acts_only_where_there_is_little_enough_noise(tiny_model, mixing):
    model = replace(tiny_model, config=replace(tiny_model.config, guided_below=0.5))
    x, context = torch.randn(5, *model.shape), torch.eye(5)
    much = next(t for t in range(1, model.schedule.T) if model.schedule.noise_share(t) > 0.5)
    for t, same_as, calls in ((much, 1.0, 1), (much - 1, 3.0, 2)):
        guided = model.denoiser(context, 3.0, mixing)
        expected = tiny_model.denoiser(context, same_as, mixing)(x, t)
        torch.testing.assert_close(guided(x, t), expected, rtol=0, atol=1e-5)
        assert mixing == "composed" or guided.calls == calls
    none = model.denoiser(torch.zeros(5, 5), 1.0)(x, much)
    without = model.denoiser(context, 0.0)(x, much)   # to ask for less of the context is possible everywhere
    torch.testing.assert_close(without, none, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("guided_steps", "calls"), [(1, 5), (2, 6), (4, 8), (9, 8), (None, 8)])
def test_a_run_may_be_guided_in_its_first_steps_alone(tiny_model, guided_steps, calls):
    """As a run that goes on without guidance from where these end."""
    model = replace(tiny_model, config=replace(tiny_model.config, guided_below=1.0))
    context, timesteps = torch.eye(5)[:3], model.schedule.timesteps(4)
    x, split = SpriteNoise(0, range(3))(), guided_steps or 4
    for k, stride in enumerate(pairwise(timesteps)):
        denoise = model.denoiser(context, 3.0 if k < split else 1.0)
        (step,) = sample(denoise, model.schedule, x, stride, ddim())
        x = step.x_next
    run = Run(model, SampleConfig("ddim", 4, 3, guidance=3.0, guided_steps=guided_steps, clean=False), context)
    *_, last = run
    torch.testing.assert_close(last.x_next, x, rtol=0, atol=1e-5)
    assert run.calls == calls


def test_network_calls_are_counted_and_guidance_costs_two(tiny_model):
    x, context = SpriteNoise(1, range(3))(), torch.eye(5)[:3]
    for guidance, calls in ((1, 1), (2, 2)):
        denoise = tiny_model.denoiser(context, guidance)
        with torch.no_grad():
            denoise(x, 300)
        assert denoise.calls == calls


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "transformer"}, "'transformer' is unknown"),
        ({"prediction": "x"}, "'x' is unknown"),
        ({"schedule": "s"}, "'s' is unknown"),
        ({"categories": tuple("abcdefghijk")}, "at most 10"),
        ({"network_options": {"width": 10**6}}, "from 1 to 512"),
        ({"guidance": -1}, "guidance"),
        ({"guided_below": 1.5}, "guided_below = 1.5"),
        ({"schedule_options": {"T": 10**9}}, "1 to 10000 steps"),
        ({"steps": 0}, "whole number from 1 to 16"),
    ],
)
def test_a_config_out_of_bounds_is_refused(change, message):
    good = {"network": "sprite", "prediction": "velocity", "categories": ("a",)}
    with pytest.raises(ValueError, match=message):
        ModelConfig(**(good | change))
