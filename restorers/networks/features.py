"""Frozen perceptual trunks."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

LAYOUT = (64, 64, "M", 128, 128, "M", 256, 256, 256)
"""VGG16 up to relu3_3: convolution widths and poolings (Simonyan & Zisserman, ICLR 2015, configuration D)."""
READ = (3, 8, 15)
"""Layers read: relu1_2, relu2_2, relu3_3."""
CROP = 96
"""Side in pixels of the crop around the hole that is compared."""
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


class PerceptualLoss(nn.Module):
    """Mean absolute difference of VGG16 features on a crop around the missing pixels.

    Johnson et al., Perceptual Losses for Real-Time Style Transfer, ECCV 2016, with L1 in place of L2.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for width in LAYOUT:
            if isinstance(width, int):
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
            else:
                layers.append(nn.MaxPool2d(2))
        self.body = nn.Sequential(*layers)
        known = {name: tensor.float() for name, tensor in load_file(weights).items()}
        self.body.load_state_dict({name: known[name] for name in self.body.state_dict()})
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, restored: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
        """Compare (N, 3, S, S) pictures in [0, 1]; a scalar."""
        ours, theirs = crops(restored, mask), crops(truth, mask)
        loss = restored.new_zeros(())
        ours, theirs = (ours - self.mean) / self.deviation, (theirs - self.mean) / self.deviation
        for depth, layer in enumerate(self.body):
            ours = layer(ours)
            with torch.no_grad():
                theirs = layer(theirs)
            if depth in READ:
                loss = loss + functional.l1_loss(ours.float(), theirs.float()) / len(READ)
        return loss


def crops(pictures: Tensor, mask: Tensor, side: int = CROP) -> Tensor:
    """Crops of `side` px around the middle of each mask; pictures larger than 128 px are halved first. (N, 3, side, side)."""
    if pictures.shape[-1] > 128:
        pictures, mask = functional.avg_pool2d(pictures, 2), functional.max_pool2d(mask, 2)
    size = pictures.shape[-1]
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
