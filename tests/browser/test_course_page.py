"""The course's files in a real browser: dropped, chosen in any tab, and run beside their fault."""

import pytest
import torch
from course_restated import trained_state
from pages import answered, choose_model, open_more, open_sample, open_tab, picture


@pytest.fixture
def course_file(tmp_path):
    return saved(tmp_path / "context_model_trained.pth")


def saved(path):
    torch.save(trained_state(n_feat=8), path)
    return path


@pytest.fixture
def app(standing):
    """The page with the place to drop a file open."""
    return standing(ready_to_drop)


@pytest.fixture(autouse=True, scope="module")
def nothing_stays(app_folder):
    """The files that were dropped go again."""
    yield
    for path in (app_folder / "uploads").glob("*"):
        path.unlink()


def ready_to_drop(page):
    open_sample(page)
    page.get_by_text("Open a model file of the course").click()


def drop(page, path):
    page.locator("#model-file input[type=file]").set_input_files(path)


def drop_and_wait(page, path):
    drop(page, path)
    page.get_by_text(f"{path.name} can now be chosen as the model in every tab").wait_for()


MORE = {"Sample": "sample", "Context": "mix", "DDPM vs DDIM": "race"}


@pytest.mark.parametrize(
    ("tab", "name"), [("Sample", "model_1.pth"), ("Context", "model_2.pth"), ("DDPM vs DDIM", "model_3.pth")]
)
def test_a_dropped_file_can_be_chosen_at_once(app, tmp_path, tab, name):
    open_tab(app, tab)
    open_more(app, MORE[tab])
    app.locator("input[aria-label='Model']:visible").wait_for()
    answered(app)   # the choice of models has been read again, as always when a tab opens
    drop_and_wait(app, saved(tmp_path / name))
    choose_model(app, name)
    answered(app)


def test_the_fault_is_shown_beside_its_mending(page, course_file):
    open_sample(page)
    choice = page.get_by_label("Beside it, the same run as in the course")
    assert choice.count() == 0
    page.get_by_text("Open a model file of the course").click()
    drop_and_wait(page, course_file)
    choose_model(page, course_file.name)
    choice.check()
    page.get_by_label("Steps").last.fill("100")   # a fifth of what the model's own run takes
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_text("differ by").wait_for()
    assert page.locator("#sample-player figcaption").all_inner_texts() == ["mended", "as in the course"]
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    assert picture(page, "#sample-player", 0) == picture(page, "#sample-player", 1)
    page.keyboard.press("End")
    assert picture(page, "#sample-player", 0) != picture(page, "#sample-player", 1)
    assert not page.locator("#sample-player .clock").is_visible()


def test_a_bad_file_is_told_in_a_sentence(app, tmp_path, app_folder):
    path = tmp_path / "model_4.pth"
    path.write_bytes(b"no weights")
    drop(app, path)
    app.get_by_test_id("toast-body").wait_for()
    assert "model_4.pth is not a plain file of weights" in app.get_by_test_id("toast-body").inner_text()
    assert not (app_folder / "uploads" / "model_4.pth").exists()
    app.get_by_test_id("toast-close").click()
