"""The tour in a real browser: a guess, then what the page sees happen, then why."""

from pages import PHONE, open_tab, ready, reload, sized, type_in

from diffusion.ui.words.tour import LESSONS


def tour(page, phase):
    page.wait_for_selector(f".tour[data-phase={phase}]")
    return page.locator(".tour")


def guess(page, choice):
    tour(page, "question").get_by_label(choice).check()
    page.get_by_role("button", name="That is my guess").click()


def test_a_lesson_goes_on_once_it_has_happened_and_is_resumed_where_it_was(page):
    page.get_by_role("button", name="Take the tour").click()
    assert page.get_by_role("button", name="That is my guess").is_disabled()
    guess(page, "about 60 %")
    assert "lesson=noise" in page.url
    reload(page)
    ready(page)
    assert "Your guess: about 60 %." in tour(page, "task").inner_text()
    page.locator(".landmarks button[data-state='outline']").click()
    page.wait_for_selector(".sentence[data-state='outline']")
    assert page.locator(".tour").get_attribute("data-phase") == "task"
    page.locator(".landmarks button[data-state='no idea']").click()
    assert "Your guess was about 60 %. It is about 90 %." in tour(page, "why").inner_text()
    page.get_by_role("button", name="Next lesson").click()
    assert tour(page, "question").get_attribute("data-lesson") == "sampling"


def test_a_lesson_is_linked_to_and_leads_to_its_tab(visit):
    page = visit("?lesson=context")
    guess(page, "Nearly none")
    tour(page, "task")
    page.wait_for_selector("#mix-view .sprites[data-final=true]")
    type_in(page.locator("#weight-2 input[type=number]"), "0.6")
    assert "Your guess was right: Nearly none." in tour(page, "why").inner_text()
    page.get_by_role("button", name="Close the tour").click()
    assert "lesson" not in page.url and not page.locator(".tour").is_visible()


def test_breaking_it_is_seen(visit):
    page = visit("?lesson=sampling")
    guess(page, "The sprites become plain and blurred")
    page.get_by_text("Break it: one thing wrong").click()
    page.get_by_role("button", name="No fresh noise").click()
    assert "right" in tour(page, "why").inner_text()


def test_a_training_is_seen_to_begin(visit):
    page = visit("?lesson=training")
    guess(page, "Patches of colour, some with an outline")
    page.get_by_role("button", name="Start training").click()
    assert "right" in tour(page, "why").inner_text()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("The model is called").wait_for()


def test_a_race_is_seen_to_end(visit):
    page = visit("?lesson=fast")
    guess(page, "About 20 times")
    for place, steps in ((1, "8"), (2, "2")):   # the shipped model takes longer
        type_in(page.locator(f"#race-steps-{place} input[type=number]"), steps)
    page.get_by_role("button", name="Race", exact=True).click()
    assert "right" in tour(page, "why").inner_text()


def test_a_path_between_two_mixes_is_seen_and_the_tour_ends(visit):
    page = visit("?lesson=mixing")
    guess(page, "A drawing of its own")
    page.wait_for_selector("#mix-view .sprites[data-final=true]")
    page.get_by_text("A path from one mix to another").click()
    page.get_by_role("button", name="Remember this mix as A").click()
    type_in(page.locator("#weight-3 input[type=number]"), "1")
    page.get_by_role("button", name="Remember this mix as B").click()
    page.get_by_role("button", name="Draw the path").click()
    assert "right" in tour(page, "why").inner_text()
    assert page.get_by_role("link", name="Print the lessons").get_attribute("href").endswith("/lessons")
    page.get_by_role("button", name="From the beginning").click()
    assert tour(page, "question").get_attribute("data-lesson") == "noise"


def test_a_word_of_the_field_is_explained_where_it_stands(page):
    open_tab(page, "DDPM vs DDIM")
    page.get_by_role("button", name="FSD", exact=True).first.click()
    page.locator("#term-fsd").get_by_text("Fréchet sprite distance").wait_for()


def test_on_a_phone_the_longest_question_is_in_view_with_its_choices_and_button(visit):
    longest = max(LESSONS, key=lambda lesson: len(lesson.question))
    page = visit(f"?lesson={longest.key}")
    page.locator(".tour").get_by_text(longest.choices[0]).wait_for()
    with sized(page, **PHONE):
        box, *inside = (page.locator(f".tour{what}").last.bounding_box() for what in ("", " h3", " label", " .on"))
        assert box["y"] + box["height"] <= PHONE["height"]
        assert all(box["y"] <= one["y"] and one["y"] + one["height"] <= box["y"] + box["height"] for one in inside)
