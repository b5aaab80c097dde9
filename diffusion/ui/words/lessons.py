"""What each tab teaches, in a few plain sentences; their numbers are those of the constants that they tell of."""

from diffusion.samplers import FRESH_BELOW
from diffusion.serving.limits import Limits
from diffusion.serving.visitors.given_models import KEPT as KEPT_MODELS
from diffusion.sprites.spriteset import SIZE
from diffusion.support.wording import counted, minutes

MOST_FAVOURITES = 12

INTRODUCTION = "Watch noise become sprites, train your own model, mix categories, and race two samplers."

COPY_LINK, LINK_COPIED, RESET = "Copy link", "Copied", "Start afresh"

SAMPLE = """
A diffusion model starts from pure noise and removes a little of it at each step. **Drag the bar under the picture**
to see every step between noise and sprite. On the right is what the network believes the finished sprite will be, long
before it is there. Point at a sprite to enlarge it.
"""

DISSOLVING = """
**Drag t** and the drawing dissolves. A network is shown the noisy picture alone and has to guess the drawing.
"""

NOISE = f"""
{DISSOLVING.strip()}
Beside its guess stands that of one who **knows every training sprite by heart** and nothing else: on those nobody can
be better.
"""

BY_HEART = """
Whoever knows every training sprite by heart recognises them under much noise. But a sprite that is not one of them is
taken for the nearest one that is. A good model of sprites has to learn what sprites are *like*. Both guess here, at
sprites of training and at sprites that training never saw.
"""

DENOISE = """
Let the network remove the noise step by step: from little noise it restores the drawing, from much noise it invents
another.
"""

TRAIN = """
The network sees sprites with noise on them and learns to tell sprite from noise. Its mistake is the **loss**: within
one recipe, the lower, the better. Press *Start training* and watch the loss fall and the first sprites appear. Your
model is saved as it learns and can then be chosen in every other tab.
"""

RECIPES = (
    "They ask the network for different things, so their losses begin and end differently and cannot be compared."
)

PREDICTION = """
The models that come with this app are trained by **flow matching**: a sprite is moved to its noise on a straight path,
x = (1 − u) · sprite + u · noise. The network is shown a point of it, and u, the share of noise. It answers with the
**velocity**, noise − sprite: the way along the path. The course's network answers with the **noise** alone.

Both say the same: whoever knows x and u works out the sprite and the noise from either answer. What differs is what is
learnt easily. Under much noise, x is nearly the noise itself, so a network that is asked for the noise is almost right
before it knows anything of sprites; asked for the velocity, it has to say what the sprite may be.

A **schedule**, linear or cosine, says which shares of noise sampling passes through. Each of its points, scaled, is a
point of the straight path: so these models answer for every schedule, one of which suits them when they draw.
"""

GUIDANCE = """
At each step the network is asked twice: for any sprite at all, and for what the sliders say. **With minus without** is
what your wish changes. Guidance stretches that difference: at 1 it stays as it is, at 2 it counts double. With too much
of it sprites become alike, and their colours too strong. In the difference, **grey is 0**.
"""

AS_PYTHON, WRITE_IT = "This as Python", "Write it for the settings as they stand"
SCRIPT = """
All that this tab does can be done without it. These lines use the package that the app is made of, with the settings as
they stand above, and give the very pixels that the server draws; a browser rounds the weights that it draws with, so
that its own may differ a little. Change a number and see.
"""

GUEST = "You are watching the training of somebody else: this page shows it live, and only its owner can steer it."

TRAIN_SETTINGS = """
The recipe sets these. A larger **batch** makes each step surer and slower. The **learning rate** says how far a step
moves the weights: too small learns slowly, too large tears all down again. Hiding the category now and then lets the
network draw with and without it, which guidance needs.
"""

CHECKPOINTS = """
The last state, the best one, and a few along the way: the flags on the curve. The other tabs offer the last state; any
other draws there once its name is typed in as the model. A training can go on from any of them that was unfinished,
exactly as if it had never stopped.
"""

OPENED = """
All of training is this, over and over: take a sprite, mix noise into it, let the network answer, and see how wrong it
was. These are real numbers of the network in training. Now and then it is told no category, so that it learns to draw
without. In noise, answer and error **grey is 0**; the error is drawn three times as strong.
"""

CONTEXT = """
The **context** tells the network what to draw: one number for each category. Drag the sliders and mix. The noise
stays the same, so the sprites change shape instead of jumping. In training the network saw one category at a time:
a mix is its own invention.
"""

MIXING = (
    "Into the vector: the network is asked once, for a mixture that it never saw in training, and mostly the strongest "
    "part wins: in hero + 0.6 food a classifier reads 1 % food. Composed: it is asked for each category alone, and its "
    "answers are mixed with the weights. In half hero, half food the classifier reads both, with 15 % or more each, in "
    "73 % of the sprites (96 sprites either way)."
)

