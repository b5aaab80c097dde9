"""A program: the app and a browser where there is no network but the machine's own loop; says what went wrong.

test_offline.py runs it within a network namespace of its own.
"""

import json
import socket
import struct
import sys
from fcntl import ioctl
from pathlib import Path

from pages import CHROMIUM, LOSS, VIEWPORT, Watch, open_sample, open_tab
from playwright.sync_api import Page, sync_playwright

from diffusion.ui import build_app

GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
SHOWS = {   # what a tab has to show as it opens
    "Noise": "#dissolve canvas[data-t]", "Context": "#mix-view .sprites[data-final=true]",
    "U-Net": "#unet .tiles[data-block]", "Edit": "#edit-view .variants[data-final=true]",
}   # fmt: skip


def open_loop() -> None:
    """Give the namespace its own loop, which is closed at first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        told = ioctl(any_socket, GET_FLAGS, struct.pack("16sh14x", b"lo", 0))
        _, flags = struct.unpack("16sh14x", told)
        ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))


def reaches_out() -> bool:
    """Whether there is a way to any other machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            any_socket.connect(("192.0.2.1", 9))   # an address kept for examples
        except OSError:
            return False
    return True


def use(page: Page) -> None:
    """See what every tab shows, draw, race and train."""
    open_sample(page)
    page.get_by_role("button", name="Sample", exact=True).click()
    page.locator("#tab-sample").get_by_text("network calls a sprite").wait_for()
    for tab, shown in SHOWS.items():
        open_tab(page, tab)
        page.wait_for_selector(shown)
    open_tab(page, "DDPM vs DDIM")
    page.get_by_role("button", name="Race", exact=True).click()
    page.get_by_text("numbers of the starting noise").wait_for()
    open_tab(page, "Train")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector(LOSS)


def visit(url: str) -> list[str]:
    """What went wrong while a page of the app was used."""
    watch = Watch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = watch.over(browser.new_page(viewport=VIEWPORT), url)
        page.goto(url)
        use(page)
        browser.close()
    return watch.wrong


if __name__ == "__main__":
    open_loop()
    demo, options = build_app(Path(sys.argv[1]), "cpu")
    _, url, _ = demo.launch(**options, prevent_thread_lock=True, quiet=True)
    wrong = visit(url)
    demo.close()
    sys.stdout.write(f"\n{json.dumps({'reaches_out': reaches_out(), 'wrong': wrong})}\n")
