"""The Context tab where the learner's browser draws by itself: what it asks the server, and what it says of itself."""


import numpy as np
import pytest
from pages import open_more, open_tab, question, ready, redrawn, reload, requests, until

from diffusion.evaluation.judge import load_judge
from diffusion.models.checkpoints import save_checkpoint
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.images import to_tensor
from diffusion.training.distillation import new_student
from diffusion.training.loop import new_model
from diffusion.training.recipes import recipe

SPRITES = "#mix-view .sprites"
FINAL, QUICK = f"{SPRITES}[data-final=true]", f"{SPRITES}[data-final=false]"
SLIDER = "#weight-2 input[type=range]"
PIXELS = """() => [...document.querySelectorAll('#mix-view .sprites canvas')].map((canvas) => {
    return [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data];
})"""
BARS = """() => [...document.querySelectorAll('#mix-view .bars')].map((bars) => {
    return [...bars.children].map((bar) => new DOMMatrix(bar.firstChild.style.transform).d);
})"""


STUDENTS = [{"name": f"a-{steps}", "steps": steps} for steps in (1, 2, 4)]
SUITED = """async ([students, current, seconds]) => {
    const { lately, suited } = await import(new URL("browser/code/pace.js", document.baseURI));
    return suited(students, students[current], seconds.reduce(lately, []));
}"""
WORKERS = """async () => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI));
    return device.status.crew.workers;
}"""
PARTS = """async ([seconds, sprites, least]) => {
    const { partOf, partsOf } = await import(new URL("browser/code/pace.js", document.baseURI));
    const count = partsOf(seconds, sprites, least);
    return Array.from({ length: count }, (_, turn) => partOf(sprites, count, turn));
}"""
# The last drawings of the student of "tiny" took so many seconds.
TOOK = """async (seconds) => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI));
    for (let i = 0; i < 5; i++) device.timed(device.know("tiny").student, seconds);
    device.suitStudent("tiny");
}"""
WHO_DRAWS = """async () => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI));
    return device.know("tiny").student.name;
}"""
# From now on each drawing that follows a slider is taken for one of so many seconds.
TAKES = """async (seconds) => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI));
    device.know("tiny").student.took = Array(5).fill(seconds);
    device.timed = () => {};
}"""
# A slider has been moved, and is still held.
MOVED = f"""() => {{
    const slider = document.querySelector("{SLIDER}");
    document.dispatchEvent(new PointerEvent("pointerdown"));
    slider.value = Number(slider.value) < 0.5 ? 0.75 : 0.25;
    slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
}}"""
LET_GO = "document.dispatchEvent(new PointerEvent('pointerup'))"


# One sprite of each model in turn, and of the first one again.
IN_TURN = """async (names) => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI)), drawn = [];
    for (const name of [...names, names[0]]) {
        const model = await device.known(name), sprites = [{ context: model.categories.map(() => 1), origin: [0, 0] }];
        const { pixels } = await device.draw({ checkpoint: name, run: { ...model.full, steps: 1 }, sprites }, "each");
        drawn.push([...pixels]);
    }
    return drawn;
}"""


def open_context(page):
    """The tab with a refined mix, whoever drew it."""
    ready(page)
    open_tab(page, "Context")
    open_more(page, "mix")
    page.wait_for_selector(FINAL)


def state(page, name):
    """Wait until the page says so of its device."""
    page.wait_for_selector(f"#mix-device [data-device={name}]")


@pytest.fixture
def here(visit):
    """The tab in a page that draws by itself."""
    page = visit()
    open_context(page)
    state(page, "ready")
    return page


def note(page):
    return page.locator("#mix-view .note").inner_text()


def line(page):
    return page.locator("#mix-device .line").inner_text()


def choose(page, who):
    page.locator("#mix-device").get_by_role("button", name=who).click()


def press_and_refine(page, key="ArrowRight"):
    """Move the slider by one, and wait until that is refined."""
    with redrawn(page, SPRITES):
        page.locator(SLIDER).focus()
        page.keyboard.press(key)


# While the mix is refined for the first time from now on, it goes on to another one and comes back.
GO_AND_COME_BACK = """async () => {
    const { device } = await import(new URL("browser/code/device.js", document.baseURI));
    const draw = device.draw, show = (mix) => {
        document.mix = mix;
        document.dispatchEvent(new Event("mix"));
    };
    device.draw = (request, lane, watch) => {
        const drawn = draw.call(device, request, lane, watch), mix = document.mix;
        if (lane !== "refine") return drawn;
        device.draw = draw;
        show({ ...mix, seed: mix.seed + 1 });
        show(mix);
        return drawn;
    };
}"""


def readings(page):
    """The bars below the sprites: how high the judge's answers stand."""
    return np.array(page.evaluate(BARS))


