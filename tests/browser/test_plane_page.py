"""The paper in the Noise tab in a real browser: what is dragged, pressed and chosen shows in what is drawn."""

import re

import pytest
from pages import answered, open_tab, ready, sized

from diffusion.ui.words import geometry

READ = "canvas => canvas.toDataURL()"
SET = "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); }"


def open_paper(page):
    ready(page)
    open_tab(page, "Noise")
    page.get_by_text("On paper: the geometry of noise").click()
    page.wait_for_selector("#plane .handle")
    answered(page)


@pytest.fixture
def paper(standing):
    paper = standing(open_paper)
    paper.locator("#plane .afresh").click()
    return paper


def drawn(paper):
    return paper.locator("#plane canvas").evaluate(READ)


def choose(paper, name, value):
    """Set a slider, or check or uncheck a box."""
    field = paper.locator(f"#plane [name=plane-{name}]")
    if isinstance(value, bool):
        field.set_checked(value)
    else:
        field.evaluate(SET, str(value))


def ends(paper):
    """Where the walks end, by their names: (x, y, distance to the nearest point)."""
    told = paper.locator("#plane .ends").inner_text().replace("−", "-")
    found = re.findall(r"(DD[^,]*), \d+ steps?, ends at ([-\d.]+), ([-\d.]+): ([-\d.]+)", told)
    return {name: tuple(map(float, numbers)) for name, *numbers in found}


def middle_of(handle):
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def place_of(handle):
    """What it is called says where it is."""
    return [float(n) for n in re.findall(r"-?\d+\.\d+", handle.get_attribute("aria-label").replace("−", "-"))]


def test_nothing_is_fetched_for_it_before_it_is_opened(visit):
    page = visit()
    ready(page)
    assert page.locator("#plane .handle").count() == 0
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not [name for name in loaded if "posterior.js" in name]


def test_a_paper_that_cannot_be_fetched_says_so(visit):
    page = visit()
    ready(page)
    answered(page)
    page.wait_for_timeout(1000)   # so that nothing else is missed: what the page loads beside
    page.context.set_offline(True)
    page.get_by_text("On paper: the geometry of noise").click()
    page.locator("#plane").get_by_text("The server did not answer").wait_for()


def test_dragging_points_and_the_start_draws_anew_what_follows(paper):
    for selector in (".circle", ".start"):
        handle, before = paper.locator(f"#plane .handle{selector}").first, drawn(paper)
        x, y = middle_of(handle)
        paper.mouse.move(x, y)
        paper.mouse.down()
        paper.mouse.move(x + 40, y + 20, steps=3)
        paper.mouse.up()
        assert drawn(paper) != before
        assert middle_of(handle) == (pytest.approx(x + 40, abs=1), pytest.approx(y + 20, abs=1))


def test_a_finger_drags_and_adds(browser, watch, app_url):
    page = watch.over(browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True), app_url)
    page.goto(app_url)
    open_paper(page)
    page.locator("#plane .area").scroll_into_view_if_needed()
    assert page.locator("#plane .area").evaluate("area => getComputedStyle(area).touchAction") == "none"
    count, (x, y) = page.locator("#plane .handle").count(), middle_of(page.locator("#plane .area"))
    page.touchscreen.tap(x, y)
    assert page.locator("#plane .handle").count() == count + 1
    cdp = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [[x, y]]), ("touchMove", [[x - 30, y - 50]]), ("touchEnd", [])):
        touches = [{"x": x, "y": y} for x, y in points]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    dragged = middle_of(page.locator("#plane .handle[aria-pressed=true]"))
    assert dragged == (pytest.approx(x - 30, abs=2), pytest.approx(y - 50, abs=2))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_keys_move_remove_and_tell_where_a_point_is(paper):
    handle = paper.locator("#plane .circle").first
    handle.focus()
    x, y = place_of(handle)
    before = drawn(paper)
    paper.keyboard.press("ArrowRight")
    paper.keyboard.press("ArrowUp")
    assert place_of(handle) == [pytest.approx(x + 0.1), pytest.approx(y + 0.1)] and drawn(paper) != before
    count = paper.locator("#plane .handle").count()
    paper.keyboard.press("Delete")
    assert paper.locator("#plane .handle").count() == count - 1
    assert paper.evaluate("document.activeElement.matches('#plane .handle')")


def test_points_are_added_and_recoloured_up_to_a_number_and_one_of_each_shape_stays(paper):
    for _ in range(7):
        paper.locator("#plane .add").click()
    assert paper.locator("#plane .circle, #plane .diamond").count() >= 12
    assert paper.locator("#plane .told").inner_text() == ""
    paper.locator("#plane .add").click()
    assert "12 points are enough" in paper.locator("#plane .told").inner_text()
    paper.locator("#plane .afresh").click()
    paper.locator("#plane .handle.diamond").first.focus()
    paper.locator("#plane .swap").click()
    assert paper.locator("#plane .handle.diamond").count() == 1
    paper.locator("#plane .handle.diamond").focus()
    paper.locator("#plane .remove").click()
    assert "one of each stays" in paper.locator("#plane .told").inner_text()
    assert paper.locator("#plane .handle.diamond").count() == 1


def test_a_point_is_pressed_onto_empty_paper(paper):
    area, count = paper.locator("#plane .area"), paper.locator("#plane .handle").count()
    box = area.bounding_box()
    area.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.25})
    assert paper.locator("#plane .handle").count() == count + 1
    assert place_of(paper.locator("#plane .handle[aria-pressed=true]")) == [1.5, 1.5]


