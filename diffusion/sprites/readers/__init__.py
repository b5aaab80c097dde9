"""The readers of people's own sprites: pictures, sheets, folders, zips and arrays, all of them untrusted."""

from diffusion.sprites.readers.errors import SpriteDataError
from diffusion.sprites.readers.reading import LABELS_MARK, describe_set, read_sprites

__all__ = ["LABELS_MARK", "SpriteDataError", "describe_set", "read_sprites"]
