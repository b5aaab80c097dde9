"""Remaking what ships: all commands in order, and where it was broken off it goes on."""

import pytest

from diffusion.cli import _parser, main
from diffusion.cli.remake import steps
from diffusion.support.checks import InputError

COMMANDS = steps(0)


@pytest.fixture
def remake(tmp_path):
    """Runs remake with commands that are only written down; the one called `failing` fails."""
    progress = tmp_path / "runs" / "remake.json"

    def go(*arguments, failing=None):
        ran = []

        def run(command):
            ran.append(command)
            return 2 if command[0] == failing else 0

        options = _parser().parse_args(["remake", "--progress", str(progress), *arguments])
        options.main = run
        try:
            options.command(options)
        finally:
            go.ran = ran
        return ran

    go.progress = progress
    return go


def test_all_commands_are_run_in_order_and_nothing_is_left_behind(remake):
    assert remake() == COMMANDS and not remake.progress.exists()


def test_what_was_broken_off_goes_on_with_the_command_that_failed(remake):
    with pytest.raises(InputError, match="remaking stopped at distill"):
        remake(failing="distill")
    assert remake.ran == COMMANDS[:4]
    assert remake() == COMMANDS[3:]
    assert remake() == COMMANDS


@pytest.mark.parametrize("kept", ["", "[]", '{"ended": [["other"]]}', '{"ended": 7}'])
def test_what_was_kept_of_another_remake_or_damaged_counts_for_nothing(remake, kept):
    remake.progress.parent.mkdir()
    remake.progress.write_text(kept)
    assert remake() == COMMANDS


def test_another_seed_and_anew_begin_at_the_first_command(remake):
    for arguments in (["--seed", "1"], ["--anew"]):
        with pytest.raises(InputError):
            remake(failing="frontier")
        assert remake(*arguments)[0] == ["sheets"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_every_command_is_one(command):
    assert _parser().parse_args(command).command


def test_it_is_told_where_remaking_stopped(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("diffusion.cli.remake.steps", lambda seed: [["evaluate", "nobody-is-called-so"]])
    assert main(["remake", "--progress", str(tmp_path / "remake.json")]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: remaking stopped at evaluate")
