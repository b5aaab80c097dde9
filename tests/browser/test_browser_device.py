"""The browser as a device beside torch: its noise, schedules, samplers, network and runs, in a real browser."""

import json
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from odd_models import ODD, random_model
from plain_page import TOOLS, as_floats, as_text, plain_server
from safetensors.torch import save

from diffusion.browser.half_weights import browser_file
from diffusion.editing import Change, Finish
from diffusion.explain.noised_sprite import NoisedSprite, denoise, network_guess
from diffusion.generation import Run, SampleConfig, categories_in_turn, smooth_config, usual_config
from diffusion.mixing import Path as MixPath
from diffusion.models.checkpoints import load_checkpoint
from diffusion.noise import SpriteNoise
from diffusion.samplers import ALL_SAMPLERS, ddim, sample
from diffusion.schedule import Schedule
from diffusion.serving.engine import Engine
from diffusion.serving.fetched.page_models import OF_A_RUN
from diffusion.serving.requests import RunRequest
from diffusion.sprites.painter import bob
from diffusion.sprites.palette import clean
from diffusion.support.images import to_uint8
from diffusion.trajectory import key_frames, record

SHIPPED = ("sprites", "sprites-4", "sprites-2", "sprites-1")
MIX = (0.7, 0.4, 0.0, 0.9, -0.3, 0.2, 1.0)


@pytest.fixture(scope="module")
def models():
    return {name: load_checkpoint(name) for name in SHIPPED} | {name: random_model(*of) for name, of in ODD.items()}


@pytest.fixture(scope="module")
def halved(models):
    """The same models with the weights that a browser gets, as torch computes with them."""
    copies = {name: model.config.build() for name, model in models.items()}
    for name, copy in copies.items():
        state = models[name].net.state_dict()
        copy.net.load_state_dict({key: value.half().float() for key, value in state.items()})
        copy.net.eval().requires_grad_(False)
    return copies


@pytest.fixture(scope="module")
def plain(new_page, models):
    """A plain page with the device's code and all models: NAME as a browser gets it, and NAME-whole in float32."""
    files = {name: browser_file(model) for name, model in models.items()}
    for name, model in models.items():
        state = {key: value.contiguous() for key, value in model.net.state_dict().items()}
        files[f"{name}-whole"] = save(state, metadata={"model": json.dumps(asdict(model.config))})
    with plain_server(files) as url:
        page = new_page(url)
        page.goto(url)
        page.evaluate(TOOLS)
        page.files = files
        yield page
        page.close()


def same(ours, theirs, tolerance):
    ours, theirs = (np.asarray(numbers, np.float64) for numbers in (ours, theirs))
    assert ours.shape == theirs.shape and np.abs(ours - theirs).max() <= tolerance


# ---- noise, schedules, samplers


@pytest.mark.parametrize("origin", [(0, 0), (7, 15), (2**32 - 1, 99_999), (123_456_789, 3)])
def test_the_noise_of_a_sprite_is_that_of_torch(plain, origin):
    noise = SpriteNoise(*[[part] for part in origin])
    draws = plain.evaluate(
        "origin => { const next = lab.spriteNoise(origin, 768); return [1, 2, 3].map(() => lab.text(next())); }", origin
    )
    for drawn in draws:
        same(as_floats(drawn), noise().flatten(), 1e-6)


