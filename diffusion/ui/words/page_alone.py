"""What is said on a page without a server, and in the folder that holds it."""

import json
from html import escape

STATES = {   # by the state of the browser's device, see browser/device.js
    "idle": "This browser draws, once it has fetched the model.",
    "ready": "This browser draws, in {workers}. No server is asked for anything.",
    "loading": "This browser fetches the model {name}, {size}.",
    "refused": "This browser cannot draw. {why}",
}
ON_PAGE = {   # more that the page fills in or shows as it is
    "notHere": "There is no server behind this page that could do it.",
    "fetching": "Fetching the model.",
    "student": "This model is a student, made for a few noise levels only: choose one that is not.",
    "choose": "Choose a sprite to lock its noise.",
    "notInRace": "This model is a student, whose steps are its own: choose one that is not.",
    "raced": (
        "**{fast} was {ratio} times as fast** as {slow}. {spent}. {start} One lane ran after the other, each after the "
        "same warm-up, {sprites} at once, float32, in this browser, {workers}."
    ),
    "spentInRace": "{name}: {calls} a sprite, {seconds} s",
    "alike": "The lanes started from the same noise.",
    "notAlike": "The lanes did not start from the same noise.",
}
INTRODUCTION = "Watch noise become sprites, and back, and mix categories. Your own browser computes all of it."
AS_A_FILE = (
    "This page was opened as a file, and then browsers do not let it load its own parts. Serve its folder: run "
    "<code>python -m http.server</code> in it and open <code>http://localhost:8000</code>."
)
NO_SCRIPT = "This page computes in your browser: allow it JavaScript."
LEFT_OUT = (
    "This page is the part of Sprite Diffusion Lab that needs no server. The whole lab also trains models, on its own "
    "sprites or on yours, opens files of the course, looks into the network, compares it with one who knows the "
    "training sprites by heart, measures how good samplers are, saves films and keeps favourites."
)
WITHOUT_LINK = "It is free and runs on a laptop: whoever gave you this page can start it for you."
README = """---
title: Sprite Diffusion Lab
emoji: 👾
colorFrom: blue
colorTo: green
sdk: static
app_file: index.html
{license}short_description: A diffusion model of game sprites, computed in your browser
tags:
  - diffusion
  - education
  - pixel-art
---

# Sprite Diffusion Lab, as a page alone

A diffusion model of 16x16 sprites that the visitor's own browser computes: plain files, with no server behind them.
They work wherever files are served, in a folder of any depth:

- here: `python -m http.server`, then open http://localhost:8000 (opened as a file, the page cannot load its parts);
- a static Space of Hugging Face: `hf upload OWNER/NAME . --repo-type space` in this folder, once the Space is there;
- GitHub Pages, a school's web server, a USB stick with a Python on the machine.

The models here: {models}. {left_out}{app}
"""


def states(size: int) -> dict[str, str]:
    """The sentences on who draws, for models whose files have `size` bytes."""
    return {state: said.replace("{size}", f"{size / 1e6:.1f} MB") for state, said in STATES.items()}


def readme(models: tuple[str, ...], app: str | None, license: str | None) -> str:
    """The README.md of the folder, with the front matter of a static Space."""
    return README.format(
        license=f"license: {json.dumps(license)}\n" if license else "",
        models=", ".join(models),
        left_out=LEFT_OUT,
        app=f" It is at <{app}>." if app else "",
    )


def left_out(app: str | None) -> str:
    """What this page leaves out, and where it is, in HTML."""
    where = f'<a href="{escape(app)}">Open the whole lab</a>' if app else WITHOUT_LINK
    return f"{LEFT_OUT} {where}"
