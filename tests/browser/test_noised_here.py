"""The Noise tab where the learner's browser guesses and denoises by itself."""

import json
import re

import numpy as np
import pytest
from pages import answered, ready, reload, requests, until

from diffusion.explain.dissolving import FIRST_SEED
from diffusion.explain.noised_sprite import NoisedSprite, denoise, network_guess
from diffusion.serving.wire_formats import run_payload
from diffusion.sprites.painter import bob
from diffusion.support.images import to_uint8
from diffusion.ui.components.player.player import pack

READY = "#noise-device [data-device=ready]"
GUESS, END = "#dissolve .network", "#noise-player .stage figure:first-child canvas"
READ = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 16, 16).data]"
DRAG = """async ([from, to]) => {
    const slider = document.querySelector("input.t"), network = document.querySelector("#dissolve .network");
    const guessed = new Set(), seen = () => guessed.add(network.dataset.t);
    new MutationObserver(seen).observe(network, { attributes: true, attributeFilter: ["data-t"] });
    for (let t = from; t <= to; t++) {
        slider.value = t;
        slider.dispatchEvent(new Event("input"));
        while (network.dataset.t !== slider.value) await new Promise(requestAnimationFrame);
    }
    return guessed.size;
}"""


def open_noise(page):
    ready(page)
    set_t(page, 150)
    page.wait_for_selector(".thought[data-t='150']")


@pytest.fixture
def here(visit):
    """The tab in a page that guesses by itself."""
    page = visit()
    open_noise(page)
    page.wait_for_selector(READY)
    answered(page)
    return page


@pytest.fixture(scope="module")
def halved(tiny_model):
    """The model with the weights that a browser gets, as torch computes with them."""
    model = tiny_model.config.build()
    model.net.load_state_dict({name: value.half().float() for name, value in tiny_model.net.state_dict().items()})
    model.net.eval().requires_grad_(False)
    return model


def set_t(page, t):
    moved = "(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input')); }"
    page.locator("input.t").evaluate(moved, t)


def guess_at(page, t):
    """The network's guess once it is one at t."""
    set_t(page, t)
    page.wait_for_selector(f"{GUESS}[data-t='{t}']")
    return shown(page, GUESS)


def shown(page, canvas):
    return np.array(page.locator(canvas).evaluate(READ)).reshape(16, 16, 4)[..., :3].astype(int)


def agree(ours, theirs, tolerance=1):
    """99.9 % of all pixel values lie within the tolerance."""
    assert (abs(np.array(ours) - np.array(theirs)) <= tolerance).mean() >= 0.999


def asked(request):
    """What a request asks the panel beside the drawing, or nothing."""
    return json.loads(request.post_data)["fn_name"] if "component_server" in request.url else None


def choose(page, who):
    page.locator("#noise-device").get_by_role("button", name=who).click()


def denoise_from_here(page, facts):
    page.get_by_role("button", name="Denoise from here").click()
    page.get_by_text(re.compile(facts)).wait_for()
    page.locator("#noise-player .scrub").focus()
    page.keyboard.press("End")
    return shown(page, END)


def noised(t, schedule="linear"):
    return NoisedSprite(bob().tobytes(), t, FIRST_SEED, schedule)


def test_the_guess_is_that_of_torch_at_every_level(here, halved):
    levels, ours, theirs = (1, 20, 90, 200, 350, 500), [], []
    for schedule in ("cosine", "linear"):
        here.get_by_role("radio", name=schedule).check()
        ours += [guess_at(here, t) for t in levels]
        theirs += [to_uint8(network_guess(halved, noised(t, schedule)))[0] for t in levels]
    agree(ours, theirs)


def test_the_guess_follows_a_drag_and_the_server_is_never_asked_for_it(here):
    with requests(here, asked) as questions:
        assert here.evaluate(DRAG, [151, 190]) == 40
        here.wait_for_selector(".thought[data-t='190']")   # what is thought by heart comes, too
        assert "guess" not in map(asked, questions)


def test_a_drawing_is_denoised_here_as_the_server_would(here, halved):
    with requests(here, lambda request: request.method == "POST") as questions:
        ours = denoise_from_here(here, r"^100 steps, 100 network calls: .* in this browser, \d workers?\.$")
        assert not questions
    agree(ours, denoise(halved, noised(150)).sprites[0])
    here.keyboard.press("Home")
    assert here.locator("#noise-player .readout").inner_text() == "t = 150, 44 % noise, SNR 1.7"
    set_t(here, 30)
    ours = denoise_from_here(here, "^30 steps, 30 network calls: .* in this browser")
    agree(ours, denoise(halved, noised(30)).sprites[0])


LISTEN = """() => document.querySelector("#noise-player .player").addEventListener("run", ({ detail }) => {
    const [{ views, ...lane }] = detail.lanes;
    window.payload = { ...detail, lanes: [{ ...lane, views: Object.keys(views) }] };
})"""


def test_the_player_gets_what_the_server_would_have_given_it(here, halved):
    here.evaluate(LISTEN)
    set_t(here, 30)
    denoise_from_here(here, "^30 steps")
    ours, theirs = here.evaluate("payload"), json.loads(pack(run_payload(denoise(halved, noised(30)))))
    [lane], [their_lane] = ours.pop("lanes"), theirs.pop("lanes")
    assert ours == theirs and lane.keys() == their_lane.keys() and lane["views"] == list(their_lane["views"])
    for name in ("side", "title", "sprites", "steps", "calls", "t"):
        assert lane[name] == their_lane[name], name
    assert lane["alphaBar"] == pytest.approx(their_lane["alphaBar"], abs=1e-12) and len(lane["at"]) == 31
    assert lane["curve"]["alphaBar"] == pytest.approx(their_lane["curve"]["alphaBar"], abs=1e-12)


def test_the_server_guesses_and_denoises_once_it_is_chosen(here):
    ours = guess_at(here, 120)
    choose(here, "the server")
    with requests(here, asked) as questions:
        theirs = [guess_at(here, t) for t in (121, 120)][-1]
        assert "guess" in map(asked, questions)
    agree(ours, theirs, tolerance=2)   # float16 weights against the original ones
    denoise_from_here(here, r"^100 steps, 100 network calls: .* on \d")
    choose(here, "this browser")
    guess_at(here, 119)
    here.wait_for_selector(READY)


def test_guessing_and_denoising_go_on_without_the_server(here, halved):
    here.context.set_offline(True)
    agree(guess_at(here, 80), to_uint8(network_guess(halved, noised(80)))[0])
    here.wait_for_selector("#noise-device [data-device=alone]")
    here.get_by_text("The server did not answer: try again.").wait_for()
    agree(denoise_from_here(here, "^80 steps, .* in this browser"), denoise(halved, noised(80)).sprites[0])
    before, guessed = shown(here, ".noised"), shown(here, GUESS)
    here.get_by_role("button", name="New noise").click()
    until(lambda: (shown(here, ".noised") != before).any() and (shown(here, GUESS) != guessed).any(), here)
    here.context.set_offline(False)
    guess_at(here, 81)
    here.wait_for_selector(READY)
    here.wait_for_selector(".thought[data-t='81']")
    assert here.get_by_text("The server did not answer").count() == 0


def test_where_the_page_lacks_its_code_the_server_guesses_and_denoises(visit):
    page = visit()
    page.route("**/browser/code/film.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    reload(page)
    with requests(page, asked) as questions:
        open_noise(page)
        guess_at(page, 149)
        assert "guess" in map(asked, questions)
    denoise_from_here(page, r"^100 steps, 100 network calls: .* on \d")
