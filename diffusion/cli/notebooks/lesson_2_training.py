# %% [markdown]
# # 2. Training: learning to see noise
#
# A network learns to tell sprite from noise by being shown sprites with noise on them, and being told how wrong it
# was. Here you train one for **less than a minute**. That is far too short for good sprites, and long enough to see
# how it begins: the loss falls, and shapes and colours appear where there was one dull grey.

# %%
import sys

sys.path.insert(0, ".")   # the folder of the lab

import numpy as np
import torch

from diffusion import (
    SpriteNoise,
    categories_in_turn,
    from_pretrained,
    generate,
    new_model,
    paint,
    palette_of,
    picture_of,
    recipe,
    to_tensor,
    to_uint8,
    train,
    usual_config,
)

MODEL = "sprites"   # only to compare with, at the end

# %% [markdown]
# ## The data
#
# The sprites are painted by code. Each belongs to a category, which is written as five numbers with a single 1 among
# them: the **context**. One sprite in ten is held out, so that training never sees it.

# %%
training, held_out = paint(1000).split()
print(len(training), "to learn from,", len(held_out), "held out")
print(training.descriptions[0], training.context[0])
picture_of(training.images[::60], columns=15)

# %% [markdown]
# ## What the network is shown
#
# A sprite, mixed with noise: from left to right more and more of it. The network is given such a picture and how
# noisy it is, and has to say what is noise in it. Nobody has to label anything for that: we know the noise, since we
# added it.

# %%
config = recipe("fast", minutes=None, steps=80, batch=32, warmup_steps=10, seed=0)
model = new_model(config, training.categories, palette=palette_of(training.images))
sprite, noise = to_tensor(training.images[:1]), SpriteNoise(seed=0, indices=[0])()
shown = [model.schedule.add_noise(sprite, t, noise) for t in (1, 60, 120, 180, 240, 300, 400, 500)]
picture_of(to_uint8(torch.cat(shown)), columns=8)

# %% [markdown]
# ## Before training
#
# The weights are random numbers, and a network that knows nothing has nothing to say: one dull colour comes out.

# %%
def drawn(a_model):
    run = usual_config(a_model, n=8, seed=1)
    return to_uint8(generate(a_model, run, categories_in_turn(a_model.categories, run.n)))

before = drawn(model)
picture_of(before, columns=8)

# %% [markdown]
# ## Training
#
# Each step takes 32 random sprites, adds noise, asks the network, and changes all weights a little so that it would
# have been less wrong. The **loss** is the mean squared mistake. It jumps up and down, since some batches are harder
# than others; what counts is that it falls on the whole.

# %%
losses = []
for step in train(model, training, config):
    losses.append(step.loss)
    if step.step % 20 == 0:
        print(f"step {step.step}: mean loss of the last 20 steps {np.mean(losses[-20:]):.3f}, {step.seconds:.0f} s")

# %% [markdown]
# ## After training
#
# Above: before. In the middle: after this short training. Below: the model that comes with the lab, which had 20,000
# steps of 128 sprites. Much more time is all that it had.

# %%
picture_of(np.concatenate([before, drawn(step.model), drawn(from_pretrained(MODEL))]), columns=8)

# %% [markdown]
# ## Try it
#
# - `steps=1000` takes several minutes, and shows where this is going.
# - A learning rate ten times as high, `learning_rate=2e-2`: what does the loss do?
# - The same in the app: the tab *Train*, where you can watch it learn, pause it, and use the result in all other
#   tabs.
