"""export: a checkpoint as others use it: a folder for the Hub, a file for a browser, a whole page, or notebooks."""

import sys
from argparse import Namespace
from pathlib import Path
from shlex import quote

from diffusion.browser.half_weights import export_to_browser
from diffusion.cli.arguments import (
    A_MODEL,
    Commands,
    add_command,
    add_data,
    add_device,
    add_repeats,
    add_seed,
    measured_quality,
    progress_bar,
)
from diffusion.cli.notebooks.notebook_files import write_notebooks
from diffusion.generation import usual_config
from diffusion.models.hub import check_target, export_to_hub, find_model
from diffusion.models.measured import kept_measured
from diffusion.support.checks import InputError
from diffusion.support.device import pick_device
from diffusion.support.wording import counted, quoted


def add(commands: Commands) -> None:
    """Add the command."""
    summary = "Write a checkpoint for others: a folder for the Hub, a file for a browser, a whole page, or notebooks."
    parser = add_command(commands, "export", run, summary)
    add_seed(parser)
    add_device(parser)
    add_data(parser)
    parser.add_argument("checkpoint", help=A_MODEL)
    where = f"{', '.join(EXPORTS)}; and the folder to write"
    parser.add_argument("--to", nargs=2, required=True, metavar=("FORMAT", "DIR"), help=where)
    parser.add_argument("--license", help="the licence to name, such as mit (default: none is named)")
    parser.add_argument("--app", metavar="URL", help="where the whole app is, for a page to link to (default: no link)")
    parser.add_argument("--unmeasured", action="store_true", help="write a card without numbers, and measure nothing")
    parser.add_argument("--n", type=int, default=2000, help="sprites to measure, if no numbers are kept (default 2000)")
    add_repeats(parser)


def run(options: Namespace) -> None:
    """Write a model in the form that is asked for; InputError if there is no such form."""
    kind, folder = options.to[0], Path(options.to[1])
    if kind not in EXPORTS:
        raise InputError(f"a model cannot be exported to {quoted(kind)}: choose from {', '.join(EXPORTS)}.")
    EXPORTS[kind](options, folder)


def to_browser(options: Namespace, folder: Path) -> None:
    """Write the file that a browser draws with."""
    files = find_model(options.checkpoint)
    path = export_to_browser(files.load(), files.name, folder)
    print(f"{path} is ready, {path.stat().st_size / 1e6:.1f} MB.", file=sys.stderr)


def to_page(options: Namespace, folder: Path) -> None:
    """Write a page that draws with the model and its students in a browser, without a server."""
    from diffusion.ui.static_page.page_folder import export_page  # here, since it takes seconds to load the app

    size = export_page(find_model(options.checkpoint), folder, options.app, options.license)
    look = f"look at it by python -m http.server -d {quote(str(folder))}"
    print(f"{folder} is ready, {size / 1e6:.1f} MB: {look}", file=sys.stderr)


def to_hub(options: Namespace, folder: Path) -> None:
    """Find or measure the numbers of the card, then write the folder."""
    check_target(folder)
    files = find_model(options.checkpoint)
    model = files.load(pick_device(options.device))
    measured = None if options.unmeasured else kept_measured(files.weights, model)
    if measured is None and not options.unmeasured:
        measured = measured_quality(model, options, usual_config(model, n=options.n))
    with progress_bar("drawing the sample picture") as progress:
        export_to_hub(files, model, measured, folder, options.license, progress)
    print(f"{folder} is ready: hf upload OWNER/{files.name} {folder}", file=sys.stderr)


def to_notebook(options: Namespace, folder: Path) -> None:
    """Write the four lessons of the course as notebooks that run on the model."""
    paths = write_notebooks(options.checkpoint, folder)
    look = f"open them by jupyter lab {quote(str(folder))}"
    print(f"{counted(len(paths), 'notebook')} in {folder}: {look}", file=sys.stderr)


EXPORTS = {"hub": to_hub, "browser": to_browser, "page": to_page, "notebook": to_notebook}
