"""Training of the mask network, and how well it finds what covers a face: the IoU of its masks on `dev`."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Corrupted, Restored, Restorer
from restorers.corruptions import masks, occluders
from restorers.faces.cover_network import THRESHOLD
from restorers.networks.blocks import initialise
from restorers.networks.efficient_trunk import EfficientTrunk
from restorers.networks.mask_unet import MaskUNet
from restorers.training import covered, finder_export, real_scores
from restorers.training.batches import CPU, batch
from restorers.training.corruptors import seeded
from restorers.training.data import Faces
from restorers.training.export import Places
from restorers.training.finder_export import Finder
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective
from restorers.training.real_covers import Covered
from restorers.training.recipes import Recipe
from restorers.training.validation import SHOWN, SheetRow, sheet_of

COUNT: Final = 24
"""Dev faces of each kind that every object is put on."""
PIECE: Final = 16
"""Faces looked at at a time."""
RECTANGLE, CLEAN, OBJECTS = "rectangle", "clean", "objects"
COLUMNS: Final = ("covered", "found", "mask")
VEIL: Final = (0.1, 0.9, 0.2)
"""Colour in which sheets show what was found."""


class FoundView(Restorer):
    """Paints over what was found, for contact sheets. It restores nothing."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()

    def found(self, pixels: Tensor) -> Tensor:
        """(N, 1, S, S) of 0 and 1."""
        inputs = pixels.contiguous(memory_format=torch.channels_last)
        return (torch.sigmoid(self.network(inputs).float()) >= THRESHOLD).to(pixels)

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """The picture, what was found half under a veil."""
        pixels = corrupted.pixels
        veil = pixels.new_tensor(VEIL).view(1, 3, 1, 1)
        return Restored(torch.where(self.found(pixels) > 0, (pixels + veil) / 2, pixels))


class MaskObjective(Objective):
    """Cross-entropy of every pixel, the overlap of whole masks, which does not mind how small an object is, and the covers' kinds."""

    def __init__(
        self,
        seed: int = 0,
        network: MaskUNet | None = None,
        *,
        overlap_weight: float = 0.5,
        kinds_weight: float = 0.05,
        begin: Callable[[EfficientTrunk], None] | None = None,
    ) -> None:
        """Set up.

        Args:
            seed: of the first weights.
            network: goes in place of the one that ships.
            overlap_weight: of the overlap against the cross-entropy.
            kinds_weight: of the kinds against it.
            begin: puts weights into the trunk before the first step; a run that goes on needs none.
        """
        self.finder = MaskUNet() if network is None else network
        self.generator = self.finder
        initialise(self.finder, torch.Generator().manual_seed(seed))
        self.overlap_weight, self.kinds_weight, self._begin = overlap_weight, kinds_weight, begin

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - nothing comes late
        """All terms; pixels of which nobody knows whether they are covered count for nothing."""
        if step == 0 and self._begin is not None:
            self._begin(self.finder.trunk)
        seen = batch.corrupted
        mask = seen.mask
        logits, kinds = self.finder.with_kinds(seen.pixels.contiguous(memory_format=torch.channels_last))
        logits = logits.float()
        trust = seen.trust if isinstance(seen, Covered) and seen.trust is not None else torch.ones_like(mask)
        terms = {
            "entropy": functional.binary_cross_entropy_with_logits(logits, mask, trust),
            "overlap": self.overlap_weight * missed(torch.sigmoid(logits) * trust, mask * trust),
        }
        if isinstance(seen, Covered) and seen.labels is not None:
            terms["kinds"] = self.kinds_weight * misnamed(kinds.float(), seen.labels)
        return GeneratorStep(terms, seen.pixels)

    def restorer(self, generator: nn.Module) -> Restorer:
        """Something to look at."""
        return FoundView(generator)


def missed(found: Tensor, mask: Tensor) -> Tensor:
    """1 minus the soft Jaccard index, averaged over the faces that something covers; 0 if none is.

    Args:
        found: (N, 1, S, S) probabilities.
        mask: same shape, 0 or 1.

    Returns:
        A scalar in [0, 1].

    References:
        Rahman, Wang: Optimizing Intersection-Over-Union in Deep Neural Networks for Image Segmentation, ISVC 2016.
    """
    shared, either = (found * mask).sum((1, 2, 3)), (found + mask - found * mask).sum((1, 2, 3))
    covered_faces = (mask.sum((1, 2, 3)) > 0).to(found)
    losses = (1 - shared / either.clamp_min(1e-6)) * covered_faces
    return losses.sum() / covered_faces.sum().clamp_min(1)


