"""The folder of a page alone: what it holds, that it is made of the app's own parts, and what is refused."""

import json
import re
from html import unescape

import pytest
import yaml
from PIL import Image

from diffusion.browser.half_judge import judge_file
from diffusion.browser.half_weights import browser_file
from diffusion.cli import main
from diffusion.denoiser import ModelConfig
from diffusion.evaluation.judge import load_judge
from diffusion.models.checkpoints import save_checkpoint
from diffusion.models.hub import export_to_hub, find_model
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.ui.components.component import javascript, read_asset
from diffusion.ui.static_page.front_page import COMPONENTS, lesson
from diffusion.ui.static_page.page_folder import export_page
from diffusion.ui.words import page_alone

APP = "https://lab.school.example/a?b=1&c=2"


@pytest.fixture(scope="module")
def page(app_folder, tmp_path_factory):
    """A folder that was exported with a link to the app."""
    folder = tmp_path_factory.mktemp("pages") / "new" / "page"
    export_page(find_model(str(app_folder / "tiny")), folder, APP, "mit")
    return folder


def texts(page):
    return {path: path.read_text() for path in page.rglob("*") if path.suffix in (".html", ".js", ".css")}


def test_weights_and_descriptions_of_the_model_and_its_student_lie_where_the_page_looks(page, tiny_model):
    assert (page / "browser/weights/tiny").read_bytes() == browser_file(tiny_model)
    told = json.loads((page / "browser/models/tiny").read_text())
    assert told["students"] == [{"name": "tiny-1", "steps": 1}]
    assert told["isRead"] and told["categories"] == list(tiny_model.categories)
    assert (page / "browser/judge").read_bytes() == judge_file(load_judge(), COURSE_CATEGORIES)
    assert json.loads((page / "browser/models/tiny-1").read_text())["isStudent"]


def test_it_is_made_of_the_components_own_files(page):
    html, css = (page / "index.html").read_text(), (page / "page.css").read_text()
    for name in COMPONENTS:
        assert read_asset(f"{name}/{name}.html") in html and read_asset(f"{name}/{name}.css") in css
        script = (page / f"components/{name}.js").read_text()
        assert javascript(name) in script and javascript(name).endswith(read_asset(f"{name}/{name}.js"))


def test_a_link_to_it_is_previewed_by_the_labs_own_words_and_picture(page):
    told = dict(re.findall(r'<meta property="([^"]+)" content="([^"]+)">', (page / "index.html").read_text()))
    assert told["og:title"] == "Sprite Diffusion Lab" and unescape(told["og:description"]) == page_alone.INTRODUCTION
    with Image.open(page / told["og:image"]) as picture:
        assert picture.size == (int(told["og:image:width"]), int(told["og:image:height"]))


def test_all_that_the_page_loads_is_in_the_folder(page):
    html = (page / "index.html").read_text()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert {unescape(address) for address in loaded if not address.startswith("data:")} == {
        "page.css", "before_page.js", "static_page.js", APP,
    }   # fmt: skip
    for path, text in texts(page).items():
        for name in re.findall(r'(?:from|import) "(\.[^"]+)"', text):
            assert (path.parent / name).is_file(), (path, name)
        for names in re.findall(r'(?:browserCode|modules)\(("[^)]+)\)', text):
            assert all((page / "browser/code" / name).is_file() for name in json.loads(f"[{names}]")), (path, names)
        assert not re.search(r"@import|url\(['\"]?(?!data:|\"data:)[a-z/]", text), path
    assert not any(re.search(r"https?://(?!www\.w3\.org|localhost|lab\.school)", text) for text in texts(page).values())


def test_the_scripts_of_the_tabs_are_functions_of_modules(page):
    assert sorted(path.name for path in (page / "scripts").iterdir()) == [
        "denoise_here.js", "mix_push.js", "noise_push.js", "race_here.js", "sample_here.js", "stop_here.js",
        "stop_race.js",
    ]   # fmt: skip
    assert all(path.read_text().startswith("export default ") for path in (page / "scripts").iterdir())


def test_its_readme_is_that_of_a_static_space(page):
    _, front, text = (page / "README.md").read_text().split("---\n", 2)
    told = yaml.safe_load(front)
    assert (told["sdk"], told["license"]) == ("static", "mit") and (page / told["app_file"]).is_file()
    assert len(told["short_description"]) <= 60   # more is refused
    assert APP in text and "tiny, tiny-1" in text and "also trains models" in text
    assert "also trains models" in (page / "index.html").read_text()


def test_without_an_address_nothing_is_linked_to(app_folder, tmp_path):
    export_page(find_model(str(app_folder / "tiny-1")), tmp_path / "page")
    assert "<a " not in (tmp_path / "page/index.html").read_text()
    assert "license" not in (tmp_path / "page/README.md").read_text().split("---")[1]


def test_an_export_for_the_hub_can_be_shown_too(tiny_model, folder, tmp_path):
    export_to_hub(find_model("tiny", folder), tiny_model, None, tmp_path / "hub" / "mine")
    export_page(find_model(str(tmp_path / "hub" / "mine")), tmp_path / "page")
    assert (tmp_path / "page/browser/weights/mine").read_bytes() == browser_file(tiny_model)


def test_what_a_model_is_called_and_learnt_ends_no_script(tiny_model, tmp_path):
    category = '</script><b id="x">&'
    config = ModelConfig("sprite", "noise", (category,), network_options={"width": 8})
    save_checkpoint(config.build(), {}, "odd", tmp_path)
    export_page(find_model(str(tmp_path / "odd")), tmp_path / "page")
    assert not (tmp_path / "page/browser/judge").exists()   # which knows other categories
    assert category not in (tmp_path / "page/index.html").read_text()


def test_the_words_of_a_tab_become_html():
    assert lesson("\nA **b\nc** d < *e*.\n\nF.\n") == "<p>A <strong>b\nc</strong> d &lt; <em>e</em>.</p><p>F.</p>"


@pytest.fixture
def no_browser_model(tmp_path):
    """One of another network."""
    config = ModelConfig("course", "noise", ("a",), network_options={"n_feat": 8})
    save_checkpoint(config.build(), {}, "other", tmp_path)
    return tmp_path / "other"


def refused(capsys, *arguments):
    assert main(["export", *map(str, arguments)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    return said[0]


def test_a_model_that_no_browser_computes_is_refused(no_browser_model, tmp_path, capsys):
    said = refused(capsys, no_browser_model, "--to", "page", tmp_path / "page")
    assert "the lab's own network alone" in said and not (tmp_path / "page").exists()


def test_a_folder_that_is_none_or_not_empty_is_refused(app_folder, tmp_path, capsys):
    model, kept = app_folder / "tiny", tmp_path / "full" / "mine.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    assert "is not empty" in refused(capsys, model, "--to", "page", kept.parent)
    assert "is a file" in refused(capsys, model, "--to", "page", kept)
    assert "lies in a file" in refused(capsys, model, "--to", "page", kept / "page")
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine.txt"] and kept.read_text() == "mine"


@pytest.mark.parametrize("app", ["javascript:alert(1)", "lab.example", "https://", "http://a b", 'https://a/"><b>', ""])
def test_an_address_that_is_none_is_refused(app, app_folder, tmp_path, capsys):
    said = refused(capsys, app_folder / "tiny", "--to", "page", tmp_path / "page", "--app", app)
    assert "the address of the app" in said and not (tmp_path / "page").exists()
