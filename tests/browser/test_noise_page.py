"""The Noise tab in a real browser: what it draws is x_t, it asks nothing while dragging, and it says what it should."""

import dataclasses
import json
import re

import numpy as np
import pytest
from pages import answered, choose_model, open_tab, question, ready, requests, until

from diffusion.explain.dissolving import FIRST_SEED
from diffusion.explain.noised_sprite import NoisedSprite
from diffusion.models.checkpoints import save_checkpoint
from diffusion.sprites.painter import bob
from diffusion.support.images import to_uint8
from diffusion.ui.tabs.noise_tab import RECORDED

READ = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data]"


@pytest.fixture
def tab(standing):
    """The page with a first thought thought; drawing, level and schedule are set back."""
    tab = standing(open_noise)
    yield tab
    tab.get_by_role("radio", name="linear").check()
    tab.locator("#noise-drawing .known button").first.click()
    thought_at(tab, 151)
    thought_at(tab, 150)
    answered(tab)


def open_noise(page):
    ready(page)
    thought_at(page, 150)
    page.wait_for_selector(".landmarks button:not([disabled])")
    page.wait_for_selector("#noise-device [data-device=ready]")
    answered(page)


def thought_at(page, t):
    """Wait until it is thought about t."""
    set_t(page, t)
    page.wait_for_selector(f".thought[data-t='{t}']")


def shown(tab, canvas):
    return np.array(tab.locator(canvas).evaluate(READ)).reshape(16, 16, 4)[..., :3]


def x_t(t, schedule="linear"):
    return to_uint8(NoisedSprite(bob().tobytes(), t, FIRST_SEED, schedule).x_t)[0].astype(int)


def set_t(tab, t):
    tab.locator("input.t").evaluate("(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input')); }", t)


@pytest.mark.parametrize("t", [1, 77, 500])
def test_the_browser_draws_the_x_t_that_the_server_computes(tab, t):
    set_t(tab, t)
    assert np.abs(shown(tab, ".noised") - x_t(t)).max() <= 1
    tab.get_by_role("radio", name="cosine").check()
    assert np.abs(shown(tab, ".noised") - x_t(t, "cosine")).max() <= 1
    assert np.array_equal(shown(tab, ".drawing"), bob())


def test_a_drag_draws_every_level_and_one_question_at_a_time_is_asked_of_the_newest(tab):
    # What is thought at all levels may still be asked.
    with requests(tab, lambda request: question(request) == "think") as questions:
        drawn = tab.evaluate("""() => {
          const slider = document.querySelector("input.t"), pictures = new Set();
          for (let t = 151; t <= 250; t++) {
            slider.value = t;
            slider.dispatchEvent(new Event("input"));
            pictures.add(document.querySelector(".noised").toDataURL());
          }
          return pictures.size;
        }""")
        assert drawn == 100
        tab.wait_for_selector(".thought[data-t='250']")
        assert len(questions) == 2   # at the first level, then at the last


def test_what_is_thought_follows_a_drag(tab):
    thought = tab.evaluate("""async () => {
      const slider = document.querySelector("input.t"), panel = document.querySelector(".thought"), seen = new Set();
      new MutationObserver(() => seen.add(panel.dataset.t)).observe(panel, { attributeFilter: ["data-t"] });
      for (let t = 150; t <= 350; t++) {
        slider.value = t;
        slider.dispatchEvent(new Event("input"));
        await new Promise(requestAnimationFrame);
      }
      return seen.size;
    }""")
    assert thought >= 5
    tab.wait_for_selector(".thought[data-t='350']")


def test_the_first_sprite_dissolves_by_itself_from_a_recording_until_it_is_touched(visit):
    page = visit()
    with requests(page, lambda request: "component_server" in request.url) as questions:
        ready(page)
        page.wait_for_function("Number(document.querySelector('.noised').dataset.t) > 100")
        said = page.locator(".sentence").inner_text().strip("“”").replace("\N{NO-BREAK SPACE}", " ")
        assert said in json.loads(RECORDED.read_text())["sentences"]
        assert not questions
    page.get_by_role("button", name="Hold it").click()
    held = page.locator(".noised").get_attribute("data-t")
    page.wait_for_selector(f".thought[data-t='{held}']")
    assert page.locator(".noised").get_attribute("data-t") == held
    page.get_by_role("button", name="Let it dissolve").click()
    until(lambda: page.locator(".noised").get_attribute("data-t") != held, page)


