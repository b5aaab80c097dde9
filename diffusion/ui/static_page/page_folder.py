"""The folder of a page alone: all files that it consists of."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from diffusion.models.hub import ModelFiles
from diffusion.support.checks import InputError
from diffusion.support.files import write_whole
from diffusion.support.wording import quoted
from diffusion.ui import controls
from diffusion.ui.components.component import SENTENCES, component_module, read_asset
from diffusion.ui.here import script, stop_script
from diffusion.ui.routes import link_preview
from diffusion.ui.routes.browser_routes import CODE, KINDS
from diffusion.ui.sections import race_here
from diffusion.ui.sections.mixes.mix_controls import script as mix_script
from diffusion.ui.static_page.front_page import COMPONENTS, front_page
from diffusion.ui.static_page.shelf import Files, Shelf, model_files, models_of, shelf_of
from diffusion.ui.tabs import noise_tab, sample_tab
from diffusion.ui.theme import STYLES, theme
from diffusion.ui.words import page_alone, races, runs

HERE = Path(__file__).parent
OWN_SCRIPTS = ("before_page.js", "plain_controls.js", "plain_race.js", "stand_in.js", "static_page.js")


def export_page(files: ModelFiles, folder: Path, app: str | None = None, license: str | None = None) -> int:
    """Write the folder of a page that draws with a model, and with the students beside it; returns its size in bytes.

    app: the address of the whole lab, to be linked to. Raises InputError if the folder is not empty, `app` is no
    address, or no browser computes the model; OSError if it cannot be written.
    """
    check_empty(folder)
    check_address(app)
    models = models_of(files)
    with TemporaryDirectory() as place:
        written = page_files(shelf_of(models, Path(place)), app, license)
    for path, contents in written.items():
        _write(folder / path, contents)
    return sum(map(len, written.values()))


def check_empty(folder: Path) -> None:
    """Raise InputError unless `folder` is new, or an empty one."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: a folder is needed to export to.")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: export to a new folder, or to an empty one.")


def check_address(app: str | None) -> None:
    """Raise InputError unless it is the address of a web page, or none is given."""
    if app is not None and not _is_address(app):
        raise InputError(f"the address of the app, {quoted(app)}, is none: give one such as https://lab.school.example.")


def page_files(shelf: Shelf, app: str | None = None, license: str | None = None) -> Files:
    """All files of the page."""
    weights = model_files(shelf)
    texts = {
        "index.html": front_page(shelf, app, len(weights[f"browser/weights/{shelf.first}"])),
        "README.md": page_alone.readme(shelf.names, app, license),
        "page.css": style(),
        ".nojekyll": "",   # so that GitHub Pages takes the files as they are
    }
    texts |= {f"scripts/{name}": f"export default {function}" for name, function in scripts().items()}
    texts |= {name: (HERE / name).read_text(encoding="utf-8") for name in OWN_SCRIPTS}
    texts["plain_race.js"] = read_asset(SENTENCES) + texts["plain_race.js"]
    texts |= {f"components/{name}.js": component_module(name) for name in COMPONENTS}
    code = {f"browser/code/{path.name}": path.read_bytes() for path in CODE.iterdir() if path.suffix in KINDS}
    pictures = {link_preview.ADDRESS: link_preview.PICTURE.read_bytes()}
    return {path: text.encode() for path, text in texts.items()} | code | weights | pictures


def scripts() -> dict[str, str]:
    """The functions that the tabs' events run in the page, by the names of their files."""
    words = runs.ON_PAGE | races.ON_PAGE | {"inTurn": controls.IN_TURN, "silent": page_alone.ON_PAGE["notHere"]}
    return {
        "sample_here.js": script(sample_tab.HERE, words),
        "stop_here.js": stop_script("sample"),
        "race_here.js": script(race_here.SCRIPT, words),
        "stop_race.js": stop_script("race"),
        "noise_push.js": noise_tab.PUSH.read_text(encoding="utf-8"),
        "denoise_here.js": script(noise_tab.HERE, words),
        "mix_push.js": mix_script("mix_push.js"),
    }


def style() -> str:
    """The theme's colours and sizes, the app's style, this page's, and that of each component, within it alone."""
    within = [f'[data-component="{name}"] {{\n{read_asset(f"{name}/{name}.css")}}}' for name in COMPONENTS]
    plain = [path.read_text(encoding="utf-8") for path in (*STYLES, HERE / "static_page.css")]
    return "\n".join([theme()._get_theme_css(), *plain, *within])


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"']", text)
    except ValueError:
        return False


def _write(path: Path, contents: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(contents))
