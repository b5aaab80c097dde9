"""Whether a page still waits for an answer: work for one that has gone is not gone on with."""

from time import monotonic

import gradio as gr
from anyio import from_thread

from diffusion.ui.asgi import plain_request

ASKED_BY = "component_server"   # what a component asks: its connection stays open until it is answered
LOOKS_EVERY_S = 0.5


class Waiting:
    """Who waits for the answer to one request."""

    def __init__(self, request: gr.Request) -> None:
        self._request = plain_request(request)
        self._looked_at = monotonic()

    def has_left(self) -> bool:
        """Whether nobody does any more; to be called where the answer is made, in a thread of the server's.

        An answer that comes by a stream of its own is not looked after here: Gradio ends what nobody listens to.
        """
        now = monotonic()
        if not self._request or ASKED_BY not in self._request.url.path or now < self._looked_at + LOOKS_EVERY_S:
            return False
        self._looked_at = now
        return from_thread.run(self._request.is_disconnected)
