"""Principal components of the training faces: the one method that is fitted in closed form, not by `fit()`."""

import json
import time
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from tqdm import tqdm

from restorers.methods import eigenface
from restorers.training import code_state, data, validation
from restorers.training.export import Places, publish

COMPONENTS: Final = 480
"""As many as fit into 3 MB at one byte a number."""
SIDE: Final = 128


def fit(folder: Path, places: Places, seed: int = 0, components: int = COMPONENTS) -> Path:
    """Fit on the train part and its mirror images; write the weights file and its section of the model card.

    Args:
        folder: a data set that `prepare` wrote.
        places: of decoded pictures and of the results.
        seed: of the start of the subspace iteration.
        components: how many to keep.

    Raises:
        Problem: if the folder holds no data set.
    """
    started, cache = time.monotonic(), places.runs / "cache"
    faces = data.load(folder, SIDE, cache)
    features = torch.cat([_features(faces, mirrored) for mirrored in (False, True)])
    mean = features.mean(0)
    features -= mean
    kept = min(components, len(features) - 1)
    vectors, variances = leading(features.T @ features / len(features), kept, seed)
    minutes = (time.monotonic() - started) / 60
    packed = eigenface.pack(mean, vectors, variances)
    restorer = eigenface.EigenfaceRestorer(mean, packed["components"].float() * packed["scale"], variances)
    scores = validation.validate(restorer, data.load(folder, eigenface.EigenfaceRestorer.side, cache, "dev"))
    header = {
        "key": eigenface.KEY,
        "preset": "demo",
        "recipe": "own",
        "side": str(eigenface.EigenfaceRestorer.side),
        "data": data.summary(folder),
        "components": str(kept),
        "steps": "0",
        "seed": str(seed),
        "minutes": f"{minutes:.1f}",
        "machine": code_state.machine(torch.device("cpu")),
        "dev": json.dumps({"side": eigenface.EigenfaceRestorer.side, **scores}),
        "commit": code_state.commit(),
    }
    return publish(eigenface.KEY, packed, header, f"{kept} components", places)


def leading(covariance: Tensor, count: int, seed: int, rounds: int = 12) -> tuple[Tensor, Tensor]:
    """The `count` leading eigenvectors and eigenvalues of a symmetric matrix, by subspace iteration from a seeded start.

    A full decomposition of 6144 x 6144 would take minutes for thousands of vectors that are thrown away (Halko, Martinsson,
    Tropp, SIAM Review 2011, algorithm 4.4).

    Returns:
        (F, count) orthonormal columns and (count,) eigenvalues, largest first.
    """
    size = len(covariance)
    random = torch.Generator().manual_seed(seed)
    basis = torch.randn(size, min(count + 80, size), generator=random)
    for _ in range(rounds):
        basis, _ = torch.linalg.qr(covariance @ basis)
    values, turns = torch.linalg.eigh(basis.T @ covariance @ basis)
    order = torch.argsort(values, descending=True)[:count]
    return basis @ turns[:, order], values[order]


def _features(faces: data.Faces, mirrored: bool) -> Tensor:
    found = []
    for start in tqdm(range(0, len(faces), 256), desc="features", unit="batch"):
        pixels = torch.from_numpy(faces.pictures[start : start + 256]).permute(0, 3, 1, 2).float() / 255
        found.append(eigenface.to_features(pixels.flip(3) if mirrored else pixels))
    return torch.cat(found)
