"""The line at the top of the page."""

from diffusion.sprites.painter import bob
from diffusion.support.images import enlarge
from diffusion.ui.picture_html import data_url
from diffusion.ui.words import lessons

TITLE = "Sprite Diffusion Lab"


def header(nav: str = "") -> str:
    """Bob, the name of the app, and what it is, in one line; nav: what else stands in it."""
    picture = f'<img src="{data_url(enlarge(bob(), 2))}" alt="Bob the sprite">'
    return f'<div class="title">{picture}<h1>{TITLE}</h1><p>{lessons.INTRODUCTION}</p>{nav}</div>'


def links() -> str:
    """What can be pressed in the header: a link to what is set, and the page as it comes."""
    link = f'<button type="button" id="copy-link" data-done="{lessons.LINK_COPIED}">{lessons.COPY_LINK}</button>'
    return f'<nav>{link}<a href="./" id="start-afresh">{lessons.RESET}</a></nav>'
