"""Where the numbers are computed: picking a device, moving there, its clock, and the name of the machine."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock, Thread, get_native_id
from time import perf_counter, thread_time
from typing import Any

import torch
from torch import Tensor

from diffusion.support.checks import InputError, check_known
from diffusion.support.lent_gpu import gpus_are_lent
from diffusion.support.wording import counted, quoted

DEVICES = ("auto", "cpu", "cuda", "mps")
NICENESS = 10   # of what may wait: it gets about a tenth of a core that others want as well
_setting_threads = Lock()


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes the best there is. Raises InputError if this machine lacks it."""
    check_known("device", name, DEVICES)
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, available in there.items() if available))
    if not there[name]:
        raise InputError(f"device {quoted(name)} is not available on this machine: choose auto or cpu.")
    return torch.device(name)


def pick_shared_device(name: str = "auto") -> torch.device:
    """As `pick_device`, for several threads at once, which Metal does not bear: they may end the whole program.

    So "auto" passes it by, and a GPU that is only lent. Raises InputError if this machine lacks the device, or it is
    Metal's.
    """
    if name == "mps":
        raise InputError(f"device {quoted(name)} works for one thread at a time, here are more: choose auto or cpu.")
    device = pick_device(name)
    return torch.device("cpu") if device.type == "mps" or (name == "auto" and gpus_are_lent()) else device


def memory_format(device: torch.device | str) -> torch.memory_format:
    """How the weights of convolutions lie in memory: channels last is fast, but on Metal it breaks BatchNorm.

    That fails there, or has wrong gradients, which depends on the system.
    """
    return torch.contiguous_format if torch.device(device).type == "mps" else torch.channels_last


def on_device(x: Tensor, device: torch.device) -> Tensor:
    """Pictures (B, C, H, W) on the device; as `memory_format` says, these too are no channels-last ones on Metal."""
    return x.to(device).contiguous() if device.type == "mps" else x.to(device)


def device_clock(device: torch.device) -> float:
    """Seconds, of which differences count, read when the device has done all that it was asked for until now.

    A GPU works on while the program goes on: without waiting, one would measure how long asking takes.
    """
    torch.get_device_module(device).synchronize()
    return perf_counter()


def work_clock(device: torch.device) -> float:
    """As `device_clock`, but on the CPU only the time that the calling thread really computed is counted.

    What it waits for others who want the same cores does not pass. A GPU's time passes as on any clock.
    """
    return thread_time() if device.type == "cpu" else device_clock(device)


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 numbers directly, and so faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = getattr(torch.cpu, "get_capabilities", dict)()   # an older torch does not tell: float32 is right everywhere
    return device.type == "cpu" and any(able.get(f"{unit}_bf16") for unit in ("avx512", "amx"))


def cores() -> int:
    """CPU cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine(device: str = "cpu") -> str:
    """The hardware in a few words, such as "2 cores of AMD EPYC 9R14"."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{counted(cores(), 'core')} of {_processor()}" + (" with Metal" if device == "mps" else "")


def _processor() -> str:
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]   # Python's own answer is "arm"
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].replace("Processor", "").split())
    return platform.processor() or platform.machine()


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with `count` threads in the calling one; the others keep what they have, also those that start later."""
    before = torch.get_num_threads()
    compute_with(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def compute_with(count: int) -> None:
    """Compute with `count` threads in the calling one from now on, and in no other.

    To threads that start later torch hands on the number that was set last, wherever that was: so another thread sets
    it back at once to what those have.
    """
    with _setting_threads:
        usual = _in_new_thread(torch.get_num_threads)
        torch.set_num_threads(count)
        _in_new_thread(partial(torch.set_num_threads, usual))


def _in_new_thread(call: Callable[[], Any]) -> Any:
    answers = []
    thread = Thread(target=lambda: answers.append(call()))
    thread.start()
    thread.join()
    return answers[0]


@contextmanager
def behind_others() -> Iterator[None]:
    """Leave a core to other threads, and on Linux let them go first, for good: sliders stay live beside this one.

    What watches its own pace may take that core too while nobody else does, by `compute_with`.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
    with threads(max(1, cores() - 1)):
        yield
