# %% [markdown]
# # 1. Sampling: from noise to sprites
#
# A diffusion model draws by cleaning up. It starts from pure noise and takes a little noise away, again and again,
# until a sprite is left. In this notebook you follow it step by step.
#
# Run the cells from top to bottom. The next one opens the model that comes with the lab.

# %%
import sys

sys.path.insert(0, ".")   # the folder of the lab

import numpy as np

from diffusion import Run, SampleConfig, SpriteNoise, categories_in_turn, from_pretrained, picture_of, record, to_uint8

MODEL = "sprites"
model = from_pretrained(MODEL)
print(model.categories)

# %% [markdown]
# ## Where it starts
#
# Noise is a random number for each of red, green and blue in each of the 16 x 16 pixels. The numbers come from a
# **seed** and from the place of the sprite, so the same seed always gives the same noise. Change the seed and look
# again.

# %%
noise = SpriteNoise(seed=3, indices=range(8))()
print(tuple(noise.shape), "mean", round(noise.mean().item(), 2), "spread", round(noise.std().item(), 2))
picture_of(to_uint8(noise), columns=8)

# %% [markdown]
# ## How much noise is there at step t?
#
# A state between sprite and noise is x_t = sqrt(alpha_bar) · sprite + sqrt(1 − alpha_bar) · noise. The **schedule**
# says what alpha_bar is at each t: 1 means a clean sprite, 0 means nothing but noise. Sampling goes from the last t
# down to 0.

# %%
schedule = model.schedule
for t in (0, 100, 200, 300, 400, 500):
    print(f"t = {t}: alpha_bar = {float(schedule.alpha_bar[t]):.4f}, share of noise {float(schedule.noise(t)):.3f}")

# %% [markdown]
# ## A run, step by step
#
# At each step the network looks at x_t and says which noise it sees. From that follows x0, the sprite that it
# believes in, and the next, slightly cleaner state. Above you see the states x_t, below them the sprites x0 that were
# believed in at the same moment: the idea is there long before the noise has gone.

# %%
config = SampleConfig("ddim", steps=24, n=1, seed=3)
context = categories_in_turn(model.categories, config.n)
steps = list(Run(model, config, context))
states = [to_uint8(step.x_t)[0] for step in steps[::3]]
believed = [to_uint8(step.x0)[0] for step in steps[::3]]
picture_of(np.stack(states + believed), columns=len(states))

# %% [markdown]
# ## The same for many sprites: DDPM
#
# **DDPM** adds a little fresh noise after each step. That sounds wrong, since noise is what we want to be rid of. But
# the network was trained on sprites with real noise in them, so it needs to see some.

# %%
config = SampleConfig("ddpm", steps=100, n=8, seed=3)
context = categories_in_turn(model.categories, config.n)
right = record(Run(model, config, context))
print(f"{right.steps} steps, {right.seconds:.1f} s")
picture_of(right.sprites, columns=8)

# %% [markdown]
# ## What happens without fresh noise?
#
# The only thing changed in the lower row is `fresh_noise=0`: DDPM's steps are the same, but nothing is added after
# them. The pictures become plain and round, and those of a category come out alike. The course calls this the incorrect
# way.

# %%
wrong = record(Run(model, config, context, fresh_noise=0))
picture_of(np.concatenate([right.sprites, wrong.sprites]), columns=8)

# %% [markdown]
# ## Try it
#
# - Another seed, or fewer steps: how few does DDPM need before the sprites fall apart?
# - `fresh_noise=0.5`: half of the noise. What do you expect?
# - The same in the app: the tab *Sample*, and there *Break it*.
