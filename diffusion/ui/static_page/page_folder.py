"""The folder of a page alone: which models it shows, and the files that it consists of."""

import json
import re
from html import escape
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import gradio as gr

from diffusion.browser.half_weights import check_fits_browser
from diffusion.denoiser import DiffusionModel
from diffusion.generation import MAX_SEED
from diffusion.mixing import COURSE_MIXES, MOST_IN_A_SURPRISE, WEIGHTS, WIDE_WEIGHTS
from diffusion.models.checkpoints import save_checkpoint
from diffusion.models.hub import ModelFiles
from diffusion.samplers import SAMPLERS
from diffusion.serving.engine import Engine
from diffusion.serving.mixing_desk import N_SPRITES
from diffusion.serving.page_models import PageModels
from diffusion.sprites.painter import bob
from diffusion.support.checks import InputError
from diffusion.support.files import write_whole
from diffusion.support.images import enlarge
from diffusion.support.wording import quoted
from diffusion.ui import TITLE, controls
from diffusion.ui.browser_routes import CODE, KINDS
from diffusion.ui.components.component import read_asset
from diffusion.ui.here import script
from diffusion.ui.picture_html import data_url
from diffusion.ui.sections.mix_controls import script as mix_script
from diffusion.ui.static_page.plain_controls import plain_control
from diffusion.ui.tabs import noise_tab, sample_tab
from diffusion.ui.tabs.context_tab import in_order
from diffusion.ui.theme import STYLE, theme
from diffusion.ui.words import lessons, page_alone, runs

HERE = Path(__file__).parent
COMPONENTS = ("player", "noise", "thought", "mix_view", "device_switch")
OWN_SCRIPTS = ("before_page.js", "stand_in.js", "static_page.js")
GIVEN = "element, props, watch, trigger, server"   # what a component's JavaScript finds, see shared.js

Files = dict[str, bytes]   # by their paths in the folder


class Shelf(NamedTuple):
    """The models of a page: one, then its students."""

    engine: Engine
    names: tuple[str, ...]

    @property
    def first(self) -> str:
        return self.names[0]

    @property
    def categories(self) -> tuple[str, ...]:
        """Of all of them."""
        return self.engine.model(self.first).categories


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


def models_of(files: ModelFiles) -> dict[str, DiffusionModel]:
    """A model by its name, then its students, those with more steps first; InputError if no browser computes it."""
    model = files.load()
    check_fits_browser(model)
    beside = Engine(files.weights.parent, "cpu")
    return {files.name: model} | {name: beside.model(name) for name in beside.students(files.name).values()}


def shelf_of(models: dict[str, DiffusionModel], folder: Path) -> Shelf:
    """Models in a folder of their own, so that whatever form they came in, the app's own parts find them."""
    for name, model in models.items():
        save_checkpoint(model, {}, name, folder)
    return Shelf(Engine(folder, "cpu"), tuple(models))


def page_files(shelf: Shelf, app: str | None = None, license: str | None = None) -> Files:
    """All files of the page."""
    weights = model_files(shelf)
    texts = {
        "index.html": index(shelf, app, len(weights[f"browser/weights/{shelf.first}"])),
        "README.md": page_alone.readme(shelf.names, app, license),
        "page.css": style(),
        ".nojekyll": "",   # so that GitHub Pages takes the files as they are
    }
    texts |= {f"scripts/{name}": f"export default {function}" for name, function in scripts().items()}
    texts |= {name: (HERE / name).read_text(encoding="utf-8") for name in OWN_SCRIPTS}
    texts |= {f"components/{name}.js": component_module(name) for name in COMPONENTS}
    code = {f"browser/code/{path.name}": path.read_bytes() for path in CODE.iterdir() if path.suffix in KINDS}
    return {path: text.encode() for path, text in texts.items()} | code | weights


def scripts() -> dict[str, str]:
    """The functions that the tabs' events run in the page, by the names of their files."""
    words = runs.ON_PAGE | {"inTurn": controls.IN_TURN, "silent": page_alone.ON_PAGE["notHere"]}
    return {
        "sample_here.js": script(sample_tab.HERE, words),
        "stop_here.js": sample_tab.STOP_HERE.read_text(encoding="utf-8"),
        "noise_push.js": noise_tab.PUSH.read_text(encoding="utf-8"),
        "denoise_here.js": script(noise_tab.HERE, words),
        "mix_push.js": mix_script("mix_push.js"),
    }


def model_files(shelf: Shelf) -> Files:
    """What the page fetches to draw with its models, where browser/library.js looks for it."""
    models, found = PageModels(), {}
    for name in shelf.names:
        told = models.describe(shelf.engine, name) | {"isRead": False}   # the judge is not on the page
        found[f"browser/models/{name}"] = json.dumps(told).encode()
        found[f"browser/weights/{name}"] = models.file(shelf.engine, name).contents
    return found


