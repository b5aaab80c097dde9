"""Muon, an optimizer that turns all directions of a weight matrix alike."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

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

    def __init__(self, parameters: Iterable[Tensor], **options: Any) -> None:
        super().__init__(parameters, fused=True, **options)   # the many small ones in one go

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        for group in self.param_groups:
            hidden = [kernel for kernel in group["params"] if _is_hidden_kernel(kernel) and kernel.grad is not None]
            if hidden:
                self._turn(hidden, group["lr"], group["weight_decay"])
            for kernel in hidden:
                kernel.grad = None   # done: AdamW passes over it
        return super().step(closure)

    def _turn(self, kernels: list[Tensor], lr: float, decay: float) -> None:
        directions, momenta = [kernel.grad for kernel in kernels], [self._momentum(kernel) for kernel in kernels]
        torch._foreach_lerp_(momenta, directions, 1 - MOMENTUM)
        torch._foreach_lerp_(directions, momenta, MOMENTUM)
        turned = orthogonal([_channels_last(direction).flatten(1) for direction in directions])
        torch._foreach_mul_(kernels, 1 - lr * decay)
        for kernel, matrix in zip(map(_channels_last, kernels), turned, strict=True):
            kernel.add_(matrix.reshape(kernel.shape), alpha=-lr * STEP_RMS * max(matrix.shape) ** 0.5)

    def _momentum(self, kernel: Tensor) -> Tensor:
        state = self.state[kernel]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(kernel)
        return state["momentum"]


def orthogonal(matrices: Sequence[Tensor]) -> list[Tensor]:
    """The matrices, (N, M) each, with their singular values brought near 1, by five Newton-Schulz steps.

    X <- p(A) X with p(A) = a I + b A + c A^2 and A = X X^T, from X = matrix / |matrix|; values end between 0.7 and 1.2.
    All p(A) commute: so they are multiplied as small squares, A <- p(A) A p(A), and X takes part twice, not ten times.
    Squares of one size are multiplied together: one by one, asking for so small products takes as long as they do.
    """
    wide = [matrix if len(matrix) <= matrix.shape[1] else matrix.T for matrix in matrices]
    with torch.autocast(wide[0].device.type, enabled=False):   # in bfloat16 rounding would make eigenvalues negative
        norms = [x.norm().clamp(min=1e-7) for x in wide]
        products = _brought_near_1([x @ x.T / norm**2 for x, norm in zip(wide, norms, strict=True)])
        turned = [product / norm @ x for product, norm, x in zip(products, norms, wide, strict=True)]
    return [it if x is matrix else it.T for it, x, matrix in zip(turned, wide, matrices, strict=True)]


def _brought_near_1(grams: Sequence[Tensor]) -> list[Tensor]:
    """Of each A = X X^T the product of p(A) over the steps, (N, N)."""
    products: dict[int, Tensor] = {}
    by_size = sorted(range(len(grams)), key=lambda place: len(grams[place]))
    for _, places in groupby(by_size, key=lambda place: len(grams[place])):
        alike = list(places)
        gram = torch.stack([grams[place] for place in alike])   # (B, N, N)
        p = product = _polynomial(gram)
        for _ in range(NEWTON_SCHULZ_STEPS - 1):
            gram = p @ gram @ p
            p = _polynomial(gram)
            product = p @ product
        products |= zip(alike, product, strict=True)
    return [products[place] for place in range(len(grams))]


def _polynomial(gram: Tensor) -> Tensor:
    a, b, c = NEWTON_SCHULZ
    p = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
    p.diagonal(dim1=1, dim2=2).add_(a)
    return p


def _channels_last(kernel: Tensor) -> Tensor:
    """(out, height, width, in), as kernels lie in memory: so that they are matrices without being copied."""
    return kernel.permute(0, 2, 3, 1)


def _is_hidden_kernel(parameter: Tensor) -> bool:
    return parameter.ndim == 4 and min(parameter.shape[:2]) >= HIDDEN_CHANNELS
