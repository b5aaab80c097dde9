"""A learner's own sprites in the Train tab: files in, what was read of them shown, and corrected where it is wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from diffusion.sprites.readers import Choices, Reading, SheetGrid, describe_set, read_uploads
from diffusion.sprites.readers.reading import KINDS
from diffusion.sprites.spriteset import SpriteSet
from diffusion.support.checks import InputError, whole
from diffusion.support.wording import plain
from diffusion.ui import controls
from diffusion.ui.sheet_picture import contact_sheet, cut_sheet
from diffusion.ui.words import lessons

GROUNDS = [("as found", ""), ("white", "ffffff"), ("black", "000000")]
GRID = {   # the numbers of a grid, as SheetGrid calls them, and what they are called here
    "width": "Tile width", "gap_x": "Gap across", "left": "From the left",
    "height": "Tile height", "gap_y": "Gap down", "top": "From the top",
}   # fmt: skip


class OwnSprites(NamedTuple):
    """Where a learner gives files, and how they are to be read, as JSON values."""

    files: gr.File
    choices: gr.JSON


class Shown(NamedTuple):
    """What is shown of a reading, in the order of the section's outputs."""

    found: Any = gr.Image(None, visible=False)
    told: str = ""
    cut: Any = gr.Image(None, visible=False)
    sheet: Any = gr.Dropdown([], value=None, visible=False)
    key: Any = gr.Checkbox(visible=False)
    by_hand: Any = gr.Column(visible=False)
    numbers: tuple = (gr.skip(),) * len(GRID)


def own_sprites_section() -> OwnSprites:
    """Build the accordion."""

    def look(files: list[str] | None, values: Any, sheet: str | None) -> tuple:
        return flat(shown(files, values, sheet))

    def look_anew(files: list[str] | None) -> tuple:
        return {}, False, "", False, *flat(shown(files, {}, None))

    def correct(
        files: list[str] | None, values: Any, sheet: str | None, is_whole: bool, ground: str, key: bool, *numbers: Any
    ) -> tuple:
        offered = key and read(files, values).key
        corrected = corrected_choices(values, sheet, numbers) | {"whole": is_whole, "ground": ground or None}
        corrected |= {"key": offered or None}
        return corrected, *flat(shown(files, corrected, sheet))

    with gr.Accordion("Train on your own sprites", open=False):
        gr.Markdown(lessons.OWN_SPRITES)
        files = gr.File(
            label="Your sprites", file_count="multiple", file_types=sorted(KINDS), type="filepath", height=140
        )
        found = gr.Image(
            label="As the network will see them", format="png", interactive=False, visible=False, height=180,
            buttons=[],
        )   # fmt: skip
        told = gr.Markdown()
        sheet = gr.Dropdown([], label="Which sheet", visible=False, allow_custom_value=True)
        cut = gr.Image(
            label="Where it is cut", show_label=False, format="png", interactive=False, visible=False, buttons=[]
        )
        with gr.Column(visible=False) as by_hand:
            numbers = [*numbers_in_a_row("width", "gap_x", "left"), *numbers_in_a_row("height", "gap_y", "top")]
        with gr.Row():
            is_whole = gr.Checkbox(False, label="Each picture is one sprite", min_width=140)
            key = gr.Checkbox(False, label="Its colour key means transparent", visible=False, min_width=140)
        ground = gr.Radio(GROUNDS, value="", label="Behind the sprites")
        choices = gr.JSON({}, visible=False)

    outputs = [found, told, cut, sheet, key, by_hand, *numbers]
    corrections = [is_whole, ground, key, *numbers]
    anew = {"outputs": [choices, is_whole, ground, key, *outputs], **controls.FOLLOWING}
    files.change(look_anew, files, **anew)
    sheet.input(look, [files, choices, sheet], outputs, **controls.FOLLOWING)
    corrected = [files, choices, sheet, *corrections]
    gr.on([control.input for control in corrections], correct, corrected, [choices, *outputs], **controls.FOLLOWING)
    return OwnSprites(files, choices)


def numbers_in_a_row(*names: str) -> list[gr.Number]:
    """The controls of some numbers of a grid, side by side."""
    with gr.Row():
        return [gr.Number(None, label=GRID[name], precision=0, minimum=0, min_width=70) for name in names]


def own_sprites(files: list[str] | None, values: Any) -> SpriteSet | None:
    """The learner's sprites, if files were given; InputError if they cannot be read so."""
    return read(files, values).sprites if files else None


def read(files: list[str] | None, values: Any) -> Reading:
    """What was given, read as the `values` of Choices say; InputError if it cannot be."""
    if not files:
        raise InputError("give files of sprites first.")
    return read_uploads([Path(file) for file in files], chosen(values))


def chosen(values: Any) -> Choices:
    """The choices in JSON values; InputError if they are none."""
    if not isinstance(values, Mapping):
        raise InputError("the choices do not say how sprites are read: give them by their names.")
    try:
        return Choices.from_values(values)
    except (TypeError, AttributeError) as error:
        raise InputError("the choices do not say how sprites are read: one is unknown, or no number.") from error


def shown(files: list[str] | None, values: Any, sheet: str | None) -> Shown:
    """What a reading came to, of all sheets the one that is asked for; why not, where it cannot be read so."""
    if not files:
        return Shown()
    try:
        reading = read(files, values)
    except InputError as error:
        return Shown(told=f"**{plain(str(error))}**")
    return of_reading(reading, sheet)


def of_reading(reading: Reading, name: str | None) -> Shown:
    """The same for what could be read."""
    told = plain(describe_set(reading.sprites)).replace("\n", "\n\n")
    key = gr.Checkbox(label=f"#{reading.key} means transparent", visible=True) if reading.key else gr.skip()
    view = Shown(gr.Image(contact_sheet(reading.sprites), visible=True), told, key=key)
    if not reading.sheets:
        return view
    sheets = {sheet.name: sheet for sheet in reading.sheets}
    sheet = sheets.get(name) or reading.sheets[0]
    return view._replace(
        cut=gr.Image(cut_sheet(sheet), visible=True),
        sheet=gr.Dropdown(list(sheets), value=sheet.name, visible=len(sheets) > 1),
        by_hand=gr.Column(visible=True),
        numbers=tuple(getattr(sheet.grid, name) for name in GRID),
    )


def corrected_choices(values: Any, sheet: str | None, numbers: tuple) -> dict[str, Any]:
    """The values of Choices with a sheet's grid as the numbers say; as found, where its tile has no size."""
    before = chosen(values)
    grids = dict(before.grids)
    named = dict(zip(GRID, numbers, strict=True))
    if sheet:
        grids.pop(sheet, None)
        if named["width"] and named["height"]:
            grids[sheet] = SheetGrid(**{name: whole(GRID[name], value or 0) for name, value in named.items()})
    return before.values() | {"grids": {name: vars(grid) for name, grid in grids.items()}}


def flat(view: Shown) -> tuple:
    """The updates one after another."""
    *others, numbers = view
    return *others, *numbers
