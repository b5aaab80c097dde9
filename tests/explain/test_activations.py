"""The inside of a network: its drawing is true to it, and its maps are those of the very pass that was asked for."""

from threading import Event, Thread

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from diffusion.denoiser import ModelConfig
from diffusion.explain.activations import MAX_TILES, describe, feature_maps, noisy
from diffusion.sprites.painter import KINDS, bob, examples

T = 200


def fresh(network="sprite", categories=("a", "b"), prediction="velocity", **options):
    """A model whose every block answers: no weight is left at its zero."""
    torch.manual_seed(0)
    model = ModelConfig(network, prediction, categories, network_options=options).build()
    for parameter in model.net.parameters():
        torch.nn.init.normal_(parameter, 0, 0.1)
    model.net.eval()
    return model


MODELS = {
    "sprite": lambda: fresh(),
    "narrow": lambda: fresh(width=16),
    "no context": lambda: fresh(categories=()),
    "course": lambda: fresh("course", prediction="noise"),
    "course at 32": lambda: fresh("course", prediction="noise", n_feat=16, height=32),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def row(model, index=0):
    return torch.eye(len(model.categories))[index : index + 1] if model.categories else torch.zeros(1, 0)


def test_blocks_and_embeddings_hold_every_parameter(model):
    facts = describe(model)
    counted = sum(block.parameters for block in facts.blocks) + sum(facts.embeddings.values())
    assert counted == facts.parameters == sum(parameter.numel() for parameter in model.net.parameters())


def test_each_block_goes_on_where_the_one_before_it_ended(model):
    facts = describe(model)
    outputs = {block.name: block.shape_out for block in facts.blocks}
    for before, block in zip(facts.blocks, facts.blocks[1:], strict=False):
        channels, *place = before.shape_out
        if block.skip_from:
            channels += outputs[block.skip_from][0]
            assert outputs[block.skip_from][1:] == tuple(place)
        assert block.shape_in == (channels, *place)


def test_a_skip_carries_what_its_block_put_out(model):
    seen = {}
    blocks = model.net.anatomy().blocks
    for block in blocks:
        block.module.register_forward_hook(
            lambda module, inputs, output, name=block.name: seen.update({name: (inputs, output)})
        )
    with torch.no_grad():
        model.net(torch.randn(1, *model.shape), torch.full((1,), 0.4), row(model))
    skips = [block for block in blocks if block.skip_from]
    assert skips
    for block in skips:
        carried = seen[block.skip_from][1]
        joined = torch.cat([x for x in seen[block.name][0] if x.ndim == 4], dim=1)[:, -carried.shape[1] :]
        scale = (joined * carried).sum() / carried.square().sum()   # 1, or 1 / sqrt(2) after the course's first block
        torch.testing.assert_close(joined, scale * carried, rtol=1e-3, atol=1e-4)
        assert scale > 0.5


def test_the_drawing_goes_down_along_the_bottom_and_up(model):
    places = [block.place for block in describe(model).blocks]
    order = ("enter", "down", "bottom", "up", "leave")
    assert places == sorted(places, key=order.index) and set(places) == set(order)


def test_the_context_changes_nothing_before_it_enters_and_all_after(model):
    facts = describe(model)
    shown = feature_maps(model, noisy(model, bob(), T), T, row(model), "enter")
    entered = False
    for block in facts.blocks:
        entered |= "context" in block.takes
        assert (shown.changes[block.name] > 0) == entered
    assert entered == bool(model.categories)


def test_the_time_enters_where_it_is_said_to():
    """The first block that answers to the time alone, x_t being the same, is the first that says it takes it."""
    for model in (fresh("course", prediction="noise"), fresh("sprite", prediction="noise")):
        blocks, x_t = describe(model).blocks, noisy(model, bob(), T)
        moved = [
            not np.array_equal(*(feature_maps(model, x_t, t, row(model), block.name).tiles for t in (T, T + 200)))
            for block in blocks
        ]
        assert moved.index(True) == next(i for i, block in enumerate(blocks) if "time" in block.takes)


def test_tiles_are_the_output_of_the_block_with_zero_in_the_middle():
    model = fresh()
    x_t = noisy(model, bob(), T)
    a, s = float(model.schedule.signal(T)), float(model.schedule.noise(T))
    h = model.net.enter(F.pixel_unshuffle(x_t / (a + s), 2))[0].detach()
    shown = feature_maps(model, x_t, T, row(model), "enter")
    assert shown.scale == pytest.approx(float(h.abs().max()), rel=1e-5)
    values = (shown.tiles.astype(np.float32) - 128) / 127 * shown.scale
    assert shown.tiles.shape == h.shape
    np.testing.assert_allclose(values, h.numpy(), rtol=0, atol=0.51 * shown.scale / 127)


def test_the_change_is_the_difference_that_the_context_makes():
    model = fresh()
    x_t, none = noisy(model, bob(), T), torch.zeros(1, 2)

    def values(context, view):
        shown = feature_maps(model, x_t, T, context, "up 1", view)
        return (shown.tiles.astype(np.float32) - 128) / 127 * shown.scale, shown.scale

    (h, scale), (h_none, _), (change, _) = (
        values(context, view) for context, view in ((row(model), "maps"), (none, "maps"), (row(model), "change"))
    )
    np.testing.assert_allclose(change, h - h_none, rtol=0, atol=2 * scale / 127)
    assert not values(none, "change")[0].any()


def test_the_prediction_shown_is_that_of_the_denoiser(model):
    x_t = noisy(model, bob(), T)
    with torch.no_grad():
        x0 = model.schedule.predict_x0(x_t, T, model.denoiser(row(model), 1)(x_t, T))
    expected = (x0[0].clamp(-1, 1).permute(1, 2, 0).numpy() + 1) * 127.5
    np.testing.assert_allclose(feature_maps(model, x_t, T, row(model), "leave").x0, expected, rtol=0, atol=0.51)


def test_another_learners_pass_through_the_same_network_is_not_shown():
    model = fresh()
    x_t = noisy(model, bob(), T)
    alone = feature_maps(model, x_t, T, row(model), "down 1")

    def pass_in_another_thread(*_):
        hook.remove()
        inputs = torch.zeros(2, 3, 16, 16), torch.zeros(2), torch.zeros(2, 2)
        other = Thread(target=torch.inference_mode()(model.net), args=inputs)
        other.start()
        other.join()

    hook = model.net.leave.register_forward_hook(pass_in_another_thread)
    shown = feature_maps(model, x_t, T, row(model), "down 1")
    np.testing.assert_array_equal(shown.tiles, alone.tiles)


def test_the_network_is_left_as_it_was():
    model = fresh()
    feature_maps(model, noisy(model, bob(), T), T, row(model), "up 1")
    with pytest.raises(RuntimeError):
        feature_maps(model, torch.zeros(1, 4, 16, 16), T, row(model), "up 1")
    assert not any(module._forward_hooks for module in model.net.modules())


def test_more_maps_than_fit_are_cut_and_counted():
    model = fresh(width=MAX_TILES)
    shown = feature_maps(model, noisy(model, bob(), T), T, row(model), "bottom 1")
    assert len(shown.tiles) == MAX_TILES and shown.channels == 2 * MAX_TILES


def test_a_sprite_is_noised_as_the_schedule_says_at_the_size_of_the_model():
    model = fresh("course", prediction="noise", n_feat=16, height=32)
    x_t, x_u = (noisy(model, bob(), t, seed=7) for t in (T, T + 100))
    a, s = (torch.stack([f(t) for t in (T, T + 100)]) for f in (model.schedule.signal, model.schedule.noise))
    x0 = (x_t * s[1] - x_u * s[0]) / (a[0] * s[1] - a[1] * s[0])   # the noise, the same in both, cancels
    expected = np.repeat(np.repeat(bob(), 2, 0), 2, 1) / 127.5 - 1
    np.testing.assert_allclose(x0[0].permute(1, 2, 0), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("block", "view", "message"),
    [("attic", "maps", "block 'attic' is unknown: choose from enter"), ("enter", "x-ray", "view 'x-ray' is unknown")],
)
def test_an_unknown_block_or_view_is_told(block, view, message):
    model = fresh()
    with pytest.raises(ValueError, match=message):
        feature_maps(model, noisy(model, bob(), T), T, row(model), block, view)


@pytest.mark.parametrize(("t", "seed", "message"), [(0, 0, "t = 0"), (501, 0, "1 to 500"), (1, -1, "seed = -1")])
def test_noise_out_of_bounds_is_told(t, seed, message):
    with pytest.raises(ValueError, match=message):
        noisy(fresh(), bob(), t, seed)


def test_weights_that_overflow_are_told():
    model = fresh()
    torch.nn.init.constant_(model.net.enter.weight, 3e38)   # finite, but their sums are not
    with pytest.raises(ValueError, match="weights are unfit"):
        feature_maps(model, noisy(model, bob(), T), T, row(model), "enter")


def test_examples_are_bob_and_a_different_sprite_of_each_category():
    shown = examples()
    assert list(shown) == ["Bob", *KINDS]
    assert len({image.tobytes() for image in shown.values()}) == len(shown)
    np.testing.assert_array_equal(shown["Bob"], bob())


def test_a_cut_block_puts_out_nothing_and_what_follows_sees_that(model):
    x_t = noisy(model, bob(), T)
    whole = feature_maps(model, x_t, T, row(model), "down 1")
    cut = feature_maps(model, x_t, T, row(model), "down 1", cut="block")
    assert cut.scale == 0 and (cut.tiles == 128).all()
    assert (cut.whole == whole.x0).all() and (cut.x0 != whole.x0).any() and whole.whole is None


def test_cut_skips_arrive_as_zeros_and_all_else_as_it_was(model):
    """Against the network run by hand: nothing before the first joined block changes, and that one gets zeros."""
    x_t, blocks = noisy(model, bob(), T), model.net.anatomy().blocks
    joined = next(block for block in blocks if block.skip_from)
    seen = {}
    hook = joined.module.register_forward_hook(lambda module, inputs, output: seen.update(inputs=inputs))
    try:
        cut = feature_maps(model, x_t, T, row(model), joined.name, cut="skips")
        inputs = seen["inputs"]   # of the whole pass, which comes last
    finally:
        hook.remove()
    maps = [x[:1].clone() for x in inputs if x.ndim == 4]
    channels = describe(model).blocks[[block.name for block in blocks].index(joined.skip_from)].shape_out[0]
    maps[-1][:, -channels:] = 0
    others = [x[:1] for x in inputs if x.ndim != 4]
    with torch.inference_mode():
        by_hand = joined.module(*maps, *others)[0]
    np.testing.assert_allclose(cut.scale, float(by_hand.abs().max()), rtol=1e-4)


def test_without_the_context_the_network_answers_as_if_none_were_asked_for():
    model = fresh()
    x_t = noisy(model, bob(), T)
    cut = feature_maps(model, x_t, T, row(model), "up 1", cut="context")
    none = feature_maps(model, x_t, T, torch.zeros(1, 2), "up 1")
    assert (cut.x0 == none.x0).all() and not any(cut.changes.values())
    assert (cut.whole == feature_maps(model, x_t, T, row(model), "up 1").x0).all()


def test_a_cut_of_one_learner_is_not_seen_by_another():
    """Cuts are made in the pass of who asked for them, though the network is one."""
    model = fresh()
    x_t, seen, stop = noisy(model, bob(), T), [], Event()

    def look_on():
        while not stop.is_set():
            seen.append(feature_maps(model, x_t, T, row(model), "up 1").x0)

    other = Thread(target=look_on)
    other.start()
    for _ in range(20):
        feature_maps(model, x_t, T, row(model), "up 1", cut="skips")
    stop.set()
    other.join()
    assert seen and all((x0 == seen[0]).all() for x0 in seen)