SCHEDULES = [
    ("linear", {}), ("linear", {"T": 40, "beta_1": 1e-3, "beta_T": 0.1}),
    ("cosine", {"T": 500, "shift": 2.0, "spacing": 1.6}), ("cosine", {"T": 30, "end": 0.9}),
]   # fmt: skip


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_schedules_and_timesteps_are_the_same(plain, name, options):
    schedule = getattr(Schedule, name)(**options)
    counts = [1, 2, 3, 7, 10, 25, schedule.T]
    ours, levels, steps = plain.evaluate(
        """([config, counts]) => {
            const s = lab.Schedule.of(config), t = Array.from({ length: s.T }, (_, i) => i + 1);
            const levels = t.map((t) => [s.signal(t), s.noise(t), s.noiseShare(t), s.halfLogSnr(t)]);
            return [[...s.alphaBar], levels, counts.map((n) => s.timesteps(n))];
        }""",
        [{"schedule": name, "schedule_options": options}, counts],
    )
    same(ours, schedule.alpha_bar, 1e-12)
    t = torch.arange(1, schedule.T + 1)
    theirs = [schedule.signal(t), schedule.noise(t), schedule.noise_share(t), schedule.half_log_snr(t)]
    same(levels, torch.stack(theirs, 1), 1e-12)
    assert steps == [schedule.timesteps(n) for n in counts]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ddpm", {}), ("ddpm", {"variance": "posterior"}), ("ddim", {}), ("ddim", {"eta": 0.4}), ("dpmpp_2m", {}),
        ("unipc", {}), ("sa_solver", {}), ("jumps", {}),
    ],
    ids=str,
)   # fmt: skip
@pytest.mark.parametrize("n", [1, 2, 10])
def test_every_coefficient_of_a_sampler_is_the_same(plain, name, told, n):
    """In float64, from states of which each entry weighs one input of one step: so the means are coefficients."""
    schedule = Schedule.cosine(500, shift=2.0, spacing=1.4)
    timesteps, rule = schedule.timesteps(n), ALL_SAMPLERS[name].rule(**told)
    inputs = torch.eye(3 * n, dtype=torch.float64).reshape(n, 3, 3 * n)
    theirs = [rule(schedule, *pair, *inputs[i]) for i, pair in enumerate(pairwise(timesteps))]
    ours = plain.evaluate(
        """([name, told, timesteps, inputs]) => {
            const options = { shift: 2, spacing: 1.4 }, rule = lab.SAMPLERS[name](told);
            const schedule = lab.Schedule.of({ schedule: "cosine", schedule_options: options });
            return inputs.map((step, i) => rule(schedule, timesteps[i], timesteps[i + 1], ...step));
        }""",
        [name, told, timesteps, inputs.tolist()],
    )
    for (mean, sigma), step in zip(theirs, ours, strict=True):
        largest = max(1.0, float(mean.abs().max()))   # far from the sprite, some weigh a thousandfold
        same(np.array(step["mean"]) / largest, mean / largest, 1e-12)
        same(step["sigma"], sigma, 1e-12)


def test_colours_are_cleaned_as_the_lab_cleans_them(plain, models):
    palette = models["sprites"].config.palette
    x = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(2)).clamp(-1.1, 1.1)
    ours = plain.evaluate(
        "([sprites, palette]) => sprites.map((x) => lab.text(new lab.Palette(palette).clean(lab.floats(x))))",
        [[as_text(sprite.flatten()) for sprite in x], palette],
    )
    theirs = clean(x, palette).flatten(1).numpy()
    assert np.mean(abs(np.stack([as_floats(one) for one in ours]) - theirs) <= 1e-6) >= 0.999


# ---- the network

PASSES = """async ([name, kernels, passes]) => {
    const { net } = await lab.open(name, kernels);
    return lab.each(passes, async ([x, time, context]) => lab.text(await net.forward(lab.floats(x), time, [context])));
}"""


SAME = 2e-4   # of velocities: where there is least noise, one is a twentieth part of that in x0


