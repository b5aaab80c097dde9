"""Students made crisp: what pulls at them is exact, and brings them nearer to their model and to real sprites."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from diffusion.generation import SampleConfig, generate
from diffusion.sprites.palette import palette_of
from diffusion.support.images import to_uint8
from diffusion.training.distillation import new_student, some_answer
from diffusion.training.dmd import Discriminator, FakeScore, as_shown, guided_velocity, match_distribution, noised
from diffusion.training.own_runs import OwnRuns, own_runs
from diffusion.training.recipes import recipe

STRIPES = torch.tensor([1.0, -1.0]).repeat(3, 16, 8)
SETTINGS = {"minutes": None, "batch": 16, "warmup_steps": 5}


@pytest.fixture(scope="module")
def model(tiny_model):
    return replace(tiny_model, config=replace(tiny_model.config, guidance=2.5, guided_below=0.8))


@pytest.fixture(scope="module")
def context(model):
    return torch.eye(len(model.categories))


@pytest.fixture(scope="module")
def made(model, context):
    return generate(model, SampleConfig(steps=10, n=len(context)), context)


@pytest.fixture(scope="module")
def judge_of_brightness(model, context, made):
    """Has seen the model's sprites as real, and the same ones too bright as painted."""
    discriminator, seed = Discriminator(model), random()
    for _ in range(100):
        discriminator.learn(made, made + 0.3, context, seed)
    return discriminator


def random():
    return torch.Generator().manual_seed(1)


def test_the_guided_velocity_is_the_one_that_a_run_follows(model, context):
    x, u, _ = noised(model, torch.zeros(len(context), *model.shape), random())
    with_context = model.net(x, u, context)
    none = model.net(x, u, torch.zeros_like(context))
    guidance = torch.tensor([2.5 if share <= 0.8 else 1.0 for share in u.tolist()])[:, None, None, None]
    expected = none + guidance * (with_context - none)
    torch.testing.assert_close(guided_velocity(model, x, u, context), expected, rtol=0, atol=1e-5)


def test_sprites_that_the_fake_score_sees_as_the_model_does_have_nothing_too_much(model, context):
    unguided = replace(model, config=replace(model.config, guidance=1.0))
    sprites = torch.randn(len(context), *model.shape, generator=random())
    pull = FakeScore(unguided).surplus(sprites, context, random())
    torch.testing.assert_close(pull, torch.zeros_like(pull), rtol=0, atol=1e-5)


def test_a_fake_score_learns_what_it_is_shown_and_leaves_the_model_alone(model, context):
    fake_score, before = FakeScore(model), [weight.clone() for weight in model.net.parameters()]
    shown, seed = torch.full((len(context), *model.shape), 0.5), random()

    def error():
        x, u, velocity = noised(model, shown, random())
        with torch.no_grad():
            return float((fake_score.net(x, u, context) - velocity).square().mean())

    at_first = error()
    for _ in range(20):
        fake_score.learn(shown, context, seed)
    assert error() < 0.8 * at_first
    assert all(torch.equal(a, b) for a, b in zip(before, model.net.parameters(), strict=True))


def test_a_discriminator_learns_what_is_real(judge_of_brightness, made, context):
    real, bright = (judge_of_brightness.verdict(x, context, random()).mean() for x in (made, made + 0.3))
    assert real > 0 > bright


def test_a_discriminator_learns_by_itself_alone(judge_of_brightness, model, made, context):
    """Neither the model it was copied from nor a student's step moves it."""
    fresh = Discriminator(model).net.state_dict()
    assert all(torch.equal(fresh[name], weight) for name, weight in model.net.state_dict().items())
    listened = judge_of_brightness.verdict(made.clone().requires_grad_(), context, random())
    for weight in judge_of_brightness.net.parameters():
        weight.grad = None
    listened.sum().backward()
    assert all(weight.grad is None for weight in judge_of_brightness.net.parameters())


@pytest.mark.parametrize("kind", [FakeScore, Discriminator])
def test_the_loss_leads_back_from_what_is_painted_too_bright(kind, model, made, context):
    """A student that paints everything too bright hears, once its helper has seen that, that darker is better."""
    helper, bright, seed = kind(model), (made + 0.3).requires_grad_(), random()
    seen = [bright.detach()] if kind is FakeScore else [made, bright.detach()]
    losses = torch.zeros(len(context))
    for _ in range(60):
        helper.learn(*seen, context, seed)
        losses = helper.loss(bright, context, seed)
        losses.sum().backward()
    assert losses.shape == (len(context),)
    assert float((bright.grad * (bright - made).detach()).sum()) > 0


