"""What the program says at its start when it serves a class: addresses, and the first as a QR code in the terminal."""

import io
from collections.abc import Sequence

import segno

from diffusion.ui.words import classroom

EVERY_NETWORK = "0.0.0.0"


def announcement(addresses: Sequence[str], port: int, encoding: str) -> str:
    """The lines to say; the code only where the terminal has its signs."""
    if not addresses:
        return f"{classroom.UNREACHED}\n"
    links = [f"http://{address}:{port}" for address in addresses]
    said = classroom.REACHED.format(addresses=" or ".join(links))
    return f"\n{said}\n{classroom.MAKES_LINKS}\n{_code(links[0], encoding)}"


def _code(link: str, encoding: str) -> str:
    drawn = io.StringIO()
    segno.make_qr(link).terminal(drawn, compact=True)
    try:
        drawn.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return ""
    return drawn.getvalue()
