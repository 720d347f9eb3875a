"""How the network over cells of 4 x 4 pixels is trained and used on a face; the network itself is tested in test_patch_unet."""

import pytest
import torch
from torch import Tensor, nn

from restorers import sharpening
from restorers.contract import Corrupted
from restorers.networks.patch_unet import TwofoldPatchUNet
from restorers.objective import Batch
from restorers.training.patches import PatchesObjective, PatchesRestorer

TINY = ((16, 16, 20, 20), 8, 1)


def batch(side: int = 256) -> Batch:
    coarse = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    truth = nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
    mask = torch.zeros(2, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return Batch(truth, Corrupted(truth * (1 - mask), mask), ("face",) * 2, torch.zeros(2, 162, 2))


class Difference(nn.Module):
    """Stands in for the perceptual trunk."""

    def forward(self, ours: Tensor, theirs: Tensor, mask: Tensor) -> Tensor:
        return (ours - theirs).abs().mean()


@pytest.fixture
def tiny() -> PatchesObjective:
    return PatchesObjective(0, Difference(), generator=TwofoldPatchUNet(*TINY))


@pytest.mark.parametrize("side", [96, 128, 256])
def test_restores_faces_of_any_side(tiny: PatchesObjective, side: int) -> None:
    faces = batch(side)
    restored = tiny.restorer(tiny.generator)(faces.corrupted, [0, 0])
    assert restored.pixels.shape == faces.truth.shape
    kept = (faces.corrupted.mask == 0).expand_as(faces.truth)
    assert torch.equal(restored.pixels[kept], faces.corrupted.pixels[kept])
    with pytest.raises(TypeError, match="Identity"):
        PatchesRestorer(nn.Identity())


def test_has_at_most_five_million_parameters() -> None:
    assert sum(value.numel() for value in TwofoldPatchUNet().parameters()) <= 5_000_000


def taught(objective: PatchesObjective, terms: list[Tensor]) -> set[str]:
    """The parts of the generator that terms give a gradient."""
    objective.generator.zero_grad()
    torch.stack(terms).sum().backward()
    return {
        name.split(".")[0]
        for name, value in objective.generator.named_parameters()
        if value.grad is not None and value.grad.any()
    }


def test_the_likeliest_picture_teaches_the_trunk_alone(tiny: PatchesObjective) -> None:
    terms = tiny.generator_step(batch(), 1.0, 0).terms
    assert set(terms) == {"l1", "psnr", "sharp", "perceptual", "adversarial"}
    assert taught(tiny, [terms["l1"], terms["psnr"]]) == {"trunk"}


def test_the_sharp_picture_teaches_both(tiny: PatchesObjective) -> None:
    terms = tiny.generator_step(batch(), 1.0, 1).terms
    assert taught(tiny, [terms["sharp"], terms["adversarial"]]) == {"trunk", "sharp"}


def test_gradient_reaches_every_parameter(tiny: PatchesObjective) -> None:
    made = tiny.generator_step(batch(), 1.0, 0)
    torch.stack(list(made.terms.values())).sum().backward()
    for name, parameter in tiny.generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name


def test_the_sharp_picture_comes_late(tiny: PatchesObjective) -> None:
    for side in (128, 256):
        made = tiny.generator_step(batch(side), 0.0, 0)
        assert set(made.terms) == {"l1", "psnr"}
        assert made.restored.shape[-1] == 128
    assert not tiny.adversarial(0.0)


def test_the_discriminator_sees_the_same_windows(tiny: PatchesObjective) -> None:
    faces = batch()
    made = tiny.generator_step(faces, 1.0, 3)
    visible = faces.corrupted.mask == 0
    assert visible.any()
    terms = tiny.discriminator_terms(faces, made.restored.detach(), 16)
    assert set(terms) == {"discriminator", "r1"}
    windows = sharpening.windows_around(faces.corrupted.mask, tiny.seed, 3)
    kept = (windows.cut(faces.corrupted.mask) == 0).expand(-1, 3, -1, -1)
    assert torch.equal(made.restored[kept], windows.cut(faces.truth)[kept])
