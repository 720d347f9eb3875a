"""How the generators of the lightweight GAN paint and are used on a face; the loop that trains them is tested in test_training."""

import pytest
import torch
from torch import Tensor, nn

from restorers.compositing.self_ensemble import MOVES
from restorers.contract import Corrupted
from restorers.methods.lightweight_gan import LightweightRestorer, paper_generator
from restorers.networks.patch_unet import TwoBranchPatchUNet
from restorers.training.objectives.lightweight_gan import LightweightObjective
from restorers.training.objectives.objective import Batch

TINY = ((16, 16, 20, 20), 8, 1)


class Grey(nn.Module):
    """Paints mid grey, and remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, picture: Tensor) -> Tensor:
        self.seen.append(picture)
        return torch.zeros_like(picture[:, :3])


def face(side: int, colour: float) -> Corrupted:
    mask = torch.zeros(2, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return Corrupted(torch.full((2, 3, side, side), colour), mask)


def batch() -> Batch:
    coarse = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    truth = nn.functional.interpolate(coarse, size=(128, 128), mode="bilinear")
    mask = face(128, 0.0).mask
    return Batch(truth, Corrupted(truth * (1 - mask), mask), ("face",) * 2, torch.zeros(2, 162, 2))


class Difference(nn.Module):
    """Stands in for the perceptual trunk."""

    def forward(self, ours: Tensor, theirs: Tensor, mask: Tensor) -> Tensor:
        return (ours - theirs).abs().mean()


@pytest.fixture
def tiny() -> LightweightObjective:
    return LightweightObjective(0, Difference(), generator=TwoBranchPatchUNet(*TINY))


def test_sees_the_side_that_it_was_trained_at() -> None:
    generator = Grey()
    restored = LightweightRestorer(generator, trained_at=32)(face(64, 0.5), [0, 0])
    assert sum(len(seen) for seen in generator.seen) == 2 * len(MOVES)
    assert {tuple(seen.shape[1:]) for seen in generator.seen} == {(4, 32, 32)}
    assert restored.pixels.shape == (2, 3, 64, 64)


def test_small_pictures_are_not_enlarged() -> None:
    generator = Grey()
    LightweightRestorer(generator, trained_at=64).restore(face(32, 0.5), [0, 0])
    assert generator.seen[0].shape[-1] == 32


def test_meets_the_visible_pixels() -> None:
    # what is painted is off by the same everywhere, so that the seam tells the whole error
    restored = LightweightRestorer(Grey(), trained_at=32)(face(64, 0.8), [0, 0])
    assert restored.raw is not None
    assert torch.allclose(restored.raw, torch.full_like(restored.raw, 0.8), atol=0.01)


def test_the_papers_own_sees_the_occluded_picture_as_it_is() -> None:
    generator = Grey()
    LightweightRestorer(generator, masked=False, trained_at=64).restore(face(64, 0.75), [0, 0])
    assert torch.equal(generator.seen[0], torch.full((2, 3, 64, 64), 0.5))


def test_parameter_counts() -> None:
    counts = [
        sum(value.numel() for value in network.parameters()) for network in (paper_generator(), TwoBranchPatchUNet())
    ]
    assert round(counts[0] / 1e6, 2) == 3.55
    assert counts[1] <= 5_000_000


@pytest.mark.parametrize("side", [96, 128, 256])
def test_restores_faces_of_any_side(tiny: LightweightObjective, side: int) -> None:
    occluded = face(side, 0.4)
    restored = tiny.restorer(tiny.generator)(occluded, [0, 0])
    assert restored.pixels.shape == occluded.pixels.shape
    kept = (occluded.mask == 0).expand_as(occluded.pixels)
    assert torch.equal(restored.pixels[kept], occluded.pixels[kept])


def taught(objective: LightweightObjective, terms: list[Tensor]) -> set[str]:
    """The parts of the generator that terms give a gradient."""
    objective.generator.zero_grad()
    torch.stack(terms).sum().backward()
    return {
        name.split(".")[0]
        for name, value in objective.generator.named_parameters()
        if value.grad is not None and value.grad.any()
    }


def test_the_likeliest_picture_teaches_the_trunk_alone(tiny: LightweightObjective) -> None:
    terms = tiny.generator_step(batch(), 0.0, 0).terms
    assert set(terms) == {"l1", "psnr"}
    assert taught(tiny, list(terms.values())) == {"trunk"}
    assert not tiny.adversarial(0.0)


def test_the_sharp_picture_comes_late_and_leaves_the_trunk_alone(tiny: LightweightObjective) -> None:
    terms = tiny.generator_step(batch(), 1.0, 0).terms
    assert set(terms) == {"sharp", "perceptual", "adversarial"}
    assert tiny.adversarial(1.0)
    assert taught(tiny, list(terms.values())) == {"sharp"}
    assert set(tiny.generator_step(batch(), 1.0, 1).terms) == {"sharp", "adversarial"}


@pytest.mark.parametrize(("progress", "part"), [(0.0, "trunk"), (1.0, "sharp")])
def test_gradient_reaches_every_parameter(tiny: LightweightObjective, progress: float, part: str) -> None:
    made = tiny.generator_step(batch(), progress, 0)
    torch.stack(list(made.terms.values())).sum().backward()
    for name, parameter in tiny.generator.get_submodule(part).named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name


def test_what_is_judged_keeps_what_is_visible(tiny: LightweightObjective) -> None:
    faces = batch()
    made = tiny.generator_step(faces, 1.0, 3)
    kept = (faces.corrupted.mask == 0).expand_as(faces.truth)
    assert torch.equal(made.restored[kept], faces.truth[kept])
    assert set(tiny.discriminator_terms(faces, made.restored.detach(), 16)) == {"discriminator", "r1"}
