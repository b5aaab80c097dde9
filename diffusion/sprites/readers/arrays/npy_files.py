"""One .npy file, which may come from anyone, as an array."""

from io import BytesIO

import numpy as np
from numpy.lib import format as npy

from diffusion.sprites.readers.archives import Entry
from diffusion.sprites.readers.errors import SpriteDataError

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_array(entry: Entry) -> np.ndarray:
    """The array of an .npy file; nothing is unpickled, and no memory is taken on the word of its header.

    Raises SpriteDataError if it is no .npy file, is cut short, or holds pickled objects.
    """
    data = entry.read()
    stream = BytesIO(data)
    try:
        shape, is_fortran, dtype = HEADERS[npy.read_magic(stream)](stream)
    except Exception as error:   # a header is parsed as Python text, which can fail in any way
        raise SpriteDataError(entry.title, "is not an .npy file of numbers, whatever its name says") from error
    if dtype.hasobject:
        raise SpriteDataError(entry.title, "holds pickled Python objects, which are never opened; save plain numbers")
    try:
        array = np.ndarray(shape, dtype, data, stream.tell(), order="F" if is_fortran else "C")
    except (TypeError, ValueError) as error:
        raise _size_differs(entry) from error
    if array.nbytes != len(data) - stream.tell():
        raise _size_differs(entry)
    return array


def described(array: np.ndarray) -> str:
    """An array's kind and shape in words, such as "uint8 of shape 6 x 16 x 16 x 3"."""
    if not array.ndim:
        return f"a single {array.dtype.name}"
    return f"{array.dtype.name} of shape {' x '.join(map(str, array.shape))}"


def _size_differs(entry: Entry) -> SpriteDataError:
    return SpriteDataError(entry.title, "is not whole: its header promises an array of another size than it holds")
