"""Training batches: drawn as training has always drawn them, and read back the same whatever the network predicts."""

import pytest
import torch

from diffusion.predictions import PREDICTIONS
from diffusion.support.images import to_tensor
from diffusion.training.batch import draw_batch, noise_share, squared_errors
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import recipe


def drawn(sprites, prediction="velocity", batch=64):
    config = recipe("fast", minutes=None, steps=1, batch=batch, prediction=prediction, network_options={})
    model = new_model(config, sprites.categories)
    images, contexts = to_tensor(sprites.images), torch.from_numpy(sprites.context)
    return model, config, images, contexts, draw_batch(model, images, contexts, config, random())


def random():
    return torch.Generator().manual_seed(5)


def shaped(part, x):
    return part.to(x)[:, None, None, None]


@torch.no_grad()
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_a_batch_is_the_one_that_training_learns_from(sprites, prediction):
    settings = {"prediction": prediction, "network_options": {}, "number_format": "float32"}
    config = recipe("fast", minutes=None, steps=1, **settings)
    model, images = new_model(config, sprites.categories), to_tensor(sprites.images)
    seeded = torch.Generator().manual_seed(config.seed)
    batch = draw_batch(model, images, torch.from_numpy(sprites.context), config, seeded)
    losses = squared_errors(model.net(batch.example.x, batch.example.time, batch.context), batch.example.target)
    with torch.enable_grad():
        first = next(train(model, sprites, config))
    assert torch.allclose(first.batch.each, losses, atol=1e-5)
    assert first.loss == pytest.approx(losses.mean().item(), rel=1e-5)
    assert torch.equal(first.batch.time, batch.example.time) and torch.equal(batch.x0, images[batch.pick])


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_an_example_can_be_taken_apart(sprites, prediction):
    model, *_, batch = drawn(sprites, prediction)
    x, time, target = batch.example
    signal, noise = model.prediction.coefficients(model.schedule, time)
    assert torch.allclose(shaped(signal, x) * batch.x0 + shaped(noise, x) * batch.eps, x, atol=1e-5)
    told = model.prediction.eps_told(model.schedule, x, time, target)
    assert torch.allclose(told, batch.eps, atol=1e-4)
    assert torch.allclose(noise_share(model, time), (noise / (signal + noise)).cpu())


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_a_time_has_the_number_that_makes_it(sprites, prediction):
    model, *_, batch = drawn(sprites, prediction)
    normal = model.prediction.normal(model.schedule, batch.example.time)
    again = model.prediction.example(model.schedule, batch.x0, batch.eps, normal)
    assert torch.allclose(again.time, batch.example.time, atol=1e-6)
    assert torch.allclose(again.x, batch.example.x, atol=1e-5)


def test_the_context_is_dropped_as_often_as_asked(sprites):
    *_, contexts, batch = drawn(sprites, batch=2000)
    dropped = batch.context.sum(1) == 0
    assert 0.07 < dropped.float().mean() < 0.13
    assert torch.equal(batch.context[~dropped], contexts[batch.pick][~dropped])
