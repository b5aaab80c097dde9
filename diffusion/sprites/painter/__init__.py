"""The painter of the built-in set: text maps, the colours that they wear, and the rules by which they go together."""

from diffusion.sprites.painter.painting import BUILT_IN_SIZE, KINDS, bob, built_in, describe, examples, paint

__all__ = ["BUILT_IN_SIZE", "KINDS", "bob", "built_in", "describe", "examples", "paint"]
