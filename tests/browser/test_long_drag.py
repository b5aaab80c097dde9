"""What a page keeps while it is dragged for long. On request (pytest -m slow): SPRITE_LAB_DRAG_MINUTES says how long.
"""

import os
from pathlib import Path

import pytest
from test_page_speed import MIX_SLIDER, opened_mix

from diffusion.models.checkpoints import CHECKPOINTS

MINUTES = float(os.environ.get("SPRITE_LAB_DRAG_MINUTES", "10"))
WARM_S, MOST_GROWN = 30, 20_000_000
STRETCH_S = 20   # of one call into the page
DRAG = """async ([selector, seconds]) => {
    const slider = document.querySelector(selector), sprites = document.querySelector("#mix-view .sprites");
    const end = performance.now() + 1000 * seconds, before = Number(sprites.dataset.drawn);
    document.dispatchEvent(new PointerEvent("pointerdown"));
    for (let i = 0; performance.now() < end; i++) {
        slider.value = 0.01 + (i % 90) / 100;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise(requestAnimationFrame);
    }
    document.dispatchEvent(new PointerEvent("pointerup"));
    return Number(sprites.dataset.drawn) - before;
}"""


def drag(page, seconds):
    """Drag a slider of the mix for so long: how often it was drawn."""
    stretches = max(1, round(seconds / STRETCH_S))
    return sum(page.evaluate(DRAG, [MIX_SLIDER, seconds / stretches]) for _ in range(stretches))


def memory_of(page):
    """Bytes that the processes of pages hold for themselves, their workers and WebAssembly included, without garbage.
    """
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    page.wait_for_timeout(2000)
    processes = page.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(private_bytes(process["id"]) for process in processes if process["type"] == "renderer")


def private_bytes(process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@pytest.mark.slow
@pytest.mark.timeout(60 * MINUTES + 300)
def test_minutes_of_dragging_leave_the_page_as_large_as_it_was(open_page, serve):
    with serve(CHECKPOINTS) as url:
        page = opened_mix(open_page, url)
        drag(page, WARM_S)
        before = memory_of(page)
        assert drag(page, 60 * MINUTES) >= 60 * MINUTES   # once a second, at least
        assert memory_of(page) - before <= MOST_GROWN
