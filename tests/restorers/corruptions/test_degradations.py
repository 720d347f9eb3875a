from dataclasses import replace

import numpy as np
import pytest
import torch

from restorers.corruptions import degradations
from restorers.corruptions.degradations import LEVELS, Degradation

MILD = Degradation(sigma=0.0, factor=1.0, noise=0.0, quality=100, seed=1)


def detailed(side: int = 256, count: int = 1) -> torch.Tensor:
    """Pictures with detail at every size, a different one each."""
    noise = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(3))
    coarse = torch.nn.functional.interpolate(noise[..., :16, :16], size=(side, side), mode="bicubic")
    fine = torch.nn.functional.interpolate(noise[..., :64, :64], size=(side, side), mode="bicubic")
    return (0.5 * coarse + 0.3 * fine + 0.2 * noise).clamp(0, 1)


def error(level: degradations.Level, seed: int) -> float:
    truth = detailed()
    draw = degradations.draw(level, np.random.default_rng(seed))
    return float((degradations.apply(truth, draw) - truth).square().mean())


def test_the_worse_the_level_the_larger_the_error():
    for seed in range(5):
        errors = [error(level, seed) for level in LEVELS]
        assert errors == sorted(errors)
        assert errors[0] > 1e-5


@pytest.mark.parametrize(
    "harsh",
    [replace(MILD, sigma=4.0), replace(MILD, factor=6.0), replace(MILD, noise=20.0), replace(MILD, quality=20)],
    ids=["sigma", "factor", "noise", "quality"],
)
def test_each_parameter_grows_the_error_on_its_own(harsh: Degradation):
    truth = detailed()
    errors = [(degradations.apply(truth, draw) - truth).square().mean() for draw in (MILD, harsh)]
    assert errors[1] > 2 * errors[0]


def test_draws_stay_in_their_ranges_and_levels_meet():
    generator = np.random.default_rng(0)
    for level, ranges in LEVELS.items():
        draws = [degradations.draw(level, generator) for _ in range(200)]
        for name in ("sigma", "factor", "noise", "quality"):
            low, high = getattr(ranges, name)
            values = [getattr(draw, name) for draw in draws]
            assert low <= min(values) < low + 0.1 * (high - low)
            assert high - 0.1 * (high - low) < max(values) <= high


def test_the_same_draw_gives_the_same_pixels_and_another_seed_others():
    truth = detailed()
    draw = degradations.draw("medium", np.random.default_rng(7))
    assert draw == degradations.draw("medium", np.random.default_rng(7))
    once, twice = degradations.apply(truth, draw), degradations.apply(truth, draw)
    assert torch.equal(once, twice)
    other = Degradation(draw.sigma, draw.factor, draw.noise, draw.quality, draw.seed + 1)
    assert not torch.equal(once, degradations.apply(truth, other))


def test_a_batch_gives_the_pixels_of_its_faces_one_by_one():
    truth = detailed(96, 4)
    generator = np.random.default_rng(2)
    draws = [degradations.draw(level, generator) for level in ("light", "medium", "severe", "medium")]
    batch = degradations.apply_batch(truth, draws)
    single = torch.cat([degradations.apply(face[None], draw) for face, draw in zip(truth, draws, strict=True)])
    assert batch.dtype == torch.float32
    assert torch.equal(batch, single)
    assert torch.equal(batch, (batch * 255).round() / 255)


def test_a_face_of_another_size_keeps_the_same_detail():
    """What is left at 512, shrunk to 256, is what is left at 256."""
    large = torch.nn.functional.interpolate(detailed(), size=(512, 512), mode="bicubic").clamp(0, 1)
    small = torch.nn.functional.interpolate(large, size=(256, 256), mode="bilinear", antialias=True)
    draw = Degradation(sigma=3.0, factor=4.0, noise=0.0, quality=95, seed=0)
    shrunk = torch.nn.functional.interpolate(
        degradations.apply(large, draw), size=(256, 256), mode="bilinear", antialias=True
    )
    assert (shrunk - degradations.apply(small, draw)).abs().mean() < 0.01


def test_tiny_pictures_do_not_fail():
    for side in (1, 2, 5):
        result = degradations.apply(
            detailed(64)[..., :side, :side], degradations.draw("severe", np.random.default_rng(1))
        )
        assert result.shape == (1, 3, side, side)


@pytest.mark.parametrize(
    "values", [(-1, 1, 0, 50, 0), (0, 0.5, 0, 50, 0), (0, 1, -1, 50, 0), (0, 1, 0, 0, 0), (0, 1, 0, 101, 0)]
)
def test_impossible_parameters_are_refused(values):
    with pytest.raises(ValueError, match="expected sigma"):
        Degradation(*values)


def test_shapes_are_checked():
    draw = degradations.draw("light", np.random.default_rng(0))
    with pytest.raises(ValueError, match="shape"):
        degradations.apply(torch.zeros(3, 8, 8), draw)
    with pytest.raises(ValueError, match="one per picture"):
        degradations.apply_batch(torch.zeros(2, 3, 8, 8), [draw])
