"""Threads: those of one piece of work are its own, whatever starts after it. And what the machine is called."""

import os
import sys
from threading import Thread

import pytest
import torch

from diffusion.support.device import behind_others, computes_bfloat16, cores, describe_machine, pick_device, threads


def seen_by_another_thread():
    seen = []
    other = Thread(target=lambda: seen.append(torch.get_num_threads()))
    other.start()
    other.join()
    return seen[0]


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_a_number_of_threads_holds_here_alone():
    with threads(1):
        assert torch.get_num_threads() == 1
        assert seen_by_another_thread() == 2
    assert torch.get_num_threads() == 2 == seen_by_another_thread()


def test_work_behind_others_leaves_them_their_threads(monkeypatch):
    monkeypatch.setattr("diffusion.support.device.NICENESS", 0)   # what is nicer here stays so
    inside = []

    def work():
        with behind_others():
            inside.append((torch.get_num_threads(), seen_by_another_thread()))

    worker = Thread(target=work)
    worker.start()
    worker.join()
    assert inside == [(max(1, cores() - 1), 2)]
    assert seen_by_another_thread() == 2


def test_a_mac_tells_its_chip(monkeypatch, tmp_path):
    sysctl = tmp_path / "sysctl"
    sysctl.write_text('#!/bin/sh\n[ "$*" = "-n machdep.cpu.brand_string" ] && echo "Apple M2"\n')
    sysctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert describe_machine("cpu").endswith(" of Apple M2")
    assert describe_machine("mps").endswith(" of Apple M2 with Metal")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_a_device_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="device 'cuda' is not available on this machine: choose auto or cpu"):
        pick_device("cuda")


def test_an_older_torch_that_does_not_tell_what_the_processor_can_computes_in_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not computes_bfloat16(torch.device("cpu"))
