"""Networks on the graphics processor beside torch: on one that Chromium computes itself, right but not fast."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from odd_models import ODD, random_model
from pages import CHROMIUM, VIEWPORT
from plain_page import TOOLS, as_floats, as_text, plain_server
from safetensors.torch import save

from diffusion.models.checkpoints import load_checkpoint

SWIFTSHADER = ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-webgpu-adapter=swiftshader"]
SAME = 2e-4   # of velocities, as on the cores
BOTH = ["sprites", *ODD]


@pytest.fixture(scope="module")
def models():
    return {"sprites": load_checkpoint("sprites")} | {name: random_model(*of) for name, of in ODD.items()}


@pytest.fixture(scope="module")
def plain(browser, watch, models):
    """A plain page with a graphics processor, the device's code, and all models in float32."""
    files = {}
    for name, model in models.items():
        state = {key: value.contiguous() for key, value in model.net.state_dict().items()}
        files[name] = save(state, metadata={"model": json.dumps(asdict(model.config))})
    own = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", *SWIFTSHADER])
    with plain_server(files) as url:
        page = watch.over(own.new_page(viewport=VIEWPORT), url)
        page.goto(url)
        page.evaluate(TOOLS)
        yield page
        own.close()


PASSES = """async ([name, passes]) => {
    const graphics = window.graphics ??= await lab.openGraphics(true), wrong = [];
    graphics.device.onuncapturederror = ({ error }) => wrong.push(error.message);
    const model = new lab.BrowserModel(new lab.GraphicsMemory(graphics), lab.readModel(await lab.file(name)));
    const ask = async ([x, time, contexts]) => lab.text(await model.net.forward(lab.floats(x), time, contexts));
    const answers = [await lab.each(passes, ask), await Promise.all(passes.map(ask))];
    model.net.memory.close();
    return [...answers, wrong];
}"""


@pytest.mark.parametrize("name", BOTH)
def test_a_pass_is_the_same_also_where_another_one_begins_meanwhile(plain, models, name):
    random, model = torch.Generator().manual_seed(0), models[name]
    x = torch.randn(2, 3, 3, 16, 16, generator=random)   # three sprites in each of two passes
    context = torch.rand(2, 3, len(model.categories), generator=random) * 1.5 - 0.25
    times = [0.002, 0.8]
    with torch.no_grad():
        theirs = [model.net(x[i], torch.full((3,), times[i]), context[i]).flatten().numpy() for i in range(2)]
    passes = [[as_text(x[i].flatten()), times[i], context[i].tolist()] for i in range(2)]
    *answers, wrong = plain.evaluate(PASSES, [name, passes])
    assert not wrong
    for answer in answers:
        assert max(np.abs(as_floats(text) - right).max() for text, right in zip(answer, theirs, strict=True)) <= SAME


DRAWN = """async ([name, forced, run, sprites]) => {
    const pool = new lab.Pool(3, forced), file = await lab.file(name), request = { key: "a", run, sprites };
    await pool.opened;
    await pool.load("a", file);
    await pool.quicken("a", file);
    const here = await pool.run({ ...request, keep: lab.keyFrames(run.steps, sprites.length) });
    const both = [here, await pool.run({ ...request, place: "cores" })];
    const strength = pool.strength("a", here.place), frames = here.film.at.length;
    const told = { crew: pool.crewIn(here.place), strength, frames };
    pool.close();
    const [places, calls] = ["place", "calls"].map((name) => both.map((drawn) => drawn[name]));
    return { ...told, places, calls, pixels: both.map(({ pixels }) => [...pixels]) };
}"""
RUN = {"sampler": "sa_solver", "steps": 3, "guidance": 2, "mixing": "vector"}
SPRITES = [{"context": [k / 20], "origin": [3, k]} for k in range(20)]   # more than go through a network at once


def test_runs_end_in_the_same_pixels(plain):
    drawn = plain.evaluate(DRAWN, ["w8", True, RUN, SPRITES])
    assert drawn["places"] == ["graphics", "cores"] and drawn["crew"] == {"workers": 2, "isOnGraphics": True}
    assert drawn["calls"] == [6, 6] and drawn["frames"] == 4 and drawn["strength"] > 0
    here, cores = (np.array(pixels) for pixels in drawn["pixels"])
    assert len(here) == 20 * 768 and (abs(here - cores) <= 1).mean() >= 0.999


def test_one_that_the_cores_compute_is_left_alone(plain):
    drawn = plain.evaluate(DRAWN, ["w8", False, RUN, SPRITES[:2]])
    assert drawn["places"] == ["cores", "cores"] and drawn["crew"] == {"workers": 3, "isOnGraphics": False}
    assert drawn["strength"] == 3 and drawn["pixels"][0] == drawn["pixels"][1]


def test_where_it_breaks_down_the_cores_go_on(plain):
    """Here it was never there: to the page that is the same, its worker answers with an error."""
    drawn = plain.evaluate(
        """async ([run, sprites]) => {
            const pool = new lab.Pool(2);
            await pool.opened;
            await pool.load("a", await lab.file("w8"));
            const { place, pixels } = await pool.run({ key: "a", place: "graphics", run, sprites });
            pool.close();
            return [place, pixels.length];
        }""",
        [RUN, SPRITES[:2]],
    )
    assert drawn == ["cores", 2 * 768]
