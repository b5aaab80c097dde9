"""Training on several devices: each process works on its rows of one and the same batch. Started by torchrun."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch import distributed as dist

from diffusion.support.checks import InputError


@contextmanager
def process_group(device: torch.device) -> Iterator[None]:
    """Join the processes that torchrun started, with NCCL on GPUs and gloo on CPUs; alone, do nothing.

    Raises InputError on a Mac's GPU, which processes cannot share.
    """
    if int(os.environ.get("WORLD_SIZE", 1)) == 1:
        yield
        return
    if device.type == "mps":
        raise InputError("device 'mps' cannot be shared by several processes: choose cpu.")
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def processes() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that saves and speaks."""
    return not dist.is_initialized() or dist.get_rank() == 0


def own_rows(batch: int) -> slice:
    """The rows of a batch that this process works on; InputError if the batch cannot be shared out evenly."""
    n = processes()
    if batch % n:
        raise InputError(f"batch = {batch}: it must be a multiple of the {n} processes.")
    rank = dist.get_rank() if n > 1 else 0
    return slice(rank * batch // n, (rank + 1) * batch // n)


def average_gradients(net: nn.Module) -> None:
    """Replace each gradient by its mean over the processes, in one message."""
    if processes() == 1:
        return
    gradients = [parameter.grad for parameter in net.parameters() if parameter.grad is not None]
    flat = average(torch.cat([gradient.reshape(-1) for gradient in gradients]))
    for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def average(value: Tensor) -> Tensor:
    """The mean of a tensor over the processes."""
    if processes() > 1:
        dist.all_reduce(value)
        value = value / processes()
    return value


def agree(seconds: float, device: torch.device) -> float:
    """The first process's clock, so that all stop at the same step."""
    if processes() == 1:
        return seconds
    bits = torch.tensor(seconds, dtype=torch.float64).view(torch.int64).to(device)   # float64 never goes to a device
    dist.broadcast(bits, src=0)
    return float(bits.cpu().view(torch.float64))
