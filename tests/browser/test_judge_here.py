"""The judge in the browser beside torch: how it reads sprites, and what is no judge."""

import json

import numpy as np
import pytest
import torch
from plain_page import TOOLS, as_text, plain_server
from safetensors.torch import load, save

from diffusion.browser.half_judge import judge_file
from diffusion.browser.half_weights import browser_file
from diffusion.evaluation.judge import load_judge
from diffusion.generation import generate, usual_config
from diffusion.models.checkpoints import load_checkpoint
from diffusion.sprites.spriteset import COURSE_CATEGORIES
from diffusion.support.images import to_tensor

OPEN = """async (name) => {
    const module = await WebAssembly.compile(await (await fetch("/code/kernels.wasm")).arrayBuffer());
    lab.openJudge = async (name) => new lab.Judge(await lab.openMemory(module), lab.readModel(await lab.file(name)));
}"""
READ = """async (sprites) => {
    const judge = await lab.openJudge("judge");
    return sprites.map((x) => judge.read(lab.floats(x)));
}"""


@pytest.fixture(scope="module")
def judge():
    return load_judge()


@pytest.fixture(scope="module")
def plain(new_page, judge):
    """A plain page with the device's code and the judge as a browser gets it."""
    files = {"judge": judge_file(judge, COURSE_CATEGORIES)}
    with plain_server(files) as url:
        page = new_page(url)
        page.files = files
        page.goto(url)
        page.evaluate(TOOLS)
        page.evaluate(OPEN)
        yield page
        page.close()


def real(sprites):
    return to_tensor(sprites.images[:100])


def noisy(sprites):
    """From sprites whose reading wavers to pure noise."""
    x, noise = real(sprites), torch.randn(100, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    share = torch.linspace(0.02, 1, 100)[:, None, None, None]
    return ((1 - share**2).sqrt() * x + share * noise).clamp(-1, 1)


def generated(sprites):
    """Mixes among them, of which the judge is in two minds."""
    model, context = load_checkpoint("sprites-1"), torch.rand(64, 5, generator=torch.Generator().manual_seed(1))
    return generate(model, usual_config(model, n=64), context)


@pytest.mark.parametrize("kind", [real, noisy, generated])
def test_sprites_are_read_as_torch_reads_them(plain, judge, sprites, kind):
    x = kind(sprites)
    ours = np.array(plain.evaluate(READ, [as_text(sprite.flatten()) for sprite in x]))
    theirs = judge.read(x).numpy()
    assert abs(ours - theirs).max() <= 3e-3


REFUSED = """async (name) => {
    try { await lab.openJudge(name) } catch (error) { return [error.constructor.name, error.message] }
}"""
BAD = {   # what becomes of the tensors and the description, and what is said of it
    "a wrong shape": (lambda state, told: (state | {"readings.bias": torch.zeros(9)}, told), "bias should be 5"),
    "one missing": (lambda state, told: ({"layers.0.0.bias": state["layers.0.0.bias"]}, told), "layers.0.0.weight"),
    "one too many": (lambda state, told: (state | {"more": torch.zeros(1)}, told), "nothing is known of more"),
    "not finite": (lambda state, told: (state | {"readings.bias": torch.full((5,), torch.nan)}, told), "not finite"),
    "other categories": (lambda state, told: (state, told | {"categories": ["a"]}), "weight should be 1 x 2240"),
    "no categories": (lambda state, told: (state, {"network": "judge"}), "no judge of sprites"),
    "another network": (lambda state, told: (state, told | {"network": "sprite"}), "no judge of sprites"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_judge_is_refused_with_a_sentence(plain, what):
    spoil, sentence = BAD[what]
    told = {"network": "judge", "categories": COURSE_CATEGORIES}
    state, told = spoil(load(plain.files["judge"]), told)
    plain.files["bad"] = save(state, metadata={"model": json.dumps(told)})
    kind, said = plain.evaluate(REFUSED, "bad")
    assert kind == "WeightsError" and sentence in said


POOLED = """async ([size, run, sprites]) => {
    const pool = new lab.Pool(size);
    await pool.opened;
    await Promise.all([pool.load("a", await lab.file("model")), pool.judge(await lab.file("judge"))]);
    const { pixels, readings } = await pool.run({ key: "a", run, sprites, isRead: true });
    pool.close();
    return [[...pixels], readings];
}"""


def test_workers_read_what_they_drew(plain, judge, tiny_model):
    plain.files["model"] = browser_file(tiny_model)
    run = {"sampler": "ddim", "steps": 2, "guidance": 1, "mixing": "vector"}
    sprites = [{"context": [k / 5, 0, 0, 1, 0], "origin": [3, k]} for k in range(5)]
    one, many = (plain.evaluate(POOLED, [run_by, run, sprites]) for run_by in (1, 3))
    drawn = np.array(one[0], np.uint8).reshape(5, 16, 16, 3)
    assert one == many and abs(np.array(one[1]) - judge.read(to_tensor(drawn)).numpy()).max() <= 3e-3
