"""How what goes wrong reaches the learner: from the handlers of events, and from what components ask the server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import http_server
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from diffusion.serving.turns import BusyError, SupersededError
from diffusion.support.checks import InputError, is_number
from diffusion.support.faults import tell
from diffusion.support.wording import shown, unturned

UNFIT = "what was given does not fit: each input takes values of its own kind, within its bounds."
NO_CHOICE = "what was chosen is not among the choices: choose one of those that are offered."
MISFITS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)   # of values
LONGEST = 160   # of Gradio's own messages, which repeat all that was given


class TellingBlocks(gr.Blocks):
    """Gradio's Blocks, where each event ends well or in a sentence: no handler has to see to that.

    Events of the queue show the sentence in a toast, those outside it by telling.js: Gradio's page drops it.
    """

    def __init__(self, *about: Any, before_it_ends: Callable[[], None], **more: Any) -> None:
        super().__init__(*about, **more)
        self._before_it_ends = before_it_ends
        self.enable_monitoring = False   # until it is launched, Gradio takes it for open

    def launch(self, *about: Any, **more: Any) -> tuple:
        """Serve the app. A Space is watched for changes only where the package is that Gradio does it with."""
        if find_spec("spaces") is None:
            http_server.watchfn_spaces = lambda reloader: None   # in place of a thread that ends in a traceback
        return super().launch(*about, **more)

    def close(self, verbose: bool = True) -> None:
        """Serve no more, once nothing is lost by that."""
        self._before_it_ends()
        super().close(verbose)

    async def process_api(self, *about: Any, **more: Any) -> dict[str, Any]:
        """Answer an event; raises gr.Error alone, with a sentence, and only what is a fault of the app is logged."""
        with _in_a_sentence():
            return await super().process_api(*about, **more)

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, *about: Any, **more: Any
    ) -> list[Any]:
        """The values of an event as its handler takes them; raises InputError, or gr.Error, if one does not fit."""
        state = state or SessionState(self)
        for control, value in zip(block_fn.inputs, inputs, strict=False):
            if isinstance(control, gr.Number | gr.Slider) and value is not None:
                _check_number(state[control._id], value)
        try:
            return await super().preprocess_data(block_fn, inputs, state, *about, **more)
        except gr.Error as error:
            raise (InputError(NO_CHOICE) if "list of choices" in error.message else error) from error
        except MISFITS as error:
            raise InputError(UNFIT) from error


def _check_number(control: gr.Number | gr.Slider, value: Any) -> None:
    given, low, high = f"{control.label} = {shown(value)}", control.minimum, control.maximum
    if not is_number(value):
        raise InputError(f"{given}: give a number.")
    if low is not None and value < low:
        raise InputError(f"{given}: it must be at least {low:.10g}.")
    if high is not None and value > high:
        raise InputError(f"{given}: it must be at most {high:.10g}.")


def answered(question: Callable[..., Any]) -> Callable[..., Any]:
    """A server function of a component: where something goes wrong, it answers {"error": sentence}.

    With {"busy": true}, where the page may ask again by itself; {"superseded": true}, where it has asked something
    newer, and this is no answer.
    """

    @wraps(question)
    def answer(*about: Any) -> Any:
        try:
            return question(*about)
        except SupersededError:
            return {"superseded": True}
        except BusyError as error:
            return {"error": str(error), "busy": True}
        except Exception as error:
            return {"error": tell(error)}

    return answer


def page_script() -> str:
    """What the page's head needs, so that errors of events outside the queue are seen."""
    return f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except gr.Error as error:   # Gradio's own: a value that is not among the choices
        raise _error(shown(error.message, LONGEST)) from error
    except Exception as error:
        raise _error(tell(error)) from error


def _error(sentence: str) -> gr.Error:
    """Toasts interpret HTML, so it is escaped."""
    return gr.Error(escape(unturned(sentence), quote=False), print_exception=False)
