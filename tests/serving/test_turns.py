"""Turns: who goes first, what goes together, what is void, and that everything comes to its end."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from diffusion.serving import turns as turns_module
from diffusion.serving.turns import BUSY, LONG_EACH, BusyError, Question, SupersededError, Turn, Turns


class Desk:
    """Turns whose thread is held up until it is let go, so that questions wait; `done` tells the order they went in."""

    def __init__(self):
        self.turns, self.done, self._go, self._held = Turns(), [], Event(), Event()
        self.people = ThreadPoolExecutor(16)
        self.people.submit(self.turns.alone, Turn.DRAG, "first", self._hold)
        self._held.wait()

    def _hold(self):
        self._held.set()
        self._go.wait()

    def asks(self, turn, owner, item, **more):
        """Ask, and return once the question waits."""
        waiting = len(self.turns._waiting)
        answer = self.people.submit(self.turns.ask, Question(turn, owner, item, self.work, **more))
        while len(self.turns._waiting) == waiting and not answer.done() and not more.get("about"):
            sleep(0.001)
        return answer

    def work(self, items):
        for _ in range(2):
            self.done.append(tuple(items))
            yield
        return [f"answer to {item}" for item in items]

    def go(self):
        self._go.set()


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.go()
    desk.people.shutdown()


def test_what_follows_a_slider_goes_between_the_steps_of_what_does_not():
    turns, order = Turns(), []

    def steps():
        for i in range(3):
            order.append(i)
            if i == 0:
                people.submit(turns.alone, Turn.DRAG, "b", lambda: order.append("drag"))
                while not turns._waiting:
                    sleep(0.001)
            yield i

    with ThreadPoolExecutor(1) as people:
        assert list(turns.each(Turn.RUN, "a", steps())) == [0, 1, 2]
    assert order == [0, "drag", 1, 2]


def test_the_more_urgent_goes_first(desk):
    answers = [desk.asks(turn, "a", turn.name) for turn in (Turn.RUN, Turn.REST, Turn.DRAG)]
    desk.turns._owed_at = dict.fromkeys(desk.turns._owed_at, float("inf"))   # none has had less than its share
    desk.go()
    assert [answer.result(10) for answer in answers] == ["answer to RUN", "answer to REST", "answer to DRAG"]
    assert [items[0] for items in desk.done[::2]] == ["DRAG", "REST", "RUN"]


def test_less_urgent_work_has_its_share_of_a_time_that_never_becomes_quiet(desk):
    less = desk.asks(Turn.LONG, "a", "less")
    more = [desk.asks(Turn.DRAG, "b", i) for i in range(8)]
    desk.go()
    less.result(10)
    for answer in more:
        answer.result(10)
    assert desk.done.index(("less",)) == 0   # it was owed a turn from the beginning


def test_what_is_less_urgent_does_not_begin_where_who_drags_is_about_to_ask_again(monkeypatch):
    monkeypatch.setattr(turns_module, "ASKS_AGAIN_S", 0.5)
    turns, order = Turns(), []
    turns._owed_at = dict.fromkeys(turns._owed_at, float("inf"))
    with ThreadPoolExecutor(1) as people:
        turns.alone(Turn.DRAG, "a", lambda: order.append("drag"))
        run = people.submit(turns.alone, Turn.RUN, "b", lambda: order.append("run"))
        sleep(0.05)   # in which it would have begun
        turns.alone(Turn.DRAG, "a", lambda: order.append("drag again"))
        run.result(10)
    assert order == ["drag", "drag again", "run"]


def test_who_waits_or_was_answered_just_now_drags(desk, monkeypatch):
    monkeypatch.setattr(turns_module, "DRAGS_S", 60.0)
    asked = (Turn.DRAG, "a"), (Turn.DRAG, "b"), (Turn.DRAG, "b"), (Turn.REST, "c")
    answers = [desk.asks(turn, owner, 0) for turn, owner in asked]
    assert desk.turns.dragging == 2
    desk.go()
    for answer in answers:
        answer.result(10)
    assert desk.turns.dragging == 3   # who held the desk up is one of them
    monkeypatch.setattr(turns_module, "DRAGS_S", 0.0)
    assert desk.turns.dragging == 0


def test_equal_questions_are_answered_together_and_no_more_than_may(desk):
    answers = [desk.asks(Turn.DRAG, f"visitor {i}", i, key="same", together=4) for i in range(5)]
    other = desk.asks(Turn.DRAG, "another", "other", key="other", together=4)
    desk.go()
    assert [answer.result(10) for answer in answers] == [f"answer to {i}" for i in range(5)]
    assert other.result(10) == "answer to other"
    assert sorted(map(len, desk.done)) == [1, 1, 1, 1, 4, 4]


def test_of_one_owner_the_newest_question_about_the_same_counts(desk):
    older = desk.asks(Turn.DRAG, "a", "older", about="mix")
    while not desk.turns._waiting:
        sleep(0.001)
    newer, other = desk.asks(Turn.DRAG, "a", "newer", about="mix"), desk.asks(Turn.DRAG, "b", "other", about="mix")
    with pytest.raises(SupersededError):
        older.result(10)
    desk.go()
    assert (newer.result(10), other.result(10)) == ("answer to newer", "answer to other")


def test_a_visitor_who_was_just_served_goes_after_the_others(desk):
    answers = [desk.asks(Turn.RUN, owner, f"{owner}{i}") for i, owner in enumerate("aaab")]
    desk.go()
    for answer in answers:
        answer.result(10)
    assert ("b3",) in desk.done[:4]


def test_what_goes_wrong_is_told_to_those_who_asked_alone(desk):
    def breaks(items):
        yield
        raise ZeroDivisionError

    broken = desk.people.submit(desk.turns.ask, Question(Turn.DRAG, "a", 1, breaks))
    whole = desk.asks(Turn.DRAG, "b", 2)
    desk.go()
    with pytest.raises(ZeroDivisionError):
        broken.result(10)
    assert whole.result(10) == "answer to 2"


def test_a_question_whose_turn_does_not_come_is_given_up(desk, monkeypatch):
    monkeypatch.setitem(turns_module.WAITS_S, Turn.DRAG, 0.01)
    with pytest.raises(BusyError, match=BUSY):
        desk.turns.alone(Turn.DRAG, "a", lambda: desk.done.append("never"))
    desk.go()
    assert desk.turns.alone(Turn.RUN, "a", lambda: "served") == "served" and not desk.done


def test_no_more_questions_wait_than_may(desk, monkeypatch):
    monkeypatch.setattr(turns_module, "MOST_WAITING", 1)
    desk.asks(Turn.RUN, "a", 1)
    with pytest.raises(BusyError):
        desk.turns.alone(Turn.RUN, "a", lambda: None)


def test_nobody_holds_more_than_a_fair_part_of_the_places(monkeypatch):
    turns = Turns()
    monkeypatch.setattr(turns_module, "LONG_ALL", LONG_EACH + 1)
    with turns.place("a"), turns.place("a"):
        assert turns.others("a") == 0 and turns.others("b") == 1
        with pytest.raises(BusyError), turns.place("a"):
            pass
        with turns.place("b"), pytest.raises(BusyError), turns.place("c"):
            pass
    with turns.place("a"):
        pass
    assert turns.others("b") == 0


def test_its_thread_ends_when_there_is_nothing_to_do_and_another_one_begins(monkeypatch):
    monkeypatch.setattr(turns_module, "IDLE_S", 0.01)
    turns = Turns()
    assert turns.alone(Turn.RUN, "a", lambda: 1) == 1
    while turns._is_running:
        sleep(0.001)
    assert turns.alone(Turn.RUN, "a", lambda: 2) == 2
