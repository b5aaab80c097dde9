"""What a browser makes of the blocks of a network beside torch, and the U-Net tab where it does so."""

import base64
from io import BytesIO

import numpy as np
import pytest
import torch
from odd_models import ODD, random_model
from pages import answered, choose_model, open_more, open_tab, ready, requests, until
from PIL import Image
from plain_page import TOOLS, plain_server

from diffusion.browser.half_weights import browser_file
from diffusion.explain.activations import feature_maps, noisy
from diffusion.generation import context_rows
from diffusion.models.checkpoints import load_checkpoint
from diffusion.networks.course_unet import ContextUnet
from diffusion.sprites.painter import bob

LOOK = """async ([name, looked]) => {
    const model = await lab.open(name), all = {};
    for (const block of looked.blocks) {
        const maps = lab.featureMaps(model, { ...looked, pixels: new Uint8Array(looked.pixels), block });
        all[block] = { ...maps, tiles: [...maps.tiles], x_t: [...maps.x_t], x0: [...maps.x0] };
    }
    return all;
}"""


@pytest.fixture(scope="module")
def models():
    """With the weights that a browser gets."""
    made = {"sprites": load_checkpoint("sprites")} | {name: random_model(*of) for name, of in ODD.items()}
    for model in made.values():
        model.net.half().float().requires_grad_(False).eval()
    return made


@pytest.fixture(scope="module")
def plain(new_page, models):
    with plain_server({name: browser_file(model) for name, model in models.items()}) as url:
        page = new_page(url)
        page.goto(url)
        page.evaluate(TOOLS)
        yield page
        page.close()


@pytest.mark.parametrize("view", ["maps", "change"])
@pytest.mark.parametrize("name", ["sprites", *ODD])
def test_each_block_makes_what_it_makes_in_torch(plain, models, name, view):
    model, t, seed = models[name], 180, 4
    blocks = [block.name for block in model.net.anatomy().blocks]
    weights = [0.2 * k for k in range(1, 1 + len(model.categories))]
    looked = {"pixels": list(bob().tobytes()), "t": t, "seed": seed, "context": weights, "blocks": blocks, "view": view}
    ours = plain.evaluate(LOOK, [name, looked])
    context = context_rows(dict(zip(model.categories, weights, strict=True)), model.categories, 1)
    for block in blocks:
        made = feature_maps(model, noisy(model, bob(), t, seed), t, context, block, view)
        seen = ours[block]
        assert (seen["block"], seen["channels"], seen["t"], seen["side"]) == (block, made.channels, t, 16)
        assert tuple(seen["shape"]) == made.tiles.shape and seen["noise"] == pytest.approx(made.noise, abs=1e-9)
        assert seen["scale"] == pytest.approx(made.scale, rel=1e-3, abs=1e-4)
        assert list(seen["changes"]) == list(made.changes) == blocks
        assert list(seen["changes"].values()) == pytest.approx(list(made.changes.values()), abs=1e-4)
        for picture in ("x_t", "x0"):
            assert abs(np.array(seen[picture]) - getattr(made, picture).reshape(-1).astype(int)).max() <= 1
        if made.scale > 1e-3:   # else it is rounding that is shown
            assert abs(np.array(seen["tiles"]) - made.tiles.reshape(-1).astype(int)).max() <= 1


# ---- the tab

def is_question(request):
    return request.method == "POST"


@pytest.fixture
def here(visit):
    """The tab in a page that looks by itself."""
    page = visit()
    ready(page)
    open_tab(page, "U-Net")
    page.wait_for_selector("#unet .tiles[data-block]")
    page.wait_for_selector("#unet-device [data-device=ready]")
    answered(page)
    return page


def tiles(page):
    """The canvas as a data URL."""
    return page.locator("#unet .tiles").evaluate("canvas => canvas.toDataURL()")


def pixels(tiles):
    return np.array(Image.open(BytesIO(base64.b64decode(tiles.partition(",")[2]))), int)


def move(page, key="ArrowRight"):
    """Move t by one step of the key, and wait for other maps."""
    before = tiles(page)
    page.locator("#unet-t input[type=range]").focus()
    page.keyboard.press(key)
    until(lambda: tiles(page) != before, page)
    return tiles(page)


def test_maps_follow_without_the_server_which_shows_the_same_when_it_is_chosen(here):
    with requests(here, is_question) as posted:
        move(here)
        move(here, "PageUp")
        here.get_by_role("button", name="bottom 2:").click()
        here.wait_for_selector("#unet .tiles[data-block='bottom 2']")
        assert not posted
    here.context.set_offline(True)
    here.get_by_role("button", name="down 1:").click()
    here.wait_for_selector("#unet .tiles[data-block='down 1']")
    move(here, "PageDown")
    here.wait_for_selector("#unet-device [data-device=alone]")
    here.context.set_offline(False)
    move(here, "PageUp")
    here.wait_for_selector("#unet-device [data-device=ready]")
    ours = tiles(here)
    here.locator("#unet-device").get_by_role("button", name="the server").click()
    with requests(here, is_question) as posted:
        move(here)
        answered(here)
        theirs = move(here, "ArrowLeft")
        assert posted
    assert (abs(pixels(ours) - pixels(theirs)) <= 3).mean() >= 0.99   # float16 weights against the original ones


def test_another_network_is_looked_at_by_the_server(here, app_folder):
    path = app_folder / "course.pth"
    torch.save(ContextUnet(n_feat=16, n_cfeat=3).state_dict(), path)
    open_tab(here, "Sample")
    open_tab(here, "U-Net")
    answered(here)
    with requests(here, is_question) as posted:
        open_more(here, "unet")
        choose_model(here, "course.pth")
        here.wait_for_function("document.querySelectorAll('#unet .block').length === 8")
        here.wait_for_selector("#unet-device [data-device=refused]")
        here.get_by_role("button", name="up 1:").click()
        here.wait_for_selector("#unet .tiles[data-block='up 1']")
        assert posted
    path.unlink()
