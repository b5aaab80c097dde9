"""A link as a QR code, drawn on the spot."""

import segno

from diffusion.ui.words import classroom

QUIET, ROOMY = 4, 8   # border in modules, as the standard has it; size of a module


def drawn_code(link: str) -> str:
    """A link as a QR code, an SVG that stands inside a page."""
    return segno.make_qr(link).svg_inline(scale=ROOMY, border=QUIET, omitsize=True, title=classroom.ALTERNATIVE)
