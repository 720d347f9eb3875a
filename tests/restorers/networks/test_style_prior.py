"""The face prior: structure with random weights, and agreement with the original where its weights are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from restorers import paths
from restorers.contract import MissingWeights
from restorers.networks import style_prior
from restorers.networks.style_blocks import CHANNELS, StyledConv, inverse_haar
from restorers.networks.style_prior import MappingNetwork, StylePrior, styles_needed

SHARED = Path(os.environ.get("UNMASKED_SHARED", paths.ROOT.parent / "shared"))
WEIGHTS = SHARED / "weights" / "msg_ffhq_fp16.safetensors"
needs_weights = pytest.mark.skipif(not WEIGHTS.exists(), reason="the trained prior is not beside the repository")


@pytest.fixture(scope="module")
def prior() -> StylePrior:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = StylePrior(64).eval().requires_grad_(False)
        for module in network.modules():
            if isinstance(module, StyledConv):
                module.noise.normal_(std=0.1)
    return network


def some_styles(count: int, layers: int | None = None) -> Tensor:
    shape = (count, 512) if layers is None else (count, layers, 512)
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("until", "count"), [(4, 1), (64, 13), (128, 16), (256, 19), (512, 22), (1024, 23)])
def test_each_layer_has_a_style(until: int, count: int) -> None:
    assert styles_needed(until) == count


def test_parameter_counts() -> None:
    def count(network: torch.nn.Module) -> int:
        return sum(part.numel() for part in network.parameters())

    assert count(StylePrior()) == 7_306_380
    assert count(StylePrior(256)) == 7_150_720
    assert count(MappingNetwork()) == 2_101_248


def test_inverse_haar_by_hand() -> None:
    bands = torch.tensor([4.0, 2.0, 1.0, 0.5]).view(1, 4, 1, 1)
    assert inverse_haar(bands).tolist() == [[[[3.75, 2.25], [1.25, 0.75]]]]


def test_inverse_haar_keeps_energy_and_channels_apart() -> None:
    bands = torch.zeros(1, 8, 3, 3)
    bands[:, 1] = 1  # mean of the second channel
    bands[:, 2:5] = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)  # details of the first
    result = inverse_haar(bands)
    assert result.square().sum() == pytest.approx(bands.square().sum().item())
    assert (result[:, 1] == 0.5).all()


@pytest.mark.parametrize("until", [4, 8, 16, 32, 64])
def test_shapes(prior: StylePrior, until: int) -> None:
    assert prior(some_styles(1), until=until).shape == (1, CHANNELS[until], until, until)


def test_the_whole_network_gives_a_picture() -> None:
    with torch.inference_mode():
        assert StylePrior().picture(some_styles(1)).shape == (1, 3, 1024, 1024)


def test_one_style_equals_the_same_style_in_every_layer(prior: StylePrior) -> None:
    ws = some_styles(2)
    torch.testing.assert_close(prior(ws), prior(ws[:, None].expand(-1, 13, -1)))


def test_layers_beyond_the_last_block_are_not_read(prior: StylePrior) -> None:
    ws = some_styles(1, 13)
    other = ws.clone()
    other[:, styles_needed(16) :] += 1
    torch.testing.assert_close(prior(ws, until=16), prior(other, until=16))
    assert not torch.allclose(prior(ws, until=32), prior(other, until=32))


@pytest.mark.parametrize("layer", range(7))
def test_every_layer_reads_its_own_style(prior: StylePrior, layer: int) -> None:
    ws = some_styles(1, 7)
    other = ws.clone()
    other[:, layer] += 1
    assert not torch.allclose(prior(ws, until=16), prior(other, until=16))


def test_a_batch_of_two_is_two_of_one(prior: StylePrior) -> None:
    ws = some_styles(2, 13)
    shift = torch.randn(2, 512, 16, 16, generator=torch.Generator().manual_seed(2))
    both = prior(ws, {16: (shift, shift)})
    for index in range(2):
        alone = prior(ws[index : index + 1], {16: (shift[index : index + 1],) * 2})
        torch.testing.assert_close(both[index : index + 1], alone, rtol=1e-4, atol=1e-4)


def test_noise_can_be_left_out(prior: StylePrior) -> None:
    ws = some_styles(1)
    assert not torch.allclose(prior(ws), prior(ws, noise=False))
    torch.testing.assert_close(prior(ws, noise=False), prior(ws, noise=False))


def test_sft_is_applied_after_the_block(prior: StylePrior) -> None:
    ws = some_styles(1)
    scale, shift = torch.tensor(0.5), torch.tensor(2.0)
    plain = prior(ws, until=32)
    torch.testing.assert_close(prior(ws, {32: (scale, shift)}, until=32), plain * 1.5 + 2)

    def by_function(resolution: int, features: Tensor) -> tuple[Tensor, Tensor] | None:
        assert features.shape[-1] == resolution
        return (scale, shift) if resolution == 32 else None

    torch.testing.assert_close(prior(ws, by_function), prior(ws, {32: (scale, shift)}))


def test_gradients_reach_styles_and_sft_through_the_frozen_network(prior: StylePrior) -> None:
    ws = some_styles(2, 13).requires_grad_()
    scale, shift = (torch.zeros(2, 512, 16, 16, requires_grad=True) for _ in range(2))
    prior(ws, {16: (scale, shift)}).square().mean().backward()
    assert ws.grad is not None
    assert (ws.grad.abs().amax(2) > 0).all()
    for part in (scale, shift):
        assert part.grad is not None
        assert part.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in prior.parameters())


def test_bfloat16_autocast_keeps_features_in_bfloat16(prior: StylePrior) -> None:
    ws = some_styles(1)
    with torch.autocast("cpu", torch.bfloat16):
        features = prior(ws, {16: (torch.zeros(1), torch.zeros(1))})
    assert features.dtype == torch.bfloat16
    exact = prior(ws)
    assert (features.float() - exact).abs().mean() < 0.05 * exact.abs().mean()


def test_channels_last_gives_the_same(prior: StylePrior) -> None:
    ws = some_styles(2)
    other = StylePrior(64).eval().requires_grad_(False)
    other.load_state_dict(prior.state_dict())
    # features are as large as 80, and sums in another order round differently
    torch.testing.assert_close(other.to(memory_format=torch.channels_last)(ws), prior(ws), rtol=1e-4, atol=5e-4)


@pytest.mark.parametrize("shape", [(1, 511), (1, 12, 512), (512,), (1, 13, 512, 1)])
def test_styles_of_another_shape_are_refused(prior: StylePrior, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected styles"):
        prior(torch.zeros(shape))


def test_unknown_or_missing_resolutions_are_refused(prior: StylePrior) -> None:
    with pytest.raises(ValueError, match="got 48"):
        prior(some_styles(1), until=48)
    with pytest.raises(ValueError, match="from 4 to 64, got 1024"):
        prior.picture(some_styles(1))
    with pytest.raises(ValueError, match="got 2048"):
        StylePrior(2048)


def test_load_reads_a_file_whole_or_up_to_a_resolution(prior: StylePrior, tmp_path: Path) -> None:
    path = tmp_path / "prior.safetensors"
    save_file({f"synthesis.{name}": tensor for name, tensor in prior.state_dict().items()}, path)
    ws = some_styles(1)
    loaded = style_prior.load(path, 16)
    torch.testing.assert_close(loaded(ws), prior(ws, until=16))
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    with pytest.raises(MissingWeights, match="got others"):
        style_prior.load(path)
    with pytest.raises(MissingWeights, match="got others"):
        style_prior.load_mapping(path)


def test_missing_and_damaged_files_are_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="cannot be read"):
        style_prior.load(tmp_path / "none.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no weights")
    with pytest.raises(MissingWeights, match="cannot be read"):
        style_prior.load(damaged)


@pytest.mark.slow
@needs_weights
def test_agrees_with_the_original() -> None:
    reference = np.load(WEIGHTS.parent / "msg_reference.npz")
    styles = torch.from_numpy(reference["w"])
    with torch.inference_mode():
        mapped = style_prior.load_mapping(WEIGHTS)(torch.from_numpy(reference["z"]))
        pictures = style_prior.load(WEIGHTS).picture(styles[:2])
    assert (mapped - styles).abs().max() < 0.01
    # the reference is in [-1, 1]; the weights are half precision
    found = functional.avg_pool2d(pictures, 4) * 2 - 1
    assert np.abs(found.numpy() - reference["image_256"][:2].astype(np.float32)).max() < 0.04
