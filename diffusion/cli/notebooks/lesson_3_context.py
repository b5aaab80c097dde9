# %% [markdown]
# # 3. Context: asking for a hero
#
# Until now the model drew whatever it liked. A **context** tells it what you want: one number for each category.
# Since they are numbers, you can ask for half a hero, or for something that nobody ever drew.

# %%
import sys

sys.path.insert(0, ".")   # the folder of the lab

import numpy as np
import torch

from diffusion import SampleConfig, context_rows, from_pretrained, generate, picture_of, to_uint8

MODEL = "sprites"
model = from_pretrained(MODEL)

# %% [markdown]
# ## One row of numbers for each sprite

# %%
print(model.categories)
context_rows({"hero": 1, "food": 0.6}, model.categories, 2)

# %% [markdown]
# ## The same noise, five wishes
#
# Each row of the picture asks for another category. The noise in a column is the same, so you see what the context
# alone changes: often the outline or the colours stay, and become part of something else.

# %%
def draw(wish, **settings):
    config = SampleConfig(**{"sampler": "unipc", "steps": 10, "n": 8, "seed": 5} | settings)
    return to_uint8(generate(model, config, context_rows(wish, model.categories, config.n)))

picture_of(np.concatenate([draw({name: 1}) for name in model.categories]), columns=8)

# %% [markdown]
# ## How strongly? Guidance
#
# The network is asked twice, with the context and without it. The difference says which way the context pulls, and
# **guidance** goes that way: 0 ignores the context, 1 takes the answer as it is, more exaggerates it. From above: 0,
# 1, 2.5 and 5.

# %%
picture_of(np.concatenate([draw({"spell": 1}, guidance=guidance) for guidance in (0, 1, 2.5, 5)]), columns=8)

# %% [markdown]
# ## Mixing
#
# What is between a hero and food? The training set does not say. There are two ways to ask. In the first row the
# numbers go into one context, as in the course; one side often wins. In the second row the network is asked for each
# category by itself, and the answers are added up: `mixing="composed"`.

# %%
mix = {"hero": 0.5, "food": 0.5}
rows = [draw(mix, mixing=mixing, guidance=1.5) for mixing in ("vector", "composed")]
picture_of(np.concatenate(rows), columns=8)

# %% [markdown]
# ## A walk from one wish to another
#
# All sprites here have the very same noise. From left to right the context goes from a hero to a spell. Each row is
# another noise. Is the change smooth, or does it tip over?

# %%
start, end = (context_rows({name: 1}, model.categories, 1) for name in ("hero", "spell"))
share = torch.linspace(0, 1, 10)[:, None]
origins = tuple((seed, 0) for seed in (1, 2, 3) for _ in share)   # where the noise of each sprite comes from
config = SampleConfig("unipc", steps=10, n=len(origins), origins=origins)
sprites = generate(model, config, ((1 - share) * start + share * end).repeat(3, 1))
picture_of(to_uint8(sprites), columns=10)

# %% [markdown]
# ## Try it
#
# - A negative wish: `{"hero": 1, "side-facing": -0.5}`.
# - All five categories at once.
# - The same in the app: the tab *Context*, where the sprites follow while you drag a slider.
