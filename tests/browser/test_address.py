"""The page's address in a real browser: it tells what is set, and shows it again in a page that knows nothing."""

import re

import pytest
from pages import answered, breaking_off, open_more, open_tab, picture, ready, reload, type_in, until

REFINED = "#mix-view .sprites[data-final=true]"

MOVED_AND = """([slider, value, button]) => {
    const range = document.querySelector(`${slider} input[type=range]`);
    range.value = value;
    range.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => document.querySelector(button).click(), 50);   // Gradio has told of it, and nothing rests yet
}"""


def drawn(page):
    page.get_by_text(re.compile(r"^3 sprites, 4 steps, .*: ")).wait_for()


def at_the_end(page):
    page.locator("#sample-player .scrub").focus()
    page.keyboard.press("End")
    return picture(page, "#sample-player")


def test_a_link_to_a_run_draws_the_same_sprites_in_a_fresh_browser(visit, open_page):
    page = visit()
    ready(page)
    open_tab(page, "Sample")
    open_more(page, "sample")
    type_in(page.get_by_label("Steps").first, "4")
    type_in(page.get_by_label("Number of sprites").first, "3")
    type_in(page.get_by_label("Seed").first, "77")
    page.get_by_role("button", name="Sample", exact=True).click()
    drawn(page)
    until(lambda: all(part in page.url for part in ("tab=sample", "steps=4", "n=3", "seed=77")), page)
    other = open_page(page.url)
    drawn(other)
    assert at_the_end(other) == at_the_end(page)


def test_a_link_to_a_mix_shows_it_and_the_address_follows_the_sliders(visit):
    page = visit("?tab=context&mix=0.25,0,0.5&seed=3")
    page.wait_for_selector(REFINED)
    answered(page)
    values = [page.locator(f"#weight-{k} input[type=number]").input_value() for k in range(3)]
    assert values == ["0.25", "0", "0.5"]
    type_in(page.locator("#weight-1 input[type=number]"), "0.75")
    until(lambda: "mix=0.25%2C0.75%2C0.5" in page.url and "seed=3" in page.url, page)
    reload(page)
    page.wait_for_selector(REFINED)
    assert [page.locator(f"#weight-{k} input[type=number]").input_value() for k in range(3)] == ["0.25", "0.75", "0.5"]


def test_a_link_to_a_level_of_noise_shows_it(visit):
    page = visit("?tab=noise&t=333&schedule=cosine&drawn=2&seed=9")
    page.wait_for_selector(".noised[data-t='333']")
    assert page.locator("#noise-drawing .known button").nth(2).get_attribute("aria-pressed") == "true"
    assert page.get_by_role("radio", name="cosine").is_checked()
    page.wait_for_selector(".thought[data-t='333']")
    page.locator("input.t").fill("120")
    until(lambda: "t=120" in page.url and "seed=9" in page.url and "drawn=2" in page.url, page)


def test_back_leads_to_the_tab_before_as_it_was(page):
    open_tab(page, "Context")
    page.wait_for_selector(REFINED)
    type_in(page.locator("#weight-2 input[type=number]"), "0.5")
    until(lambda: "mix=1%2C0%2C0.5" in page.url, page)
    open_tab(page, "Train")
    until(lambda: "tab=train" in page.url, page)
    with breaking_off(page):   # it loads again
        page.go_back()
        until(lambda: page.locator("#weight-2 input[type=number]").count() == 1, page)
    until(lambda: page.locator("#weight-2 input[type=number]").input_value() == "0.5", page)


def test_a_tab_that_is_opened_before_the_address_was_read_stands_in_it(visit):
    page, held = visit("?tab=nowhere"), []
    page.route("**/queue/join*", lambda route: held.append(route))   # the server is slow
    reload(page)
    ready(page)
    open_tab(page, "Context")
    page.wait_for_selector("#weight-2 input[type=number]")
    assert "tab=context" not in page.url
    until(lambda: held, page)
    page.unroute("**/queue/join*")   # those that were held go on
    until(lambda: "tab=context" in page.url and "mix=1" in page.url, page)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("?tab=sample&steps=9999", "steps = 9999: it must be a number from 1 to 500"),
        ("?tab=sample&steps=<b>x</b>", "give a number"),
        ("?tab=sample&checkpoint=nobody", "nobody, which is not there"),
        ("?tab=context&mix=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18", "numbers at most"),
        ("?tab=race&draw=nothing", "draw = nothing: choose one of"),
    ],
)
def test_what_a_link_says_wrongly_is_told_and_stays_as_it_comes(visit, address, fault):
    page = visit(address)
    page.get_by_test_id("toast-body").get_by_text(fault).wait_for()
    assert page.get_by_test_id("toast-body").locator("b").count() == 0


def test_an_unknown_tab_opens_the_first_one(visit):
    page = visit("?tab=nowhere&t=x&drawn=length&seed=-1")
    ready(page)
    page.wait_for_function("Number(document.querySelector('.noised').dataset.t) > 3")   # it moves by itself


def test_the_link_can_be_copied_and_all_begun_afresh(visit):
    page = visit("?tab=noise&t=200")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_selector(".noised[data-t='200']")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    with breaking_off(page):
        page.get_by_role("link", name="Start afresh").click()
        page.wait_for_url(lambda url: "?" not in url)
        ready(page)
    assert "?" not in page.url


