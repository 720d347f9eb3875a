"""Frozen perceptual trunks."""

import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.error import URLError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import MissingWeights
from restorers.paths import ROOT

LAYOUT: Final = (64, 64, "M", 128, 128, "M", 256, 256, 256)
"""VGG16 up to relu3_3: convolution widths and poolings (Simonyan & Zisserman, ICLR 2015, configuration D)."""
READ: Final = (3, 8, 15)
"""Layers read: relu1_2, relu2_2, relu3_3."""
CROP_PX: Final = 96
"""Side in pixels of the crop around the hole that is compared."""
TEXTURE: Final = 1 / 3
"""Weight of the Gram matrices against the features themselves: they pull the pixels of a hole about a third as hard then."""
MEAN: Final = (0.485, 0.456, 0.406)
DEVIATION: Final = (0.229, 0.224, 0.225)
"""Of ImageNet's RGB in [0, 1], which the trunk was trained on."""
VARIABLE: Final = "UNMASKED_VGG16"
"""Environment variable that names the trunk's file."""
BESIDE: Final = ROOT.parent / "shared" / "weights" / "vgg16_features_fp16.safetensors"
"""Where the trunk lies in a development checkout."""


class PerceptualLoss(nn.Module):
    """Mean absolute difference of VGG16 features on a crop around the missing pixels, and of their Gram matrices.

    Features: Johnson et al., Perceptual Losses for Real-Time Style Transfer, ECCV 2016, with L1 in place of L2. Gram matrices, which
    ask for the truth's texture wherever it lies: Gatys et al., CVPR 2016, eq. (3); with L1 as Liu et al., ECCV 2018, eq. (4). Features
    alone leave holes smooth: a blurred eye is near the truth's in each place, and never as sharp.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Mapping[str, Tensor], texture: float = TEXTURE) -> None:
        """`weights` has the names of `torchvision.models.vgg16().features`; `vgg16` finds them. `texture` weighs Gram matrices.

        Raises:
            MissingWeights: if they are another network's.
        """
        super().__init__()
        self.body, self.texture = _trunk(), texture
        try:
            self.body.load_state_dict({name: weights[name].float() for name in self.body.state_dict()})
        except (KeyError, RuntimeError) as error:
            raise MissingWeights(
                "expected the convolutions of torchvision's VGG16 (0.weight to 14.bias), got other weights; give their file"
                " with --vgg, or go on with --without-perceptual"
            ) from error
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def read(self, pictures: Tensor) -> list[Tensor]:
        """Features of (N, 3, S, S) pictures in [0, 1] at relu1_2, relu2_2 and relu3_3, for whoever needs them more than once."""
        here, found = (pictures - self.mean) / self.deviation, []
        for depth, layer in enumerate(self.body):
            here = layer(here)
            if depth in READ:
                found.append(here)
        return found

    def forward(self, restored: Tensor, truth: Tensor, mask: Tensor, texture: float | None = None) -> Tensor:
        """Compare (N, 3, S, S) pictures in [0, 1]; a scalar, 0 where they are equal around the hole.

        `texture` overrules the weight of the Gram matrices.
        """
        loss, share = restored.new_zeros(()), self.texture if texture is None else texture
        ours, theirs = crops(restored, mask), crops(truth, mask)
        ours, theirs = (ours - self.mean) / self.deviation, (theirs - self.mean) / self.deviation
        for depth, layer in enumerate(self.body):
            ours = layer(ours)
            with torch.no_grad():
                theirs = layer(theirs)
            if depth in READ:
                loss = loss + functional.l1_loss(ours.float(), theirs.float()) / len(READ)
                loss = loss + share * functional.l1_loss(gram(ours), gram(theirs)) / len(READ)
        return loss


def gram(features: Tensor) -> Tensor:
    """Mean products of all pairs of channels: (N, C, H, W) -> (N, C, C), float32."""
    flat = features.float().flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def _trunk() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 3
    for width in LAYOUT:
        if isinstance(width, int):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
            before = width
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def crops(pictures: Tensor, mask: Tensor, side: int = CROP_PX) -> Tensor:
    """Crops of `side` px around the middle of each mask; pictures larger than 128 px are halved first. (N, 3, side, side).

    Pictures smaller than `side` are taken whole.
    """
    if pictures.shape[-1] > 128:
        pictures, mask = functional.avg_pool2d(pictures, 2), functional.max_pool2d(mask, 2)
    size = pictures.shape[-1]
    side = min(side, size)
    found = []
    for picture, hole in zip(pictures, mask, strict=True):
        rows, columns = hole[0].amax(1).nonzero(), hole[0].amax(0).nonzero()
        top = _start(rows, size, side)
        left = _start(columns, size, side)
        found.append(picture[:, top : top + side, left : left + side])
    return torch.stack(found)


def _start(places: Tensor, size: int, side: int) -> int:
    middle = int((places[0] + places[-1]) // 2) if len(places) else size // 2
    return min(max(middle - side // 2, 0), size - side)


def vgg16(given: Path | None = None) -> dict[str, Tensor]:
    """The convolutions of VGG16, trained on ImageNet.

    Looked for in `given`, in the file that UNMASKED_VGG16 names, beside the repository, and last in torchvision's own cache
    and download (528 MB, once).

    Returns:
        Weights by the names of `torchvision.models.vgg16().features`.

    Raises:
        MissingWeights: if the file that was named cannot be read, or there is none and torchvision cannot fetch it.
    """
    named = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        return _read(named)
    if BESIDE.is_file():
        return _read(BESIDE)
    return _fetched()


def _read(path: Path) -> dict[str, Tensor]:
    try:
        known: dict[str, Tensor] = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (OSError, RuntimeError, EOFError, SafetensorError, pickle.UnpicklingError) as error:
        raise MissingWeights(
            f"expected VGG16 weights (.safetensors or torchvision's .pth) in {path}, they cannot be read"
            f" ({type(error).__name__}); give another file with --vgg, or go on with --without-perceptual"
        ) from error
    return {name.removeprefix("features."): tensor for name, tensor in known.items()}


def _fetched() -> dict[str, Tensor]:
    from torchvision.models import (
        VGG16_Weights,
    )  # where it is used: it brings torch._dynamo, seconds that the page need not wait

    offline = os.environ.get("UNMASKED_OFFLINE") == "1"
    source = VGG16_Weights.IMAGENET1K_V1
    cached = Path(torch.hub.get_dir()) / "checkpoints" / source.url.rsplit("/", 1)[-1]
    if offline and not cached.is_file():
        raise MissingWeights(_NONE.format("downloads are off (UNMASKED_OFFLINE=1)"))
    try:
        known: dict[str, Tensor] = source.get_state_dict(progress=True, check_hash=True, map_location="cpu")
    except (OSError, URLError, RuntimeError) as error:
        raise MissingWeights(_NONE.format(f"its download failed: {error}")) from error
    return {name.removeprefix("features."): tensor for name, tensor in known.items() if name.startswith("features.")}


_NONE: Final = (
    "expected VGG16 weights for the perceptual loss, found none ({}); give their file with --vgg or "
    f"{VARIABLE}, or go on with --without-perceptual"
)
