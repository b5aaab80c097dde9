"""What diffusion is on a plane: the lesson beside the paper, and panels of a few sentences with an equation each."""

LESSON = """
A sprite is 768 numbers, so it is a point in a space of 768 dimensions. Here are **two**, and all can be seen. Every
circle and diamond is a picture that there is. What the arrows say is exact: no network is asked, but one who knows all
the points by heart.
"""

SPRITES = """
**The same with real sprites.** Through any three sprites goes a plane, and here it is the paper. Every other picture
lies somewhere off it, and is drawn at the place below it. Three walks begin at the same noise and ask for the category
of the first sprite; they end at sprites of their own.
"""
CHOICE, NOISE, WALK = "Three sprites", "Which noise", "Draw the walks"
WALKERS = {"ddpm": "DDPM", "ddim": "DDIM", "student": "Student"}
STATES, GUESSES = "Where the noisy picture is", "What the network takes it for"
NO_STUDENT = "This model has no one-step student, so two walks are drawn."

PANELS = (   # show: what the paper shows of it, a name of plane.js
    {
        "show": "score",
        "title": "The score turns noise round",
        "equation": "score = −ε / σ",
        "text": "Who knows the noise ε in a noisy point knows the way back: against it. So the arrow points to where "
        "such points are more likely. The less noise σ there is, the longer it is.",
    },
    {
        "show": "fresh",
        "title": "Why noise is added back",
        "equation": "next x = mean + s · z",
        "text": "One step down there still has to be noise, only less. DDPM steps far along the arrow, and fresh noise "
        "z makes up for it. Leave it out: wherever you drag the start, the walk runs by the middle to the same point.",
    },
    {
        "show": "parts",
        "title": "ε, x₀ and v are one thing",
        "equation": "v = √ᾱ ε − σ x₀",
        "text": "A noisy point x is a part of a point x₀ and a part of noise ε, set end to end. Who has x and one of "
        "the three works out the other two: one answer, written in three coordinates.",
    },
    {
        "show": "straight",
        "title": "Flow matching goes straight",
        "equation": "x = (1 − u) x₀ + u ε",
        "text": "Divide x by √ᾱ + σ, and the way from a point to its noise is straight: ε − x₀ all along. A walk back "
        "bends only while it is open which point it will be.",
    },
)

PAPER = {   # of the page, which fills them in
    "level": "{share} noise",
    "timestep": "t = {t} of {last}",
    "point": "{shape} {number} at {x}, {y}",
    "start": "Start of the walk at {x}, {y}",
    "shapes": ["Circle", "Diamond"],
    "ends": "{name}, {steps}, ends at {x}, {y}: {apart} from the nearest point.",
    "most": "{most} points are enough: remove one first.",
    "last": "This is the last {shape}: one of each stays, so that both can be asked for.",
    "chosen": "Choose a point first.",
    "walks": {"ddim": "DDIM", "ddpm": "DDPM", "bare": "DDPM without fresh noise"},
}


def walked(title: str, steps: str, first: float, last: float) -> str:
    """What a walk did, and how far off the plane it began and ended."""
    return f"{title}, {steps}: {first:.0f} off the paper at first, {last:.0f} at the end"


def scale(side: float) -> str:
    """How to read the distances."""
    return f"Distances are those of 768 numbers from −1 to 1: the first two sprites are {side:.0f} apart."
