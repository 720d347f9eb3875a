"""Training of the landmark network behind the dual-stage method's keypoint term, and how well it finds its points."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Corrupted, Restored, Restorer
from restorers.networks.blocks import initialise
from restorers.networks.landmark_net import INPUT_PX, IRIS, LEFT, LandmarkNet, chosen, heatmap_error, heatmaps, peaks
from restorers.training import finder_export
from restorers.training.data import Faces
from restorers.training.finder_export import Finder
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

KEY: Final = "landmark_net"
PIECE: Final = 32
"""Faces looked at a time."""


class HeatmapView(Restorer):
    """Paints the heatmaps, for contact sheets: whiter where a point is. It restores nothing, and its PSNR says nothing."""

    side = INPUT_PX

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One forward pass."""
        found = self.network(corrupted.pixels).amax(1, keepdim=True).clamp(0, 1)
        large = functional.interpolate(found, size=corrupted.pixels.shape[2:], mode="bilinear", align_corners=False)
        return Restored(corrupted.pixels + (1 - corrupted.pixels) * large)


class LandmarkObjective(Objective):
    """Squared error of the heatmaps on whole faces, sharp ones and soft ones.

    Never on occluded ones: a network that guesses a nose under a hand would also see a nose where a restorer painted none.
    """

    def __init__(self, seed: int = 0, network: LandmarkNet | None = None) -> None:
        self.generator = LandmarkNet() if network is None else network
        initialise(self.generator, torch.Generator().manual_seed(seed))

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - nothing comes late
        """The one term."""
        found = self.generator(softened(batch.truth, step % 3)).float()
        wanted = heatmaps(chosen(batch.points), found.shape[-1])
        return GeneratorStep({"heatmaps": heatmap_error(found, wanted)}, batch.truth)

    def restorer(self, generator: nn.Module) -> Restorer:
        """Something to look at."""
        return HeatmapView(generator)


def softened(pictures: Tensor, times: int) -> Tensor:
    """Pictures (N, 3, S, S) halved `times` times and enlarged again: a restored face is softer than a photograph."""
    if times == 0:
        return pictures
    small = functional.avg_pool2d(pictures, 2**times)
    return functional.interpolate(small, size=pictures.shape[2:], mode="bilinear", align_corners=False)


def distances(network: nn.Module, faces: Faces) -> dict[str, float]:
    """Mean distance of the points that are found from those of the data set, in % of the distance of the irises.

    Args:
        network: gives heatmaps of pictures.
        faces: at 128 or 256 px.

    Returns:
        By kind of faces; lower is better, 0 is exact.
    """
    network.eval()
    errors = []
    for start in range(0, len(faces), PIECE):
        stored = torch.from_numpy(faces.pictures[start : start + PIECE])
        with torch.inference_mode():
            found = peaks(network(stored.permute(0, 3, 1, 2).float() / 255).float())
        wanted = chosen(torch.from_numpy(faces.points[start : start + PIECE]).float())
        eyes = (wanted[:, IRIS] - wanted[:, len(LEFT) + IRIS]).norm(dim=-1)
        errors.append((found - wanted).norm(dim=-1).mean(1) / eyes)
    error = 100 * torch.cat(errors)
    kinds = faces.kinds
    return {
        kind: round(float(error[[row for row, other in enumerate(kinds) if other == kind]].mean()), 3)
        for kind in sorted(set(kinds))
    }


def _card_rows(scores: dict[str, float], side: int) -> dict[str, str]:  # noqa: ARG001 - one form for all finders
    means = ", ".join(f"{kind} {mean:.2f}" for kind, mean in scores.items())
    return {"mean distance on `dev`, % of the eye distance": means}


export: Final = partial(
    finder_export.export, Finder("the landmark network", "for training and measuring only", distances, _card_rows)
)
"""(recipe, objective, places, faces), as `restorers.training.export.export`."""