FAVOURITES = f"They stay in this browser, up to {MOST_FAVOURITES}. Choose one and its mix comes back."

PATH = """
Remember two mixes and see what lies between them. Each row is one sprite with the same noise from left to right; with
*Walk to another noise* the noise changes too, along an arc, on which it stays as strong as noise should be.
"""

MAP = """
Drag the point: the nearer it is to a corner, the more of that corner is in the mix. The sliders and the sprites follow.
"""

QUICK = """
While you drag, a **student** draws: a copy of the model that has learnt to do in one step what the model does in many,
or in a few steps where your browser has time for them. When you let go, the model itself draws the same noises in full.
"""

KEPT_MIX = "Pictures saved here, and paths, remember their mix and the noise of each sprite. Give one back to go on."

RACE = """
Both samplers use the same network and the same starting noise. **DDPM** takes hundreds of small steps and adds a
little fresh noise after each. **DDIM** adds none, so it can take a few big steps and still arrive.
"""

SAMPLERS_TITLE = "All samplers, and what fresh noise does"
SAMPLERS = f"""
**DDPM** adds fresh noise after each step. How much, its variance says: *beta*, as in the course, or the smaller
*posterior*. With few steps they differ.

**DDIM** adds none, unless its *eta* is above 0. At 1 it adds as much as DDPM with the variance *posterior*.

**DPM-Solver++** uses the answer of the step before as well.

**UniPC** also mends each step once it has the next answer: then 10 steps are enough.

**SA-Solver** is UniPC with fresh noise, but only once {FRESH_BELOW:.0%} of noise is left, and then more than
DDPM adds: it covers what earlier steps got wrong.

**Students** are copies of a model that have learnt to do in a few steps what it does in many. They jump: each answer
is a whole sprite, which gets back a part of the noise that it began as, so that the next answer can mend it.
"""

TWICE = """
Without fresh noise, the start decides everything: the same noise gives the same sprite. With fresh noise after each
step it does not. Each lane runs twice here, with a few sprites, from the same start but with other fresh noise.
"""

FRONTIER = """
### How good for how many calls?

Fewer network calls mean less waiting. Each line is a sampler from few steps to many, each diamond a student: a copy
that has learnt to do in a few steps what the model does in many. The height is **FSD**, the Fréchet sprite distance:
how far the made sprites, all together, are from real ones. The **floor** is what as many real sprites get: no sampler
does better, and what lies within its band is as good by this measure. Low and to the left is best. **Choose a point**
to see the sprites behind it, and what a distance alone does not tell.
"""

UNET = """
The network is a **U**: down the left its maps shrink and see further, up the right they grow back, and skips carry
details across. **Choose a block** to see its maps, a tile for each pattern it looks for. Then **move t**, or **cut** a
part, and see what the guess loses.
"""

OWN_SPRITES = f"""
Drop what you have: pictures, a `.zip` (a folder inside it is a category), a sheet of many sprites, or arrays
(`.npy`, `.npz`). Look at what was read before you train: a sprite of {SIZE}x{SIZE} pixels is kept pixel for pixel, and
where a sheet is cut wrongly, the numbers under it put that right.
"""

MODEL_FILE = f"""
If you took the course "How Diffusion Models Work", you have its weights: `context_model_trained.pth` and its like.
Drop one here. It is read as plain numbers, nothing in it is run, and you alone can then choose it in every tab.
Your newest {KEPT_MODELS} files are kept.
"""

OWN_MODELS = """
What you train and the files you give are yours: the lists of other visitors do not show them, and nobody else can open
what was made from your own files. A link changes that: **whoever has it can draw with the model and take its files
away**. Your sprites stay with you, and nobody can go on training from it; but a model can draw sprites much like those
that it learnt from. *Stop sharing* closes the link again, for those who came by it too.
"""

CLEAN = "Each pixel of a finished sprite takes its likeliest training colour. Off: as the network left it."

FAULT = "The same weights and noise, with the random shortcut that the course's network has by mistake."

RECORDED = "A recorded run of the model that comes with this app. Press *Sample* for one of your own."

BREAK_IT = """
Every part of sampling has a reason. Take one away and see what it was for: both runs start from the same noise.
"""

COPIES = """
Has the model only learnt its training sprites by heart? Compare each sprite with the nearest one of those that it
learnt from.
"""

KEEPSAKE = """
Pictures saved with *Save GIF* and *Save PNG* remember how they were made. Give one back to get its settings again.
"""


def while_it_runs(limits: Limits) -> str:
    """What can be done with a training that is under way."""
    return f"""
The learning rate can be changed at any time. The link shows this training live on other screens, where nobody can
steer it. If this page is closed for {minutes(limits.absent_minutes)}, the training pauses and keeps all it has learnt.
"""


def no_checkpoint(every_s: float) -> str:
    """Why there is nothing to choose yet."""
    return f"no checkpoint is chosen: a training saves its first one after {counted(round(every_s), 'second')}."
