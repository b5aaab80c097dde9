"""The course's files in a real browser: dropped, chosen in any tab, and run beside their fault."""

import pytest
import torch
from course_restated import trained_state
from test_browser import open_tab, picture


@pytest.fixture
def course_file(tmp_path):
    path = tmp_path / "context_model_trained.pth"
    torch.save(trained_state(n_feat=8), path)
    return path


def drop(page, path):
    page.get_by_text("Open a model file of the course").click()
    page.locator("#model-file input[type=file]").set_input_files(path)


def choose_model(page, name):
    page.locator("input[aria-label='Model']:visible").click()
    page.get_by_role("option", name=name, exact=True).click()


@pytest.mark.parametrize("tab", ["Sample", "Context", "DDPM vs DDIM"])
def test_a_dropped_file_can_be_chosen_at_once(page, course_file, tab):
    open_tab(page, tab)
    page.wait_for_timeout(500)
    drop(page, course_file)
    page.get_by_text("can now be chosen as the model in every tab").wait_for()
    choose_model(page, "context_model_trained.pth")


def test_the_fault_is_shown_beside_its_mending(page, course_file):
    choice = page.get_by_label("Beside it, the same run as in the course")
    assert choice.count() == 0
    drop(page, course_file)
    page.get_by_text("can now be chosen as the model in every tab").wait_for()
    choose_model(page, "context_model_trained.pth")
    choice.check()
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_text("differ by").wait_for(timeout=60_000)
    assert page.locator("#sample-player figcaption").all_inner_texts() == ["mended", "as in the course"]
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    assert picture(page, "#sample-player", 0) == picture(page, "#sample-player", 1)
    page.keyboard.press("End")
    assert picture(page, "#sample-player", 0) != picture(page, "#sample-player", 1)
    assert not page.locator("#sample-player .clock").is_visible()


def test_a_bad_file_is_told_in_a_sentence(page, tmp_path, app_folder):
    path = tmp_path / "model_4.pth"
    path.write_bytes(b"no weights")
    drop(page, path)
    page.get_by_test_id("toast-body").wait_for()
    assert "model_4.pth is not a plain file of weights" in page.get_by_test_id("toast-body").inner_text()
    assert not (app_folder / "uploads" / "model_4.pth").exists()
