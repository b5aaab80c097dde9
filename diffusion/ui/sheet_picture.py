"""Pictures of what was read of a learner's own sprites: a contact sheet, and a sheet with the lines where it is cut."""

import numpy as np
from PIL import Image, ImageDraw

from diffusion.sprites.readers import Sheet
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.images import enlarge, grid

SHOWN_SPRITES, COLUMNS, SCALE = 64, 16, 3
WIDEST, LARGEST_SCALE = 1024, 8   # of a sheet that is shown, px
LINE, GROUND = "#ff2fa0", "#808890"   # seen on every sheet: no sprite is of such a pink


def contact_sheet(sprites: SpriteSet) -> Image.Image:
    """Some of the sprites, as the network will see them."""
    pick = np.linspace(0, len(sprites) - 1, min(len(sprites), SHOWN_SPRITES)).astype(int)
    return enlarge(grid(sprites.images[pick], COLUMNS), SCALE)


def cut_sheet(sheet: Sheet) -> Image.Image:
    """A sheet, enlarged or made smaller to fit, with a frame around each tile."""
    height, width = sheet.pixels.shape[:2]
    scale = min(LARGEST_SCALE, WIDEST / max(width, height))
    scale = int(scale) if scale > 1 else scale
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.new("RGB", size, GROUND)
    pixels = Image.fromarray(sheet.pixels).resize(size, Image.Resampling.NEAREST)
    picture.paste(pixels, mask=pixels.getchannel("A"))
    draw = ImageDraw.Draw(picture)
    for box in sheet.grid.boxes(height, width):
        left, top, right, bottom = (scale * side for side in box)
        draw.rectangle((left, top, right - 1, bottom - 1), outline=LINE, width=max(1, int(scale / 3)))
    return picture
