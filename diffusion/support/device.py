"""Where the numbers are computed: picking a device, and naming the machine beside what it measured."""

import os
import platform
import sys
from functools import cache
from pathlib import Path
from threading import get_native_id

import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
NICENESS = 10   # of what may wait: it gets about a tenth of a core that others want as well


def pick_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes the best there is. Raises ValueError if this machine lacks it."""
    if name not in DEVICES:
        raise ValueError(f"device {name!r} is unknown: choose from {', '.join(DEVICES)}.")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, available in there.items() if available))
    if not there[name]:
        raise ValueError(f"device {name!r} is not available on this machine: choose auto or cpu.")
    return torch.device(name)


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 numbers directly, and so faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and any(torch.cpu.get_capabilities().get(f"{unit}_bf16") for unit in ("avx512", "amx"))


def cores() -> int:
    """CPU cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def describe_machine(device: str = "cpu") -> str:
    """The hardware in a few words, such as "2 cores of AMD EPYC 9R14"."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    count = "1 core" if cores() == 1 else f"{cores()} cores"
    return f"{count} of {_processor()}" + (" with Metal" if device == "mps" else "")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].replace("Processor", "").split())
    return platform.processor() or platform.machine()


def work_behind() -> None:
    """Let the calling thread leave a core to others, and on Linux let theirs go first: sliders stay live beside it."""
    torch.set_num_threads(max(1, cores() - 1))   # of this thread only
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
