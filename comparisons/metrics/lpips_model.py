"""LPIPS on trained trunks, with no download: the network, its features, and the map of its differences."""

import hashlib
import threading
import warnings
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor
from torch.nn import functional

from restorers.contract import MissingWeights
from restorers.images import quantised
from restorers.paths import WEIGHTS

if TYPE_CHECKING:
    import lpips

TRUNK: Final = WEIGHTS / "alexnet_features_fp16.safetensors"
"""AlexNet convolutions of torchvision (ImageNet), keys `0.weight` to `10.bias` of `alexnet().features`."""

_TRUNK_SHA256: Final = "461fe9916ea1b250247215f4bd533e926bddf0003b696d04bc279863da7f7da6"
TRUTHS: Final = 8
"""Truths whose features are kept, some 3 MB each: whoever looks at a face looks at it more than once."""
_loading = threading.Lock()


def load_lpips(trunk: Path = TRUNK) -> "lpips.LPIPS":
    """LPIPS v0.1 on the trained AlexNet trunk, with no download.

    Args:
        trunk: the safetensors file of the trunk.

    Returns:
        The package's module in evaluation mode; it wants pictures in [-1, 1].

    Raises:
        MissingWeights: if the file is not there, is damaged, or is not the trained trunk.
    """
    try:
        content = trunk.read_bytes()
        weights = load_tensors(content)
    except FileNotFoundError:
        raise MissingWeights(
            "LPIPS needs the trained AlexNet trunk, and {file} is missing: "
            "restore {file} from the repository into assets/weights.",
            file=trunk.name,
        ) from None
    except (OSError, SafetensorError) as error:
        raise MissingWeights(
            "LPIPS needs the trained AlexNet trunk, and {file} is damaged ({error}): "
            "restore {file} from the repository into assets/weights.",
            file=trunk.name,
            error=error,
        ) from error
    if hashlib.sha256(content).hexdigest() != _TRUNK_SHA256:
        raise MissingWeights(
            "LPIPS needs the trained AlexNet trunk, and {file} holds other weights: "
            "restore {file} from the repository into assets/weights.",
            file=trunk.name,
        )
    model = untrained_lpips("alex")
    fill_trunk(model, weights)
    return model


def untrained_lpips(net: str) -> "lpips.LPIPS":
    """LPIPS v0.1 with its trained linear layers on a trunk that is still to be filled.

    Args:
        net: `alex` or `vgg`.
    """
    import lpips  # where it is used: it brings all of torchvision and torch._dynamo, seconds that the page need not wait

    # The package fills the trunk with random numbers first; the generator of the process must not notice.
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torchvision's word on `pretrained`, which the package still uses
        model = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    return model.eval().requires_grad_(False)


def fill_trunk(model: "lpips.LPIPS", weights: Mapping[str, Tensor]) -> None:
    """Put trained convolutions into the trunk.

    Args:
        model: what `untrained_lpips` returned.
        weights: by the names of torchvision's `features`, no more and no fewer.

    Raises:
        RuntimeError: if they are another network's.
    """
    # The package cuts `features` into five slices but keeps each layer's number: `slice2.3.weight` is `3.weight`.
    parts = [getattr(model.net, f"slice{number}") for number in range(1, model.net.N_slices + 1)]
    trained = torch.nn.ModuleDict({name: layer for part in parts for name, layer in part.named_children()})
    trained.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, strict=True)


def ready_lpips() -> "lpips.LPIPS":
    """The one LPIPS that all scores share, loaded when first asked for, by one thread.

    Raises:
        MissingWeights: if the trunk is not there or not the trained one.
    """
    with _loading:
        return _cached_lpips()


@cache
def _cached_lpips() -> "lpips.LPIPS":
    return load_lpips()


def lpips_features(model: "lpips.LPIPS", picture: Tensor) -> list[Tensor]:
    """Channel-normalised activations of the five layers for (N, 3, H, W) in [0, 1]."""
    import lpips

    return [lpips.normalize_tensor(layer) for layer in _activations(model, model.scaling_layer(2 * picture - 1))]


def _activations(model: "lpips.LPIPS", scaled: Tensor) -> Iterator[Tensor]:
    """What `model.net` gives back, bit by bit."""
    for number in range(1, model.net.N_slices + 1):
        for layer in getattr(model.net, f"slice{number}"):
            # torch takes a maximum eight times as fast where the channels of a pixel lie side by side
            pooling = isinstance(layer, torch.nn.MaxPool2d)
            scaled = layer(scaled.contiguous(memory_format=torch.channels_last)) if pooling else layer(scaled)
            scaled = scaled.contiguous()
        yield scaled


@torch.inference_mode()
def trunk_features(picture: Tensor) -> list[Tensor]:
    """What the LPIPS of all scores sees in a picture (1, 3, S, S) in [0, 1], rounded to 8 bits."""
    return lpips_features(ready_lpips(), quantised(picture))


def truth_features(truth: Tensor) -> list[Tensor]:
    """`trunk_features` of a picture that many are compared with: known for the last `TRUTHS` of them.

    Args:
        truth: (1, 3, S, S) in [0, 1], rounded to 8 bits. What is given back is shared: not to be changed.

    Raises:
        MissingWeights: if the trunk is not there or not the trained one.
    """
    levels = (quantised(truth) * 255).round().to(torch.uint8)
    return list(_truth_features(ready_lpips(), levels.numpy().tobytes(), truth.shape[-1]))


@lru_cache(maxsize=TRUTHS)
@torch.inference_mode()
def _truth_features(model: "lpips.LPIPS", levels: bytes, side: int) -> tuple[Tensor, ...]:
    array = np.frombuffer(levels, np.uint8).reshape(1, 3, side, side).astype(np.float32)
    return tuple(lpips_features(model, torch.from_numpy(array) / 255))


def lpips_layers(model: "lpips.LPIPS", one: list[Tensor], other: list[Tensor]) -> list[Tensor]:
    """Weighted squared differences, (N, 1, h, w) each: Zhang et al., CVPR 2018, eq. (1)."""
    return [model.lins[number]((a - b).square()) for number, (a, b) in enumerate(zip(one, other, strict=True))]


def lpips_map(layers: list[Tensor], side: int) -> Tensor:
    """The layers brought to one size and summed, (N, 1, side, side)."""
    sized = [functional.interpolate(layer, size=(side, side), mode="bilinear", align_corners=False) for layer in layers]
    return torch.stack(sized).sum(0)
