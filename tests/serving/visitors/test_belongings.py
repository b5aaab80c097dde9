"""Whose a model is: who may open it, whose lists offer it, and in which order things go."""

import pytest

from diffusion.serving.visitors.belongings import Belongings
from diffusion.serving.visitors.house_clock import HouseClock


@pytest.fixture
def belongings(tmp_path):
    made = Belongings.over(tmp_path)
    made.claim("trained-1", "ann", private=True)
    made.claim("trained-2", "ann", private=False)
    made.claim("mine.pth", "ben", private=True)
    return made


def again(belongings, tmp_path):
    """As the next start of the app finds them."""
    return Belongings.over(tmp_path)


NAMES = ["sprites", "sprites-4", "trained-1", "trained-1-best", "trained-1-step-20", "trained-2", "mine.pth"]


def test_lists_offer_what_is_everybodys_and_what_is_ones_own(belongings):
    assert belongings.listed("ann", NAMES) == NAMES[:-1]
    assert belongings.listed("ben", NAMES) == ["sprites", "sprites-4", "mine.pth"]
    assert belongings.listed("", NAMES) == ["sprites", "sprites-4"]


def test_what_was_made_from_own_files_opens_for_its_owner_alone(belongings, tmp_path):
    for them in (belongings, again(belongings, tmp_path)):
        for name in ("trained-1", "trained-1-best", "trained-1-step-20"):
            assert them.may_open("ann", name) and not them.may_open("ben", name) and not them.may_open("", name)
        assert them.may_open("ben", "trained-2") and not them.may_open("ann", "mine.pth")
        assert them.may_open("", "sprites") and them.is_owner("", "sprites")


def test_a_link_opens_it_to_who_comes_by_and_closes_again(belongings, tmp_path):
    link = belongings.share("trained-1-best")
    assert len(link) >= 20 and belongings.share("trained-1") == link == belongings.link("trained-1-step-20")
    assert belongings.come_by(link, "ben") == "trained-1" and belongings.come_by("", "eve") is None
    assert belongings.come_by(link[:-1], "eve") is None and not belongings.may_open("eve", "trained-1")
    known = again(belongings, tmp_path)
    assert known.may_open("ben", "trained-1-best") and not known.is_owner("ben", "trained-1")
    assert "trained-1" in known.listed("ben", NAMES)
    known.stop_sharing("trained-1")
    assert not known.may_open("ben", "trained-1") and known.come_by(link, "ben") is None
    assert known.link("trained-1") == "" != known.share("trained-1") != link


def test_guests_are_not_kept_without_end(belongings, monkeypatch):
    monkeypatch.setattr("diffusion.serving.visitors.belongings.MOST_GUESTS", 3)
    link = belongings.share("trained-1")
    for i in range(5):
        belongings.come_by(link, f"guest {i}")
    assert [belongings.may_open(f"guest {i}", "trained-1") for i in range(5)] == [False, False, True, True, True]


def test_a_name_is_claimed_once(belongings, tmp_path):
    for them in (belongings, again(belongings, tmp_path)):
        with pytest.raises(FileExistsError):
            them.claim("trained-1", "eve", private=False)
        assert them.owner("trained-1") == "ann"
    belongings.release("trained-1-best")
    belongings.claim("trained-1", "eve", private=False)
    assert again(belongings, tmp_path).owner("trained-1") == "eve"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"owner": "eve", "private": false}', '{"owner": 1e999', "\x00"])
def test_a_damaged_record_makes_nothing_everybodys(belongings, tmp_path, text):
    (tmp_path / "house" / "owners" / "trained-1.json").write_text(text)
    known = again(belongings, tmp_path)
    assert not known.may_open("ann", "trained-1") and not known.may_open("eve", "trained-1")
    assert known.owner("trained-1") not in ("ann", "eve", None)


def test_who_was_away_longest_comes_first_also_after_a_restart(belongings, tmp_path):
    clock = belongings.clock
    for visitor in ("ben", "ann"):
        clock.was(clock.now() + 1000)
        belongings.greet(visitor)
    clock.was(clock.now() + 700)
    order = ["sprites", "mine.pth", "trained-1", "trained-2"]
    assert belongings.longest_away_first(["trained-1", "mine.pth", "sprites", "trained-2"]) == order
    assert belongings.away_s("mine.pth") == pytest.approx(1700, abs=5)
    assert not belongings.is_around("trained-1")
    belongings.keep()
    known = again(belongings, tmp_path)
    assert known.longest_away_first(order[::-1]) == order
    assert known.away_s("trained-1") == pytest.approx(700, abs=5)


def test_own_ones_come_in_the_order_in_which_they_were_given(belongings):
    assert belongings.owned_by("ann") == ["trained-1", "trained-2"]
    belongings.given_again("trained-1")
    assert belongings.owned_by("ann") == ["trained-2", "trained-1"]


def test_the_clock_never_goes_back(tmp_path):
    clock = HouseClock(tmp_path / "clock.json")
    clock.was(100)
    clock.was(50)
    assert 100 <= clock.now() < 110
    clock.keep()
    assert HouseClock(tmp_path / "clock.json").now() >= 100
    (tmp_path / "clock.json").write_text('{"seconds": -5}')
    assert 0 <= HouseClock(tmp_path / "clock.json").now() < 10
    (tmp_path / "clock.json").write_text("damaged")
    assert 0 <= HouseClock(tmp_path / "clock.json").now() < 10


def test_a_record_that_cannot_be_written_claims_nothing(belongings, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("diffusion.serving.visitors.belongings.write_json", full)
        with pytest.raises(OSError, match="No space"):
            belongings.claim("trained-3", "ann", private=True)
    belongings.claim("trained-3", "ben", private=True)
    assert again(belongings, tmp_path).owner("trained-3") == "ben"