def misnamed(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the kinds (N, 6), over the faces whose labels (N, 6) are known and not NaN."""
    known = labels.isfinite()
    each = functional.binary_cross_entropy_with_logits(logits, torch.where(known, labels, 0), reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1)


def overlap(found: Tensor, mask: Tensor) -> Tensor:
    """Intersection over union of masks (N, 1, S, S) of 0 and 1: (N,), 1 where both are empty."""
    shared, either = (found * mask).sum((1, 2, 3)), torch.maximum(found, mask).sum((1, 2, 3))
    return torch.where(either > 0, shared / either.clamp_min(1), 1.0)


class _Thing:
    """A corruptor for scores: one kind of thing on every face, `RECTANGLE` (10 to 30 %, filled with anything) or `CLEAN` for none."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, truth: Tensor, five: Tensor, generator: np.random.Generator) -> Corrupted:
        """Cover them."""
        side = truth.shape[-1]
        if self.name == CLEAN:
            return Corrupted(truth, torch.zeros_like(truth[:, :1]), False, five)
        if self.name == RECTANGLE:
            mask = masks.rectangles_batch(generator, len(truth), side, 0.1, 0.3)
            fill = torch.stack([covered.filling(truth, generator) for _ in truth])
            return Corrupted(torch.where(mask > 0, fill, truth), mask, False, five)
        pixels, marks = [], []
        for face, points in zip(truth, five.numpy(), strict=True):
            placed = occluders.place(self.name, generator, side, points, face)
            pixels.append(occluders.composite(face, placed))
            marks.append(placed.mask)
        return Corrupted(torch.stack(pixels), torch.stack(marks), False, five)


def validate(
    restorer: Restorer, dev: Faces, sheet: Path | None = None, *, device: torch.device = CPU, count: int = COUNT
) -> dict[str, float]:
    """Scores by kind of faces, on the same faces and objects every time.

    Args:
        restorer: a `FoundView` around a network on `device`.
        dev: the faces, looked at at the side they have.
        sheet: where a contact sheet is written; None writes none.
        device: where the network computes.
        count: how many faces of each kind.

    Returns:
        `iou_<kind>_<object>` for each object, `iou_<kind>_objects` their mean, `iou_<kind>_rectangle`: mean intersection over
        union in [0, 1], higher is better; `flagged_<kind>`: % of the pixels of clean faces that are found covered.

    Raises:
        TypeError: if the restorer is another method's.
    """
    if not isinstance(restorer, FoundView):
        raise TypeError(f"expected a FoundView, got {type(restorer).__name__}")
    scores: dict[str, float] = {}
    rows: list[SheetRow] = []
    faces = np.array(dev.kinds)
    for kind in sorted(set(dev.kinds)):
        chosen = np.flatnonzero(faces == kind)[:count]
        for number, name in enumerate((*occluders.OCCLUDER_NAMES, RECTANGLE, CLEAN)):
            seen = batch(dev, chosen, _Thing(name), seeded(11, number)).corrupted
            found = _looked(restorer.found, seen.pixels, device)
            if name == CLEAN:
                scores[f"flagged_{kind}"] = round(100 * float(found.mean()), 3)
            else:
                scores[f"iou_{kind}_{name}"] = round(float(overlap(found, seen.mask).mean()), 4)
            rows.append(_row(f"{kind}, {name}", seen, found))
        means = [scores[f"iou_{kind}_{name}"] for name in occluders.OCCLUDER_NAMES]
        scores[f"iou_{kind}_{OBJECTS}"] = round(float(np.mean(means)), 4)
    if sheet is not None:
        sheet_of(rows, COLUMNS).save(sheet)
    return scores


def validator(folder: Path) -> Callable[..., dict[str, float]]:
    """`validate`, and the scores on the held half of the real covers in a data set, where it has some."""

    def both(restorer: Restorer, dev: Faces, sheet: Path, *, device: torch.device = CPU) -> dict[str, float]:
        scores = validate(restorer, dev, sheet, device=device)
        assert isinstance(restorer, FoundView)
        real = sheet.with_name(sheet.name.replace("sheet", "real"))
        return scores | real_scores.of_network(restorer.network, dev.side, folder, real)

    return both


def export(recipe: Recipe, objective: Objective, places: Places, faces: Path | None = None) -> Path:
    """Write weights, curve and card, as `restorers.training.finder_export.export` does; scores on real covers, too, if there are any."""
    finder = Finder("the mask network", "finds what covers a face", partial(_scored, folder=faces), _card_rows)
    return finder_export.export(finder, recipe, objective, places, faces)


def _scored(network: nn.Module, dev: Faces, folder: Path | None) -> dict[str, float]:
    scores = validate(FoundView(network), dev)
    return scores if folder is None else scores | real_scores.of_network(network, dev.side, folder)


def _card_rows(scores: dict[str, float], side: int) -> dict[str, str]:
    """Rows of the card: the trunk, real covers, and one for each kind of faces under drawn objects."""
    rows = {"begun from": "EfficientNet-Lite0 as its authors taught it on ImageNet (Apache-2.0)"}
    if "real_iou" in scores:
        rows |= real_scores.card_rows(scores)
    for name, flagged in scores.items():
        if not name.startswith("flagged_"):
            continue
        kind = name.removeprefix("flagged_")
        parts = [f"{thing} {scores[f'iou_{kind}_{thing}']:.2f}" for thing in (*occluders.OCCLUDER_NAMES, RECTANGLE)]
        rows[f"IoU on `dev` at {side} px, {kind}"] = (
            f"{scores[f'iou_{kind}_{OBJECTS}']:.2f} over the drawn objects ({', '.join(parts)});"
            f" {flagged:.2f} % of the pixels flagged of faces as they are, of which some wear something"
        )
    return rows


def _looked(find: Callable[[Tensor], Tensor], pixels: Tensor, device: torch.device) -> Tensor:
    with torch.inference_mode():
        return torch.cat([find(piece.to(device)).cpu() for piece in torch.split(pixels, PIECE)])


def _row(label: str, seen: Corrupted, found: Tensor) -> SheetRow:
    shown = seen.pixels[:SHOWN]
    veiled = torch.where(found[:SHOWN] > 0, (shown + shown.new_tensor(VEIL).view(1, 3, 1, 1)) / 2, shown)
    return SheetRow(label, (shown, veiled, seen.mask[:SHOWN].expand_as(shown)))
