"""Principal components of the training faces: the one method that is fitted in closed form, not by `fit()`."""

from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from restorers import checkpoints
from restorers.methods import eigenface
from restorers.training import data

COMPONENTS = 480
"""As many as fit into 3 MB at one byte a number."""
SIDE = 128


def fit(folder: Path, cache: Path, out: Path, seed: int = 0, components: int = COMPONENTS) -> Path:
    """Fit on the train part and its mirror images, write the weights file.

    Args:
        folder: a data set that `prepare` wrote.
        cache: of decoded pictures.
        out: the weights file.
        seed: kept in the header; the fit draws nothing at random.
        components: how many to keep.
    """
    faces = data.load(folder, SIDE, cache)
    features = torch.cat([_features(faces, mirrored) for mirrored in (False, True)])
    mean = features.mean(0)
    features -= mean
    variances, vectors = torch.linalg.eigh(features.T @ features / len(features))
    kept = min(components, len(features) - 1)
    order = torch.argsort(variances, descending=True)[:kept]
    header = {"key": eigenface.KEY, "preset": "demo", "faces": str(len(faces)), "components": str(kept), "seed": str(seed)}
    checkpoints.save(out, eigenface.pack(mean, vectors[:, order], variances[order]), header)
    return out


def _features(faces: data.Faces, mirrored: bool) -> Tensor:
    found = []
    for start in tqdm(range(0, len(faces), 256), desc="features", unit="batch"):
        pixels = torch.from_numpy(faces.pictures[start : start + 256]).permute(0, 3, 1, 2).float() / 255
        found.append(eigenface.to_features(pixels.flip(3) if mirrored else pixels))
    return torch.cat(found)
