"""A GPU that is not there: tensors that say they are on it, are computed on the CPU, and are held to its rules.

torch's own FakeTensorMode cannot serve: where torch was built without a device, the first gradient on it ends the
program. And here all numbers are real, so that they can be compared with those of the CPU.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode

CPU = torch.device("cpu")
NAMING = ("device", "_parse_to")   # only say which device is meant
MOVES = ("to", "cpu", "copy_", "_foreach_copy_", "data", "_has_compatible_shallow_copy_type")   # know both places
ANSWERS = ("item", "tolist", "__bool__", "__float__", "__int__", "to", "cpu")   # wait for the device
CHOOSY = ("conv2d", "batch_norm")   # not with channels_last, on Metal
LONG = ("conv2d", "_foreach_lerp_")   # the program goes on before they are done


class SimulatedDevice(TorchFunctionMode):
    """While it is entered there is a device "cuda" or "mps"; it raises where a real one would.

    That is on float64 there, on tensors of two places in one operation, a generator of another place, a tensor of the
    device given to numpy, and where Metal gets channels_last wrong.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.device = torch.device(kind, 0)
        self.asked = self.finished = 0   # of what takes long
        self._there: dict[int, StorageWeakRef] = {}   # as long as the reference is kept, its address is not given anew

    def synchronize(self, device: Any = None) -> None:
        """Wait until all that was asked for is done."""
        self.finished = self.asked

    def holds(self, x: Any) -> bool:
        """Whether this is a tensor on the device."""
        return _has_numbers(x) and x.untyped_storage()._cdata in self._there

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        name, kwargs = _name(func), kwargs or {}
        tensors = [x for x in _flat([*args, *kwargs.values()]) if isinstance(x, Tensor)]
        from_device = any(map(self.holds, tensors))
        if name == "device" and from_device:
            return self.device
        if name in NAMING or not (from_device or self._is_named([*args, *kwargs.values()])):
            return func(*args, **kwargs)
        if from_device:
            self._check(name, args, tensors)
        place = self._place(name, args, kwargs)
        if kwargs.get("generator") is not None and place != CPU:
            raise RuntimeError(f"a generator of {kwargs['generator'].device} for numbers on {place}")
        made = func(*map(self._on_cpu, args), **{key: self._on_cpu(value) for key, value in kwargs.items()})
        if name in ("to", "cpu") and (place != CPU) != self.holds(args[0]) and made.data_ptr() == args[0].data_ptr():
            made = made.clone()   # what moves is copied
        if place != CPU:
            self._put(made)
        return made

    def _is_named(self, values: Iterable[Any]) -> bool:
        return any(self._on_cpu(x) is CPU for x in values)

    def _on_cpu(self, x: Any) -> Any:
        """An argument as the CPU takes it."""
        named = isinstance(x, torch.device | str) and str(x).partition(":")[0] == self.device.type
        return CPU if named else x

    def _place(self, name: str, args: tuple, kwargs: dict) -> torch.device:
        """Where the outcome is to be: where the call says, else with the tensors."""
        said = kwargs.get("device") if name != "to" else next(
            (x for x in [*args[1:], *kwargs.values()] if isinstance(x, torch.device | str | Tensor)), None)
        if isinstance(said, Tensor):   # x.to(other)
            return self.device if self.holds(said) else CPU
        if name == "cpu" or (said is not None and not self._is_named([said])):
            return CPU
        return self.device

    def _put(self, made: Any) -> None:
        for x in filter(_has_numbers, _flat([made])):
            if x.dtype == torch.float64:
                raise TypeError(f"float64 on {self.device}")
            storage = x.untyped_storage()
            self._there.setdefault(storage._cdata, StorageWeakRef(storage))

    def _check(self, name: str, args: tuple, tensors: list[Tensor]) -> None:
        """Raise where the device would; keep count of what it has to do."""
        if name in ("numpy", "__array__"):
            raise TypeError(f"a tensor on {self.device} for numpy")
        if name in ANSWERS:
            self.synchronize()
        is_picked = name == "__getitem__" and self.holds(args[0])   # by places that may come from the CPU
        if name not in MOVES and not is_picked:
            self._check_together(name, [x for x in tensors if not self.holds(x)])
        if name in LONG:
            self.asked += 1
        pictures = [x for x in tensors if x.ndim == 4]
        if name in CHOOSY and self.device.type == "mps" and not all(x.is_contiguous() for x in pictures):
            raise RuntimeError(f"{name}: channels_last on {self.device}")

    def _check_together(self, name: str, others: list[Tensor]) -> None:
        """A single number may come from the CPU."""
        if any(x.ndim or (x.dtype == torch.float64 and self.device.type == "mps") for x in others):
            raise RuntimeError(f"{name}: tensors on {self.device} and on the CPU")


def _name(func: Callable) -> str:
    """The name of a function or method, or of an attribute that is read or set."""
    return func.__self__.__name__ if func.__name__ in ("__get__", "__set__") else func.__name__


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        else:
            yield value


def _has_numbers(x: Any) -> bool:
    return isinstance(x, Tensor) and x.layout is torch.strided and not x.is_meta


@contextmanager
def simulated(kind: str) -> Iterator[SimulatedDevice]:
    """A machine that has a device of this kind; its clock counts what takes long and is done, nothing else."""
    machine, autocast = SimulatedDevice(kind), torch.autocast
    with pytest.MonkeyPatch.context() as patch, machine:
        patch.setattr(torch.get_device_module(kind), "synchronize", machine.synchronize)
        patch.setattr(torch.cuda if kind == "cuda" else torch.backends.mps, "is_available", lambda: True)
        patch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
        patch.setattr(torch.cuda, "is_current_stream_capturing", lambda: False)   # a build for GPUs asks its driver
        patch.setattr(torch.cuda, "get_device_name", lambda *_: "a GPU that is not there")
        patch.setattr("diffusion.support.device.perf_counter", lambda: float(machine.finished))
        patch.setattr(torch, "autocast", lambda _, *options, **named: autocast("cpu", *options, **named))
        yield machine
