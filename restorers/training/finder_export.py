"""Export of networks that find something and paint nothing: what stands in place of PSNR is up to each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from restorers import checkpoints
from restorers.contract import Problem
from restorers.training import card, code_state, curve, data, state
from restorers.training.data import Faces
from restorers.training.export import Places, Scored, before, header_of, kinds
from restorers.training.objectives.objective import Objective
from restorers.training.recipes import Recipe

Scores = dict[str, float]


@dataclass(frozen=True)
class Finder:
    """What is said of such a network."""

    name: str
    """In a sentence: `the landmark network`."""
    purpose: str
    """What it is for, behind its size on the card."""
    score: Callable[[nn.Module, Faces], Scores]
    """Scores of the network on faces, by name."""
    card_rows: Callable[[Scores, int], dict[str, str]]
    """Rows of the card, from the scores and the side in pixels at which they were taken."""


def export(finder: Finder, recipe: Recipe, objective: Objective, places: Places, faces: Path | None = None) -> Path:
    """Write the weights file, the curve and the section of the model card.

    Args:
        finder: what the network is.
        recipe: whose run is exported.
        objective: of that recipe; its generator is given the averaged weights.
        places: where to read and write.
        faces: the data set on whose `dev` part the network is scored.

    Returns:
        The weights file.

    Raises:
        Problem: if there is no run, or no data set.
    """
    if faces is None:
        raise Problem(f"expected a data set to measure {finder.name} on, got none; give it with --data DATA")
    folder, side = places.runs / recipe.run, recipe.phases[-1].side
    saved = state.read(folder / state.CHECKPOINT, recipe)
    network = objective.generator
    # what is measured is what is written
    network.load_state_dict(
        {n: checkpoints.stored(v).float() if v.is_floating_point() else v for n, v in saved["averaged"].items()}
    )
    scores = finder.score(network, data.load(faces, side, places.runs / "cache", "dev"))
    header = header_of(recipe, saved, Scored(side, scores), faces)
    path = places.weights / f"{recipe.run}.safetensors"
    checkpoints.save(path, network.state_dict(), header)
    curve.write_curve(curve.curve(curve.read(folder / curve.LOG)), places.curves / f"{recipe.run}.csv")
    size = sum(parameter.numel() for parameter in network.parameters())
    facts = {
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB, {size / 1e6:.2f} M parameters; {finder.purpose}",
        "trained on": f"{header['data']} faces",
        "training": code_state.in_words(header),
        **before(header),
        "commit": header["commit"],
        **finder.card_rows(scores, side),
    }
    card.write(places.weights, recipe.run, facts, kinds(header), {})
    return path