@pytest.mark.parametrize("kind", [FakeScore, Discriminator])
def test_asking_for_the_loss_teaches_nobody(kind, model, made, context):
    helper = kind(model)
    before = [weight.clone() for weight in helper.net.parameters()]
    helper.loss(made.clone().requires_grad_(), context, random()).sum().backward()
    assert all(torch.equal(a, b) for a, b in zip(before, helper.net.parameters(), strict=True))


def test_what_a_student_paints_is_seen_as_it_is_shown_and_led_back_as_it_is():
    x0 = (0.2 * torch.randn(2, 3, 16, 16, generator=random()) + STRIPES).requires_grad_()
    shown = as_shown(x0, "000000 ffffff")
    torch.testing.assert_close(shown, STRIPES.expand_as(x0))
    (shown * STRIPES).sum().backward()
    assert torch.equal(x0.grad, STRIPES.expand_as(x0))
    assert as_shown(x0, "") is x0


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("helper", [FakeScore, Discriminator])
def test_a_student_of_one_step_is_matched_by_its_sprites_in_clean_colours(helper, steps, model, sprites, monkeypatch):
    seen, palette = [], palette_of(sprites.images)
    monkeypatch.setattr(helper, "learn", lambda _, *shown: seen.extend(shown[-3]))
    teacher = replace(model, config=replace(model.config, palette=palette))
    runs = own_runs(teacher, sprites, 1e-9, random())
    list(match_distribution(teacher, runs, new_student(teacher, steps), sprites, recipe("dmd", steps=1, **SETTINGS)))
    assert len(seen) == 16
    colours = palette_of(to_uint8(torch.stack(seen)))   # "": more than any palette has
    assert (colours != "" and set(colours.split()) <= set(palette.split())) == (steps == 1)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_every_student_hears_a_discriminator(model, sprites, steps, monkeypatch):
    asked = []
    monkeypatch.setattr(Discriminator, "learn", lambda *_: asked.append(True))
    runs = own_runs(model, sprites, 1e-9, random())
    list(match_distribution(model, runs, new_student(model, steps), sprites, recipe("dmd", steps=1, **SETTINGS)))
    assert asked


def likeness(x):
    """How much each of x, (B, 3, 16, 16), is like STRIPES rather than the opposite, (B, 1, 1, 1)."""
    return (x * STRIPES).sum((1, 2, 3), keepdim=True)


@torch.no_grad()
def painted(student, noise):
    """The only answer of a one-step student that hears of no category."""
    return some_answer(student, noise, torch.zeros(len(noise), len(student.categories)), random()).x0


class TwoSprites(nn.Module):
    """The ideal network where there are two sprites only: STRIPES, and its opposite in colour."""

    def __init__(self):
        super().__init__()
        self.change = nn.Parameter(torch.zeros(()))

    def forward(self, x, time, context):
        u, strength = time[:, None, None, None], 1 + 50 * self.change   # a small step of learning shall go far
        return (x - strength * STRIPES * torch.tanh((1 - u) * strength * likeness(x) / u**2)) / u


class Guess(nn.Module):
    """Paints between the two, nearer to the one that its noise is more like: blurred, unless it is sure."""

    def __init__(self):
        super().__init__()
        self.sureness = nn.Parameter(torch.tensor(0.5))

    def forward(self, x, time, context):
        sure = self.sureness * likeness(x) / STRIPES.numel() ** 0.5   # the likeness of noise, made standard normal
        return (x - STRIPES * torch.tanh(sure)) / time[:, None, None, None]


def test_a_matched_student_is_less_blurred_and_keeps_its_sprites(model, sprites):
    """The runs that it hears of are as blurred as it is: only its model knows that nothing lies between."""
    ideal, blurred = replace(model, net=TwoSprites()), replace(new_student(model, 1), net=Guess())
    context = torch.zeros(64, len(model.categories))
    noise = torch.randn(64, *model.shape, generator=random())
    runs = OwnRuns(noise, painted(blurred, noise), context)
    config = recipe("dmd", steps=60, **SETTINGS, learning_rate=0.1)
    *_, last = match_distribution(ideal, runs, copy.deepcopy(blurred), sprites, config)
    before, after = (painted(student, noise) for student in (blurred, last.model))
    assert before.abs().mean() < 0.4
    assert after.abs().mean() > 0.7
    assert torch.equal(after.sign(), before.sign())
