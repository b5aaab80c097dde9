"""What is too large for Gradio's way to a component: kept until the page has fetched it."""

from secrets import token_urlsafe

from diffusion.serving.caches import Recent
from diffusion.support.checks import InputError

MOST_KEPT = 16   # of 4 MB at most; a page fetches at once
GONE = "this was drawn too long ago to be fetched: draw it again."


class LargeValues:
    """The newest large values, by keys that cannot be guessed."""

    def __init__(self) -> None:
        self._kept: Recent[str, bytes] = Recent(MOST_KEPT)

    def keep(self, value: str) -> str:
        """Keep a value; returns its key."""
        key = token_urlsafe()
        self._kept.put(key, value.encode())
        return key

    def get(self, key: str) -> bytes:
        """The value of a key; InputError if it is not kept."""
        value = self._kept.get(key)
        if value is None:
            raise InputError(GONE)
        return value
