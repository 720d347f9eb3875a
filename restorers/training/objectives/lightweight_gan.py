"""The lightweight GAN trained as its paper has it: two pairs of generator and discriminator, least squares and L1, from random weights.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, CMC 82(2), 2025, section 3. The occluded face (A) becomes the picture of
its mask (C) by the first pair and the clean face (B) by the second. Where the paper is silent its code's ancestor, pix2pix, decides: L1
100 times the adversarial term, whole pictures in [-1, 1], a discriminator that sees A beside what it judges. Differs in:
    - holes of this project's training, not the paper's rectangles alone; missing pixels are black there, too;
    - what is judged of a face is what will be shown: the discriminator sees it put together with the visible pixels, and the L1 of these
      counts a tenth. Where copying them was as much of the task as filling, two fifths of the L1 were theirs after 165,000 pictures
      (boxes of 25 %), the discriminator had won, and a mesh lay over every hole;
    - the first pair is trained first, on a share of the pictures, the second after it: they share nothing;
    - at the end the adversarial term is a five hundredth of the L1. At a hundredth, colours come apart in specks where lips, nostrils and
      ears are looked for, for the discriminator's first layer sees each colour by itself.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from restorers.contract import Restorer
from restorers.methods.lightweight_gan import LightweightRestorer, network_input
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.lightweight import LightweightPair
from restorers.training.objectives.losses import lsgan_discriminator, lsgan_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

MASKS_UNTIL: Final = 1 / 13
"""Share of the budget in which the first pair learns: 10,000 of 130,000 pictures."""
QUIET_FROM: Final = 11 / 13
"""Share from which the adversarial term is a fifth: 20,000 pictures, in which coloured specks around mouths and ears go."""
CRITIC: Final = (32, 64, 128, 256)
"""Widths of a discriminator; the paper's are twice as wide."""


@dataclass(frozen=True)
class LightweightTerms:
    """Weights beside the L1, which is 1."""

    adversarial: float = 0.01
    adversarial_late: float = 0.002
    """From `QUIET_FROM`."""
    visible: float = 0.1
    """Of a visible pixel's error in the L1 of a face; a missing one's is 1."""


class LightweightObjective(Objective):
    """First the occluder's outline, then the face; both from the first step under all terms."""

    def __init__(self, generator: LightweightPair, terms: LightweightTerms, seed: int = 0) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = self._pair = generator
        self.discriminator = self._critics = nn.ModuleDict(
            {name: PatchDiscriminator(6, CRITIC, separable=True) for name in ("mask", "face")}
        )
        self._terms, self._task = terms, "mask"
        for network in (self.generator, self._critics):
            initialise(network, random)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - the step decides nothing
        """L1 and the adversarial term."""
        self._task = "mask" if progress < MASKS_UNTIL else "face"
        network = self._pair.mask if self._task == "mask" else self._pair.face
        made = network(network_input(batch.corrupted.pixels, batch.corrupted.mask)).float()
        apart, mask = (made - self._wanted(batch)).abs(), batch.corrupted.mask
        shown = made
        if self._task == "face":
            apart = apart * (mask + self._terms.visible * (1 - mask))
            shown = torch.where(mask > 0, made, batch.truth * 2 - 1)
        weight = self._terms.adversarial if progress < QUIET_FROM else self._terms.adversarial_late
        terms = {
            "l1": apart.mean(),
            "adversarial": weight * lsgan_generator(self._scores(shown, batch)),
        }
        return GeneratorStep(terms, (shown + 1) / 2)

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - nothing comes late
        """From the first step on."""
        return True

    def precise(self, step: int) -> bool:  # noqa: ARG002 - no gradient is penalised
        """Never: there is no gradient of a gradient."""
        return False

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:  # noqa: ARG002 - as above
        """Least squares, of the task that the generator had in this step."""
        real, fake = self._scores(self._wanted(batch), batch), self._scores(restored * 2 - 1, batch)
        return {"discriminator": lsgan_discriminator(real, fake)}

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around both generators.

        Raises:
            TypeError: if these are others.
        """
        if not isinstance(generator, LightweightPair):
            raise TypeError(f"expected a LightweightPair, got {type(generator).__name__}")
        return LightweightRestorer(generator.face, generator.mask, trained_at=generator.side)

    def _wanted(self, batch: Batch) -> Tensor:
        wanted = batch.truth if self._task == "face" else batch.corrupted.mask.expand_as(batch.truth)
        return wanted * 2 - 1

    def _scores(self, pictures: Tensor, batch: Batch) -> Tensor:
        scores: Tensor = self._critics[self._task](torch.cat([pictures, batch.corrupted.pixels * 2 - 1], 1))
        return scores
