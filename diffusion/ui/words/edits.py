"""What the Edit tab says: its lessons, and the sentences about what came of an edit."""

from collections.abc import Sequence

from diffusion.explain.walked_back import TOUCH, Restoration, WalkedBack
from diffusion.support.wording import counted

LANDMARKS = {"Touch up": 0.4, "Same pose, other kind": 0.7, "Something new": 0.9}   # names of shares of noise
KINDS = [("Change it", "change"), ("Finish it", "finish")]
CHANGE = """
Noise covers your drawing, and the model removes it again: what the noise hid is drawn anew, as the kind you ask for.
**Drag the noise.** With little, the colours and the pose stay. With much, only a hint of them does.
"""
FINISH = """
**Paint over what shall be invented** (grey), or press *the lower half*. At each step the other pixels are set back to
your drawing, under as much noise as the rest has by then: so what is invented has to fit them. In the end they are
yours, to the last bit.
"""
RESAMPLING = (
    "Each step can go back and be taken again, so that both parts hear of each other once more. It costs as often."
)
BACK = """
Sampling with DDIM adds no fresh noise, so its steps can be taken **backwards**: from your drawing to the very noise
that it would be drawn from. From there, the way forwards restores it, or draws it as something else.
"""
WHY = f"""
**Why is it not quite noise?** A finished sprite has lost its noise. Where it is flat, as its white ground is, nothing
tells which noise was there, so the way back invents too little of it. With {TOUCH:.0%} of true noise on it first, the
way back ends in noise like any other, but no longer restores each pixel.
"""
LANES = ("back to its noise", "forwards again", "forwards as what is asked for")
WITH_A_TOUCH = f"With {TOUCH:.0%} of true noise on it first"
BLEND = """
Two drawings, one **blend**: both are walked back to their noise, and the sprites between are drawn from the noises on
the arc from one to the other.
"""
BECOME = "**What it shall become**"
REMEMBER, REMEMBERED = "Remember this drawing as A", "Remembered as A"
KEPT = "Pictures saved here remember the drawing and all settings. Give one back to go on."
NO_DRAWING = "there is no drawing yet: draw something, or start from a sprite."
ON_PAGE = {
    "choose": "Choose a variant to draw on with it, or to keep it.",
    "chosen": "Variant {k}.",
    "reads": "{category} {share}",
    "apart": "{share} changed",
    "nothingToInvent": "Nothing is grey yet: paint over what shall be invented.",
}
EDITOR = {
    "tools": {
        "draw": "Draw", "erase": "Erase", "fill": "Fill", "pick": "Pick", "invent": "Invent", "stay": "Let stay",
    },
    "colours": "All {n} colours of the model",
    "tooLarge": "This picture has more than 20 MB: give a smaller one.",
    "noPicture": "{name} is no picture that this browser can read: give a PNG, GIF, JPEG or WebP.",
}   # fmt: skip


def to_train_on(n: int) -> str:
    """What has become of a sprite that shall be trained on."""
    return f"{counted(n, 'sprite')} of yours will be trained on: they wait in the Train tab, under *Your sprites*."


def walked_back(walked: WalkedBack, others: Sequence[Restoration]) -> str:
    """What came of a way back and forwards again, beside that of other numbers of steps, as a table."""
    ways = sorted([walked.restoration, *others], key=lambda way: way.steps)
    rows = {
        "mean of the noise it ends in (of true noise: 0.00)": [f"{way.noise_mean:.2f}" for way in ways],
        "its standard deviation (of true noise: 1.00)": [f"{way.noise_sd:.2f}" for way in ways],
        "the same where the drawing is white": [_or_none(way.sd_of_white) for way in ways],
        "forwards again: a pixel's mean distance, of its whole reach": [f"{way.apart:.1%}" for way in ways],
    }
    seen = [way is walked.restoration for way in ways]
    heads = [f"{counted(way.steps, 'step')}{', above' if above else ''}" for way, above in zip(ways, seen, strict=True)]
    table = [["", *heads], ["---"] * (1 + len(ways)), *([name, *cells] for name, cells in rows.items())]
    said = f"Forwards as what is asked for, a pixel ends {walked.other_apart:.1%} of its reach from the drawing."
    return "\n".join(f"| {' | '.join(row)} |" for row in table) + f"\n\n{said}"


def _or_none(number: float | None) -> str:
    return "nothing is white" if number is None else f"{number:.2f}"
