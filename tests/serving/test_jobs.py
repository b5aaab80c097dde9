"""Training jobs as their owners meet them: in a queue, paused, resumed, broken off, out of room, watched by others."""

import errno
import gc
import json
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
import torch

from diffusion.evaluation.judge import load_judge
from diffusion.models.checkpoints import CheckpointError, list_checkpoints, load_checkpoint, load_tensors
from diffusion.serving.jobs.job_files import megabytes
from diffusion.serving.jobs.previews import Previews
from diffusion.serving.jobs.table import JobTable
from diffusion.serving.jobs.training_job import TrainingJob
from diffusion.serving.limits import PUBLIC, Limits
from diffusion.serving.reference import Reference
from diffusion.serving.states import State
from diffusion.sprites.spriteset import SpriteSet
from diffusion.training.logbook import STATE_ENDING
from diffusion.training.recipes import recipe
from diffusion.ui.words import trainings

TINY = {"minutes": None, "batch": 4, "network_options": {"width": 32}, "optimizer": "adamw"}


def tiny(steps, **changes):
    return recipe("fast", **(TINY | {"steps": steps} | changes))


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A table whose jobs keep a checkpoint at every step, and one core: another sum has other last bits."""
    monkeypatch.setattr("diffusion.serving.jobs.core_share.cores", lambda: 1)
    monkeypatch.setattr("diffusion.training.logbook.CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr("diffusion.training.snapshots.CHECKPOINT_EVERY_S", 1e-6)
    monkeypatch.setattr("diffusion.serving.jobs.previews.STEPS", 1)
    monkeypatch.setattr("diffusion.support.device.NICENESS", 0)
    table = JobTable(tmp_path, "cpu", Limits(checkpoints=3))
    yield table
    for job in table._jobs.values():
        table.stop(job)
    until(lambda: not any(job.under_way for job in table._jobs.values()))


def finished(jobs, job):
    until(lambda: not job.under_way)
    return job


def test_a_job_ends_with_its_last_best_and_some_checkpoints_between(jobs, sprites):
    job = finished(jobs, jobs.start(sprites, tiny(9)))
    assert (job.state, job.message, job.at.share) == (State.FINISHED, "", 1.0)
    names = job.checkpoints()
    assert names[0] == job.name and f"{job.name}-best" in names and 3 <= len(names) <= 5
    assert set(names) <= set(list_checkpoints(jobs.folder))
    for name in names:
        assert load_checkpoint(name, jobs.folder).categories == sprites.categories
    steps = [mark.step for mark in job.snapshots.marks if mark.label == "saved"]
    assert steps == sorted(steps) and len(steps) <= 3
    previews = [preview.step for preview in job.previews.all]
    assert previews[0] == 0 and previews[-1] == 9 and set(steps) <= set(previews)
    kept = {name.split("-step-")[1] for name in list_checkpoints(jobs.folder) if "-step-" in name}
    assert kept == {str(step) for step in steps}


def test_one_trains_the_others_wait_and_know_their_place(jobs, sprites):
    first, second, third = (jobs.start(sprites, tiny(100_000)) for _ in range(3))
    until(lambda: first.at)
    assert [job.state for job in (first, second, third)] == [State.RUNNING, State.QUEUED, State.QUEUED]
    assert [jobs.place(job)[0] for job in (second, third)] == [1, 2]
    assert jobs.place(third)[1] > jobs.place(second)[1] > 0
    jobs.stop(second)
    assert second.state == State.STOPPED and jobs.place(third)[0] == 1
    jobs.stop(first)
    until(lambda: third.at)
    assert third.state == State.RUNNING and first.state == State.STOPPED


def test_pausing_lets_the_next_one_train_and_resuming_is_exact(jobs, sprites):
    whole = finished(jobs, jobs.start(sprites, tiny(24, seed=3)))
    job = jobs.start(sprites, tiny(24, seed=3))
    until(lambda: job.at and job.at.step > 3)
    jobs.pause(job)
    finished(jobs, job)
    assert job.state == State.PAUSED and 3 < job.at.step < 24
    other = finished(jobs, jobs.start(sprites, tiny(2)))
    assert other.state == State.FINISHED
    jobs.resume(job)
    finished(jobs, job)
    assert job.logbook.losses == whole.logbook.losses
    assert_same_weights(jobs, job.name, whole.name)
    with pytest.raises(ValueError, match="cannot go on"):
        jobs.resume(job)


def test_while_several_wait_each_trains_for_a_turn_and_ends_as_if_alone(jobs, sprites, monkeypatch):
    whole = finished(jobs, jobs.start(sprites, tiny(30, seed=3)))
    jobs.limits = Limits(turn_minutes=0.01)
    held, is_over = [], jobs._is_over
    monkeypatch.setattr(jobs, "_is_over", lambda begun: is_over(begun) and not any(job.at for job in held))
    first, second, third = (jobs.start(sprites, tiny(steps, seed=3)) for steps in (30, 100_000, 100_000))
    held.append(third)   # so that nothing moves on while it is looked at
    until(lambda: third.at)
    assert first.at and second.at and not first.logbook.last   # each had a turn, before the first has ended
    assert first.state == State.QUEUED and set(first.checkpoints()) <= set(list_checkpoints(jobs.folder))
    assert "Waiting for its next turn" in trainings.progress(first, jobs)
    assert [jobs.place(job)[0] for job in (first, second)] == [1, 2]
    assert jobs.place(second)[1] <= 2 * 60 * jobs.limits.turn_minutes
    jobs.pause(second)
    assert second.state == State.PAUSED
    held.clear()
    finished(jobs, first)
    assert first.state == State.FINISHED and first.logbook.losses == whole.logbook.losses
    assert_same_weights(jobs, first.name, whole.name)
    assert second.state == State.PAUSED


def test_a_training_whose_turn_ends_at_its_last_step_is_finished(jobs, sprites, monkeypatch):
    """It would have begun again, since a finished one leaves no state to go on from."""
    monkeypatch.setattr(jobs, "_is_over", lambda _: any(job.at and job.at.step == 10 for job in jobs._jobs.values()))
    job = finished(jobs, jobs.start(sprites, tiny(10, seed=3)))
    assert job.state == State.FINISHED and len(job.logbook.losses) == 10


def test_a_training_that_is_paused_in_the_look_at_its_last_step_is_finished(jobs, sprites, monkeypatch):
    check = TrainingJob.check

    def after_a_pause(job):
        if job.at and job.at.step == 10:
            job.asked = State.PAUSED
        check(job)

    monkeypatch.setattr(TrainingJob, "check", after_a_pause)
    job = finished(jobs, jobs.start(sprites, tiny(10, seed=3)))
    assert job.asked == State.PAUSED and job.state == State.FINISHED and len(job.logbook.losses) == 10


def test_who_trains_alone_has_no_turn_to_end(jobs, sprites):
    jobs.limits = Limits(turn_minutes=0.01)
    job = jobs.start(sprites, tiny(100_000))
    until(lambda: job.at and job.at.step > 3)
    time.sleep(2 * 60 * jobs.limits.turn_minutes)
    at = job.at.step
    until(lambda: job.at.step > at)   # however slow the machine
    assert job.state == State.RUNNING


def test_what_is_asked_as_a_turn_ends_is_not_lost(jobs, sprites, monkeypatch):
    """The owner pauses between the last step of a turn and the queue."""
    jobs.limits = Limits(turn_minutes=0.01)
    first, second = (jobs.start(sprites, tiny(100_000)) for _ in range(2))
    wait_again = jobs._wait_again

    def after_a_pause(job):
        if job is first:
            jobs._halt(job, State.PAUSED)
        wait_again(job)

    monkeypatch.setattr("diffusion.serving.jobs.table.HALTS_WITHIN_S", 0)
    monkeypatch.setattr(jobs, "_wait_again", after_a_pause)
    until(lambda: second.at)
    assert first.state == State.PAUSED and jobs.place(second)[0] == 1   # itself, running


def test_when_the_program_ends_all_rest_with_what_they_have_learnt(jobs, sprites):
    running, waiting = (jobs.start(sprites, tiny(100_000)) for _ in range(2))
    until(lambda: running.at and running.at.step > 3)
    jobs.rest()
    assert [job.state for job in (running, waiting)] == [State.PAUSED] * 2
    assert load_tensors(running.logbook.state_path)["step"] == running.at.step
    again = JobTable(jobs.folder, "cpu", Limits())
    there = {job.name: job for job in again._jobs.values()}
    assert again.get(there[running.name].id).at.step == running.at.step and waiting.name in there


def test_any_kept_checkpoint_can_be_gone_on_from_exactly(jobs, sprites):
    whole = finished(jobs, jobs.start(sprites, tiny(12)))
    middle = next(name for name in whole.checkpoints() if "-step-" in name and not name.endswith("-12"))
    again = finished(jobs, jobs.go_on_from(middle))
    assert again.state == State.FINISHED and again.name != whole.name
    assert again.logbook.losses == whole.logbook.losses
    assert_same_weights(jobs, again.name, whole.name)
    with pytest.raises(CheckpointError, match="keeps no unfinished training"):
        jobs.go_on_from(whole.name)
    with pytest.raises(CheckpointError, match="not found"):
        jobs.go_on_from("trained-never")
    (jobs.folder / f"{whole.name}.sprites.npz").unlink()
    with pytest.raises(CheckpointError, match="are gone"):
        jobs.go_on_from(middle)


def assert_same_weights(jobs, first, second):
    one, other = (load_checkpoint(name, jobs.folder).net.state_dict() for name in (first, second))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_job_whose_owner_is_gone_pauses_and_tells(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(absent_minutes=0.02))
    job = jobs.start(sprites, tiny(100_000))
    until(lambda: jobs.get(job.id).at)
    finished(jobs, job)
    assert job.state == State.PAUSED and "gone for 0.02 minutes" in job.message
    assert load_checkpoint(job.name, tmp_path)
    jobs.resume(jobs.get(job.id))
    until(lambda: jobs.get(job.id).state == State.RUNNING)
    jobs.stop(job)
    finished(jobs, job)


KILLED = """
import sys, time
from pathlib import Path
from diffusion.training import logbook
logbook.CHECKPOINT_EVERY_S = 0.1
from diffusion.serving.jobs.table import JobTable
from diffusion.sprites.readers import read_sprites
from tests.serving.test_jobs import tiny
folder = Path(sys.argv[1])
job = JobTable(folder, "cpu").start(read_sprites(folder / "mine.npz"), tiny(100_000))
while not job.logbook.state_path.exists():
    time.sleep(0.02)
