"""The look of the app: one theme, with fonts that every machine has."""

from pathlib import Path

import gradio as gr

from diffusion.serving.race import KINDS

COLOURS, HEADER = (Path(__file__).parent / name for name in ("colours.css", "first_paint/header.css"))
STYLES = COLOURS, HEADER, Path(__file__).parent / "style.css"
FRAME = Path(__file__).parent / "frame.css"
PROJECTED = Path(__file__).parent / "classroom" / "projector.css"   # more of it, where it is shown to a class


def frame_style() -> str:
    """The style of what lies around the tabs, for the page's head."""
    return f"<style>{FRAME.read_text(encoding='utf-8')}</style>"


def kind_colours() -> str:
    """The colour of each kind of lane as CSS: `--kind` inside whatever bears its name."""
    light = " ".join(f"--{name}: {kind.light};" for name, kind in KINDS.items())
    dark = " ".join(f"--{name}: {kind.dark};" for name, kind in KINDS.items())
    rules = "\n".join(f".{name}, [data-kind={name}] {{ --kind: var(--{name}); }}" for name in KINDS)
    return f":root {{ {light} }}\n.dark {{ {dark} }}\n{rules}\n"


def theme() -> gr.Theme:
    """Colours, spacing and type of every tab: cards are seen on the page, text has a contrast of 4.5 or more."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Soft(
        primary_hue="blue",
        neutral_hue="slate",
        font=fonts,
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        body_background_fill="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_300",
        input_border_width="1px",
        input_border_color="*neutral_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_label_background_fill_selected="*primary_600",
        slider_color="*primary_600",
        checkbox_border_width="1px",
        checkbox_border_color="*neutral_500",
        block_title_background_fill="none",
        block_title_background_fill_dark="none",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_padding="0",
        block_label_background_fill="none",
        block_label_background_fill_dark="none",
        block_label_text_color="*body_text_color",
        block_label_text_color_dark="*body_text_color",
    )
