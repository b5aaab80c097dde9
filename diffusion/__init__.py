"""Diffusion models of 16x16 sprites, from the schedule to the app. This is the public API; in use:

Sample with the model that ships, heroes with a little food in them::

    model = load_checkpoint("sprites")
    config = usual_config(model, n=4, seed=7)
    context = context_rows({"hero": 1, "food": 0.3}, model.categories, config.n)
    images = to_uint8(generate(model, config, context))              # (4, 16, 16, 3)
    picture = picture_of(images)   # a PIL image: picture.save("sprites.png")

Follow each step of the exact answer, where a few sprites are all there is::

    sprites = to_tensor(paint(50).images)                            # (50, 3, 16, 16)
    schedule, noise = Schedule.cosine(500), SpriteNoise(seed=0, indices=range(4))
    by_heart = Posterior(schedule, sprites)                          # (x_t, t) -> eps
    for step in sample(by_heart, schedule, noise(), schedule.timesteps(25), SAMPLERS["ddim"].rule()):
        print(step.t, step.x0.std())

Drive the same loop with a denoiser of one's own: any function (x_t, t) -> eps, here of Gaussian sprites::

    def denoise(x_t, t):
        return schedule.noise(t).to(x_t) * x_t

    *_, last = sample(denoise, schedule, noise(), schedule.timesteps(10), SAMPLERS["unipc"].rule())

Train a model, from the built-in sprites or from those that `read_sprites` finds in a folder, a zip or a sheet::

    config = recipe("fast", minutes=None, steps=2, batch=8)
    for step in train(new_model(config, paint(50).categories), paint(50), config):
        print(step.step, step.loss)
    save_checkpoint(step.model, {}, "mine", folder)
"""

from importlib import import_module
from typing import Any

HOMES = {   # where each name lives; it is imported when it is asked for, so that readers of sprites need no torch
    "diffusion.schedule": ("Schedule",),
    "diffusion.noise": ("SpriteNoise",),
    "diffusion.samplers": ("SAMPLERS", "Sampler", "Step", "sample"),
    "diffusion.posterior": ("Posterior",),
    "diffusion.denoiser": ("DiffusionModel", "ModelConfig"),
    "diffusion.editing": ("Change", "Finish"),
    "diffusion.generation": ("Run", "SampleConfig", "categories_in_turn", "context_rows", "generate", "usual_config"),
    "diffusion.trajectory": ("Trajectory", "record"),
    "diffusion.sprites.painter": ("built_in", "examples", "paint"),
    "diffusion.sprites.palette": ("palette_of",),
    "diffusion.sprites.readers": ("Choices", "read_given", "read_sprites"),
    "diffusion.sprites.spriteset": ("SpriteSet",),
    "diffusion.support.images": ("picture_of", "to_tensor", "to_uint8"),
    "diffusion.training.recipes": ("TrainConfig", "recipe"),
    "diffusion.training.loop": ("new_model", "train"),
    "diffusion.models.checkpoints": ("load_checkpoint", "save_checkpoint"),
    "diffusion.models.hub": ("from_pretrained",),
    "diffusion.explain.activations": ("feature_maps", "noisy"),
    "diffusion.explain.noised_sprite": ("NoisedSprite",),
}

__all__ = [name for names in HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    """A name of the public API, from where it lives."""
    home = next((home for home, names in HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'diffusion' has no attribute {name!r}")
    return getattr(import_module(home), name)
