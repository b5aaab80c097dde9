"""What the browser computes is painted at once. On request (pytest -m slow), since it measures: about half a minute."""

from statistics import median

import pytest

DRAG = """async (selector) => {
    const slider = document.querySelector(selector), waits = [];
    for (let i = 0; i < 60; i++) {
        const start = performance.now();
        slider.value = Number(slider.min) + i % (slider.max - slider.min + 1);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
        waits.push(performance.now() - start);
    }
    return waits;
}"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tab", "ready", "slider"),
    [
        ("Sample", "#sample-player canvas[data-frame]", "#sample-player .scrub"),
        ("Noise", ".thought[data-t]", "#noise-drawing input[type=range]"),
    ],
)
def test_a_slider_is_followed_within_50_ms(page, tab, ready, slider):
    page.get_by_role("tab", name=tab, exact=True).click()
    page.wait_for_selector(ready, timeout=60_000)
    page.wait_for_timeout(3000)
    assert median(page.evaluate(DRAG, slider)) <= 50
