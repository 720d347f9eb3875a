"""Losses: zero at equality, hand-worked values, and the shapes they refuse."""

import pytest
import torch

from restorers.training.objectives import losses

RANDOM = torch.Generator().manual_seed(0)
FACES = torch.rand(2, 3, 8, 8, generator=RANDOM)
MASK = (torch.rand(2, 1, 8, 8, generator=RANDOM) > 0.5).float()


@pytest.mark.parametrize("loss", [losses.masked_l1, losses.masked_mse])
def test_equal_pictures_cost_nothing_and_others_something(loss):
    assert float(loss(FACES, FACES, MASK)) == 0
    assert float(loss(FACES, 1 - FACES, MASK)) > 0


def test_a_missing_pixel_counts_six_times():
    restored, truth = torch.zeros(1, 3, 1, 2), torch.tensor([[[[0.5, 0.25]]]]).expand(1, 3, 1, 2)
    mask = torch.tensor([[[[1.0, 0.0]]]])
    # (6 x 0.5 + 1 x 0.25) / (6 + 1)
    assert float(losses.masked_l1(restored, truth, mask)) == pytest.approx(3.25 / 7)
    assert float(losses.masked_mse(restored, truth, mask)) == pytest.approx((6 * 0.25 + 0.0625) / 7)
    assert float(losses.masked_l1(restored, truth, mask, 1.0)) == pytest.approx(0.375)


@pytest.mark.parametrize("loss", [losses.masked_l1, losses.masked_mse])
def test_other_shapes_are_refused(loss):
    with pytest.raises(ValueError, match="one shape"):
        loss(FACES, FACES[:1], MASK)
    with pytest.raises(ValueError, match="mask"):
        loss(FACES, FACES, MASK[:1])


def test_least_squares_by_hand():
    real, fake = torch.tensor([1.0, 0.5]), torch.tensor([0.0, 0.5])
    assert float(losses.lsgan_generator(fake)) == pytest.approx((1 + 0.25) / 2)
    assert float(losses.lsgan_discriminator(real, fake)) == pytest.approx(0.5 * (0.125 + 0.125))
    assert float(losses.lsgan_discriminator(torch.ones(3), torch.zeros(3))) == 0


def test_hinge_by_hand():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.5])
    assert float(losses.hinge_generator(fake)) == pytest.approx(0.75)
    assert float(losses.hinge_discriminator(real, fake)) == pytest.approx(0.25 + 0.75)
    assert float(losses.hinge_discriminator(torch.ones(3), -torch.ones(3))) == 0


def test_r1_is_the_squared_gradient():
    real = torch.rand(2, 3, 4, 4, generator=RANDOM).requires_grad_()
    # score = 3 x sum of pixels: the gradient is 3 in each of 48 pixels
    assert float(losses.r1_penalty(3 * real.sum((1, 2, 3)), real)) == pytest.approx(9 * 48)
    weight = torch.tensor(2.0, requires_grad=True)
    # d/dw of 48 w^2
    (gradient,) = torch.autograd.grad(losses.r1_penalty((weight * real).sum((1, 2, 3)), real), weight)
    assert float(gradient) == pytest.approx(4 * 48)


@pytest.mark.parametrize("loss", [losses.masked_l1, losses.masked_mse])
def test_gradients_reach_the_picture(loss):
    restored = FACES.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(restored, 1 - FACES, MASK), restored)
    assert bool(gradient.isfinite().all())
    assert int((gradient == 0).sum()) == 0
