"""Small sprites inside HTML."""

import base64
import io

import numpy as np
from PIL import Image

from diffusion.support.wording import plain


def picture_tag(sprite: np.ndarray, description: str) -> str:
    """A sprite, uint8 (16, 16, 3), as an img element that the style keeps crisp."""
    source = data_url(Image.fromarray(sprite))
    return f'<img class="sprite" src="{source}" alt="{plain(description)}">'


def data_url(picture: Image.Image) -> str:
    """A picture as the PNG in a data: address."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