def test_the_level_of_noise_redraws_at_once(paper):
    pictures = set()
    for t in (1, 100, 250, 500):
        choose(paper, "t", t)
        assert f"t = {t} of 500" in paper.locator("#plane .level").inner_text()
        pictures.add(drawn(paper))
    assert len(pictures) == 4
    choose(paper, "t", 250)
    assert paper.locator("#plane .level strong").inner_text() == "50 % noise"


def test_ddim_comes_the_same_way_again_and_ddpm_another_with_other_noise(paper):
    ddim = drawn(paper)
    paper.locator("#plane .die").click()
    assert drawn(paper) == ddim
    choose(paper, "eta", 0.8)
    with_eta = drawn(paper)
    paper.locator("#plane .die").click()
    assert with_eta != ddim and drawn(paper) != with_eta
    choose(paper, "ddim", False)
    choose(paper, "ddpm", True)
    ddpm = drawn(paper)
    paper.locator("#plane .die").click()
    assert drawn(paper) != ddpm
    choose(paper, "ddpm", False)
    choose(paper, "bare", True)
    bare = drawn(paper)
    paper.locator("#plane .die").click()
    assert drawn(paper) == bare


def test_many_steps_end_at_a_point_and_one_step_at_the_mean_of_them(paper):
    for kind in ("ddpm", "bare"):
        choose(paper, kind, True)
    choose(paper, "steps", 100)
    walks = ends(paper)
    assert len(walks) == 3 and all(apart <= 0.02 for *_, apart in walks.values())
    choose(paper, "steps", 1)
    x, y, _ = ends(paper)["DDIM"]
    assert x == pytest.approx(-0.26, abs=0.05) and y == pytest.approx(0.12, abs=0.05)   # of the first five points


def test_without_fresh_noise_ddpm_ends_at_the_same_point_from_wherever_it_starts(paper):
    choose(paper, "bare", True)
    found = set()
    paper.locator("#plane .start").focus()
    for _ in range(8):
        for _ in range(5):
            paper.keyboard.press("ArrowUp")
        found.add(ends(paper)["DDPM without fresh noise"])
    assert len(found) == 1


@pytest.mark.parametrize(("asked", "shape"), [("0", "circle"), ("1", "diamond")])
def test_what_is_asked_for_is_where_the_walk_ends(paper, asked, shape):
    choose(paper, "steps", 100)
    paper.locator(f"#plane [name=plane-asked][value='{asked}']").check()
    x, y, _ = ends(paper)["DDIM"]
    places = [place_of(handle) for handle in paper.locator(f"#plane .handle.{shape}").all()]
    assert min(abs(x - a) + abs(y - b) for a, b in places) <= 0.04
    before = drawn(paper)
    choose(paper, "guidance", 4)
    assert drawn(paper) != before


def test_each_panel_shows_what_it_speaks_of_and_start_afresh_takes_it_back(paper):
    first, seen = drawn(paper), set()
    for panel in geometry.PANELS:
        paper.get_by_role("button", name=f"Show it: {panel['title']}").click()
        seen.add(drawn(paper))
    paper.get_by_role("button", name="Show it: guidance").click()
    assert paper.get_by_label("circles").is_checked()
    seen.add(drawn(paper))
    assert len(seen) == len(geometry.PANELS) + 1
    paper.locator("#plane .afresh").click()
    assert drawn(paper) == first


def test_nothing_moves_on_the_page_while_it_is_played_with(paper):
    paper.evaluate("window.heights = new Set()")
    for t in (1, 250, 500):
        choose(paper, "t", t)
        paper.evaluate("heights.add(document.querySelector('#plane').offsetHeight)")
    assert paper.evaluate("heights.size") == 1


def test_it_fits_the_narrowest_phone(paper):
    with sized(paper, 320):
        assert paper.evaluate("document.documentElement.scrollWidth") <= 320


def test_three_walks_are_drawn_on_the_plane_through_real_sprites(paper):
    paper.get_by_role("button", name="Draw the walks").click()
    papers = paper.locator(".sprite-walks .papers svg")
    papers.first.wait_for()
    for k, (points, ends) in enumerate((([101, 26, 2], 3), ([100, 25, 1], 3))):
        lines = [line.get_attribute("points").split() for line in papers.nth(k).locator("polyline").all()]
        assert list(map(len, lines)) == points and papers.nth(k).locator(".end").count() == ends
        assert papers.nth(k).locator("image").count() == 3
    starts = {line.get_attribute("points").split()[0] for line in papers.first.locator("polyline").all()}
    assert len(starts) == 1
    captions = paper.locator(".sprite-walks .ends figcaption").all_inner_texts()
    assert [text.split(",")[0] for text in captions] == ["DDPM", "DDIM", "Student"]


def test_two_sprites_are_too_few_for_a_plane(page):
    page.get_by_text("On paper: the geometry of noise").click()
    page.get_by_label("Remove food, pear, bronze skin").or_(page.locator(".token-remove:visible").nth(1)).first.click()
    page.get_by_role("button", name="Draw the walks").click()
    page.get_by_text("sprites: choose 3, not 2").first.wait_for()
    assert not page.locator(".sprite-walks .papers svg").count()
