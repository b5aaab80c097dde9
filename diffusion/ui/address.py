"""What of a page stands in its address: the open tab and its controls, so that a link shows what its sender sees."""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from inspect import unwrap
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import Dependency

from diffusion.serving.services import Services
from diffusion.support.checks import InputError, check_number
from diffusion.support.wording import listed, shown
from diffusion.ui import controls
from diffusion.ui.classroom.switches import Switches
from diffusion.ui.controls import Control
from diffusion.ui.guests import Guest, refreshed, welcome

TAB, MODEL = "tab", "checkpoint"   # keys
MISREAD = "The link says {fault} All else is as it says."

Settings = Mapping[str, Control | Sequence[Control]]   # by their keys; several of one key stand together

SHOWS_ITSELF = controls.in_page(controls.NOTHING)   # of a tab that needs nothing drawn


class TabState(NamedTuple):
    """A tab's part of the address: its controls, that of the model among them, and the same as a model brings them."""

    tab: str
    settings: Settings
    coming_with: Callable[[Guest, str], Settings]
    shown: dict[str, Any]   # the event that draws what was read
    beside: str = "[]"      # JavaScript: what else the address says of the tab, as a list of [key, value]

    @property
    def inputs(self) -> list[Control]:
        """All controls, one after the other."""
        return [control for _, control in flat(self.settings)]

    @property
    def answering(self) -> dict[str, Any]:
        """The event that tells the page's address what is set, when it asks."""
        keys = json.dumps([key for key, _ in flat(self.settings)])
        js = f"(...values) => window.address.answer({json.dumps(self.tab)}, {keys}, values, {self.beside})"
        return controls.in_page(js, self.inputs)

    @property
    def stirring(self) -> dict[str, Any]:
        """The event that tells the page's address that something has changed that nobody changed by hand."""
        return controls.in_page(f"() => window.address.stir({json.dumps(self.tab)})")


def flat(settings: Settings) -> list[tuple[str, Control]]:
    """Each control with its key."""
    return [(key, control) for key, held in settings.items() for control in _all_of(held)]


def _all_of(held: Control | Sequence[Control]) -> Sequence[Control]:
    return held if isinstance(held, Sequence) else [held]


def follow_address(
    services: Services, demo: gr.Blocks, tabs: gr.Tabs, states: Sequence[TabState],
    is_sent: Mapping[str, Callable[[Guest], bool]],
) -> None:   # fmt: skip
    """Have the page show what its address says as it opens, and the address tell what is set; `states` of some tabs.

    is_sent: by tab, whether a guest came by a link that leads there, which opens it even where it is hidden.
    """
    known = [state.tab for state in states]
    there = [tab.id for tab in tabs.children]

    @welcome(services)
    def read_page(guest: Guest) -> tuple[str, str]:
        sent = [tab for tab, came_by_link in is_sent.items() if came_by_link(guest)]
        hidden = [tab for tab in read_switches(guest, there).hidden if tab not in sent]
        return hiding(hidden), sent[0] if sent else opened_tab(guest.asked(TAB), there, hidden)

    def reading(state: TabState) -> Callable[..., list[Any]]:
        @welcome(services)
        def read_tab(guest: Guest) -> list[Any]:
            return read(guest, state)

        return read_tab

    # Whatever an event has once reached costs the page time at all later ones, with all that is in it: so only the open
    # tab's controls are sent, and the page opens the tab itself.
    hides = gr.HTML(elem_id="hidden-tabs")   # a tab that is set invisible keeps its button
    opens = gr.HTML(visible=False)
    opened = demo.load(read_page, None, [hides, opens], **controls.TELLING)
    opened.then(**controls.in_page(f"(tab) => window.address.arrive(tab, {json.dumps(known)})", [opens]))
    for state in states:
        for event in answers_to(demo, state.inputs):
            event.then(**state.stirring)
        reads = gr.Button(visible="hidden", elem_id=f"read-{state.tab}")
        was_read = reads.click(reading(state), None, state.inputs, **controls.TELLING)
        was_read.then(**state.shown | {"js": beginning(state.shown["js"])})
        gr.Button(visible="hidden", elem_id=f"tell-{state.tab}").click(**state.answering)