def index(shelf: Shelf, app: str | None, model_bytes: int) -> str:
    """The page itself."""
    texts = {
        "title": TITLE,
        "introduction": page_alone.INTRODUCTION,
        "bob": data_url(enlarge(bob(), 4)),
        "as_a_file": page_alone.AS_A_FILE,
        "no_script": page_alone.NO_SCRIPT,
        "left_out": page_alone.left_out(app),
        "facts": _json_in_html(facts(shelf, model_bytes)),
        "sample_lesson": lesson(lessons.SAMPLE),
        "noise_lesson": lesson(lessons.DISSOLVING),
        "denoise_lesson": lesson(lessons.DENOISE),
        "context_lesson": lesson(lessons.CONTEXT),
        "quick_lesson": lesson(lessons.QUICK),
        "presets": preset_buttons(shelf.categories),
    }
    parts = {name: read_asset(f"{name}/{name}.html") for name in COMPONENTS}
    choices = sample_controls(shelf) | noise_controls(shelf) | mix_controls(shelf)
    page = Template((HERE / "static_page.html").read_text(encoding="utf-8"))
    return page.substitute(texts | parts | choices)


def facts(shelf: Shelf, model_bytes: int) -> dict[str, Any]:
    """What static_page.js is told."""
    mixes = {name: wanted for name, wanted in COURSE_MIXES.items() if wanted.keys() <= set(shelf.categories)}
    return {
        "words": page_alone.ON_PAGE | {"begun": runs.BEGUN},
        "states": page_alone.states(model_bytes),
        "sentences": runs.ON_PAGE,
        "material": noise_tab.material(),
        "sprites": N_SPRITES,
        "usualSteps": {name: sampler.usual_steps for name, sampler in SAMPLERS.items()},
        "reach": {"usual": WEIGHTS, "wide": WIDE_WEIGHTS},
        "presets": {name: in_order(shelf.engine, shelf.first, wanted) for name, wanted in mixes.items()},
        "mostSeed": MAX_SEED,
        "mostInASurprise": min(MOST_IN_A_SURPRISE, len(shelf.categories)),
    }


def model_choice(shelf: Shelf) -> gr.Dropdown:
    """The models of the page."""
    return gr.Dropdown(shelf.names, value=shelf.first, label="Model")


def sample_controls(shelf: Shelf) -> dict[str, str]:
    """The controls of the Sample tab as HTML, by their names in static_page.html."""
    engine, name = shelf.engine, shelf.first
    sampler, steps, guidance = controls.run_controls(engine, name)
    return _plain("sample", {
        "checkpoint": model_choice(shelf),
        "category": controls.category_choice(engine, name),
        "sampler": sampler,
        "steps": steps,
        "n": controls.count_slider(),
        "guidance": guidance,
        "seed": controls.seed_number(),
        "clean": controls.clean_choice(engine, name),
    })


def noise_controls(shelf: Shelf) -> dict[str, str]:
    """The same of the Noise tab."""
    return _plain("noise", {"checkpoint": model_choice(shelf)})


def mix_controls(shelf: Shelf) -> dict[str, str]:
    """The same of the Context tab."""
    engine, name = shelf.engine, shelf.first
    sliders = controls.context_sliders(shelf.categories, "weight")[: len(shelf.categories)]
    return _plain("mix", {
        "checkpoint": model_choice(shelf),
        "guidance": controls.guidance_slider(engine, name),
        "seed": controls.seed_number(),
        "clean": controls.clean_choice(engine, name),
    }) | {
        "weights": "".join(plain_control(slider, f"weight-{k}") for k, slider in enumerate(sliders)),
        "mixing": plain_control(controls.mixing_choice(), "mixing"),
        "wide": plain_control(controls.wide_choice(), "wide"),
    }


def preset_buttons(categories: tuple[str, ...]) -> str:
    """A button for each mix of the course that a model of these categories can draw."""
    fitting = [name for name, wanted in COURSE_MIXES.items() if wanted.keys() <= set(categories)]
    return "".join(f'<button type="button" data-preset="{escape(name)}">{escape(name)}</button>' for name in fitting)


def style() -> str:
    """The theme's colours and sizes, the app's style, this page's, and that of each component, within it alone."""
    within = [f'[data-component="{name}"] {{\n{read_asset(f"{name}/{name}.css")}}}' for name in COMPONENTS]
    plain = [path.read_text(encoding="utf-8") for path in (STYLE, HERE / "static_page.css")]
    return "\n".join([theme()._get_theme_css(), *plain, *within])


def component_module(name: str) -> str:
    """A component's JavaScript as a module, whose function starts it where it finds what Gradio would give it."""
    body = read_asset("shared.js") + read_asset(f"{name}/{name}.js")
    return f"export default ({GIVEN}) => {{\n{body}}};\n"


def lesson(text: str) -> str:
    """The words of a tab, paragraphs with **strong** and *emphasised* parts, as HTML."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text.strip(), quote=False), flags=re.DOTALL)
    marked = re.sub(r"\*(.+?)\*", r"<em>\1</em>", marked, flags=re.DOTALL)
    return "".join(f"<p>{paragraph}</p>" for paragraph in marked.split("\n\n"))


def _plain(place: str, wanted: dict[str, gr.components.FormComponent]) -> dict[str, str]:
    return {f"{place}_{name}": plain_control(control, f"{place}-{name}") for name, control in wanted.items()}


def _json_in_html(values: Any) -> str:
    """JSON that ends no script element."""
    return json.dumps(values).replace("<", "\\u003c")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"']", text)
    except ValueError:
        return False


def _write(path: Path, contents: bytes) -> None:
    write_whole(path, lambda temporary: temporary.write_bytes(contents))
