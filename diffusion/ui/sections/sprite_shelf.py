"""What a learner draws with: a few colours, and sprites to begin from."""

from diffusion.explain.shelf_sprites import shelf_sprites
from diffusion.sprites.painter.colours import ramp
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import as_base64

PALETTE = {   # name of a colour: its ramp and tone
    "outline": ("black", 0), "black": ("black", 2), "grey": ("grey", 2), "brown": ("brown", 2), "skin": ("peach", 2),
    "red": ("red", 2), "orange": ("orange", 2), "yellow": ("yellow", 2), "green": ("green", 2), "cyan": ("cyan", 2),
    "blue": ("blue", 2), "purple": ("purple", 2), "pink": ("pink", 2),
}   # fmt: skip


def paints() -> dict[str, list[int]]:
    """Colours to paint with, red, green and blue by their names."""
    return {name: ramp(colour)[tone].tolist() for name, (colour, tone) in PALETTE.items()}


def shelf() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Sprites to choose from, Bob first: some of training, and some that it never sees; with their descriptions."""
    known, unseen = shelf_sprites()
    return on_page(known), on_page(unseen)


def on_page(sprites: SpriteSet) -> list[dict[str, str]]:
    """Sprites and their descriptions, as the page takes them."""
    pairs = zip(sprites.images, sprites.descriptions, strict=True)
    return [{"pixels": as_base64(image), "name": name} for image, name in pairs]
