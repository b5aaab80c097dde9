"""Handlers that know who asks: they are given the guest first, whose engine opens what that guest may open."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, isgeneratorfunction, signature
from typing import Any, NamedTuple, get_args

import gradio as gr

from diffusion.serving.engine import Engine
from diffusion.serving.services import Services
from diffusion.ui.asgi import plain_request
from diffusion.ui.visitor_cookie import visitor_of
from diffusion.ui.waiting import Waiting

Handler = Callable[..., Any]


class Guest(NamedTuple):
    """Who asks."""

    visitor: str
    engine: Engine
    request: gr.Request

    @property
    def page(self) -> str:
        """The address of the page that asks, without what follows a question mark."""
        plain = plain_request(self.request)
        return str(plain.headers.get("referer") or plain.base_url).partition("?")[0]

    def asked(self, key: str) -> str:
        """What the page's address says of `key`."""
        return str(self.request.query_params.get(key, ""))


def refreshed(guest: Guest) -> gr.Dropdown:
    """The guest's choice of models, read again from disk."""
    return gr.Dropdown(choices=guest.engine.names())


def welcome(services: Services) -> Callable[[Handler], Handler]:
    """A decorator for handlers whose first parameter is the guest; Gradio calls them with all others."""

    def guest(request: gr.Request) -> Guest:
        visitor = visitor_of(request)
        return Guest(visitor, services.engine.of(visitor, Waiting(request).has_left), request)

    def welcoming(handler: Handler) -> Handler:
        if isgeneratorfunction(handler):

            @wraps(handler)
            def answering(request: gr.Request, *inputs: Any) -> Any:
                yield from handler(guest(request), *inputs)
        else:

            @wraps(handler)
            def answering(request: gr.Request, *inputs: Any) -> Any:
                return handler(guest(request), *inputs)

        return _asking_for_the_request(answering, handler)

    return welcoming


def _asking_for_the_request(answering: Handler, handler: Handler) -> Handler:
    """Gradio reads from a signature what to call with, the request in place of the guest, and what each answer is."""
    first, *others = signature(handler).parameters.values()
    request = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    returned = signature(handler).return_annotation
    if isgeneratorfunction(handler):
        [returned] = get_args(returned)
    answering.__signature__ = signature(handler).replace(parameters=[request, *others], return_annotation=returned)
    hints = {name: hint for name, hint in handler.__annotations__.items() if name != first.name}
    answering.__annotations__ = hints | {"request": gr.Request}
    return answering
