"""The Sample tab in a real browser: its player needs no server, its runs are shown, stopped, saved and brought back."""

import pytest
from pages import (
    WATCH_SHIFTS,
    answered,
    breaking_off,
    choose_model,
    open_sample,
    picture,
    reload,
    requests,
    type_in,
    until,
    wait_for_another_picture,
)

from diffusion.serving.fetched.large_values import GONE


def settled(page):
    """Wait for the tab, and until it has fetched the code that it draws with by itself."""
    open_sample(page)
    page.locator("#sample-device").get_by_text("This browser draws").wait_for()


@pytest.fixture
def page(page):
    """The tab, for one test."""
    open_sample(page)
    return page


@pytest.fixture
def player(standing):
    """The page as it opens, with its recorded run; speed and views are set back."""
    page = standing(settled)
    yield page
    page.locator("#sample-player .speed").select_option("1")
    for view, shown in (("now (x_t)", True), ("the guess (x0)", True), ("guessed noise (eps)", False)):
        page.get_by_role("checkbox", name=view).set_checked(shown)


def press(page, key):
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press(key)


def frame(page):
    """Which frame the Sample tab's player shows."""
    return int(page.locator("#sample-player canvas").first.get_attribute("data-frame"))


def test_a_run_that_the_server_recalls_is_played_again(page):
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    reload(page)
    page.evaluate("window.played = 0; document.addEventListener('played', () => played++)")
    page.wait_for_function("played === 1")   # what the address asks for
    for times in (2, 3):
        page.get_by_role("button", name="Sample", exact=True).locator("visible=true").click()
        page.wait_for_function("times => played === times", arg=times)
        answered(page)
    assert page.evaluate("played") == 3


@pytest.fixture
def by_server(page):
    """The tab, set to a run of many sprites by the server."""
    page.evaluate("localStorage.setItem('sprite-lab-device', 'server')")
    with breaking_off(page):
        page.goto(page.url.partition("?")[0] + "?tab=sample&n=64&steps=12&sampler=ddim")
        page.wait_for_selector("#sample-player canvas[data-frame='12']")   # what the address asks for
    return page


def test_a_large_run_of_the_server_is_fetched_past_gradio(by_server):
    fetched = []
    by_server.on("response", lambda response: "/large/" in response.url and fetched.append(response))
    by_server.get_by_role("button", name="New seed").click()
    until(lambda: fetched, by_server)
    [answer] = fetched
    assert len(answer.json()["lanes"][0]["at"]) == 13 and "no-cache" in answer.headers["cache-control"]
    before = picture(by_server, "#sample-player")
    press(by_server, "Home")
    assert picture(by_server, "#sample-player") != before


def test_a_large_run_that_is_no_longer_kept_says_so(by_server):
    by_server.route("**/large/*", lambda route: route.fulfill(json={"error": GONE}))
    by_server.get_by_role("button", name="New seed").click()
    by_server.locator("#sample-player").get_by_text(GONE).wait_for()


def test_scrubbing_with_the_keyboard_draws_without_a_request(player):
    press(player, "Home")
    player.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    noise = picture(player, "#sample-player")
    with requests(player) as asked:
        for _ in range(5):
            player.keyboard.press("ArrowRight")
        assert player.locator("#sample-player canvas").first.get_attribute("data-frame") == "5"
        assert picture(player, "#sample-player") != noise
        player.keyboard.press("End")
        assert player.locator("#sample-player .readout").inner_text() == "t = 0, no noise left"
        assert not asked


def test_keys_move_the_run_wherever_the_focus_is(player):
    player.get_by_role("button", name="One step back").focus()
    player.keyboard.press("End")
    last = frame(player)
    player.keyboard.press("ArrowLeft")
    assert frame(player) == last - 1
    player.keyboard.press("Home")
    assert frame(player) == 0
    player.keyboard.press("ArrowRight")
    assert frame(player) == 1


def test_a_run_plays_backwards_to_the_noise(player):
    player.locator("#sample-player .speed").select_option("4")
    press(player, "End")
    player.get_by_role("button", name="Play backwards").click()
    player.wait_for_function("document.querySelector('#sample-player canvas').dataset.frame === '0'")
    player.get_by_role("button", name="Play backwards").wait_for()   # it stands again


def test_views_are_linked_and_can_be_chosen(player):
    captions = player.locator("#sample-player figcaption")
    assert captions.all_inner_texts() == ["now (x_t)", "the guess (x0)"]
    press(player, "Home")
    frames = player.locator("#sample-player .stage canvas").evaluate_all("all => all.map(one => one.dataset.frame)")
    assert frames == ["0", "0"]
    player.get_by_role("checkbox", name="guessed noise (eps)").check()
    assert captions.all_inner_texts() == ["now (x_t)", "the guess (x0)", "guessed noise (eps)"]
    player.get_by_role("checkbox", name="now (x_t)").uncheck()
    assert captions.all_inner_texts() == ["the guess (x0)", "guessed noise (eps)"]


