"""The optimiser: steps along all singular directions for matrices, AdamW's for the rest."""

import pytest
import torch
from torch import nn

from restorers.training.muon import ALIKE, Muon, is_matrix, orthogonal


@pytest.mark.parametrize("shape", [(24, 24), (16, 40), (40, 16)])
def test_singular_values_come_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.5
    assert values.max() < 1.4


def test_which_kernels_are_matrices() -> None:
    kernels = {
        "pointwise": (nn.Conv2d(16, 32, 1), True),
        "ordinary": (nn.Conv2d(16, 32, 3), True),
        "depthwise": (nn.Conv2d(32, 32, 3, groups=32), False),
        "from colours": (nn.Conv2d(4, 32, 3), False),
        "linear": (nn.Linear(16, 16), True),
    }
    for name, (part, wanted) in kernels.items():
        weight, bias = part.parameters()
        assert is_matrix(weight) is wanted, name
        assert not is_matrix(bias), name


def test_the_length_of_a_step_does_not_depend_on_the_gradient() -> None:
    moved = []
    for size in (1e-3, 1e3):
        weight = nn.Parameter(torch.zeros(16, 64))
        weight.grad = size * torch.randn(16, 64, generator=torch.Generator().manual_seed(1))
        Muon([weight], 0.01).step()
        moved.append(weight.detach())
    assert torch.allclose(moved[0], moved[1], atol=1e-3)
    # singular values near 1: a root mean square of 1 / sqrt(64), times the factor
    assert moved[0].square().mean().sqrt().item() == pytest.approx(0.01 * ALIKE, rel=0.25)


def test_other_parameters_take_the_steps_of_adamw() -> None:
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2))
    muon = Muon([ours], 0.01, betas=(0.9, 0.99))
    adamw = torch.optim.AdamW([theirs], 0.01, (0.9, 0.99), weight_decay=0.0)
    for step in range(5):
        for parameter, optimiser in ((ours, muon), (theirs, adamw)):
            parameter.grad = (parameter.detach() - step).pow(3)
            optimiser.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_resumed_optimiser_goes_on_as_it_would_have() -> None:
    def run(weight: nn.Parameter, bias: nn.Parameter, optimiser: Muon, steps: range) -> None:
        for step in steps:
            weight.grad = weight.detach() - torch.eye(16) * step
            bias.grad = bias.detach() + step
            optimiser.step()

    def fresh() -> tuple[nn.Parameter, nn.Parameter]:
        return nn.Parameter(torch.ones(16, 16)), nn.Parameter(torch.ones(16))

    straight = fresh()
    run(*straight, Muon(straight, 0.01), range(6))
    first = fresh()
    before = Muon(first, 0.01)
    run(*first, before, range(3))
    second = tuple(nn.Parameter(part.detach().clone()) for part in first)
    after = Muon(second, 0.01)
    after.load_state_dict(before.state_dict())
    run(second[0], second[1], after, range(3, 6))
    for one, other in zip(straight, second, strict=True):
        assert torch.equal(one, other)


def test_a_closure_is_refused() -> None:
    with pytest.raises(ValueError, match="closure"):
        Muon([nn.Parameter(torch.zeros(2))], 0.1).step(lambda: 0.0)
