"""Palettes are kept exactly, and sprites come back to them as a plain mixture model says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from diffusion.denoiser import ModelConfig
from diffusion.generation import Run, SampleConfig, categories_in_turn
from diffusion.sprites.palette import (
    ALMOST_NONE,
    CELLS,
    MAX_COLOURS,
    NEAR,
    NOISE,
    PASSES,
    PRICE,
    clean,
    colours_of,
    palette_of,
)
from diffusion.support.images import to_tensor, to_uint8

FOUR = "000000 808080 ff0000 ffffff"


def of_colours(numbers, palette=FOUR):
    """A 16x16 sprite of palette entries, (1, 3, 16, 16)."""
    return colours_of(palette)[torch.as_tensor(numbers).reshape(1, 16, 16)].permute(0, 3, 1, 2)


def test_a_palette_holds_each_colour_once(sprites):
    written = palette_of(sprites.images).split()
    assert written == sorted({bytes(pixel).hex() for pixel in sprites.images.reshape(-1, 3)})


def test_colours_are_those_of_the_pictures():
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), dtype=np.uint8)
    pixels = to_tensor(image).permute(0, 2, 3, 1).reshape(-1, 3)
    assert {tuple(row) for row in colours_of(palette_of(image)).tolist()} == {tuple(row) for row in pixels.tolist()}


def test_pictures_of_too_many_colours_have_no_palette():
    image = np.zeros((1, 1, MAX_COLOURS + 1, 3), dtype=np.uint8)
    image[..., 0], image[..., 1] = np.divmod(np.arange(MAX_COLOURS + 1), 256)
    assert palette_of(image) == "" and len(palette_of(image[:, :, 1:]).split()) == MAX_COLOURS


TOO_MANY = " ".join(["ffffff"] * (MAX_COLOURS + 1))


@pytest.mark.parametrize("palette", ["fff", "ff00zz", "FFFFFF", "ffffff ", "ffffff,000000", 7, None, TOO_MANY])
def test_a_palette_that_is_none_is_refused(palette):
    with pytest.raises(ValueError, match="palette"):
        ModelConfig("sprite", "velocity", (), palette=palette)


def test_a_little_noise_is_taken_away_exactly():
    random = torch.Generator().manual_seed(0)
    sprite = of_colours(torch.randint(4, (256,), generator=random))
    assert torch.equal(clean(sprite + NOISE * torch.randn(sprite.shape, generator=random), FOUR), sprite)


def test_a_colour_that_the_sprite_uses_wins_over_a_rare_neighbour():
    near = "000000 202020 ffffff"
    sprite = of_colours([0] * 128 + [2] * 128, near)
    sprite[0, :, 3, 3] = colours_of(near)[:2].mean(0) + 0.02   # a little nearer to 202020
    assert to_uint8(clean(sprite, near))[0, 3, 3].tolist() == [0, 0, 0]


def test_a_colour_of_one_pixel_gives_way_to_a_near_one_and_stays_where_none_is_near():
    near = "000000 181818 ffffff"
    sprite = of_colours([0] * 255 + [1], near)
    assert to_uint8(clean(sprite, near))[0, 15, 15].tolist() == [0, 0, 0]
    sprite = of_colours([0] * 255 + [2], near)
    assert torch.equal(clean(sprite, near), sprite)


@pytest.mark.parametrize("colours", [1, 16, 100])
def test_it_is_a_mixture_of_the_colours_about_each_pixel_fitted_to_each_sprite(colours):
    random = np.random.default_rng(colours)
    palette = palette_of(random.integers(0, 256, (1, 1, colours, 3), dtype=np.uint8))
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    colours = colours_of(palette).double().numpy()
    for sprite, result in zip(x, clean(x, palette), strict=True):
        pixels = sprite.flatten(1).T.double().numpy()
        density = np.exp(-((pixels[:, None] - colours) ** 2).sum(2) / (2 * NOISE**2)) * about(pixels, colours)
        shares = np.ones(len(colours))
        for price in np.linspace(0, PRICE, PASSES):
            joint = density * shares
            shares = np.maximum((joint / joint.sum(1, keepdims=True)).sum(0) - price, ALMOST_NONE)
        wanted = colours[(density * shares).argmax(1)]
        assert np.abs(result.flatten(1).T.numpy() - wanted).max() < 1e-6


def about(pixels, colours):
    """Which colours are among the nearest to the middle of each pixel's cell, bool (pixels, colours)."""
    middles = (np.floor((pixels + 1) * CELLS / 2) + 0.5) * 2 / CELLS - 1
    far = ((middles[:, None] - colours) ** 2).sum(2)
    return far <= np.sort(far, 1)[:, : NEAR][:, -1:] + 1e-12


def test_a_sprite_is_cleaned_alike_alone_and_among_many():
    x = torch.randn(70, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    assert torch.equal(clean(x, FOUR)[66:67], clean(x[66:67], FOUR))


def test_only_the_finished_sprites_of_a_run_are_cleaned(tiny_model):
    context, config = categories_in_turn(tiny_model.categories, 2), {"steps": 3, "n": 2}
    plain = list(Run(tiny_model, SampleConfig(**config, clean=False), context))
    tidy = list(Run(tiny_model, SampleConfig(**config), context))
    assert all(torch.equal(a.x_next, b.x_next) for a, b in zip(plain[:-1], tidy[:-1], strict=True))
    assert torch.equal(tidy[-1].x_next, clean(plain[-1].x_next, tiny_model.config.palette))


def test_a_model_without_palette_cannot_clean(tiny_model):
    without = replace(tiny_model, config=replace(tiny_model.config, palette=""))
    with pytest.raises(ValueError, match="no palette"):
        Run(without, SampleConfig(clean=True), categories_in_turn(without.categories, 16))