def test_the_sprite_under_the_pointer_is_enlarged_in_all_views(player):
    canvas = player.locator("#sample-player .stage canvas").first
    canvas.hover(position={"x": 30, "y": 30})
    loupe = player.locator("#sample-player .loupe")
    loupe.wait_for(state="visible")
    assert loupe.locator("canvas").count() == 4   # fresh noise as well
    player.mouse.move(5, 5)
    loupe.wait_for(state="hidden")


def test_scrubbing_needs_no_server(player):
    player.context.set_offline(True)
    press(player, "Home")
    assert frame(player) == 0
    player.keyboard.press("ArrowRight")
    assert frame(player) == 1
    player.context.set_offline(False)


def test_nothing_moves_on_the_page_while_a_run_plays(player):
    player.evaluate(WATCH_SHIFTS)
    press(player, "Home")
    player.get_by_role("button", name="Play", exact=True).click()
    player.wait_for_function("document.querySelector('#sample-player .scrub').value > 10")
    assert player.evaluate("window.shifts") == []


def test_a_run_plays_and_pauses(player):
    press(player, "Home")
    noise = picture(player, "#sample-player")
    player.get_by_role("button", name="Play", exact=True).click()
    wait_for_another_picture(player, "#sample-player", noise)
    player.get_by_role("button", name="Pause").click()
    shown = picture(player, "#sample-player")
    player.wait_for_timeout(200)   # in which a run that plays shows several frames
    assert picture(player, "#sample-player") == shown


def test_the_recorded_run_stands_midway_and_someone_who_wants_no_motion_sees_finished_sprites(visit):
    page = visit(motion="reduce")
    open_sample(page)
    scrub = page.locator("#sample-player .scrub")
    assert 0 < int(scrub.input_value()) < int(scrub.get_attribute("max"))
    type_in(page.get_by_label("Steps").first, "4")
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_text("16 sprites, 4 steps").wait_for()
    page.wait_for_timeout(200)   # in which a run that plays shows several frames
    assert page.get_by_role("button", name="Play", exact=True).count() == 1
    assert scrub.input_value() == scrub.get_attribute("max") == "4"


def boxes(page):
    """Where the player has its two pictures and its bar, and how large they are."""
    return page.evaluate("""() => {
        const parts = document.querySelectorAll("#sample-player :is(.stage canvas, .controls)");
        const boxes = [...parts].map((part) => part.getBoundingClientRect());
        return boxes.flatMap(({ x, y, width, height }) => [x, y, width, height]);
    }""")


def test_a_long_run_shows_itself_as_it_goes_and_stops(page):
    page.wait_for_selector("#sample-player canvas[data-frame]")
    before = boxes(page)
    page.get_by_label("Steps").last.fill("500")
    page.get_by_role("button", name="Sample", exact=True).click()
    page.wait_for_function("document.querySelector('#sample-player .readout').textContent.includes('to go')")
    assert boxes(page) == pytest.approx(before, abs=1)   # both pictures stay where they are
    page.get_by_role("button", name="Stop").first.click()
    answered(page)
    page.wait_for_timeout(300)   # what was on its way comes in
    reached = page.locator("#sample-player .readout").inner_text()
    assert reached.startswith("stopped at step ") and boxes(page) == pytest.approx(before, abs=1)
    page.wait_for_timeout(700)   # in which a run that goes on tells of itself, each quarter of a second
    assert page.locator("#sample-player .readout").inner_text() == reached


def test_a_saved_picture_brings_its_settings_back(page, tmp_path):
    page.get_by_label("Seed").first.fill("7")
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_role("button", name="Save PNG").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    path = tmp_path / "saved.png"
    download.value.save_as(path)
    page.get_by_label("Seed").first.fill("0")
    page.get_by_text("Go on from a saved picture").click()
    page.locator("#saved-picture input[type=file]").set_input_files(path)
    page.wait_for_function("[...document.querySelectorAll('input[type=number]')].some((box) => box.value === '7')")


def test_a_fault_is_shown_beside_the_right_run(page):
    page.get_by_text("Break it: one thing wrong").click()
    page.get_by_role("button", name="Too few steps").click()
    page.get_by_text("network calls a sprite: ").wait_for()
    assert page.locator("#sample-player figcaption").all_inner_texts() == ["25 steps", "2 steps"]


def test_the_gif_can_be_saved(page):
    page.get_by_role("button", name="Sample", exact=True).click()
    page.get_by_role("button", name="Save GIF").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save GIF").click()
    assert download.value.path().read_bytes()[:6] == b"GIF89a"


def test_a_student_lays_the_chosen_steps_aside_and_says_so_and_they_are_back_with_the_next_model(page):
    steps = page.get_by_label("number input for Steps").first
    type_in(steps, "77")
    steps.press("Tab")
    choose_model(page, "tiny-1")
    page.get_by_text("tiny-1 is a student and always takes 1 step; your 77 are back").wait_for()
    assert steps.input_value() == "1" and steps.is_disabled()
    choose_model(page, "tiny")
    until(lambda: steps.input_value() == "77" and steps.is_enabled(), page)
    assert page.get_by_text("are back").count() == 0