def test_a_drag_asks_the_server_nothing_and_its_readings_follow(here):
    box = here.locator(SLIDER).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with requests(here, question) as questions:
        here.mouse.move(x - 40, y)
        here.mouse.down()
        here.mouse.move(x, y, steps=8)
        here.wait_for_selector(QUICK)
        before = readings(here)
        assert np.allclose(before.sum(1), 1, atol=1e-3)
        here.mouse.move(x + 40, y, steps=8)
        until(lambda: (readings(here) != before).any(), here)
        assert note(here).startswith("While you drag: drawn by tiny-1, a student of 1 step: 1 network call a sprite")
        assert "in this browser" in note(here) and not questions
        here.mouse.up()
        here.wait_for_selector(FINAL)
        assert note(here).startswith("Refined: 10 steps of tiny, 20 network calls a sprite")
        assert note(here).endswith("in this browser.")
        assert not questions
    assert "This browser draws, in" in line(here)
    expected = load_judge().read(to_tensor(np.array(here.evaluate(PIXELS), np.uint8).reshape(-1, 16, 16, 4)[..., :3]))
    assert abs(readings(here) - expected.numpy()).max() <= 3e-3


@pytest.fixture
def two_steps(app_folder, tiny_model):
    """A second student of the model, of two steps."""
    save_checkpoint(new_student(tiny_model, 2), {}, "tiny-2", app_folder)
    yield "tiny-2"
    for path in app_folder.glob("tiny-2.*"):
        path.unlink()


def test_the_student_with_the_most_steps_draws_that_this_browser_has_time_for(two_steps, visit):
    page = visit()
    open_context(page)
    state(page, "ready")
    for seconds, name, steps in ((0.004, "tiny-2", "2 steps"), (0.2, "tiny-1", "1 step")):
        took(page, seconds, name)
        page.evaluate(MOVED)
        page.wait_for_selector(QUICK)
        assert note(page).startswith(f"While you drag: drawn by {name}, a student of {steps}: ")
        page.evaluate(LET_GO)
        page.wait_for_selector(FINAL)


def took(page, seconds, name):
    """The last drawings took so long, and from now on the student of that name draws."""
    page.evaluate(TOOK, seconds)
    until(lambda: page.evaluate(WHO_DRAWS) == name, page)


def test_a_student_suits_if_a_picture_takes_a_thirtieth_of_a_second_at_most(page):
    """It gives way once it takes more than a twentieth; five drawings tell."""
    def suited(current, *ms):
        return page.evaluate(SUITED, [STUDENTS, STUDENTS.index(current), [took / 1000 for took in ms]])

    one, two, four = STUDENTS
    assert suited(one, *[8] * 5) == four and suited(one, *[9] * 5) == two and suited(one, *[17] * 5) == one
    assert suited(one, *[300] * 5) == one and suited(one, *[8] * 4) == one   # too few to tell
    assert suited(one, 900, 90, *[8] * 5) == four and suited(one, 900, 8, 8, 8, 700) == four   # its warming up
    assert suited(two, *[33] * 5) == two and suited(two, *[45] * 5) == two and suited(two, *[51] * 5) == one
    assert suited(four, *[66] * 5) == two and suited(four, *[34] * 5) == four


def test_a_slow_browser_draws_a_part_of_the_sprites_at_a_time_until_it_has_drawn_all(here):
    drawn, drawings = [], []
    for seconds in (0.001, 0.001, 0.1):   # there, back, and there again
        here.evaluate(TAKES, seconds)
        before = count(here)
        move_all(here)
        drawn.append(here.evaluate(PIXELS))
        drawings.append(count(here) - before)
        said = note(here)
        here.evaluate(LET_GO)
        here.wait_for_selector(FINAL)
    n_parts = len(parts(here, 16, here.evaluate(WORKERS), 100))
    assert drawn[0] == drawn[2] and drawings == [1, 1, n_parts] and n_parts > 1
    assert said.endswith(f"in this browser; {16 // n_parts} of 16 sprites at a time, so that they keep up.")


def move_all(page):
    """Move the slider, and hold it until all sprites are others."""
    before = page.evaluate(PIXELS)
    page.evaluate(MOVED)
    until(lambda: all(a != b for a, b in zip(page.evaluate(PIXELS), before, strict=True)), page)


def count(page):
    """How many pictures have been drawn."""
    return int(page.locator(SPRITES).get_attribute("data-drawn"))


def test_a_drawing_of_more_than_a_thirtieth_of_a_second_is_made_in_parts(page):
    everything = list(range(16))
    assert parts(page, 16, 2) == parts(page, 16, 2, 33) == parts(page, 16, 2, 900, 30, 30) == [everything]
    assert [len(part) for part in parts(page, 16, 2, 34)] == [8, 8]
    assert parts(page, 16, 2, 67) == [[0, 7, 10, 13], [1, 4, 11, 14], [2, 5, 8, 15], [3, 6, 9, 12]]
    assert len(parts(page, 16, 2, 9000)) == 4 and len(parts(page, 16, 8, 9000)) == 2
    assert parts(page, 16, 9, 9000) == [everything] and parts(page, 1, 1, 9000) == [[0]]
    assert parts(page, 4, 2, 9000) == [[0, 2], [1, 3]]


