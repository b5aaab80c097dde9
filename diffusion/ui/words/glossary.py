"""The words of the field, each explained once: the first time that a lesson says one, it can be pressed."""

import re
from html import escape

TERMS = {   # as they stand in a sentence, in lower case: what they mean
    "diffusion": "A way to draw: a network learns to take noise away from pictures, and then makes pictures of pure "
    "noise, a little at a time.",
    "noise": "A random number for each colour of each pixel, from the bell curve: most are small, few are large.",
    "denoise": "To take noise away. The network says what it believes to be noise, and a part of that is subtracted.",
    "x_t": "The picture at step t, between sprite and noise. At t = 0 it is the sprite, at the last t nearly pure "
    "noise.",
    "x0": "The sprite without noise. Before the end it is what the network believes that the sprite will be.",
    "eps": "The Greek letter epsilon: the noise that was mixed into a sprite.",
    "guidance": "The network is asked twice, with the context and without, and the difference is stretched: what is "
    "asked for becomes clearer, and the sprites less varied.",
    "sampler": "The rule that makes a sprite of noise by asking the network again and again: how big its steps are, "
    "and what it adds or subtracts at each.",
    "eta": "How much fresh noise a step of DDIM adds: 0 is none, 1 as much as DDPM with the smaller variance.",
    "fsd": "Fréchet sprite distance: how far a set of made sprites is from real ones, in what a small network sees in"
    " them. Lower is better; it says nothing of a single sprite.",
    "floor": "The distance that as many real sprites have from other real ones. No model can be expected below it.",
    "student": "A copy of a model that has learnt to do in one step, or a few, what the model does in many.",
    "skip": "A path across the U of the network: it carries details from the way down to the way up.",
    "context": "Numbers that tell the network what to draw, one for each category.",
    "checkpoint": "The weights of a network, saved while it learns or when it is done.",
    "ema": "Exponential moving average: in place of the last weights, their average over the last steps, which is "
    "calmer.",
    "schedule": "How much of the picture is noise at each t.",
    "seed": "A number from which all random numbers follow: the same seed, the same noise.",
    "loss": "How wrong the network's answers are, on average. Training makes it smaller.",
}
_LONGEST_FIRST = sorted(map(re.escape, TERMS), key=len, reverse=True)
_ANY = re.compile(rf"(?<![\w`\[])({'|'.join(_LONGEST_FIRST)})(?![\w`\]])", re.IGNORECASE)


def glossed(text: str) -> str:
    """A lesson in Markdown, where each of these words can be pressed the first time that it comes."""
    met = set()

    def linked(found: re.Match) -> str:
        term = found[0].lower()
        if term in met:
            return found[0]
        met.add(term)
        pressed = f'popovertarget="term-{term}" title="{escape(TERMS[term])}"'
        return f'<button type="button" class="term" {pressed}>{found[0]}</button>'

    return _ANY.sub(linked, text)


def glossary() -> str:
    """What each word means, as HTML that is seen once the word is pressed."""
    return "".join(
        f'<div popover class="meaning" id="term-{term}"><strong>{term}</strong> {escape(meaning)}</div>'
        for term, meaning in TERMS.items()
    )
