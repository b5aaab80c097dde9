"""Diffusion models of 16x16 sprites, from the schedule to the app. This is the public API; in use:

Sample with the model that ships, heroes with a little food in them::

    model = load_checkpoint("sprites")
    config = usual_config(model, n=4, seed=7)
    context = context_rows({"hero": 1, "food": 0.3}, model.categories, config.n)
    images = to_uint8(generate(model, config, context))              # (4, 16, 16, 3)

Follow each step of the exact answer, where a few sprites are all there is::

    sprites = to_tensor(paint(50).images)                            # (50, 3, 16, 16)
    schedule, noise = Schedule.cosine(500), SpriteNoise(seed=0, indices=range(4))
    ideal = Posterior(schedule, sprites)                             # (x_t, t) -> eps
    for step in sample(ideal, schedule, noise(), schedule.timesteps(25), SAMPLERS["ddim"].rule()):
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

from diffusion.denoiser import DiffusionModel, ModelConfig
from diffusion.generation import SampleConfig, context_rows, generate, usual_config
from diffusion.models.checkpoints import load_checkpoint, save_checkpoint
from diffusion.models.hub import from_pretrained
from diffusion.noise import SpriteNoise
from diffusion.posterior import Posterior
from diffusion.samplers import SAMPLERS, Sampler, Step, sample
from diffusion.schedule import Schedule
from diffusion.sprites.painter import paint
from diffusion.sprites.readers import read_sprites
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import to_tensor, to_uint8
from diffusion.training.loop import new_model, train
from diffusion.training.recipes import TrainConfig, recipe
from diffusion.trajectory import Trajectory, record

__all__ = [
    "SAMPLERS", "DiffusionModel", "ModelConfig", "Posterior", "SampleConfig", "Sampler", "Schedule", "SpriteNoise",
    "SpriteSet", "Step", "TrainConfig", "Trajectory", "context_rows", "from_pretrained", "generate", "load_checkpoint",
    "new_model", "paint", "read_sprites", "recipe", "record", "sample", "save_checkpoint", "to_tensor", "to_uint8",
    "train", "usual_config",
]   # fmt: skip
