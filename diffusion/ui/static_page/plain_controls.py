"""Gradio's controls as plain HTML, for a page without Gradio; static_page.js reads them by their id."""

from html import escape

import gradio as gr

from diffusion.ui.controls import Control


def plain_control(control: Control, elem_id: str) -> str:
    """A control with the label, bounds, choices and value that it has in the app, as HTML."""
    kind, field = FIELDS[type(control)](control, f"{elem_id}-field")
    info = getattr(control, "info", None)
    hint = f"<small>{escape(info)}</small>" if info else ""
    hidden = "" if control.visible else " hidden"
    return f'<div class="control {kind}" id="{elem_id}"{hidden}>{field}{hint}</div>'


def _slider(slider: gr.Slider, field: str) -> tuple[str, str]:
    bounds, label = _bounds(slider, slider.step), escape(slider.label)
    return "slider", (
        f'<label for="{field}">{label}</label><input type="number" {bounds} aria-label="{label}, as a number">'
        f'<input type="range" id="{field}" {bounds}>'
    )


def _number(number: gr.Number, field: str) -> tuple[str, str]:
    label = f'<label for="{field}">{escape(number.label)}</label>'
    return "number", f'{label}<input type="number" id="{field}" {_bounds(number, 1)}>'


def _checkbox(box: gr.Checkbox, field: str) -> tuple[str, str]:
    checked = " checked" if box.value else ""
    return "box", f'<label><input type="checkbox" id="{field}"{checked}> {escape(box.label)}</label>'


def _dropdown(choice: gr.Dropdown, field: str) -> tuple[str, str]:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == choice.value else ""}>{escape(title)}</option>'
        for title, value in choice.choices
    )
    label = f'<label for="{field}">{escape(choice.label)}</label>'
    return "choice", f'{label}<select id="{field}"{_off(choice)}>{options}</select>'


def _radio(choice: gr.Radio, field: str) -> tuple[str, str]:
    options = "".join(
        f'<label><input type="radio" name="{field}" value="{escape(value)}"'
        f'{" checked" if value == choice.value else ""}> {escape(title)}</label>'
        for title, value in choice.choices
    )
    return "radio", f"<fieldset><legend>{escape(choice.label)}</legend>{options}</fieldset>"


def _bounds(control: gr.Slider | gr.Number, step: float) -> str:
    low, high, value = (f"{number:.10g}" for number in (control.minimum, control.maximum, control.value))
    return f'min="{low}" max="{high}" step="{step}" value="{value}"{_off(control)}'


def _off(control: Control) -> str:
    return " disabled" if control.interactive is False else ""   # None: as it comes


FIELDS = {
    gr.Slider: _slider, gr.Number: _number, gr.Checkbox: _checkbox, gr.Dropdown: _dropdown, gr.Radio: _radio,
}   # fmt: skip
