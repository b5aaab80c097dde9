"""A class votes on the settings of one training."""

import pytest

from diffusion.serving.jobs import ballots as ballots_module
from diffusion.serving.jobs.ballots import QUESTIONS, Ballots, Question
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.limits import Limits
from diffusion.support.checks import InputError
from diffusion.training.recipes import recipe
from diffusion.ui.words.votes import standing

USUAL = tuple(question.usual for question in QUESTIONS)


@pytest.fixture
def started(monkeypatch):
    """What trainings were asked for; none is begun."""
    asked = []

    def start(table, sprites, config, owner=""):
        asked.append((sprites, config, owner))
        return object()

    monkeypatch.setattr(JobTable, "start", start)
    return asked


def ballots(tmp_path, **limits):
    return Ballots(JobTable(tmp_path, "cpu", Limits(**limits)))


def test_the_training_takes_what_most_want(tmp_path, started):
    votes = ballots(tmp_path)
    ballot = votes.open("teacher")
    wanted = {"minutes": 2, "batch": 16, "learning_rate": 2e-2, "context_dropout": 0.5}
    votes.vote(ballot.link, "first", USUAL)
    for voter in ("second", "third"):
        votes.vote(ballot.link, voter, list(wanted.values()))
    assert ballot.counts(votes.questions)[0] == [0, 2, 1, 0]
    job = votes.close(ballot.link, "teacher")
    assert started == [(None, recipe("fast", **wanted), "teacher")]
    assert votes.close(ballot.link, "teacher") is job and len(started) == 1


def test_a_later_vote_of_the_same_learner_takes_the_place_of_the_earlier(tmp_path, started):
    votes = ballots(tmp_path)
    link = votes.open("teacher").link
    for minutes in (1, 10):
        ballot = votes.vote(link, "learner", (minutes, *USUAL[1:]))
    assert ballot.counts(votes.questions)[0] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("counts", "winner"),
    [((0, 0, 0, 0), 5), ((1, 0, 0, 0), 1), ((2, 0, 0, 2), 10), ((2, 2, 0, 0), 2), ((1, 1, 1, 1), 5)],
)
def test_of_several_with_most_votes_the_nearest_to_the_usual_wins(counts, winner):
    minutes = next(question for question in QUESTIONS if question.setting == "minutes")
    assert minutes.usual == 5 and minutes.winner(counts) == winner


def test_without_a_vote_it_is_the_usual_training(tmp_path, started):
    votes = ballots(tmp_path)
    votes.close(votes.open("teacher").link, "teacher")
    assert started[0][1] == recipe("fast", **{q.setting: q.usual for q in QUESTIONS})


def test_the_usual_values_are_those_of_the_recipe():
    own = recipe("fast")
    assert all(question.usual == pytest.approx(getattr(own, question.setting)) for question in QUESTIONS)


def test_nothing_is_offered_that_is_not_allowed_here(tmp_path):
    offered = {question.setting: question.values for question in ballots(tmp_path, minutes=2, batch=8).questions}
    assert offered["minutes"] == (1, 2) and offered["batch"] == (16,)


def test_what_cannot_be_chosen_is_told(tmp_path, started):
    votes = ballots(tmp_path)
    link = votes.open("teacher").link
    for value in (3, "5", None, [5], float("nan")):
        with pytest.raises(InputError, match=r"minutes = .*: choose one of 1, 2, 5, 10"):
            votes.vote(link, "learner", (value, *USUAL[1:]))
    for wrong in ("", "no-such-link", None, ["list"]):
        with pytest.raises(InputError, match="no such vote"):
            votes.vote(wrong, "learner", USUAL)
    assert not votes.find(link).votes


def test_only_who_asked_ends_the_vote_and_nobody_votes_after(tmp_path, started):
    votes = ballots(tmp_path)
    link = votes.open("teacher").link
    with pytest.raises(InputError, match="only who asked"):
        votes.close(link, "learner")
    votes.close(link, "teacher")
    with pytest.raises(InputError, match="is over"):
        votes.vote(link, "learner", USUAL)


def test_a_ballot_has_so_many_voters_and_old_ones_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(ballots_module, "VOTERS", 2)
    votes = ballots(tmp_path)
    link = votes.open("teacher").link
    for voter in ("one", "two", "one"):
        votes.vote(link, voter, USUAL)
    with pytest.raises(InputError, match="2 have voted already"):
        votes.vote(link, "three", USUAL)
    for _ in range(ballots_module.KEPT):
        votes.open("another")
    assert not votes.has(link)


def test_the_standing_says_what_wins(tmp_path):
    votes = ballots(tmp_path)
    ballot = votes.vote(votes.open("teacher").link, "learner", (2, *USUAL[1:]))
    told = standing(votes.questions, ballot)
    assert "<strong>2 minutes: 1</strong>" in told and "5 minutes: 0 · " in told and "1 vote." in told


def test_a_question_keeps_one_value_at_least():
    assert Question("minutes", (5, 10)).within(Limits(minutes=1)).values == (5,)
