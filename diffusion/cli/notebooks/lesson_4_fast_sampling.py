# %% [markdown]
# # 4. Fast sampling: fewer, better steps
#
# DDPM takes 500 small steps from noise to sprite. That is slow: each step asks the network. Here you race it against
# samplers that take 25 steps, or 10, and against a student that needs a single one.
#
# The times below are those of your own machine, now. Close what else is busy before you trust them.

# %%
import sys

sys.path.insert(0, ".")   # the folder of the lab

import numpy as np

from diffusion import Run, SampleConfig, categories_in_turn, from_pretrained, picture_of, record

MODEL = "sprites"
model = from_pretrained(MODEL)
context = categories_in_turn(model.categories, 5)

# %% [markdown]
# ## Which levels of noise are visited
#
# A sampler with fewer steps takes longer strides down the same schedule. The strides must fit between the last t and
# 0 for any number of steps; here they always do.

# %%
for steps in (5, 10, 15):
    print(steps, "steps:", model.schedule.timesteps(steps))

# %% [markdown]
# ## The race
#
# **DDPM** removes noise and adds a little fresh noise, 500 times. **DDIM** adds none, which lets it take long strides.
# **UniPC** also remembers what the network said at the step before, and bends its path by that. All start from the
# same noise. With guidance, most steps cost two network calls. From above: DDPM, DDIM, UniPC. Hardly anything is lost
# that the eye would see, for a fraction of the work.

# %%
def run(sampler, steps, network=model, **how):
    config = SampleConfig(sampler, steps=steps, n=5, seed=2)
    finished = record(Run(network, config, context, **how))
    print(f"{sampler}, steps: {steps}, {finished.seconds:.2f} s, {finished.calls} network calls a sprite")
    return finished

run("ddim", 3)   # not counted: the first run warms caches up
lanes = [run("ddpm", 500), run("ddim", 25), run("unipc", 10)]
picture_of(np.concatenate([lane.sprites for lane in lanes]), columns=5)

# %% [markdown]
# ## How few are too few?
#
# DDIM with 10, 5, 3 and 2 steps. Where a stride is too long, the sprite is a blur of what it might have become.

# %%
picture_of(np.concatenate([run("ddim", steps).sprites for steps in (10, 5, 3, 2)]), columns=5)

# %% [markdown]
# ## The same twice?
#
# Each sampler runs again from the same start, but with other fresh noise for the way. DDIM uses none, so it must draw
# the very same sprites. DDPM need not.

# %%
for sampler, steps in (("ddim", 25), ("ddpm", 100)):
    first, second = (run(sampler, steps, noise_seed=seed).sprites for seed in (8, 9))
    print("the same" if np.array_equal(first, second) else "other sprites")

# %% [markdown]
# ## A student
#
# A student has learnt to leap where its teacher walks. The one that comes with the lab, `sprites-1`, is a student of
# the model `sprites`, and needs one step: it jumps. Its sprites are less clean and less varied than of many steps.

# %%
picture_of(run("jumps", 1, from_pretrained("sprites-1")).sprites, columns=5)

# %% [markdown]
# ## Try it
#
# - At how many steps does UniPC stop getting better, to your eye?
# - `sprites-4` and `sprites-2` are students too. They take 4 and 2 steps.
# - The same in the app: the tab *DDPM vs DDIM*, with numbers for how good each of them is.
