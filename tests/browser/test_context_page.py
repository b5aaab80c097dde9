"""The Context tab in a real browser: what is drawn while a slider is dragged and after, and all that goes with a mix.

The server draws here; for what the browser draws by itself see test_drawn_here.py.
"""

import re

import pytest
from pages import (
    answered,
    frames,
    open_more,
    open_tab,
    picture,
    question,
    ready,
    redrawn,
    reload,
    requests,
    sized,
    slid,
    unanswered,
    until,
)

from diffusion.serving import engine as engine_module
from diffusion.serving import turns

SPRITES = "#mix-view .sprites"
FINAL, QUICK = f"{SPRITES}[data-final=true]", f"{SPRITES}[data-final=false]"
HERO = ["1", "0", "0", "0", "0"]
RESTS_MS = 250   # after so long without a change, a mix that is not held is refined
SAYS_SLIDERS = """final => {
    const said = [...document.querySelectorAll('#mix-view .came-out tbody .asked')].map((cell) => cell.textContent);
    const asked = said.map((_, k) => Number(document.querySelector(`#weight-${k} input[type=range]`).value).toFixed(2));
    const { dataset } = document.querySelector('#mix-view .sprites');
    return said.length > 0 && said.join() === asked.join() && (dataset.final === 'true' || !final);
}"""


@pytest.fixture
def mix(standing):
    """The page with the Context tab open and a refined hero; what else a test sets, it sets back."""
    page = standing(open_context)
    yield page
    page.unroute_all()
    if weights(page) != HERO:
        page.get_by_role("button", name="hero", exact=True).click()
        until(lambda: weights(page) == HERO, page)
    refined(page)
    answered(page)


def open_context(page):
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    reload(page)   # it may have been read already
    ready(page)
    open_tab(page, "Context")
    open_more(page, "mix")
    page.wait_for_selector(FINAL)


def drawn(page):
    """Wait until the picture is of the mix on the sliders."""
    page.wait_for_function(SAYS_SLIDERS, arg=False)


def refined(page):
    """Wait until the picture is of the mix on the sliders, and refined."""
    page.wait_for_function(SAYS_SLIDERS, arg=True)


def sprite(page, k=0):
    return page.locator("#mix-view .sprites canvas").nth(k).evaluate("canvas => canvas.toDataURL()")


def note(page):
    return page.locator("#mix-view .note").inner_text()


def weight(page, k):
    return page.locator(f"#weight-{k} input[type=range]").input_value()


def weights(page):
    return [weight(page, k) for k in range(5)]


