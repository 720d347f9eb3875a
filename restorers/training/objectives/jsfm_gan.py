"""What JSFM-GAN is trained for; see `restorers.methods.jsfm_gan`."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Restorer
from restorers.methods.jsfm_gan import JsfmRestorer, unit, visible
from restorers.networks import parsing
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.jsfm import DEMO, JsfmNetwork, JsfmOutput, JsfmShape, noise_sides, resized
from restorers.training.objectives.losses import hinge_generator, log_mse, masked_l1
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

STAGE_WEIGHTS: Final = (1.0, 2.0, 4.0)
"""Of the stage images, smallest first."""


STAGE_FACTOR: Final = 10 / 3


MISSING_WEIGHT: Final = 6.0
"""How many times a missing pixel counts against a visible one that will be replaced by the input's own."""


DEGRADED_WEIGHT: Final = 3.0
"""The same where visible pixels are degraded, and the method's own are shown."""


CHARBONNIER: Final = 1e-8


Labels = Callable[[Tensor, int], Tensor]
"""(landmarks (N, P, 2), side) -> labels (N, side, side), indices into the parser's classes."""


def stage_reconstruction(stages: Sequence[Tensor], truth: Tensor) -> Tensor:
    """10/3 (C(S1) + 2 C(S2) + 4 C(S3)) for C(S) = mean sqrt((S - down(truth))^2 + 1e-8).

    Args:
        stages: three stage images in [-1, 1], (N, 3, s, s) each, smallest first.
        truth: (N, 3, S, S) in [-1, 1]; averaged down to each.

    Returns:
        A scalar, 10/3 * 7 * 1e-4 where all are equal.

    References:
        The stage reconstruction loss of JSFM-GAN, factor included.
    """
    loss = truth.new_zeros(())
    for weight, stage in zip(STAGE_WEIGHTS, stages, strict=True):
        error = stage.float() - resized(truth, stage.shape[-1])
        loss = loss + weight * (error.square() + CHARBONNIER).sqrt().mean()
    return STAGE_FACTOR * loss


class JsfmObjective(Objective):
    """Pixels, stage images and parts from the start; VGG16 features and a hinge PatchGAN come late."""

    def __init__(
        self,
        labels: Labels,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        shape: JsfmShape = DEMO,
        against: tuple[int, ...] = (48, 96, 192, 256),
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        stage_weight: float = 0.02,
        parsing_weight: float = 0.05,
        estimate_weight: float = 0.25,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        perceptual_from: float = 0.2,
        adversarial_from: float = 0.35,
    ) -> None:
        """Set up.

        Args:
            labels: the true parts of a face, also under its occluder; `parsing.MeshLabels` for preset `demo`.
            seed: of the initial weights and of the noise.
            features: the perceptual loss; (restored, truth, mask) -> scalar.
            shape: sizes of the networks.
            against: channels of the discriminator.
            absolute_weight: of the absolute error.
            squared_weight: of the logarithm of the squared error next to it.
            stage_weight: of the stage reconstruction.
            parsing_weight: of the parser's cross-entropy.
            estimate_weight: of its estimate's L1.
            perceptual_weight: of the VGG16 term.
            adversarial_weight: of the adversarial term.
            perceptual_from: progress from which VGG16 features are compared.
            adversarial_from: progress from which the discriminator takes part.
        """
        random = torch.Generator().manual_seed(seed)
        # on a fork: layers draw weights of their own from the global generator before these are laid over them
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = JsfmNetwork(shape)
            self.discriminator = PatchDiscriminator(3 + len(shape.parser.classes) + 1, against, separable=False)
        network.reset_parameters(random)
        self.generator = network
        initialise(self.discriminator, random)
        self.labels, self.seed, self.features, self.classes = labels, seed, features, shape.parser.classes
        self.absolute_weight, self.squared_weight, self.stage_weight = absolute_weight, squared_weight, stage_weight
        self.parsing_weight, self.estimate_weight = parsing_weight, estimate_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, perceptual_from
        self.adversarial_weight, self.adversarial_from = adversarial_weight, adversarial_from

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Pixel, stage and parser terms on what was painted; perceptual and adversarial terms on the composite."""
        seen, mask, truth = batch.corrupted, batch.corrupted.mask, batch.truth
        made: JsfmOutput = self.generator(visible(seen.pixels, mask), step_noise(truth, self.seed, step))
        painted = unit(made.picture)
        composite = painted if seen.degraded else torch.where(mask > 0, painted, truth)
        missing_weight = DEGRADED_WEIGHT if seen.degraded else MISSING_WEIGHT
        wanted = torch.ones_like(mask) if seen.degraded else mask
        terms = {
            "l1": self.absolute_weight * masked_l1(painted, truth, mask, missing_weight),
            "psnr": self.squared_weight * log_mse(painted, truth, wanted),
            "stages": self.stage_weight * stage_reconstruction(made.stages, truth * 2 - 1),
        }
        terms |= self._parser_terms(made, batch, missing_weight)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, self._truth_parts(batch)], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return GeneratorStep(terms, composite)

    def adversarial(self, progress: float) -> bool:
        """Late, when faces are faces."""
        return self.adversarial_weight > 0 and progress >= self.adversarial_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures now and then."""
        return self.judged(batch.truth, restored, self._truth_parts(batch), step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a network.

        Raises:
            TypeError: if it is another method's.
        """
        if not isinstance(generator, JsfmNetwork):
            raise TypeError(f"expected a JsfmNetwork, got {type(generator).__name__}")
        return JsfmRestorer(generator)

    def _parser_terms(self, made: JsfmOutput, batch: Batch, missing_weight: float) -> dict[str, Tensor]:
        side = made.logits.shape[-1]
        mask = functional.adaptive_max_pool2d(batch.corrupted.mask, side)
        error = functional.cross_entropy(made.logits.float(), self.labels(batch.points, side))
        estimate = masked_l1(unit(made.estimate), resized(batch.truth, side), mask, missing_weight)
        return {"parsing": self.parsing_weight * error, "estimate": self.estimate_weight * estimate}

    def _truth_parts(self, batch: Batch) -> Tensor:
        """(N, K + 1, S, S), one-hot parts of the truth and the mask."""
        labels = self.labels(batch.points, batch.truth.shape[-1])
        return torch.cat([parsing.one_hot(labels, len(self.classes)), batch.corrupted.mask], 1)


def step_noise(truth: Tensor, seed: int, step: int) -> list[Tensor]:
    """Standard normal maps for a batch of pictures (N, 3, S, S): from the step, so that a resumed run draws the same."""
    entropy = int(np.random.SeedSequence([seed, step]).generate_state(1)[0])
    random = torch.Generator(truth.device).manual_seed(entropy)
    return [
        torch.randn(len(truth), 1, side, side, generator=random, device=truth.device)
        for side in noise_sides(truth.shape[-1])
    ]
