"""Muon, an optimizer that turns all directions of a weight matrix alike."""

from collections.abc import Callable

import torch
from torch import Tensor

HIDDEN_CHANNELS = 32   # a kernel with fewer on either side belongs to the way in or out, and is left to AdamW
MOMENTUM = 0.95
STEP_RMS = 0.4         # root mean square of a step, as a share of the learning rate; twice that of most AdamW steps
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5


class Muon(torch.optim.AdamW):
    """AdamW, but the step of a hidden convolution is its momentum made orthogonal.

    M <- mu M + (1 - mu) g, W <- (1 - lr decay) W - 0.4 lr sqrt(max(rows, columns)) orthogonal(mu M + (1 - mu) g).
    Jordan et al., 2024; the length as in Liu et al., 2502.16982.
    """

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        for group in self.param_groups:
            for kernel in filter(_is_hidden_kernel, group["params"]):
                if kernel.grad is not None:
                    self._turn(kernel, group["lr"], group["weight_decay"])
                    kernel.grad = None   # done: AdamW passes over it
        return super().step(closure)

    def _turn(self, kernel: Tensor, lr: float, decay: float) -> None:
        momentum = self.state[kernel].setdefault("momentum", torch.zeros_like(kernel))
        momentum.lerp_(kernel.grad, 1 - MOMENTUM)
        matrix = kernel.grad.lerp(momentum, MOMENTUM).flatten(1)                   # (out, in * height * width)
        length = STEP_RMS * max(matrix.shape) ** 0.5
        kernel.mul_(1 - lr * decay).add_(orthogonal(matrix).view(kernel.shape), alpha=-lr * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """The matrix, (N, M), with its singular values brought near 1, by five Newton-Schulz steps.

    X <- p(A) X with p(A) = a I + b A + c A^2 and A = X X^T, from X = matrix / |matrix|; values end between 0.7 and 1.2.
    All p(A) commute: so they are multiplied as small squares, A <- p(A) A p(A), and X takes part twice, not ten times.
    """
    if len(matrix) > matrix.shape[1]:
        return orthogonal(matrix.T).T
    with torch.autocast(matrix.device.type, enabled=False):   # in bfloat16 rounding would make eigenvalues negative
        x = matrix / matrix.norm().clamp(min=1e-7)
        gram = x @ x.T                                                             # (N, N) of the shorter side
        return _brought_near_1(gram) @ x


def _brought_near_1(gram: Tensor) -> Tensor:
    """The product of p(A) over the steps, (N, N), from A = X X^T of the first."""
    a, b, c = NEWTON_SCHULZ
    product = torch.eye(len(gram), device=gram.device)
    for _ in range(NEWTON_SCHULZ_STEPS):
        p = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        p.diagonal().add_(a)
        gram, product = p @ gram @ p, p @ product
    return product


def _is_hidden_kernel(parameter: Tensor) -> bool:
    return parameter.ndim == 4 and min(parameter.shape[:2]) >= HIDDEN_CHANNELS