def largest_difference(page, name, model, kernels="kernels"):
    """Between the answers of the page and of torch, over several noise levels."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, 3, 16, 16, generator=generator)
    context = torch.rand(4, len(model.categories), generator=generator) * 1.5 - 0.25
    times = torch.tensor([0.002, 0.3, 0.8, 0.999])
    with torch.no_grad():
        theirs = model.net(x, times, context).flatten(1).numpy()
    passes = [[as_text(x[i].flatten()), float(times[i]), context[i].tolist()] for i in range(4)]
    ours = np.stack([as_floats(text) for text in page.evaluate(PASSES, [name, kernels, passes])])
    return np.abs(ours - theirs).max()


@pytest.mark.parametrize("kernels", ["kernels", "fused_kernels"])
@pytest.mark.parametrize("name", [*SHIPPED, *ODD])
def test_a_pass_with_the_same_weights_is_the_same_to_two_ten_thousandths(plain, models, name, kernels):
    assert largest_difference(plain, f"{name}-whole", models[name], kernels) <= SAME


@pytest.mark.parametrize("name", [*SHIPPED, *ODD])
def test_a_pass_with_float16_weights_is_that_of_torch_with_the_same_ones(plain, halved, name):
    assert largest_difference(plain, name, halved[name]) <= SAME


# ---- finished runs

RUNS = """async ([name, run, sprites]) => {
    const model = await lab.open(name);
    const finished = await lab.each(sprites, (sprite) => lab.ends(model, run, [sprite]));
    return finished.map((x) => [...lab.pixelsOf(x)]);
}"""
N = 3


def agreement(page, name, model, config, path=None):
    """The share of pixel values of finished runs that lie within 1 of 255 of torch's, raw unless asked otherwise."""
    config = replace(config, clean=bool(config.clean))
    context = torch.tensor(MIX[: len(model.categories)]).repeat(N, 1)
    start = path.start(config, model) if path else None
    *_, last = Run(model, config, context, start=start)
    theirs = to_uint8(last.x_next).astype(int)
    run = {key: getattr(config, key) for key in OF_A_RUN}
    sprites = [{"context": context[k].tolist(), "origin": origin} for k, origin in enumerate(config.origins_from(0, N))]
    if path:
        for k, sprite in enumerate(sprites):
            origin = [path.seed, config.origins_from(k, 1)[0][1]]
            sprite["far"] = {"origin": origin, "share": float(path.shares(N)[k])}
    ours = np.array(page.evaluate(RUNS, [name, run, sprites])).reshape(theirs.shape)
    return float((abs(ours - theirs) <= 1).mean())


def test_ten_steps_with_guidance_end_in_the_same_pixels(plain, models, halved):
    config = SampleConfig(n=N, seed=5)
    assert agreement(plain, "sprites", halved["sprites"], config) >= 0.999
    assert agreement(plain, "sprites-whole", models["sprites"], config) >= 0.999


@pytest.mark.parametrize("name", SHIPPED[1:])
def test_students_end_in_the_same_pixels(plain, halved, name):
    config = usual_config(halved[name], n=N, seed=5)
    assert agreement(plain, name, halved[name], config) >= 0.999


@pytest.mark.parametrize(
    "change",
    [
        {"sampler": "ddim", "eta": 0.5}, {"sampler": "ddpm"}, {"sampler": "ddpm", "variance": "posterior"},
        {"sampler": "dpmpp_2m"}, {"sampler": "unipc"}, {"mixing": "composed"},
        {"guidance": 0.5}, {"guidance": 1.0}, {"guidance": 3.0, "guided_steps": 2},
        {"guidance": 3.0, "guided_steps": 9}, {"origins": ((9, 2), (0, 70), (4, 4))},
    ],
    ids=str,
)   # fmt: skip
def test_runs_of_every_kind_end_in_the_same_pixels(plain, halved, change):
    config = replace(SampleConfig(steps=4, n=N, seed=1), **change)
    assert agreement(plain, "sprites", halved["sprites"], config) >= 0.999


def test_cleaned_runs_end_in_the_same_colours_but_where_two_are_as_likely(plain, halved):
    config = SampleConfig(steps=4, n=N, seed=1, clean=True)   # of torch's own, 1% flip by noise of a thousandth
    assert agreement(plain, "sprites", halved["sprites"], config) >= 0.97


TOGETHER = """async ([name, run, sprites]) => {
    const model = await lab.open(name), all = await lab.ends(model, run, sprites);
    const alone = await lab.each(sprites, (sprite) => lab.ends(model, run, [sprite]));
    return alone.map((x, k) => x.every((value, i) => value === lab.spriteAt(all, k)[i]));
}"""


