"""A tab as Python in a real browser: it is written once it is asked for, with the settings as they stand."""

import ast
import re

from pages import open_sample, open_tab, type_in

REFINED = "#mix-view .sprites[data-final=true]"
SHOWS_A_QUARTER = f"""() => document.querySelector('{REFINED}')
    && [...document.querySelectorAll('#mix-view .came-out .asked')].some((cell) => cell.textContent === '0.25')"""
WRITTEN = "() => document.querySelector('#{}-python .cm-content')?.innerText.includes({!r})"


def script(page, tab):
    """What stands in the editor: Python, or this raises."""
    text = "\n".join(page.locator(f"#{tab}-python .cm-line").all_inner_texts())
    ast.parse(text)
    return text


def open_script(page, tab, saying):
    page.locator(f"#{tab}-python > button").click()
    wait_for(page, tab, saying)


def write_anew(page, tab, saying):
    page.locator(f"#{tab}-python").get_by_role("button", name="Write it").click()
    wait_for(page, tab, saying)


def wait_for(page, tab, saying):
    page.wait_for_function(WRITTEN.format(tab, saying))


def test_the_sample_tab_writes_the_settings_that_stand_there(page):
    open_sample(page)
    assert not page.locator("#sample-python .cm-content").count()
    open_script(page, "sample", "generate(model, config, context)")
    assert "seed=" not in script(page, "sample")   # it is as usual
    type_in(page.locator("#tab-sample").get_by_label("Seed", exact=True), "41")
    write_anew(page, "sample", "seed=41")
    assert 'load_checkpoint("tiny"' in script(page, "sample")


def test_the_noise_tab_holds_the_drawing_that_dissolves_by_itself(page):
    open_script(page, "noise", "noised.before(model)")
    assert "paint(200).images[0]" in script(page, "noise")   # Bob
    level = page.locator("#dissolve canvas[data-t]").first.get_attribute("data-t")
    assert f"t={level}, seed=1" in script(page, "noise")


def test_the_first_mix_is_written_even_where_it_is_asked_for_before_it_is_drawn(page):
    open_tab(page, "Context")
    page.evaluate("document.querySelector('#context-python > button').click()")
    wait_for(page, "context", "generate(")
    assert not page.locator(".toast-body").count()


def test_the_context_tab_writes_the_mix_that_is_shown(page):
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    open_tab(page, "Context")
    page.wait_for_selector(REFINED)
    open_script(page, "context", '"hero": 1')
    assert "food" not in script(page, "context")
    type_in(page.locator("#weight-2 input[type=number]"), "0.25")
    page.keyboard.press("Enter")
    page.wait_for_function(SHOWS_A_QUARTER)
    write_anew(page, "context", '"food": 0.25')
    assert re.search(r"context_rows\(\s*\{", script(page, "context"))
