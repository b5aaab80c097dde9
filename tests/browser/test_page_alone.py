"""The lab as a page alone, from a plain file server, with all other hosts out of reach."""

import json

import numpy as np
import pytest
from pages import frames, is_local, open_tab, until
from plain_files import file_server

from diffusion.explain.dissolving import FIRST_SEED
from diffusion.explain.noised_sprite import NoisedSprite, network_guess
from diffusion.generation import SampleConfig
from diffusion.models.checkpoints import load_checkpoint
from diffusion.models.hub import find_model
from diffusion.serving.requests import RunRequest
from diffusion.sprites.painter import bob
from diffusion.support.images import to_uint8
from diffusion.trajectory import record
from diffusion.ui.static_page.page_folder import export_page

NARROW = {"width": 390, "height": 844}
SLIDER = "#weight-2 input[type=range]"
FINAL, QUICK = "#mix-view .sprites[data-final=true]", "#mix-view .sprites[data-final=false]"
MIXED = """() => [...document.querySelectorAll("#mix-view .sprites canvas")].map((canvas) => {
    return [...canvas.getContext("2d").getImageData(0, 0, 16, 16).data];
})"""
# The same once it is refined, else null: a quick picture may be the very one that a student ends with.
REFINED = f"""() => document.querySelector({json.dumps(FINAL)}) && ({MIXED})()"""
LISTEN = """() => document.querySelector("#sample-player .player").addEventListener("run", ({ detail }) => {
    const [{ views }] = detail.lanes;
    window.film = Object.fromEntries(Object.entries(views).map(([name, { data }]) => [name, [...data]]));
})"""


LISTEN_TO_RACE = """() => document.querySelector("#race-player .player").addEventListener("run", ({ detail }) => {
    window.raced = detail.lanes.map(({ views }) => [...views.x_t.data]);
})"""


@pytest.fixture(scope="module")
def files(app_folder, tmp_path_factory):
    """The exported folder, on a server: what it is asked for."""
    folder = tmp_path_factory.mktemp("school") / "class 3"
    export_page(find_model(str(app_folder / "tiny")), folder)
    with file_server(folder) as asked:
        asked.url = asked.url.replace(" ", "%20")
        yield asked


@pytest.fixture
def alone(new_page, files):
    """The page once it has sampled; all that it asked for lay in its folder."""
    page = new_page(files.url)
    page.context.route(lambda url: not is_local(url, files.url), lambda route: route.abort())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files.url)
    open_tab(page, "Sample")
    told(page, "16 sprites, 10 steps")
    yield page
    page.close()
    assert asked and all(url.startswith((files.url, "data:", "blob:")) for url in asked)
    assert all(method in ("GET", "HEAD") and path.startswith("/class%203/") for method, path in files)


def halved(app_folder):
    """The model as it goes to a browser."""
    model = load_checkpoint("tiny", app_folder)
    model.net.half().float()
    return model


def told(page, beginning):
    page.locator("#sample-facts").get_by_text(beginning).and_(page.get_by_text("in this browser")).wait_for()


def set_to(page, control, value):
    field = page.locator(f"#{control} input").first
    field.fill(str(value))
    field.blur()


def open_context(page):
    page.get_by_role("tab", name="Context").click()
    page.wait_for_selector(FINAL)


def test_sampling_draws_what_torch_draws_with_the_halved_weights(alone, app_folder):
    for control, value in (("sample-steps", 4), ("sample-n", 3), ("sample-seed", 7)):
        set_to(alone, control, value)
    alone.evaluate(LISTEN)
    alone.get_by_role("button", name="Sample", exact=True).click()
    told(alone, "3 sprites, 4 steps, 8 network calls a sprite")
    views = record(RunRequest("tiny", SampleConfig("sa_solver", 4, n=3, seed=7)).run(halved(app_folder))).views
    film = alone.evaluate("film")
    for name in ("x_t", "x0", "eps"):
        apart = np.array(film[name]) - views[name].reshape(-1).astype(int)
        assert (abs(apart) <= 1).mean() >= 0.999, name