def test_nothing_moves_by_itself_for_who_wants_less_motion(visit):
    page = visit(motion="reduce")
    ready(page)
    page.wait_for_timeout(500)   # in which it would have moved
    assert page.locator(".noised").get_attribute("data-t") == "1"
    assert page.get_by_role("button", name="Let it dissolve").is_visible()


def test_the_first_press_draws_new_sprites(page):
    page.get_by_role("button", name="Draw new sprites").click()
    page.get_by_text(re.compile(r"^16 sprites, \d+ steps")).wait_for()
    assert page.get_by_label("Seed").first.input_value() != "0"


def test_the_first_screen_fits_a_projector_and_a_phone(page):
    for width, height in ((1280, 720), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for what in ("canvas.noised", "canvas.network", "input.t", ".sentence", ".go"):
            box = page.locator(f"#dissolve {what}").bounding_box()
            assert box["y"] + box["height"] <= height and box["x"] + box["width"] <= width, what
    page.set_viewport_size({"width": 1280, "height": 720})
    assert page.locator("#dissolve canvas.noised").bounding_box()["width"] >= 300


def test_the_landmarks_lead_from_sure_to_no_idea(tab):
    levels = []
    for state in ("sure", "details", "outline", "no idea"):
        tab.locator(f".landmarks button[data-state='{state}']").click()
        tab.wait_for_selector(f".sentence[data-state='{state}']")
        levels.append(int(tab.locator(".noised").get_attribute("data-t")))
    assert levels == sorted(levels)
    assert tab.locator(".sentence").inner_text().startswith("“No idea")


def test_who_knows_sprites_by_heart_is_compared_with_the_network(tab):
    tab.get_by_text("Learnt by heart, or understood?").click()
    tab.get_by_role("button", name="Compare them").click()
    tab.wait_for_selector("div.by-heart table")
    assert tab.locator("div.by-heart tbody tr").count() == 4
    widths = tab.locator("div.by-heart td .sprite").evaluate_all("all => all.map(one => one.clientWidth)")
    assert len(widths) == 24 and set(widths) == {64}


def test_denoise_from_here_plays_a_run_that_starts_at_t(tab):
    tab.get_by_role("button", name="Denoise from here").click()
    tab.locator("#noise-player .readout", has_text="t = 0, no noise left").wait_for()   # it has been played
    tab.locator("#noise-player .scrub").focus()
    tab.keyboard.press("Home")
    assert tab.locator("#noise-player .readout").inner_text() == "t = 150, 44 % noise, SNR 1.7"


def test_a_drawing_of_the_learners_own_is_new_to_one_who_knows_the_sprites_by_heart(tab):
    set_t(tab, 20)
    tab.get_by_role("button", name="Clear").click()
    tab.get_by_label("red", exact=True).check()
    tab.locator(".drawing").focus()
    for key in ("ArrowRight", "ArrowDown", " "):
        tab.keyboard.press(key)
    drawn = shown(tab, ".drawing")
    assert (drawn != 255).any(axis=2).sum() == 1 and tuple(drawn[9, 9]) == (208, 58, 60)
    tab.wait_for_selector(".sentence[data-state='new']")
    assert "This drawing is not one of them" in tab.locator(".doubt").inner_text()


def test_a_pointer_paints(tab):
    tab.locator(".drawing").click(position={"x": 3, "y": 3})
    assert not np.array_equal(shown(tab, ".drawing")[0, 0], bob()[0, 0])


def test_another_noise_gives_another_picture_of_the_same_drawing(page):
    open_noise(page)   # a page of its own: no way leads back to the first noise
    before = page.locator(".noised").evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="New noise").click()
    page.wait_for_function("before => document.querySelector('.noised').toDataURL() !== before", arg=before)
    assert np.array_equal(shown(page, ".drawing"), bob())


@pytest.fixture
def student(app_folder, app_url, tiny_model):
    """The name of a student among the models of the app."""
    student = dataclasses.replace(tiny_model, config=dataclasses.replace(tiny_model.config, steps=2, guidance=1.0))
    save_checkpoint(student, {}, "tiny-student", app_folder)
    yield "tiny-student"
    for path in app_folder.glob("tiny-student.*"):
        path.unlink()


def test_a_student_is_told_to_know_too_few_levels(tab, student):
    open_tab(tab, "Sample")
    open_tab(tab, "Noise")
    answered(tab)
    choose_model(tab, student)
    tab.get_by_text("this model is a student, made for a few noise levels only").wait_for()
    assert not tab.locator("#dissolve .network").is_visible()
    choose_model(tab, "tiny")
    tab.locator("#dissolve .network").wait_for()
