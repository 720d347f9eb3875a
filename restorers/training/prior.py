"""The frozen generator behind the GAN prior's method: converted once, with colour heads that give faces from the first step."""

from pathlib import Path
from typing import Final

import torch
from torch.nn import functional

from restorers import checkpoints
from restorers.methods import gan_prior
from restorers.networks import style_prior
from restorers.networks.mmrb import TOP
from restorers.networks.steered_prior import GanPriorNetwork, fit_heads
from restorers.training import card

FACES: Final = 64
"""Faces that the colour heads are fitted to."""
TRUNCATION: Final = 0.8
"""Of their styles: 0 is the average face; faces are clean up to about here."""


def write(source: Path, target: Path | None = None) -> Path:
    """Convert the generator, fit the colour heads that read faces off it at 64, 128 and 256 px, and say so in the card.

    Args:
        source: the whole generator's weights, as `style_prior.load` and `style_prior.load_mapping` want them.
        target: where to; the folder's card gets a section. None writes what ships.

    Returns:
        The file.

    Raises:
        MissingWeights: if the source is missing, damaged or another network's.
        Problem: if the folder has no card.
    """
    path = gan_prior.PRIOR if target is None else target
    gan_prior.export_prior(source, path)
    tensors, header = checkpoints.read(path)
    heads = {f"{gan_prior.HEADS}{name}": value for name, value in _heads(source, tensors["mean"]).items()}
    checkpoints.save(path, tensors | heads, {**header, "heads": f"fitted to {FACES} of its own faces"})
    facts = {
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB; frozen",
        "origin": header["origin"],
        "changes": f"{header['changes']}; 1x1 colour heads at 64, 128 and 256 px fitted to {FACES} of its own faces",
    }
    card.write(path.parent, path.stem, facts, ["synthetic"], {})
    return path


def _heads(source: Path, mean: torch.Tensor) -> dict[str, torch.Tensor]:
    """Weights of the fitted 1x1 convolutions, by their names in `GanPriorNetwork.heads`."""
    whole, mapping = style_prior.load(source), style_prior.load_mapping(source)
    random = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        styles = mapping(torch.randn(FACES, style_prior.STYLE, generator=random))
        styles = mean + TRUNCATION * (styles - mean)
        # one at a time: pictures of 1024 px are large
        faces = [functional.avg_pool2d(whole.picture(style[None]), style_prior.PICTURE // TOP) for style in styles]
    network = GanPriorNetwork(mean)
    fit_heads(network, whole, styles.clone(), torch.cat(faces).clamp(0, 1))
    return {name: value for name, value in network.heads.state_dict().items() if ".conv." in name}