def middle(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def refined_at(page, k, value):
    """Wait until a slider has a value and its mix has been refined."""
    page.wait_for_function(
        "([k, value]) => document.querySelector(`#weight-${k} input[type=range]`).value === value", arg=[k, value]
    )
    refined(page)


class Held:
    """Answers of the server that are held back, and the others that go through."""

    def __init__(self, page, question):
        self.question, self.routes = question, []
        page.route(re.compile("component_server"), self.handle)
        self.page = page

    def handle(self, route):
        if self.routes is None or question(route.request) != self.question:
            route.continue_()
        else:
            self.routes.append(route)

    def wait(self):
        until(lambda: self.routes, self.page)

    def let_go(self):
        """Let the answers come in, all of them, and the page make of them what it will."""
        routes, self.routes = self.routes, None
        for route in routes:
            route.continue_()
            route.request.response().finished()
        frames(self.page, 6)


def test_nothing_is_drawn_before_the_tab_is_opened(page):
    with requests(page, question) as asked:
        answered(page)
        page.wait_for_timeout(300)   # more than a mix takes to be asked for
        assert not asked
        open_context(page)
        assert [question(request) for request in asked] == ["draw", "refine"]


@pytest.mark.parametrize("width", [1440, 1100, 900, 820, 720])
def test_beside_the_sliders_sprites_are_large_enough_to_be_seen(mix, width):
    with sized(mix, width):
        assert mix.locator("#mix-view .sprites canvas").first.evaluate("canvas => canvas.clientWidth") >= 64


def test_while_many_drag_the_first_sprites_follow_and_all_are_drawn_at_rest(mix, monkeypatch):
    monkeypatch.setattr(engine_module, "TOGETHER", engine_module.FEWEST)   # as if there were no room for more
    x, y = middle(mix, "#weight-2 input[type=range]")
    followed, left = sprite(mix, 0), sprite(mix, engine_module.FEWEST)
    mix.mouse.move(x - 20, y)
    mix.mouse.down()
    mix.mouse.move(x, y, steps=4)
    mix.wait_for_selector(QUICK)
    drawn(mix)
    assert "2 of 16 sprites follow" in note(mix)
    assert sprite(mix, 0) != followed and sprite(mix, engine_module.FEWEST) == left
    mix.mouse.up()
    refined(mix)
    assert "follow" not in note(mix) and sprite(mix, engine_module.FEWEST) != left


def test_guidance_is_seen_taken_apart(mix):
    mix.get_by_role("button", name="What guidance does").click()
    mix.get_by_role("button", name="Take this step apart").click()
    mix.get_by_text("what you ask for moves the guess by").wait_for()
    titles = mix.locator("#guidance-player figcaption").all_inner_texts()
    assert titles == ["now", "without", "with", "with minus without", "without + 1.25 x the difference"]
    assert len({picture(mix, "#guidance-player", lane) for lane in range(5)}) == 5
    mix.get_by_role("button", name="What guidance does").click()


def test_a_server_that_was_too_busy_is_asked_again(mix, monkeypatch):
    with monkeypatch.context() as busy:
        busy.setattr(turns, "MOST_WAITING", 0)
        mix.locator("#weight-2 input[type=range]").press("ArrowRight")
        until(lambda: note(mix).startswith(turns.BUSY), mix)
    refined(mix)
    assert not note(mix).startswith(turns.BUSY)


def test_the_student_draws_while_a_slider_is_held_and_the_model_when_it_is_let_go(mix):
    x, y = middle(mix, "#weight-2 input[type=range]")
    before = sprite(mix)
    mix.mouse.move(x - 20, y)
    mix.mouse.down()
    with requests(mix, lambda request: question(request) == "refine") as asked:
        mix.mouse.move(x, y, steps=4)
        mix.wait_for_selector(QUICK)
        mix.wait_for_timeout(RESTS_MS + 150)   # longer than a rest: it is still held
        assert not asked
    assert note(mix).startswith("While you drag: drawn by tiny-1, a student of 1 step: 1 network call a sprite")
    mix.mouse.up()
    mix.wait_for_selector(FINAL)
    assert note(mix).startswith("Refined: 10 steps of tiny, 20 network calls a sprite") and sprite(mix) != before
    assert mix.locator("#mix-view .came-out tbody tr").count() == 5
    assert mix.locator("#mix-view .bars i").count() == 16 * 5


def test_a_late_refined_answer_does_not_cover_a_newer_drag(mix):
    held = Held(mix, "refine")
    slider = mix.locator("#weight-2 input[type=range]")
    slider.focus()
    mix.keyboard.press("ArrowRight")
    held.wait()
    mix.mouse.move(*middle(mix, "#weight-2 input[type=range]"))
    mix.mouse.down()
    mix.wait_for_function("document.querySelector('#mix-view .note').textContent.startsWith('While')")
    drawn(mix)
    until(lambda: len(unanswered[mix]) == len(held.routes), mix)
    frames(mix, 2)
    shown = sprite(mix)
    held.let_go()
    assert sprite(mix) == shown and note(mix).startswith("While you drag")
    mix.mouse.up()
    mix.wait_for_selector(FINAL)


def test_a_late_drag_answer_does_not_cover_the_refined_one(mix):
    held = Held(mix, "draw")
    mix.locator("#weight-2 input[type=range]").focus()
    mix.keyboard.press("ArrowRight")
    asked = "document.querySelector('#mix-view .came-out tbody tr:nth-child(3) .asked').textContent"
    mix.wait_for_function(f"{asked} === '0.01'")
    shown = sprite(mix)
    assert note(mix).startswith("Refined")
    held.let_go()
    assert sprite(mix) == shown and note(mix).startswith("Refined")


def test_a_mix_that_is_gone_back_to_is_refined_again(mix):
    before = sprite(mix)
    mix.locator("#weight-2 input[type=range]").focus()
    with redrawn(mix, SPRITES, state=""):
        mix.keyboard.press("ArrowRight")
    mix.keyboard.press("ArrowLeft")
    mix.wait_for_function("document.querySelector('#weight-2 input[type=range]').value === '0'")
    refined(mix)
    assert weight(mix, 2) == "0" and sprite(mix) == before


def test_a_preset_and_a_surprise_move_the_sliders(mix):
    mix.get_by_role("button", name="0.6 food + 0.4 spell").click()
    refined_at(mix, 2, "0.6")
    assert weights(mix) == ["0", "0", "0.6", "0.4", "0"]
    mix.get_by_role("button", name="Surprise me").click()
    mix.wait_for_function("document.querySelector('#weight-2 input[type=range]').value !== '0.6'")
    assert sum(float(value) > 0 for value in weights(mix)) in (2, 3)


def test_a_preset_that_is_pressed_soon_after_another_one_counts_too(mix):
    held = []
    mix.route("**/queue/join*", lambda route: held.append(route))
    for name in ("half hero, half spell", "0.6 food + 0.4 spell"):
        mix.get_by_role("button", name=name).click()
    until(lambda: len(held) == 2, mix)
    for route, shown in zip(held, [(3, "0.5"), (2, "0.6")], strict=True):
        route.continue_()
        refined_at(mix, *shown)
    answered(mix)
    assert weights(mix) == ["0", "0", "0.6", "0.4", "0"]


def test_sliders_open_and_close_again(mix):
    mix.get_by_label("Open the sliders").check()
    mix.wait_for_selector("#weight-0 input[type=range][max='2'][min='-0.5']")
    mix.locator("#weight-0 input[type=number]").fill("1.7")
    refined_at(mix, 0, "1.7")
    mix.get_by_label("Open the sliders").uncheck()
    mix.wait_for_selector("#weight-0 input[type=range][max='1'][min='0']")
    mix.wait_for_function("document.querySelector('#mix-view .asked:nth-child(2)').textContent === '1.00'")
    refined(mix)
    assert weight(mix, 0) == "1"


def test_a_composed_mix_says_its_calls(mix):
    mix.get_by_role("button", name="hero + spell").click()
    refined_at(mix, 3, "1")
    vector = sprite(mix)
    mix.get_by_label("composed from predictions").check()
    mix.wait_for_function("document.querySelector('#mix-view .note').textContent.includes('30 network calls')")
    assert sprite(mix) != vector
    mix.get_by_label("into the context vector").check()
    mix.wait_for_function("document.querySelector('#mix-view .note').textContent.includes('20 network calls')")


def test_a_locked_sprite_stays_while_the_others_are_rolled(mix):
    mix.locator("#mix-view .sprites button").nth(2).click()
    assert mix.locator("#mix-view .chosen").inner_text().startswith("Sprite 3: ")
    mix.get_by_role("button", name="Lock", exact=True).click()
    locked, free = sprite(mix, 2), sprite(mix, 3)
    with redrawn(mix, SPRITES):
        mix.get_by_role("button", name="New noise").last.click()
    assert sprite(mix, 2) == locked and sprite(mix, 3) != free
    with redrawn(mix, SPRITES):
        mix.get_by_role("button", name="Unlock", exact=True).click()


def test_a_favourite_outlives_a_reload_and_brings_its_mix_back(mix):
    mix.get_by_role("button", name="hero + spell").click()
    refined_at(mix, 3, "1")
    mix.locator("#mix-view .sprites button").nth(1).click()
    mix.get_by_role("button", name="Keep", exact=True).click()
    mix.get_by_text("hero 1, spell 1").wait_for()
    reload(mix)
    open_context(mix)
    mix.get_by_role("button", name="Go back to hero 1, spell 1").click()
    refined_at(mix, 3, "1")
    mix.get_by_role("button", name="Forget hero 1, spell 1").click()
    mix.get_by_text("Nothing kept yet").wait_for()


def test_the_point_of_the_map_moves_the_sliders(mix):
    mix.get_by_text("Mix on a map").click()
    mix.wait_for_selector("#mix-map .corner")
    mix.get_by_label("Corner 1").click()
    mix.get_by_role("option", name="mix A").click()
    mix.get_by_text("mix A is not remembered yet").first.wait_for()   # and the map stays as it is
    area = mix.locator("#mix-map .area")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    mix.mouse.move(box["x"] + 50, box["y"] + 50)
    mix.mouse.down()
    mix.mouse.move(box["x"] - 20, box["y"] + box["height"] + 20)   # beyond its edge
    mix.mouse.up()
    refined_at(mix, 2, "1")   # the lower left corner is food
    assert weights(mix) == ["0", "0", "1", "0", "0"]
    area.focus()
    mix.keyboard.press("ArrowUp")
    refined_at(mix, 0, "0.05")
    assert float(weight(mix, 2)) < 1


def test_a_path_between_two_mixes_is_drawn_and_saved_and_a_saved_mix_comes_back(mix, tmp_path):
    mix.get_by_text("A path from one mix to another").click()
    mix.get_by_role("button", name="Remember this mix as A").click()
    mix.get_by_role("button", name="Remembered as A: hero 1").wait_for()
    mix.get_by_role("button", name="hero + 0.6 food").click()
    refined_at(mix, 2, "0.6")
    mix.get_by_role("button", name="Remember this mix as B").click()
    mix.get_by_role("button", name="Remembered as B: hero 1, food 0.6").wait_for()
    mix.get_by_role("button", name="Draw the path").click()
    mix.wait_for_selector("#path-player canvas[data-frame]")
    assert mix.locator("#path-player canvas").evaluate("canvas => [canvas.width, canvas.height]") == [9 * 18 - 2, 52]
    with mix.expect_download() as download:
        mix.locator("#mix-view").get_by_role("button", name="Save PNG").click()
    download.value.save_as(tmp_path / "mix.png")
    shown = sprite(mix, 5)
    mix.get_by_role("button", name="hero", exact=True).click()
    refined_at(mix, 2, "0")
    mix.get_by_text("Go on from a saved mix").click()
    mix.locator("#saved-mix input[type=file]").set_input_files(tmp_path / "mix.png")
    refined_at(mix, 2, "0.6")
    assert sprite(mix, 5) == shown


def test_the_mix_is_there_as_the_slider_moves_and_stays_once_all_has_been_told(mix):
    assert slid(mix, "#weight-2", 0.37, "document.mix.weights.slice(0, 3)") == [1, 0, 0.37]
    refined(mix)
    assert mix.evaluate("document.mix.weights.slice(0, 3)") == [1, 0, 0.37]


def test_what_is_typed_beside_a_slider_is_followed_within_its_bounds(mix):
    field = mix.locator("#weight-2 input[type=number]")
    field.fill("0.25")
    assert mix.evaluate("document.mix.weights[2]") == 0.25
    field.fill("7")
    assert mix.evaluate("document.mix.weights[2]") == 1
    field.fill("")   # nothing to follow yet
    assert mix.evaluate("document.mix.weights[2]") == 1
    field.fill("0.5")
    field.blur()
    refined_at(mix, 2, "0.5")
    open_more(mix, "mix")
    mix.wait_for_selector("#mix-guidance input[type=range]")
    assert slid(mix, "#mix-guidance", 3, "document.mix.guidance") == 3
    refined(mix)
    assert mix.evaluate("[document.mix.weights[2], document.mix.guidance]") == [0.5, 3]