def parts(page, sprites, least, *ms):
    """Which sprites are drawn together where the last drawings took so long."""
    return page.evaluate(PARTS, [[took / 1000 for took in ms], sprites, least])


def test_the_server_draws_the_same_sprites_and_is_asked_once_it_is_chosen(here, visit):
    with redrawn(here, SPRITES):
        here.locator("[role=tabpanel]:visible").get_by_label("Clean colours").uncheck()
    press_and_refine(here)
    ours = np.array(here.evaluate(PIXELS)).astype(int)
    choose(here, "the server")
    with requests(here, question) as questions:
        press_and_refine(here)
        press_and_refine(here, "ArrowLeft")
        assert {question(request) for request in questions} == {"draw", "refine"}
    theirs = np.array(here.evaluate(PIXELS)).astype(int)
    assert (abs(ours - theirs) <= 2).mean() >= 0.999   # float16 weights against the original ones
    assert line(here) == "The server draws, for all who use it." and "in this browser" not in note(here)
    reload(here)
    open_context(here)
    state(here, "server")
    choose(here, "this browser")
    state(here, "ready")


def test_dragging_and_refining_go_on_without_the_server(here):
    here.context.set_offline(True)
    press_and_refine(here)
    state(here, "alone")
    before, read = here.evaluate(PIXELS), readings(here)
    press_and_refine(here)
    assert here.evaluate(PIXELS) != before and (readings(here) != read).any()
    assert "does not answer" in line(here) and note(here).endswith("in this browser.")
    before = here.evaluate(PIXELS)
    here.get_by_role("button", name="New noise, but for locked sprites").click()
    until(lambda: here.evaluate(PIXELS) != before, here)
    here.wait_for_selector(FINAL)
    here.context.set_offline(False)
    press_and_refine(here)
    state(here, "ready")


def test_a_mix_that_goes_and_comes_back_while_it_is_refined_is_refined_again(here):
    here.evaluate(GO_AND_COME_BACK)
    press_and_refine(here)


def test_a_judge_that_does_not_come_is_told_and_sprites_are_drawn_all_the_same(visit):
    page = visit()
    page.route("**/browser/judge", lambda route: route.fulfill(body=b"no judge" * 100))
    open_context(page)
    state(page, "ready")
    press_and_refine(page)
    assert note(page).endswith("in this browser. What came out cannot be read: The weights came incomplete or damaged.")
    assert not page.locator("#mix-view .came-out").is_visible()


BAD = {
    "cut off": ("**/browser/weights/tiny", lambda body: body[:-1000], "came incomplete or damaged"),
    "other bytes": ("**/browser/weights/tiny", lambda body: b"no weights" * 100, "came incomplete or damaged"),
    "refused": ("**/browser/models/tiny", lambda body: b'{"refused": "too large for a browser."}', "Too large for a"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_goes_wrong_is_told_and_the_server_draws(visit, what):
    page = visit()
    address, spoil, sentence = BAD[what]
    page.route(address, lambda route: route.fulfill(body=spoil(route.fetch().body())))
    open_context(page)
    state(page, "refused")
    assert sentence in line(page) and line(page).startswith("The server draws. ")
    with requests(page, question) as questions:
        press_and_refine(page)
        assert {question(request) for request in questions} == {"draw", "refine"}
    assert "in this browser" not in note(page)
    page.unroute(address)
    choose(page, "this browser")   # once more
    press_and_refine(page)
    state(page, "ready")


def test_a_browser_without_simd_leaves_drawing_to_the_server(open_page, app_url):
    page = open_page(app_url)
    page.add_init_script("WebAssembly.validate = () => false")
    reload(page)
    open_context(page)
    state(page, "refused")
    assert line(page) == "The server draws. This browser lacks the SIMD instructions that drawing needs."
    press_and_refine(page)
    assert "in this browser" not in note(page)


def test_a_model_that_gave_way_to_newer_ones_draws_again(open_page, serve, own_app_folder):
    """The workers keep four."""
    names = ["tiny", *(f"other-{letter}" for letter in "abcde")]
    for seed, name in enumerate(names[1:]):
        model = new_model(recipe("fast", network_options={"width": 8, "groups": 1}, seed=seed), COURSE_CATEGORIES)
        save_checkpoint(model, {}, name, own_app_folder)
    with serve(own_app_folder) as url:
        page = open_page(url)
        ready(page)
        *drawn, again = page.evaluate(IN_TURN, names)
    assert drawn[0] == again
