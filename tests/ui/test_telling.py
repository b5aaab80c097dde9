"""Whatever is given to an event, or asked by a component, ends well or in one short sentence; nothing is logged."""

import asyncio
import errno
import logging
import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import unescape
from inspect import signature
from pathlib import Path

import gradio as gr
import pytest
from good_values import DRAWING
from gradio.state_holder import SessionState

from diffusion.support.checks import InputError
from diffusion.support.faults import BROKEN
from diffusion.support.files import REASONS
from diffusion.ui import build_app
from diffusion.ui.telling import LONGEST, TellingBlocks, answered

ODD = [
    None, "\ud800<img src=x>" * 1000, -1, math.nan, 1e999, 10**400, [], {"hero": 10**400, "\ud800": []},
    [{"runner": "ddim", "steps": math.inf}] * 2, {"race": [1]}, "[" * 100_000,
    '{"pixels": "\u00e9", "t": 1e999, "seed": 1, "schedule": "linear", "ask": {"checkpoint": [], "weights": 3}}',
]   # fmt: skip
RUNNER = asyncio.Runner()   # one for all, so that its threads are made once
THREAD = ThreadPoolExecutor(1)   # where it runs: tests of pages leave a loop of their own in the main thread
USUAL = {   # of what programs may call
    "mix": ["tiny", {"hero": 1}, 0, 1, "vector", True],
    "activations": ["tiny", "Bob", 200, {"hero": 1}, "up 1", "maps", 0, "nothing"],
    "noise": ["tiny", DRAWING["pixels"], 150, 1, "linear"],
    "race": ["tiny", [{"runner": "ddim", "steps": 2}] * 2, "hero", 1, 0, True],
}


@pytest.fixture(scope="module")
def demo(app_folder):
    return build_app(app_folder, "cpu")[0]


session = cache(SessionState)   # one for each app, since making it takes a while


def happens(demo, function, inputs):
    """What is said of an event that ends in an error, "" where it ends well; nothing else may be raised."""
    async def run():
        nobody = gr.EventData(None, None)
        await demo.process_api(function, inputs, state=session(demo), request=gr.Request(), event_data=nobody)

    try:
        THREAD.submit(lambda: RUNNER.run(run())).result()
    except gr.Error as error:
        assert not error.print_exception
        return error.message
    return ""


def check_sentence(said, about):
    assert said != BROKEN and len(said) <= 3 * LONGEST and "<" not in said, about
    said.encode()   # a lone surrogate could not be sent


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog):
    yield
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_number_out_of_bounds_is_told_by_the_name_of_its_control_as_it_is_now(demo):
    bounded = [function for function in demo.fns.values() if any(map(is_bounded, function.inputs)) and function.fn]
    assert len(bounded) > 20
    for function in bounded:
        for k, control in enumerate(function.inputs):
            if is_bounded(control):
                given = [each.value if isinstance(each, gr.Number | gr.Slider) else None for each in function.inputs]
                given[k] = control.minimum - 1
                said = f"{control.label} = {given[k]}: it must be at least {control.minimum:g}."
                assert unescape(happens(demo, function, given)) == said, function.name


def is_bounded(control):
    return isinstance(control, gr.Number | gr.Slider) and control.minimum is not None


@pytest.mark.parametrize("k", range(len(ODD)))
def test_no_event_breaks_on_odd_values(demo, k):
    assert isinstance(demo, TellingBlocks)
    for function in {function.fn: function for function in demo.fns.values() if function.fn}.values():
        if function.inputs:
            said = happens(demo, function, [ODD[k]] * len(function.inputs))
            check_sentence(said, (function.name, [control.label for control in function.inputs]))


@pytest.mark.parametrize("name", USUAL)
def test_no_single_odd_value_breaks_what_programs_call(demo, name):
    function = next(function for function in demo.fns.values() if function.api_name == name)
    usual = USUAL[name]
    assert not happens(demo, function, usual)
    for i in range(len(usual)):
        for value in ODD:
            check_sentence(happens(demo, function, [*usual[:i], value, *usual[i + 1 :]]), (name, i, value))


def test_what_components_ask_is_answered_whatever_it_is(demo):
    questions = {
        f"{component._id}.{name}": question
        for component in demo.blocks.values()
        for name, question in vars(component).items() if getattr(question, "_is_server_fn", False)
    }   # fmt: skip
    names = {"draw", "refine", "gif", "png", "states", "think", "guess", "news"}
    assert {name.partition(".")[2] for name in questions} == names
    for name, question in questions.items():
        for value in ODD:
            answer = question(*[gr.Request()] * ("request" in signature(question).parameters), value)
            if isinstance(answer, dict) and "error" in answer:
                check_sentence(answer["error"].replace("<", ""), (name, value))


def test_a_race_that_is_no_longer_kept_cannot_be_saved_and_says_so(demo):
    player = next(component for component in demo.blocks.values() if getattr(component, "elem_id", "") == "race-player")
    recipe = {"checkpoint": "tiny", "config": {"steps": 2, "n": 1}, "weights": None, "path": None}
    assert player.gif(gr.Request(), {"race": [recipe]}) == {"error": "this race is no longer kept: run it again."}


def test_a_fault_of_the_app_reaches_its_log_alone(caplog):
    def broken(*_):
        return {}["x"]

    with TellingBlocks(before_it_ends=lambda: None) as demo:
        box = gr.Textbox()
        box.change(broken, box, box)
    assert happens(demo, demo.fns[0], [""]) == BROKEN == answered(broken)(None)["error"]
    assert len(caplog.records) == 2
    caplog.clear()


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_training_that_cannot_be_written_down_says_why(demo, monkeypatch, reason):
    def refuse(self, target):
        raise OSError(reason, "no", str(self))

    monkeypatch.setattr(Path, "replace", refuse)
    function = next(function for function in demo.fns.values() if function.api_name == "train")
    said = happens(demo, function, [None, {}, "fast", 0.1, 0, 2, 4, 0.001, 0.1])
    assert REASONS[reason] in said


def test_toasts_show_a_sentence_as_it_is():
    def refuse(_):
        raise InputError("<b>a</b> & \u202eb.")

    with TellingBlocks(before_it_ends=lambda: None) as demo:
        box = gr.Textbox()
        box.change(refuse, box, box)
    assert unescape(happens(demo, demo.fns[0], [""])) == "<b>a</b> & b."