def test_the_link_says_what_was_set_a_moment_before_it_is_copied_or_the_tab_is_left(visit):
    page = visit("?tab=noise&t=200")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_selector(".noised[data-t='200']")

    def counts():
        """Nothing is written before the page shows what its address says."""
        page.evaluate("address.tell('noise', ['t'], [250])")
        page.wait_for_timeout(500)
        return "t=250" in page.url

    until(counts, page)
    page.evaluate("address.tell('noise', ['t'], [300]); document.querySelector('#copy-link').click()")
    page.get_by_role("button", name="Copied").wait_for()
    assert "t=300" in page.evaluate("navigator.clipboard.readText()")
    page.evaluate("address.tell('noise', ['t'], [350]); address.keep('watch', 'mine')")
    page.wait_for_timeout(500)
    assert "t=350" in page.url and "watch=mine" in page.url
    page.evaluate("address.keep('watch', '')")
    page.evaluate("address.tell('noise', ['t'], [400]); document.querySelector('#tab-train-button').click()")
    until(lambda: "tab=train" in page.url, page)
    with breaking_off(page):   # it loads again
        page.go_back()
        page.wait_for_selector(".noised[data-t='400']")


def test_the_link_says_how_a_slider_stands_that_was_just_moved(visit):
    page = visit("?tab=context&seed=3")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.wait_for_selector(REFINED)
    answered(page)
    page.evaluate(MOVED_AND, ["#weight-1", 0.25, "#copy-link"])
    page.get_by_role("button", name="Copied").wait_for()
    assert "mix=1%2C0.25&" in page.evaluate("navigator.clipboard.readText()")
    page.evaluate(MOVED_AND, ["#weight-2", 0.5, "#tab-train-button"])
    until(lambda: "tab=train" in page.url, page)
    with breaking_off(page):   # it loads again
        page.go_back()
        until(lambda: page.locator("#weight-2 input[type=number]").count() == 1, page)
    until(lambda: page.locator("#weight-2 input[type=number]").input_value() == "0.5", page)
    assert "mix=1%2C0.25%2C0.5&" in page.url and "seed=3" in page.url


def test_the_address_says_what_the_server_set_however_late(visit):
    page, held = visit("?tab=context&seed=3"), []
    page.wait_for_selector(REFINED)
    answered(page)
    page.route("**/queue/join*", lambda route: held.append(route))
    page.get_by_role("button", name="half hero, half food").click()
    until(lambda: held, page)
    until(lambda: "mix=1&" in page.url, page)   # what the press alone has changed
    page.wait_for_timeout(500)
    for route in held:
        route.continue_()
    until(lambda: "mix=0.5%2C0%2C0.5" in page.url, page)


def test_a_link_to_a_race_shows_its_lanes_and_the_address_follows_them(visit):
    page = visit("?tab=race&lanes=3&runners=ddim,unipc,ddpm,ddim&steps=7,5,9,25&eta=0.5,0,0,1&n=4&seed=3")
    steps = [page.locator(f"#race-steps-{place} input[type=number]") for place in (1, 2, 3)]
    until(lambda: [field.input_value() for field in steps] == ["7", "5", "9"], page)
    lanes, eta = page.locator("[id^=race-steps-]:visible"), page.get_by_label("eta: how much fresh noise")
    until(lambda: lanes.count() == 3, page)
    assert [page.get_by_label(f"Lane {k}").input_value() for k in (1, 2, 3)] == ["DDIM", "UniPC", "DDPM"]
    assert eta.locator("visible=true").first.input_value() == "0.5"
    assert page.locator("#race-variance-3").is_visible() and not page.locator("#race-variance-1").is_visible()
    page.get_by_role("button", name="Add a lane").click()
    until(lambda: "lanes=4" in page.url and lanes.count() == 4, page)
    type_in(steps[1], "6")
    until(lambda: "steps=7%2C6%2C9%2C25" in page.url and "runners=ddim%2Cunipc%2Cddpm%2Cddim" in page.url, page)


def test_a_link_to_a_look_into_the_network_shows_it_and_the_address_follows_the_chosen_block(visit):
    page = visit("?tab=unet&sprite=Bob&t=200&view=maps&cut=skips&seed=5&block=down%201&mix=0,0.5,1")
    page.wait_for_selector("#unet .tiles[data-block='down 1']")
    page.wait_for_selector("#unet .net[data-cut=skips]")
    assert page.locator("#unet-t input[type=number]").input_value() == "200"
    open_more(page, "unet")
    assert [page.locator(f"#unet-weight-{k} input[type=number]").input_value() for k in range(3)] == ["0", "0.5", "1"]
    block = page.locator("#unet .block").last
    name = block.locator("strong").inner_text()
    block.click()
    until(lambda: f"block={name}".replace(" ", "+") in page.url and "cut=skips" in page.url, page)
    page.get_by_label("Seed").locator("visible=true").fill("6")
    until(lambda: "seed=6" in page.url and f"block={name}".replace(" ", "+") in page.url, page)
    answered(page)


def test_a_link_to_a_training_fills_its_settings_and_begins_nothing(visit):
    page = visit("?tab=train&recipe=course&minutes=2.5&batch=32&rate=0.003&dropout=0.25&seed=4")
    minutes = page.get_by_label("Minutes of training").first
    until(lambda: minutes.input_value() == "2.5", page)
    page.get_by_text("More settings").click()
    assert page.get_by_label("Batch: sprites in each step").input_value() == "32"
    assert page.get_by_role("radio", name="as in the course: needs hours").is_checked()
    assert page.locator("#training-start").is_enabled()
    type_in(minutes, "3")
    until(lambda: "minutes=3" in page.url and "recipe=course" in page.url, page)
