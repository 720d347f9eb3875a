"""The optimiser Muon for kernels that are matrices, AdamW for everything else."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import torch
from torch import Tensor
from torch.optim import Optimizer

NEWTON_SCHULZ: Final = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration that brings singular values near 1."""
ROUNDS: Final = 5
ALIKE: Final = 0.4
"""Root mean square of an update over the rate: about twice that of AdamW, so that one rate fits both."""
SMALLEST: Final = 16
"""Inputs and outputs that make a kernel a matrix; a depthwise one, or one from or to a picture's colours, is not."""


class Muon(Optimizer):
    """Steps of equal length along all singular directions of a matrix; AdamW's steps for other parameters.

    References:
        Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024; the factor of the rate: Liu et al., Muon is
        Scalable for LLM Training, arXiv:2502.16982, eq. (4). AdamW: Loshchilov, Hutter, ICLR 2019, without weight decay.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        rate: float,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        """One rate for all; `momentum` is Muon's, `betas` are AdamW's."""
        super().__init__(list(parameters), {"lr": rate, "momentum": momentum, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient; a closure is refused.

        Raises:
            ValueError: if there is a closure.
        """
        if closure is not None:
            raise ValueError("expected no closure: losses are computed before the step")
        for group in self.param_groups:
            others = []
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if is_matrix(parameter):
                    self._turn(parameter, group)
                else:
                    others.append(parameter)
            self._adapt(others, group)

    def _turn(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state, gradient = self.state[parameter], parameter.grad
        if gradient is None:
            return
        if not state:
            state["mean"] = torch.zeros_like(parameter)
        state["mean"].lerp_(gradient, 1 - group["momentum"])
        wanted = orthogonal(gradient.lerp(state["mean"], group["momentum"]).flatten(1))
        parameter.add_(wanted.reshape(parameter.shape), alpha=-group["lr"] * ALIKE * max(wanted.shape) ** 0.5)

    def _adapt(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        first, second = group["betas"]
        for parameter in parameters:
            state, gradient = self.state[parameter], parameter.grad
            if gradient is None:
                continue
            if not state:
                state |= {
                    "step": torch.zeros(()),
                    "mean": torch.zeros_like(parameter),
                    "square": torch.zeros_like(parameter),
                }
            state["step"] += 1
            state["mean"].lerp_(gradient, 1 - first)
            state["square"].lerp_(gradient.square(), 1 - second)
            count = float(state["step"])
            deviation = (state["square"] / (1 - second**count)).sqrt_().add_(1e-8)
            parameter.addcdiv_(state["mean"], deviation, value=-group["lr"] / (1 - first**count))


def is_matrix(parameter: Tensor) -> bool:
    """Whether Muon's steps are for it: a kernel of an ordinary convolution, or a matrix, with many inputs and outputs."""
    return parameter.ndim in (2, 4) and min(parameter.shape[:2]) >= SMALLEST


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix whose singular values are near 1, by Newton-Schulz iteration in bfloat16: (M, N) -> (M, N)."""
    first, second, third = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    found = (matrix.t() if tall else matrix).bfloat16()
    found = found / (found.norm() + 1e-7)
    for _ in range(ROUNDS):
        product = found @ found.t()
        found = first * found + (second * product + third * product @ product) @ found
    result: Tensor = (found.t() if tall else found).to(matrix.dtype)
    return result