def beginning(js: str) -> str:
    """What a page does once its tab is as the address says: from now on the address follows it."""
    return f"(...values) => {{ window.address.begin(); return ({js})(...values); }}"


def answers_to(demo: gr.Blocks, asked: Sequence[Control]) -> list[Dependency]:
    """The events by which the server sets any of some controls, as what others can follow; new choices set nothing."""
    ids = {control._id for control in asked}
    return [
        Dependency(demo, {}, index, event.fn) for index, event in demo.fns.items()
        if event.fn and unwrap(event.fn) is not refreshed and ids & {output._id for output in event.outputs}
    ]


def read(guest: Guest, state: TabState) -> list[Any]:
    """What the address says of a tab, as updates of its `inputs`; what cannot be is told, and stays as it comes."""
    faults, name = [], guest.asked(MODEL)
    if name and name not in guest.engine.names():
        faults.append(f"{MODEL} = {shown(name)}, which is not there.")
    model = name if name and not faults else guest.engine.first_usable()
    updates = []
    for key, held in state.coming_with(guest, model).items():
        own = _all_of(held)
        try:
            values = values_of(own, key, model if key == MODEL else guest.asked(key))
        except InputError as error:
            faults.append(str(error))
            values = {}
        updates += [_holding(control, values.get(i)) for i, control in enumerate(own)]
    if faults:
        _warn(" ".join(faults))
    return updates


def read_switches(guest: Guest, tabs: Sequence[str]) -> Switches:
    """The teacher's switches in the address; what cannot be is told, and then none is set."""
    try:
        return Switches.read(guest.asked, tabs)
    except InputError as error:
        _warn(str(error))
        return Switches()


def hiding(tabs: Sequence[str]) -> str:
    """The style that takes away the buttons of tabs."""
    return f"<style>{''.join(f'#tab-{tab}-button {{ display: none !important; }}' for tab in tabs)}</style>"


def opened_tab(asked: str, tabs: Sequence[str], hidden: Sequence[str]) -> str:
    """The tab to open: the one that is asked for, else the first one that is to be seen; "": as the page comes."""
    seen = [tab for tab in tabs if tab not in hidden]
    if asked in seen:
        return asked
    return "" if seen[0] == tabs[0] else seen[0]


def _warn(fault: str) -> None:
    gr.Warning(escape(MISREAD.format(fault=fault), quote=False))   # toasts interpret HTML


def _holding(control: Control, value: Any) -> Control:
    told = control.constructor_args | ({} if value is None else {"value": value})
    return type(control)(**told)


def values_of(held: Sequence[Control], key: str, text: str) -> dict[int, Any]:
    """The values of controls in the text of their key, by their places; InputError if one cannot be."""
    if not text:
        return {}
    parts = text.split(",") if len(held) > 1 else [text]
    if len(parts) > len(held):
        raise InputError(f"{key} = {shown(text)}: there are {len(held)} numbers at most.")
    parts += ["0"] * (len(held) - len(parts))   # the last ones are left out
    return {i: value_of(control, key, part) for i, (control, part) in enumerate(zip(held, parts, strict=True))}


def value_of(control: Control, key: str, text: str) -> Any:
    """What a text in an address means to a control; raises InputError naming the key if it means nothing."""
    if isinstance(control, gr.Checkbox):
        return _chosen(key, text, {"0": False, "1": True})
    if isinstance(control, gr.Dropdown | gr.Radio):
        return _chosen(key, text, {str(value): value for _, value in control.choices})
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{key} = {shown(text)}: give a number.") from None
    number = int(number) if number.is_integer() else number
    check_number(key, number, control.minimum, control.maximum)
    return number


def _chosen(key: str, text: str, choices: Mapping[str, Any]) -> Any:
    if text not in choices:
        raise InputError(f"{key} = {shown(text)}: choose one of {listed(list(choices))}.")
    return choices[text]


def address_script() -> str:
    """What the page's head needs to write the address."""
    return f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"
