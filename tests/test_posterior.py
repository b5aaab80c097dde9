"""The denoiser that knows a finite set by heart, against brute force and against what it must do in the limits."""

import pytest
import torch

from diffusion.noise import SpriteNoise
from diffusion.posterior import Posterior
from diffusion.samplers import SAMPLERS, sample
from diffusion.schedule import Schedule
from diffusion.support.images import to_tensor


@pytest.fixture(scope="module")
def pictures(sprites):
    return to_tensor(sprites.images[:40]).double()


def test_it_is_bayes_rule(pictures):
    schedule, t = Schedule.cosine(), 400
    x_t = schedule.add_noise(pictures[:3], t, SpriteNoise(0, range(3))().double())
    a, s = schedule.signal(t), schedule.noise(t)
    by_hand = torch.stack([
        torch.stack([-((x - a * picture) ** 2).sum() / (2 * s**2) for picture in pictures]).softmax(0) for x in x_t
    ])
    torch.testing.assert_close(Posterior(schedule, pictures).probabilities(x_t, t), by_hand)


def test_each_sprite_of_a_batch_may_have_its_own_t(pictures):
    schedule, t = Schedule.linear(), torch.tensor([100, 300, 450])
    x_t = schedule.add_noise(pictures[:3], t, SpriteNoise(0, range(3))().double())
    by_heart = Posterior(schedule, pictures)
    alone = torch.cat([by_heart.probabilities(x[None], int(level)) for x, level in zip(x_t, t, strict=True)])
    torch.testing.assert_close(by_heart.probabilities(x_t, t), alone)


def test_with_little_noise_it_is_sure_and_with_much_it_is_not(pictures):
    schedule = Schedule.cosine()
    by_heart, noise = Posterior(schedule, pictures), SpriteNoise(1, range(40))().double()
    assert (by_heart.probabilities(schedule.add_noise(pictures, 50, noise), 50).diag() > 0.999).all()
    assert by_heart.probabilities(noise, 500).amax() < 0.2


@pytest.mark.parametrize("name", SAMPLERS)
def test_its_samples_are_sprites_of_the_set(name, pictures):
    schedule, noise = Schedule.cosine(), SpriteNoise(2, range(12))
    source = lambda: noise().double()   # noqa: E731
    steps = sample(Posterior(schedule, pictures), schedule, source(), schedule.timesteps(100), SAMPLERS[name].rule(),
                   noise=source)   # fmt: skip
    *_, last = steps
    nearest = torch.cdist(last.x_next.flatten(1), pictures.flatten(1)).amin(1)
    assert nearest.max() < 0.05


def test_the_expected_sprite_of_pure_noise_is_nearly_the_mean(pictures):
    by_heart = Posterior(Schedule.cosine(), pictures)
    guess = by_heart.expected_x0(torch.zeros(1, 3, 16, 16, dtype=torch.float64), 500)
    assert (guess[0] - pictures.mean(0)).abs().max() < 0.02


def test_no_sprites_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        Posterior(Schedule.cosine(), torch.zeros(0, 3, 16, 16))