def test_sprites_follow_a_drag_and_are_refined(alone, files):
    open_context(alone)
    before, count = alone.evaluate(MIXED), len(files)
    box = alone.locator(SLIDER).bounding_box()
    alone.mouse.move(box["x"] + 9, box["y"] + box["height"] / 2)
    alone.mouse.down()
    alone.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    alone.wait_for_selector(QUICK)
    note = alone.locator("#mix-view .note")
    assert note.inner_text().startswith("While you drag: drawn by tiny-1, a student of 1 step")
    until(lambda: alone.evaluate(MIXED) != before, alone)
    alone.mouse.up()
    alone.wait_for_selector(FINAL)
    assert note.inner_text().startswith("Refined: 10 steps of tiny, 20 network calls a sprite")
    assert alone.locator("#weight-2 input[type=number]").input_value() == alone.locator(SLIDER).input_value()
    assert len(files) == count   # a drag asks for nothing
    shares = alone.locator("#mix-view .share").all_inner_texts()   # as the judge reads them
    assert len(shares) == 5 and 97 <= sum(int(share.removesuffix(" %")) for share in shares) <= 103


def test_the_guess_follows_t_and_is_that_of_torch_and_the_drawing_is_denoised(alone, files, app_folder):
    alone.get_by_role("tab", name="Noise").click()
    network, slider = alone.locator("#dissolve .network"), alone.get_by_label("timestep t")
    slider.fill("91")
    alone.wait_for_selector("#dissolve .network[data-t='91']")
    count = len(files)
    slider.fill("90")
    alone.wait_for_selector("#dissolve .network[data-t='90']")
    rgba = np.array(network.evaluate("canvas => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data]"))
    guess = to_uint8(network_guess(halved(app_folder), NoisedSprite(bob().tobytes(), 90, FIRST_SEED, "linear")))[0]
    assert (abs(rgba.reshape(16, 16, 4)[..., :3] - guess.astype(int)) <= 1).mean() >= 0.999
    alone.get_by_role("button", name="New noise").click()
    alone.get_by_role("button", name="Denoise from here").click()
    alone.locator("#noise-facts").get_by_text("90 steps, 90 network calls").wait_for()
    assert alone.locator("#noise-player canvas[data-frame]").count() == 2
    assert len(files) == count
    alone.locator("#noise-checkpoint select").select_option("tiny-1")
    alone.locator("#dissolve .guess").get_by_text("This model is a student").wait_for()
    alone.get_by_role("button", name="Denoise from here").click()
    alone.locator("#noise-facts").get_by_text("This model is a student").wait_for()
    assert not alone.locator(".sentence").is_visible()   # nobody here knows the sprites by heart


def test_presets_noise_and_a_wider_reach_change_the_mix(alone):
    open_context(alone)
    for act in (
        lambda: alone.get_by_role("button", name="hero + spell").click(),
        lambda: alone.get_by_role("button", name="New noise, but for locked sprites").click(),
        lambda: alone.get_by_label("Open the sliders").check() or set_to(alone, "weight-1", 1.5),
        lambda: alone.get_by_label("composed from predictions").check(),
        lambda: alone.locator("#mix-clean").get_by_label("Clean colours").uncheck(),
        lambda: alone.locator("#mix-checkpoint select").select_option("tiny-1"),
    ):
        before = alone.evaluate(REFINED)
        act()
        until(lambda before=before: alone.evaluate(REFINED) not in (None, before), alone)
    assert alone.evaluate("document.mix.mixing") == "composed"
    alone.get_by_role("button", name="hero + spell").click()
    assert alone.get_by_label("into the context vector").is_checked()   # as the preset has it
    assert alone.locator("#mix-guidance input[type=range]").is_disabled()   # built into a student
    set_to(alone, "weight-1", 99)   # no weight goes so far
    assert alone.locator("#weight-1 input[type=number]").input_value() == "2"


