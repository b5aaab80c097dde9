"""Every tab as it opens and after its main action, in four sizes and two themes, on one sheet for each theme.

`python tests/browser/screens.py` remakes assets/screens-light.webp and assets/screens-dark.webp; about ten minutes.
"""

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pages import CHROMIUM, LOSS, open_tab, ready
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from diffusion.models.checkpoints import CHECKPOINTS  # noqa: E402
from diffusion.ui import build_app  # noqa: E402

SIZES = {"laptop": (1440, 900), "projector": (1280, 720), "tablet": (820, 1180), "phone": (360, 740)}
HEIGHT, GAP = 260, 8   # of a screen on the sheet
SETTLES_MS = 1500
PAPER = {"light": "white", "dark": "black"}


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()


def train(page: Page) -> None:
    press(page, "Start training")
    page.wait_for_selector(LOSS)
    page.wait_for_timeout(6000)


# What is done in each tab, and what is waited for.
ACTIONS = {
    "Noise": lambda page: press(page, "“No idea”"),
    "Sample": lambda page: (press(page, "Sample"), page.get_by_text("network calls a sprite: ").wait_for()),
    "Context": lambda page: (press(page, "half hero, half food"), page.wait_for_timeout(2000)),
    "DDPM vs DDIM": lambda page: (press(page, "Race"), page.get_by_text("numbers of the starting noise").wait_for()),
    "Train": train,
    "U-Net": lambda page: page.locator("#unet-cut").get_by_label("the skips").check(),
    "Edit": lambda page: press(page, "Something new"),
}


def screen(page: Page) -> Image.Image:
    page.wait_for_timeout(SETTLES_MS)
    page.evaluate("scrollTo(0, 0)")
    shot = Image.open(io.BytesIO(page.screenshot()))
    return shot.resize((round(shot.width * HEIGHT / shot.height), HEIGHT), Image.Resampling.LANCZOS)


def screens(page: Page) -> list[list[Image.Image]]:
    """For each tab how it opens, and how it is after its main action."""
    ready(page)
    shown = []
    for tab, act in ACTIONS.items():
        open_tab(page, tab)
        fresh = screen(page)
        act(page)
        shown.append([fresh, screen(page)])
        if tab == "Train":
            press(page, "Stop")
    return shown


def sheet(columns: list[list[list[Image.Image]]], paper: str) -> Image.Image:
    """columns: by size, by tab, two screens each; a tab is a row."""
    widths = [picture.width for column in columns for picture in column[0]]
    whole = Image.new("RGB", (sum(widths) + GAP * (len(widths) + 1), (HEIGHT + GAP) * len(ACTIONS) + GAP), paper)
    for row in range(len(ACTIONS)):
        left = GAP
        for picture in (picture for column in columns for picture in column[row]):
            whole.paste(picture, (left, GAP + row * (HEIGHT + GAP)))
            left += picture.width + GAP
    return whole


def main() -> None:
    with TemporaryDirectory() as place:
        models = shutil.copytree(CHECKPOINTS, Path(place) / "checkpoints", ignore=shutil.ignore_patterns("house"))
        make_sheets(Path(models))


def make_sheets(models: Path) -> None:
    """Both sheets of the app over these models."""
    demo, options = build_app(models, "cpu")
    _, url, _ = demo.launch(**options, prevent_thread_lock=True, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for theme, paper in PAPER.items():
            columns = []
            for width, height in SIZES.values():
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
                page.set_default_timeout(180_000)
                page.goto(url)
                columns.append(screens(page))
                page.close()
            sheet(columns, paper).save(ROOT / "assets" / f"screens-{theme}.webp", quality=80)
        browser.close()
    demo.close()


if __name__ == "__main__":
    main()