print(job.id, flush=True)
time.sleep(60)
"""


def test_a_killed_program_offers_to_resume(tmp_path, sprites):
    sprites.save(tmp_path / "mine.npz")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as program:
        job_id = program.stdout.readline().strip()
        program.kill()
    jobs = JobTable(tmp_path, "cpu")
    job = jobs.get(job_id)
    assert job.state == State.PAUSED and job.can_go_on and job.at.step >= 1
    assert len(json.loads(job.logbook.series.text())["loss"]) >= 1 and job.previews.all
    kept = len(job.logbook.losses)
    jobs.resume(job)
    until(lambda: job.at.step > kept)
    jobs.stop(job)
    until(lambda: not list(tmp_path.glob("*.job.json")))
    assert not list(tmp_path.glob("*.part"))
    assert not JobTable(tmp_path, "cpu")._jobs


def test_damaged_notes_do_not_keep_the_app_from_starting(tmp_path):
    for i, text in enumerate(("", "[]", '{"config": {}}', '{"id": 1, "config": {"betas": [0, 1], "batch": "x"}}')):
        (tmp_path / f"trained-{i}.job.json").write_text(text)
    assert not JobTable(tmp_path, "cpu")._jobs


def test_the_learning_rate_changes_while_it_runs(jobs, sprites):
    job = jobs.start(sprites, tiny(100_000))
    jobs.change_learning_rate(job, 5e-4)
    until(lambda: job.at and job.at.learning_rate == 5e-4)
    jobs.pause(job)
    finished(jobs, job)
    assert float(load_tensors(job.logbook.state_path)["learning_rate"]) == 5e-4
    assert json.loads(job.logbook.series.text())["learning_rate"][0]["value"] == 5e-4
    with pytest.raises(ValueError, match="learning_rate = 9"):
        jobs.change_learning_rate(job, 9)


def test_a_diverged_job_keeps_its_last_good_checkpoint(jobs, sprites):
    job = jobs.start(sprites, tiny(100_000, warmup_steps=1, clip=None))
    until(lambda: (jobs.folder / f"{job.name}.safetensors").exists())
    jobs.change_learning_rate(job, 1.0)
    next(job.logbook.last.state.model.net.parameters()).data.fill_(float("inf"))
    finished(jobs, job)
    assert job.state == State.FAILED and "lower the learning rate" in job.message and job.name in job.message
    assert load_checkpoint(job.name, jobs.folder)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
        (MemoryError(), "not enough memory for a batch of 4"),
        (KeyError("surprise"), "Something went wrong here"),
    ],
)
def test_what_breaks_a_job_is_told_and_the_next_one_runs(jobs, sprites, monkeypatch, error, sentence):
    def broken(self, step, kept):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Previews, "look", broken)
        job = finished(jobs, jobs.start(sprites, tiny(5)))
    assert job.state == State.FAILED and sentence in job.message and "Traceback" not in job.message
    assert not list(jobs.folder.glob(".*.part"))
    assert finished(jobs, jobs.start(sprites, tiny(1))).state == State.FINISHED


@pytest.mark.parametrize(
    ("changes", "limits", "sentence"),
    [
        ({"steps": 50}, Limits(steps=20), "steps = 50: here a training may have at most 20"),
        ({"batch": 64}, Limits(batch=32), "batch = 64"),
        ({"steps": None, "minutes": 11}, PUBLIC, "minutes = 11: here a training may have at most 10"),
    ],
)
def test_limits_are_told_in_a_sentence(tmp_path, sprites, changes, limits, sentence):
    with pytest.raises(ValueError, match=sentence):
        JobTable(tmp_path, "cpu", limits).start(sprites, tiny(**({"steps": 5} | changes)))


def test_a_network_that_is_too_large_is_told(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(parameters=1000))
    job = finished(jobs, jobs.start(sprites, tiny(5)))
    assert job.state == State.FAILED and "at most 1,000" in job.message


def test_the_queue_has_an_end(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(waiting=1))
    running, waiting = jobs.start(sprites, tiny(100_000)), jobs.start(sprites, tiny(5))
    with pytest.raises(ValueError, match="1 training waits already"):
        jobs.start(sprites, tiny(5))
    jobs.stop(waiting)
    jobs.stop(running)
    finished(jobs, running)


def test_trainings_without_an_owner_make_room_first(tmp_path, sprites):
    for name in ("trained-20200101-000000", "trained-20200102-000000"):
        for ending in (".safetensors", ".json", f"{STATE_ENDING}"):
            (tmp_path / f"{name}{ending}").write_bytes(bytes(3_000_000))
    (tmp_path / "sprites.safetensors").write_bytes(bytes(30_000_000))
    jobs = JobTable(tmp_path, "cpu", Limits(disk_mb=16))
    finished(jobs, jobs.start(sprites, tiny(1)))
    assert not list(tmp_path.glob("trained-20200101*")) and len(list(tmp_path.glob("trained-20200102*"))) == 3
    assert (tmp_path / "sprites.safetensors").exists()


def paused(jobs, sprites, owner="someone"):
    job = jobs.start(sprites, tiny(100_000), owner)
    until(lambda: job.at)
    jobs.pause(job)
    return finished(jobs, job)


def pass_time(jobs, seconds):
    clock = jobs._belongings.clock
    clock.was(clock.now() + seconds)


def test_what_was_abandoned_longest_makes_room_and_its_owner_is_told(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(disk_mb=1000))
    first, second = paused(jobs, sprites, "first"), paused(jobs, sprites, "second")
    pass_time(jobs, 1000)
    jobs.get(first.id)   # its page asks
    pass_time(jobs, 1000)
    jobs.limits = first.limits = Limits(disk_mb=max(1, int(megabytes(tmp_path)) - 1))
    third = finished(jobs, jobs.start(sprites, tiny(1), "third"))
    assert third.state == State.FINISHED and megabytes(tmp_path) <= jobs.limits.disk_mb
    told = jobs.get(second.id)
    assert told.is_gone and not told.can_go_on and "removed to make room" in trainings.progress(told, jobs)
    assert list(tmp_path.glob(f"{second.name}.*")) == [tmp_path / f"{second.name}.job.json"]
    assert jobs.get(first.id).can_go_on and first.logbook.state_path.exists()
    with pytest.raises(ValueError, match="cannot go on"):
        jobs.resume(told)
    again = JobTable(tmp_path, "cpu")   # after a restart of the program they are told as well
    assert again.get(second.id).is_gone and again.get(first.id).can_go_on


def test_the_order_survives_a_restart_and_a_clock_that_goes_back(tmp_path, sprites, monkeypatch):
    jobs = JobTable(tmp_path, "cpu", Limits(disk_mb=1000))
    first = finished(jobs, jobs.start(sprites, tiny(1), "first"))
    pass_time(jobs, 1000)
    monkeypatch.setattr("diffusion.serving.jobs.job_files.datetime", Yesterday)
    second = finished(jobs, jobs.start(sprites, tiny(1), "second"))
    assert second.name < first.name   # by the clock on the wall it is the older one
    jobs = JobTable(tmp_path, "cpu", Limits(disk_mb=int(megabytes(tmp_path)) + 1))
    pass_time(jobs, 1000)
    finished(jobs, jobs.start(sprites, tiny(1), "third"))
    until(lambda: not list(tmp_path.glob(f"{first.name}.*")))   # room is made once the third has ended
    assert list(tmp_path.glob(f"{second.name}.*"))


class Yesterday(datetime):
    @classmethod
    def now(cls):
        return datetime.now() - timedelta(days=1)


def test_nobody_who_is_around_loses_a_training_to_others(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(disk_mb=1000))
    resting, ended = paused(jobs, sprites, "first"), finished(jobs, jobs.start(sprites, tiny(1), "first"))
    jobs.limits = Limits(disk_mb=1)
    with pytest.raises(ValueError, match="the 1 MB for trainings are all in use"):
        jobs.start(sprites, tiny(1), "second")
    assert resting.logbook.state_path.exists() and load_checkpoint(ended.name, tmp_path)
    assert len(jobs._jobs) == 2 and not list(tmp_path.glob(".*.part"))


def test_one_visitor_cannot_take_all_places_nor_all_room(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(unfinished_each=2, disk_mb_each=1))
    job, waiting = paused(jobs, sprites, "greedy"), jobs.start(sprites, tiny(100_000), "other")
    assert megabytes(tmp_path) > 1
    with pytest.raises(ValueError, match="your trainings take all of the 1 MB that they may: remove some"):
        jobs.start(sprites, tiny(1), "greedy")
    jobs.limits = Limits(unfinished_each=2)
    second = jobs.start(sprites, tiny(1), "greedy")
    with pytest.raises(ValueError, match="you have 2 unfinished trainings already: stop one of them first"):
        jobs.start(sprites, tiny(1), "greedy")
    jobs.stop(job)
    third = jobs.start(sprites, tiny(1), "greedy")
    jobs.stop(waiting)
    until(lambda: not (second.under_way or third.under_way))


def test_who_never_comes_back_loses_an_unfinished_training_but_no_finished_one(tmp_path, sprites):
    jobs = JobTable(tmp_path, "cpu", Limits(rest_hours=1))
    resting, ended = paused(jobs, sprites), finished(jobs, jobs.start(sprites, tiny(1), "other"))
    jobs.expire()
    assert resting.can_go_on
    pass_time(jobs, 3700)
    jobs.expire()
    assert jobs.get(resting.id).is_gone and "away for too long" in trainings.progress(resting, jobs)
    assert load_checkpoint(ended.name, tmp_path)


def test_own_sprites_of_a_job_that_waits_or_rests_are_on_disk_alone(tmp_path, sprites):
    def sets():
        gc.collect()
        return [one for one in gc.get_objects() if type(one) is SpriteSet]

    before, jobs = len(sets()), JobTable(tmp_path, "cpu")
    running, waiting = jobs.start(sprites, tiny(100_000)), jobs.start(sprites, tiny(5))
    until(lambda: running.at)
    assert len(sets()) == before + 1   # the part that the running one learns from
    jobs.stop(waiting)
    jobs.pause(running)
    finished(jobs, running)
    assert len(sets()) == before
    assert (running.training_part().images == sprites.split()[0].images).all()


def test_an_owner_removes_a_training_for_good(jobs, sprites):
    job = jobs.start(sprites, tiny(100_000), "someone")
    until(lambda: job.at)
    with pytest.raises(ValueError, match="is being trained: stop it first"):
        jobs.remove(job.name)
    jobs.stop(job)
    finished(jobs, job)
    jobs.remove(job.name)
    assert jobs.get(job.id) is None and not list(jobs.folder.glob(f"{job.name}*"))
    assert not list((jobs.folder / "house" / "owners").iterdir())


def test_a_full_disk_leaves_nothing_of_a_training_that_could_not_begin(jobs, sprites, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("diffusion.serving.jobs.job_files.keep_sprites", full)
    with pytest.raises(OSError, match="No space left"):
        jobs.start(sprites, tiny(1))
    assert not jobs._jobs and not [path for path in jobs.folder.rglob("*") if path.is_file()]


def test_a_file_that_vanishes_while_they_are_counted_counts_nothing(tmp_path):
    (tmp_path / "trained-20200101-000000.json").symlink_to(tmp_path / "gone")
    (tmp_path / "gone.pth").symlink_to(tmp_path / "gone")
    assert megabytes(tmp_path) == 0 and list_checkpoints(tmp_path) == ["gone.pth"]


def test_a_look_at_a_running_job_reads_nothing_into_its_logbook(jobs, sprites):
    job = paused(jobs, sprites)
    job.logbook.losses = []
    for state in (State.QUEUED, State.RUNNING):
        job.state = state
        assert jobs.get(job.id) is job and job.logbook.losses == []
    job.state = State.PAUSED
    assert jobs.get(job.id).logbook.losses


def test_others_watch_by_link_and_only_that(jobs, sprites):
    job = jobs.start(sprites, tiny(2))
    assert jobs.watched(job.link) is job and jobs.get(job.link) is None
    assert jobs.watched(job.id) is None and jobs.watched("") is None and jobs.get(None) is None and jobs.get([]) is None
    finished(jobs, job)


def test_the_environment_sets_the_limits():
    assert Limits.of_this_place({}) == Limits()
    assert Limits.of_this_place({"SPACE_ID": "someone/sprites"}) == PUBLIC
    said = Limits.of_this_place({"SPACE_ID": "x", "SPRITE_LAB_MINUTES": "2.5", "SPRITE_LAB_WAITING": "3"})
    assert (said.minutes, said.waiting, said.batch) == (2.5, 3, PUBLIC.batch)
    for text in ("many", "0", "-1", "nan"):
        with pytest.raises(ValueError, match=r"(?i)minutes"):
            Limits.of_this_place({"SPRITE_LAB_MINUTES": text})


def test_a_training_without_a_judge_goes_on_unmeasured(tmp_path, sprites, caplog):
    reference = Reference(lambda: sprites, lambda: load_judge(tmp_path / "judge.safetensors"))
    jobs = JobTable(tmp_path, "cpu", reference=reference)
    job = finished(jobs, jobs.start(None, tiny(2)))
    assert job.state == State.FINISHED
    assert ["judge.safetensors is missing" in record.getMessage() for record in caplog.records] == [True]