def test_two_samplers_race_from_the_same_noise_and_end_as_torch_does(alone, files, app_folder):
    alone.get_by_role("tab", name="DDPM vs DDIM").click()
    assert [alone.locator(f"#race-steps_{k} input[type=number]").input_value() for k in (1, 2)] == ["500", "25"]
    alone.locator("#race-sampler_1 select").select_option("dpmpp_2m")
    for control, value in (("race-steps_1", 6), ("race-steps_2", 4), ("race-n", 3), ("race-seed", 7)):
        set_to(alone, control, value)
    alone.locator("#race-clean").get_by_label("Clean colours").uncheck()
    alone.evaluate(LISTEN_TO_RACE)
    count = len(files)
    alone.get_by_role("button", name="Race", exact=True).click()
    facts = alone.locator("#race-facts")
    facts.get_by_text("times as fast").wait_for()
    said = facts.inner_text()
    assert "DPM-Solver++, 6 steps: 12 network calls a sprite" in said and "DDIM, 4 steps: 8 network calls" in said
    assert "started from the same noise" in said and "3 sprites at once, float32, in this browser" in said
    for film, lane in zip(alone.evaluate("raced"), (("dpmpp_2m", 6), ("ddim", 4)), strict=True):
        config = SampleConfig(*lane, n=3, seed=7, clean=False)
        view = record(RunRequest("tiny", config).run(halved(app_folder))).views["x_t"]
        assert (abs(np.array(film) - view.reshape(-1).astype(int)) <= 1).mean() >= 0.999
    assert len(files) == count
    alone.locator("#race-checkpoint select").select_option("tiny-1")
    alone.get_by_role("button", name="Race", exact=True).click()
    facts.get_by_text("This model is a student").wait_for()


def test_a_race_can_be_stopped_and_run_again(alone):
    alone.get_by_role("tab", name="DDPM vs DDIM").click()
    alone.get_by_role("button", name="Race", exact=True).click()
    alone.wait_for_function("document.querySelector('#race-player .readout').textContent.includes('DDPM')")
    alone.locator("#race-stop").click()
    until(lambda: not alone.locator("#race-facts").inner_text(), alone)
    set_to(alone, "race-steps_1", 2)
    set_to(alone, "race-n", 1)
    alone.get_by_role("button", name="Race", exact=True).click()
    alone.locator("#race-facts").get_by_text("DDPM, 2 steps: 4 network calls").wait_for()


def test_a_student_leaves_no_choice_of_steps(alone):
    alone.locator("#sample-checkpoint select").select_option("tiny-1")
    until(lambda: alone.locator("#sample-steps input[type=range]").is_disabled(), alone)
    sentence = "tiny-1 is a student and always takes 1 step; your 10 are back with the next model."
    alone.locator("#sample-facts").get_by_text(sentence).wait_for()
    assert alone.locator("#sample-sampler option").all_inner_texts() == ["Jumps"]
    alone.get_by_role("button", name="New seed").click()
    told(alone, "16 sprites, 1 step, 1 network call a sprite")
    alone.locator("#sample-checkpoint select").select_option("tiny")
    until(lambda: alone.locator("#sample-steps input[type=range]").is_enabled(), alone)
    assert alone.locator("#sample-steps input[type=number]").input_value() == "10"
    assert alone.locator("#sample-sampler option").count() == 5


def test_a_picture_can_be_saved_and_films_are_not_offered(alone, tmp_path):
    from PIL import Image

    with alone.expect_download() as saving:
        alone.locator("#sample-player").get_by_role("button", name="Save PNG").click()
    saving.value.save_as(tmp_path / "saved.png")
    assert Image.open(tmp_path / "saved.png").size == (4 * 142, 4 * 70)   # x_t and x0: 4 x 4 sprites
    open_context(alone)
    with alone.expect_download():
        alone.locator("#mix-view").get_by_role("button", name="Save PNG").click()
    assert not alone.get_by_role("button", name="Save GIF").count()
    assert not alone.get_by_role("button", name="Keep").count()