@pytest.mark.parametrize("mixing", ["vector", "composed"])
@pytest.mark.parametrize("name", ["sprites", *ODD])
def test_sprites_that_go_through_the_network_together_are_those_alone(plain, models, name, mixing):
    """To the last bit, whatever each of them is asked for."""
    run = {"sampler": "sa_solver", "steps": 3, "guidance": 1.5, "mixing": mixing}
    rows = torch.rand(4, len(models[name].categories), generator=torch.Generator().manual_seed(1)).tolist()
    sprites = [{"context": row, "origin": [3, k]} for k, row in enumerate(rows)]
    assert all(plain.evaluate(TOGETHER, [name, run, sprites]))


GUIDED_AT_FIRST = """async ([name, run, sprites]) => {
    const steps = await lab.steps(await lab.open(name), run, sprites);
    return [lab.text(steps.at(-1).xNext), steps.map(({ calls }) => calls / sprites.length)];
}"""


def test_a_run_may_be_guided_in_its_first_steps_alone(plain, halved):
    """As a run that goes on without guidance from where these end."""
    model, rows = halved["sprites"], torch.eye(5)[:2]
    guided, plainly, timesteps = model.denoiser(rows), model.denoiser(rows, 1.0), model.schedule.timesteps(4, 300)
    x = noise = SpriteNoise(3, range(2))()
    for eps, some in ((guided, timesteps[:3]), (plainly, timesteps[2:])):
        *_, last = sample(eps, model.schedule, x, some, ddim())
        x = last.x_next
    run = {"sampler": "ddim", "eta": 0, "steps": 4, "start": 300, "guided_steps": 2, "mixing": "vector"}
    sprites = [{"context": row, "origin": [3, k]} for k, row in enumerate(rows.tolist())]
    ours, calls = plain.evaluate(GUIDED_AT_FIRST, ["sprites", run, sprites])
    assert calls == [2, 2, 1, 1]
    assert np.abs(as_floats(ours).reshape(x.shape) - x.numpy()).max() < 5e-3 < np.abs(noise.numpy()).max()


def test_a_path_between_noises_is_the_same(plain, halved):
    assert agreement(plain, "sprites", halved["sprites"], SampleConfig(steps=2, n=N), MixPath((), 8, N)) >= 0.999


@pytest.mark.parametrize("name", ODD)
def test_networks_of_other_sizes_and_predictions_end_in_the_same_pixels(plain, halved, name):
    assert agreement(plain, name, halved[name], SampleConfig(steps=10, n=N)) >= 0.999


