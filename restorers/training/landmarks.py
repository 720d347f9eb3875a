"""Training of the landmark network behind the dual-stage method's keypoint term, and how well it finds its points."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import Corrupted, Problem, Restored, Restorer
from restorers.networks.blocks import initialise
from restorers.networks.landmark_net import INPUT, IRIS, LEFT, LandmarkNet, chosen, heatmap_error, heatmaps, peaks
from restorers.objective import Batch, Objective, Step
from restorers.training import card, data, journal, provenance, state
from restorers.training.data import Faces
from restorers.training.export import Places, before, history, kinds
from restorers.training.recipes import Recipe

KEY: Final = "landmark_net"
PIECE: Final = 32
"""Faces looked at a time."""


class HeatmapView(Restorer):
    """Paints the heatmaps, for contact sheets: whiter where a point is. It restores nothing, and its PSNR says nothing."""

    side = INPUT

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

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:  # noqa: ARG002 - nothing comes late
        """The one term."""
        found = self.generator(softened(batch.truth, step % 3)).float()
        wanted = heatmaps(chosen(batch.points), found.shape[-1])
        return Step({"heatmaps": heatmap_error(found, wanted)}, batch.truth)

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


def export(recipe: Recipe, objective: Objective, places: Places, faces: Path | None = None) -> Path:
    """Write the weights file, the curve and the section of the model card, with distances in place of PSNR.

    Args:
        recipe: whose run is exported.
        objective: of that recipe; its generator is given the averaged weights.
        places: where to read and write.
        faces: the data set on whose `dev` part points are looked for.

    Raises:
        Problem: if there is no run, or no data set.
    """
    if faces is None:
        raise Problem("expected a data set to measure the landmark network on, got none; give it with --data DATA")
    folder = places.runs / recipe.run
    saved = state.read(folder / state.CHECKPOINT, recipe)
    network = objective.generator
    # what is measured is what is written
    network.load_state_dict({n: v.half().float() if v.is_floating_point() else v for n, v in saved["averaged"].items()})
    dev = data.load(faces, INPUT, places.runs / "cache", "dev")
    found, about = distances(network, dev), dict(saved["about"])
    header = {
        "key": recipe.key, "preset": recipe.preset, "recipe": recipe.variant, "side": str(INPUT), "steps": str(saved["step"]),
        "seed": str(saved["seed"]), "minutes": f"{saved['seconds'] / 60:.1f}", "dev": json.dumps({"side": INPUT, **found}),
        **history(saved), **about,
    }  # fmt: skip
    path = places.weights / f"{recipe.run}.safetensors"
    checkpoints.save(path, network.state_dict(), header)
    journal.write_curve(journal.curve(journal.read(folder / journal.LOG)), places.curves / f"{recipe.run}.csv")
    size = sum(parameter.numel() for parameter in network.parameters())
    facts = {
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB, {size / 1e6:.2f} M parameters; for training only",
        "trained on": f"{about['data']} faces",
        "training": provenance.told(header),
        **before(header),
        "mean distance on `dev`, % of the eye distance": ", ".join(
            f"{kind} {mean:.2f}" for kind, mean in found.items()
        ),
    }
    card.write(places.weights, recipe.run, facts, kinds(header), {})
    return path
