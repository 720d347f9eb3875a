"""The pose-varied method with the generator's own picture shown: the codec first, then both, from random weights.

Hu et al., arXiv:2205.14377, of which the abstract is public: blind restoration, an asymmetric codec of MMRBs, StyleGAN2 as the main
generator, a self-supervised strategy. Ours, because it is not: the terms and their weights; the codec first learns styles without the
generator, which is three quarters of a step's cost, and paints a picture of its own that is never shown; MobileStyleGAN, frozen and cut at
128 px, in StyleGAN2's place.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.contract import Restorer
from restorers.methods.gan_prior import GENERATOR, PriorPictureRestorer
from restorers.networks import style_prior
from restorers.networks.prior_picture import TOP, PriorPictureNetwork
from restorers.networks.rounding import widened
from restorers.networks.steered_prior import SteeredCodec
from restorers.training.objectives.gan_prior import DEGRADED_WEIGHT, Corruptor, GanPriorObjective, shown
from restorers.training.objectives.losses import hinge_generator, masked_l1
from restorers.training.objectives.objective import Batch, GeneratorStep

DRAWN_FROM: Final = 10 / 12
"""Share of the budget from which the generator draws: after 200,000 of 240,000 pictures."""
MISSING_WEIGHT: Final = 6.0
"""How many times a missing pixel counts against a visible one that will be replaced by the input's own."""


@dataclass(frozen=True)
class PictureTerms:
    """Weights of the terms of the generator's picture."""

    absolute: float = 0.5
    perceptual: float = 0.6
    adversarial: float = 0.05


class GanPriorScratchObjective(GanPriorObjective):
    """As `GanPriorObjective`, but for its second part: there the generator's picture is judged, and the codec learns on."""

    picture_terms: PictureTerms = PictureTerms()

    def first_network(self, mean: Tensor, seed: int, random: torch.Generator) -> SteeredCodec:
        """As there."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = PriorPictureNetwork(mean)
        network.reset_parameters(random)
        return network

    def sharp_step(self, batch: Batch, inputs: Tensor, frames: Tensor, step: int) -> tuple[Tensor, GeneratorStep]:
        """Styles, and pixels, VGG16 features and the critic's score of the generator's picture."""
        network, seen, weights = self.generator, batch.corrupted, self.picture_terms
        assert isinstance(network, PriorPictureNetwork)
        codes = network.encode(inputs, degraded=seen.degraded)
        styles = network.styles(codes.found[-1])
        painted = (network.picture(codes, inputs, styles, frames, self.prior) + 1) / 2
        composite = torch.where(shown(seen) > 0, painted, batch.truth)
        weight = DEGRADED_WEIGHT if seen.degraded else MISSING_WEIGHT
        terms = {"l1": weights.absolute * masked_l1(painted, batch.truth, seen.mask, weight)}
        if self.features is not None and step % 2 == 0:
            terms["perceptual"] = weights.perceptual * self.features(composite, batch.truth, self.looked_at(seen, step))
        if self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, shown(seen)], 1))
            terms["adversarial"] = weights.adversarial * hinge_generator(scores)
        return styles, GeneratorStep(terms | self.agreement(batch, styles, step), composite)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a network, with the generator once it draws."""
        return PriorPictureRestorer(generator, self.prior if self.drawn else None)


def objective(
    seed: int, features: nn.Module | None = None, again: Corruptor | None = None, generator: Path = GENERATOR
) -> GanPriorScratchObjective:
    """What trains the method on the generator that `python -m restorers.training prior` wrote.

    Raises:
        MissingWeights: if a file is missing or damaged.
    """
    # read first: it says how to make a file that is missing
    tensors, _ = checkpoints.read(generator)
    prior = style_prior.load(generator, TOP, opened=True)
    return GanPriorScratchObjective(prior, widened(tensors)["mean"], seed, features, again, sharp_from=DRAWN_FROM)