FILMED = """async ([name, workers, run, sprites]) => {
    const pool = new lab.Pool(workers);
    await pool.opened;
    await pool.load("a", await lab.file(name));
    const { film } = await pool.run({ key: "a", run, sprites, keep: lab.keyFrames(run.steps, sprites.length) });
    pool.close();
    const views = Object.entries(film.views).map(([name, bytes]) => [name, [...bytes]]);
    return { ...film, views: Object.fromEntries(views) };
}"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("sampler", ["ddpm", "unipc", "sa_solver"])
def test_a_film_is_that_of_a_recorded_run(plain, halved, sampler, workers):
    config = SampleConfig(sampler, steps=6, n=N, guidance=1.5, seed=3)
    theirs = record(Run(halved["w20-g5"], config, categories_in_turn(("a", "b", "c"), N)))
    run = {key: getattr(config, key) for key in OF_A_RUN}
    sprites = [{"context": np.eye(N)[k].tolist(), "origin": [3, k]} for k in range(N)]
    ours = plain.evaluate(FILMED, ["w20-g5", workers, run, sprites])
    assert ours["t"] == theirs.t and ours["views"].keys() == theirs.views.keys()
    same(ours["alphaBar"], theirs.alpha_bar, 1e-12)
    for name, view in theirs.views.items():
        apart = np.array(ours["views"][name]).reshape(view.shape) - view.astype(int)
        assert (abs(apart) <= 1).mean() >= 0.999, name
    assert len(ours["at"]) == 7 and ours["at"] == sorted(ours["at"])


TWO_AT_ONCE = """async ([name, film, quick]) => {
    const pool = new lab.Pool(1), ended = [], lives = [];
    await pool.opened;
    await pool.load("a", await lab.file(name));
    const end = (who) => (answer) => ended.push([who, answer.calls]) && answer;
    const asked = { key: "a", ...film, keep: lab.keyFrames(film.run.steps, film.sprites.length) };
    const both = [
        pool.run(asked, null, (live) => lives.push([live.step, live.pixels.length])).then(end("film")),
        pool.run({ key: "a", ...quick }).then(end("quick")),
    ];
    const [{ pixels }] = await Promise.all(both), again = await pool.run({ key: "a", ...film });
    pool.close();
    return { ended, lives, same: pixels.every((value, i) => value === again.pixels[i]) };
}"""


def test_a_film_lets_all_else_come_first_and_tells_how_far_it_is(plain, models):
    run = {key: getattr(SampleConfig("ddim", 500, guidance=1.0), key) for key in OF_A_RUN}
    sprites = [{"context": np.eye(5)[k].tolist(), "origin": [0, k]} for k in range(2)]
    quick = {"run": run | {"steps": 3}, "sprites": sprites[:1]}
    seen = plain.evaluate(TWO_AT_ONCE, ["sprites", {"run": run, "sprites": sprites}, quick])
    assert seen["ended"] == [["quick", 3], ["film", 500]] and seen["same"]
    steps, sizes = zip(*seen["lives"], strict=True)
    assert steps[0] > 0 and list(steps) == sorted(set(steps)) and steps[-1] <= 500 and set(sizes) == {2 * 768}


@pytest.mark.parametrize("n", [1, 16, 64])
@pytest.mark.parametrize("steps", [1, 10, 99, 100, 500])
def test_the_same_states_are_kept(plain, steps, n):
    assert plain.evaluate("([steps, n]) => lab.keyFrames(steps, n)", [steps, n]) == key_frames(steps, 256 * n)


# ---- a drawing under noise

FROM_A_DRAWING = """async ([name, plan, noised, told]) => {
    const { run, sprites, keep } = lab[plan]({ ...noised, pixels: new Uint8Array(noised.pixels) }, told);
    const steps = await lab.steps(await lab.open(name), run, [sprites[0]]);
    const [x, end] = [steps[0].x, steps.at(-1).xNext].map((state) => [...lab.pixelsOf(state)]);
    return { keep, calls: steps.length, x, end };
}"""
NOISED = [("linear", 1), ("linear", 150), ("linear", 500), ("cosine", 77), ("cosine", 400), ("cosine", 500)]


def made_of(page, name, model, plan, noised):
    """What the page makes of a drawing under noise, see FROM_A_DRAWING."""
    config, drawing = model.config, asdict(noised) | {"pixels": list(noised.pixels)}
    schedule = {"schedule": config.schedule, "schedule_options": config.schedule_options}
    told = {"anySchedule": model.prediction.any_schedule, "schedule": schedule, "categories": model.categories}
    return page.evaluate(FROM_A_DRAWING, [name, plan, drawing, told])


def agree(ours, theirs):
    """99.9 % of the pixel values lie within 1 of 255."""
    assert (abs(np.array(ours) - theirs.reshape(-1).astype(int)) <= 1).mean() >= 0.999


@pytest.mark.parametrize("name", ["sprites", *ODD])
@pytest.mark.parametrize(("schedule", "t"), NOISED)
def test_the_guess_at_a_drawing_under_noise_is_the_same(plain, halved, name, schedule, t):
    """Networks bound to a schedule of their own, too: they get the drawing at the level of theirs that is nearest."""
    noised = NoisedSprite(bob().tobytes(), t, 5, schedule)
    made = made_of(plain, name, halved[name], "guessRun", noised)
    agree(made["x"], to_uint8(noised.before(halved[name])[1].x_t))
    agree(made["end"], to_uint8(network_guess(halved[name], noised)))
    assert made["calls"] == 1


@pytest.mark.parametrize(("name", "schedule", "t"), [("sprites", "linear", 150), ("w12-p1", "linear", 60)])
def test_a_drawing_is_denoised_as_the_server_would(plain, halved, name, schedule, t):
    noised = NoisedSprite(bob().tobytes(), t, 5, schedule)
    theirs, made = denoise(halved[name], noised), made_of(plain, name, halved[name], "denoiseRun", noised)
    assert made["calls"] == theirs.calls and made["keep"] == key_frames(theirs.steps, 256)
    agree(made["end"], theirs.sprites)


# ---- a drawing that is edited

EDITED = """async ([name, plan, ask, told]) => {
    const { run, sprites } = lab[plan](ask, told), model = await lab.open(name);
    const ends = await lab.each(sprites, (sprite) => lab.ends(model, run, [sprite]));
    return { steps: run.steps, ends: ends.map((x) => [...lab.pixelsOf(x)]) };
}"""
LEFT_HALF = bytes([1] * 8 + [0] * 8) * 16


@pytest.mark.parametrize("plan", ["fullRun", "quickRun"])
@pytest.mark.parametrize("name", ["sprites", "w12-p1"])
@pytest.mark.parametrize(
    "edit",
    [Change(bob().tobytes(), 0.7), Change(bob().tobytes(), 0.02), Finish(bob().tobytes(), LEFT_HALF, 1),
     Finish(bob().tobytes(), LEFT_HALF, 3)],
    ids=["change", "change hardly", "finish", "finish thrice"],
)   # fmt: skip
def test_an_edit_ends_in_the_same_pixels(plain, halved, name, edit, plan):
    model = halved[name]
    weights = [1.0, *[0.0] * (len(model.categories) - 1)]
    ask = edit.values | {
        "checkpoint": name, "weights": weights, "guidance": 1.5, "seed": 4, "clean": False, "origins": [[4, 0], [4, 1]],
    }   # fmt: skip
    full = asdict(smooth_config(model, clean=False))
    told = {
        "categories": model.categories, "isStudent": False, "palette": False, "isRead": False,
        "schedule": {"schedule": model.config.schedule, "schedule_options": model.config.schedule_options},
        "full": {key: full[key] for key in OF_A_RUN},
    }   # fmt: skip
    made = plain.evaluate(EDITED, [name, plan, ask, told])
    config = smooth_config(model, n=2, seed=4, guidance=1.5, clean=False, sampler=edit.sampler)
    asked = RunRequest("sprites", config, (), edit=edit)
    drawn = asked if plan == "fullRun" else Engine().quick(asked)
    *_, last = drawn.edit.run(model, drawn.config, torch.tensor([weights] * 2))
    agree(np.ravel(made["ends"]), to_uint8(last.x_next))
    if isinstance(edit, Finish):
        ours = np.array(made["ends"]).reshape(2, 16, 16, 3)
        assert (ours[:, :, :8] == bob()[:, :8]).all()


# ---- bad weights

REFUSED = """async (file) => {
    try { await lab.open(file) } catch (error) { return [error.constructor.name, error.message] }
}"""


def rewritten(model, change=None, **config):
    """The file of a model whose tensors went through `change`, or with another description."""
    state = {key: value.half() for key, value in model.net.state_dict().items()}
    return save(change(state) if change else state, metadata={"model": json.dumps(asdict(model.config) | config)})


NAN = torch.full((8,), float("nan"), dtype=torch.float16)
BAD = {   # what is done to the tensors or the description, and what is said of it
    "NaN": ({"change": lambda state: state | {"enter.bias": NAN}}, "not finite"),
    "infinite": ({"change": lambda state: state | {"enter.bias": torch.full((8,), torch.inf)}}, "not finite"),
    "a wrong shape": ({"change": lambda state: state | {"enter.bias": torch.zeros(9)}}, "enter.bias should be 8"),
    "one missing": ({"change": lambda state: dict(list(state.items())[:-1])}, "leave.2.bias should be 12"),
    "one too many": ({"change": lambda state: state | {"more": torch.zeros(1)}}, "nothing is known of more"),
    "other categories": ({"categories": ["a", "b"]}, "context.weight should be 128 x 2"),
    "another network": ({"network": "course"}, "does not compute"),
    "another option": ({"network_options": {"depth": 3}}, "does not compute"),
    "impossible sizes": ({"network_options": {"width": 10**9}}, "impossible sizes"),
    "another prediction": ({"prediction": "colour"}, "does not know"),
    "another schedule": ({"schedule": "cubic"}, "schedule"),
    "a schedule without end": ({"schedule_options": {"T": 10**9}}, "schedule"),
}
DAMAGED = {
    "empty": lambda whole: b"",
    "cut off": lambda whole: whole[: len(whole) // 2],
    "no safetensors": lambda whole: b"\xff" * 4000,
    "no description": lambda whole: save({"enter.bias": torch.zeros(8)}),
    "a list": lambda whole: (8).to_bytes(8, "little") + b"[1, 2,3]",
    "no shapes": lambda whole: (16).to_bytes(8, "little") + b'{"enter": [null]}'[:16],
}


@pytest.mark.parametrize("what", BAD)
def test_weights_that_do_not_fit_are_refused_with_a_sentence(plain, models, what):
    how, sentence = BAD[what]
    plain.files["bad"] = rewritten(models["w8"], **how)
    kind, told = plain.evaluate(REFUSED, "bad")
    assert kind == "WeightsError" and sentence in told


@pytest.mark.parametrize("what", DAMAGED)
def test_damaged_files_are_refused_with_a_sentence(plain, models, what):
    plain.files["bad"] = DAMAGED[what](browser_file(models["w8"]))
    assert plain.evaluate(REFUSED, "bad") == ["WeightsError", "The weights came incomplete or damaged"]


# ---- the pool

POOLED = """async ([size, run, sprites]) => {
    const pool = new lab.Pool(size);
    await pool.opened;
    await pool.load("a", await lab.file("w8"));
    const { pixels, calls } = await pool.run({ key: "a", run, sprites });
    pool.close();
    return [[...pixels], calls];
}"""


def test_sprites_do_not_depend_on_the_number_of_workers(plain):
    run = {"sampler": "unipc", "steps": 4, "guidance": 2, "mixing": "vector"}
    sprites = [{"context": [k / 5], "origin": [3, k]} for k in range(5)]
    one, two, many = (plain.evaluate(POOLED, [size, run, sprites]) for size in (1, 2, 8))
    assert one == two == many and len(one[0]) == 5 * 768 and one[1] == 8


def test_a_run_that_nobody_waits_for_is_dropped_and_the_next_one_comes(plain):
    told = plain.evaluate(
        """async () => {
            const pool = new lab.Pool(2), run = { sampler: "ddim", steps: 500, guidance: 1, mixing: "vector" };
            await pool.opened;
            await pool.load("a", await lab.file("w8"));
            const sprites = Array.from({ length: 64 }, (_, k) => ({ context: [1], origin: [0, k] }));
            const waiting = new AbortController(), long = pool.run({ key: "a", run, sprites }, waiting.signal);
            const next = pool.run({ key: "a", run: { ...run, steps: 1 }, sprites: sprites.slice(0, 2) });
            waiting.abort();
            const answers = [await long, (await next).pixels.length];
            pool.close();
            return answers;
        }"""
    )
    assert told == [None, 2 * 768]


def test_a_file_that_workers_refuse_is_told_in_a_sentence(plain, models):
    plain.files["cut"] = browser_file(models["w8"])[:-100]
    told = plain.evaluate(
        """async () => {
            const pool = new lab.Pool(2);
            await pool.opened;
            const told = await pool.load("a", await lab.file("cut")).catch((error) => error.message);
            pool.close();
            return told;
        }"""
    )
    assert told == "The weights came incomplete or damaged"