def test_all_goes_on_once_the_files_are_out_of_reach(alone):
    open_context(alone)
    alone.context.set_offline(True)
    before = alone.evaluate(MIXED)
    alone.get_by_role("button", name="hero + spell").click()
    until(lambda: alone.evaluate(MIXED) != before, alone)
    alone.get_by_role("tab", name="Sample").click()
    set_to(alone, "sample-n", 2)
    alone.get_by_role("button", name="Sample", exact=True).click()
    told(alone, "2 sprites, 10 steps")


def test_a_run_longer_than_the_app_leaves_to_a_browser_is_drawn_here_and_can_be_stopped(alone):
    for control, value in (("sample-steps", 500), ("sample-n", 64)):
        set_to(alone, control, value)
    alone.get_by_role("button", name="Sample", exact=True).click()
    alone.wait_for_function("document.querySelector('#sample-player .readout').textContent.includes(' of 500, ')")
    alone.get_by_role("button", name="Stop").click()
    set_to(alone, "sample-steps", 2)
    set_to(alone, "sample-n", 2)
    alone.get_by_role("button", name="Sample", exact=True).click()
    told(alone, "2 sprites, 2 steps")


def test_it_is_dark_where_the_machine_is_and_a_phone_never_scrolls_sideways(alone):
    colour = "getComputedStyle(document.body).backgroundColor"
    width = "[innerWidth, document.documentElement.scrollWidth]"
    light = alone.evaluate(colour)
    alone.emulate_media(color_scheme="dark")
    alone.set_viewport_size(NARROW)
    frames(alone, 2)
    assert alone.evaluate(colour) != light
    assert alone.evaluate(width) == [390, 390]
    alone.get_by_role("tab", name="Sample").press("ArrowLeft")
    alone.wait_for_selector("#dissolve .noised[data-t]")
    assert alone.evaluate(width) == [390, 390]
    open_context(alone)
    frames(alone, 2)
    assert alone.evaluate(width) == [390, 390]


@pytest.mark.parametrize(
    ("what", "sentence"), [(b"no weights" * 100, "came incomplete or damaged"), (None, "did not answer")]
)
def test_weights_that_do_not_come_are_told_in_a_sentence(new_page, files, watch, what, sentence):
    page = new_page(files.url)
    spoil = (lambda route: route.fulfill(body=what)) if what else (lambda route: route.abort())
    page.route("**/browser/weights/tiny", spoil)
    page.goto(files.url)
    open_tab(page, "Sample")
    page.locator("#sample-facts").get_by_text(sentence).wait_for()
    assert page.locator("#sample-device .line").inner_text().startswith("This browser cannot draw. ")
    watch.wrong = [said for said in watch.wrong if "ERR_FAILED" not in said]   # the request that was taken away
    page.unroute("**/browser/weights/tiny")
    page.get_by_role("button", name="Sample", exact=True).click()
    if not what:   # it was worth another try
        told(page, "16 sprites, 10 steps")
    page.close()


def test_a_browser_without_simd_is_told_so(new_page, files):
    page = new_page(files.url)
    page.add_init_script("WebAssembly.validate = () => false")
    page.goto(files.url)
    open_tab(page, "Sample")
    page.locator("#sample-facts").get_by_text("This browser lacks the SIMD instructions that drawing needs.").wait_for()
    page.close()


def test_opened_as_a_file_it_says_how_to_serve_it(browser, app_folder, tmp_path):
    export_page(find_model(str(app_folder / "tiny-1")), tmp_path / "page")
    page = browser.new_page()   # beside those that are watched: it can load nothing
    page.goto((tmp_path / "page/index.html").as_uri())
    page.get_by_text("This page was opened as a file").wait_for()
    page.close()
