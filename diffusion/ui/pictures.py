"""Small sprites inside HTML."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image


def picture_tag(sprite: np.ndarray, description: str) -> str:
    """A sprite, uint8 (16, 16, 3), as an img element that the style keeps crisp."""
    buffer = io.BytesIO()
    Image.fromarray(sprite).save(buffer, format="PNG")
    source = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="sprite" src="data:image/png;base64,{source}" alt="{escape(description, quote=True)}">'
