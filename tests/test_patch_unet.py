"""The network that paints twice, and the windows that its second decoder learns on."""

import pytest
import torch
from torch import Tensor

from restorers import sharpening
from restorers.contract import Corrupted
from restorers.networks import patch_unet
from restorers.networks.patch_unet import TwofoldPatchUNet
from restorers.twofold import visible

TINY = ((16, 16, 20, 20), 8, 1)


def tiny(seed: int = 0) -> TwofoldPatchUNet:
    network = TwofoldPatchUNet(*TINY)
    network.begin(torch.Generator().manual_seed(seed))
    return network.eval()


def inputs(count: int = 2, side: int = 128) -> Tensor:
    pixels = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))
    mask = torch.zeros(count, 1, side, side)
    mask[..., 40:80, 30:90] = 1
    return visible(pixels, mask)


def test_paints_twice() -> None:
    with torch.inference_mode():
        painted = tiny()(inputs())
        assert painted.likely.shape == (2, 3, 128, 128)
        assert painted.sharp.shape == (2, 3, 256, 256)
        assert torch.equal(tiny().likely(inputs()), painted.likely)


def test_reads_one_side_alone() -> None:
    with pytest.raises(ValueError, match="128 px, got 64"):
        tiny()(inputs(side=64))


def test_first_weights_come_from_the_seed() -> None:
    one, same, other = (tiny(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_no_picture_sees_another() -> None:
    both = inputs()
    with torch.inference_mode():
        together, alone = tiny()(both), tiny()(both[:1])
    assert torch.allclose(together.likely[:1], alone.likely, atol=1e-5)
    assert torch.allclose(together.sharp[:1], alone.sharp, atol=1e-5)


def test_the_mirrored_half_is_seen() -> None:
    network = tiny()
    with torch.inference_mode():
        # coarse scales see everything; at the finest one a far cell is seen in the mirror alone
        for part in (*network.trunk.mirrored.parameters(), *network.trunk.up.parameters()):
            part.zero_()
        plain = inputs()
        changed = plain.clone()
        changed[..., :3, 60:68, 4:12] += 1.0
        far = slice(110, 128)

        def moved() -> bool:
            difference = network.likely(changed) - network.likely(plain)
            return bool((difference[..., 56:72, far].abs() > 1e-6).any())

        assert not moved()
        next(network.trunk.mirrored.parameters()).normal_()
        assert moved()


def test_a_window_of_the_features_gives_that_window_of_the_sharp_picture() -> None:
    network, given = tiny(), inputs()
    windows = sharpening.Windows((3, 16), (0, 9))
    with torch.inference_mode():
        features = network.features(given)
        whole = windows.cut(network.sharp(features, given))
        part = network.sharp(windows.cut(features), windows.cut(given))
    assert part.shape == whole.shape == (2, 3, 128, 128)
    inner = slice(32, -32)  # at its border it misses what lies beyond
    assert torch.allclose(part[..., inner, inner], whole[..., inner, inner], atol=1e-5)


def test_windows_hold_missing_pixels_and_lie_inside() -> None:
    mask = torch.zeros(3, 1, 256, 256)
    mask[0, :, 250:, 250:] = 1
    mask[1, :, 100:110, 30:50] = 1
    drawn = {sharpening.windows_around(mask, 0, step) for step in range(20)}
    assert len(drawn) > 10
    assert sharpening.windows_around(mask, 0, 5) == sharpening.windows_around(mask, 0, 5)
    for windows in drawn:
        cut = windows.cut(mask)
        assert cut.shape == (3, 1, 128, 128)
        assert cut[0].any()
        assert cut[1].any()


def test_the_sharp_picture_teaches_the_trunk_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    features = torch.ones(1, 2, 4, 4, requires_grad=True)
    monkeypatch.setattr(patch_unet, "SHARED", 0.25)
    (4 * patch_unet.lessened(features)).sum().backward()
    assert features.grad is not None
    assert torch.equal(features.grad, torch.ones_like(features))


def test_faces_are_halved_without_their_occluder() -> None:
    truth = torch.full((1, 3, 256, 256), 0.5)
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 101:151, 101:151] = 1
    half = sharpening.halved(truth, Corrupted(truth * (1 - mask), mask))
    assert half.truth.shape == (1, 3, 128, 128)
    assert half.seen.mask[..., 50, 50] == 1
    kept = (half.seen.mask == 0).expand_as(half.truth)
    assert torch.allclose(half.seen.pixels[kept], torch.tensor(0.5), atol=1e-3)
    with pytest.raises(ValueError, match="got 64"):
        sharpening.halved(torch.zeros(1, 3, 64, 64), Corrupted(torch.zeros(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)))
