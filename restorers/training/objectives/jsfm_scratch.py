"""JSFM-GAN trained as its authors' code has it: first the parser, then the generator under pixels, stages, features and style.

Tang et al. 2025 and its parent, PSFR-GAN (Chen et al., CVPR 2021). The parser learns the parts and an estimate of the face, cross
entropy and L1 as 1 : 1, and is frozen. Then 10 L1, the stage reconstruction, 10 times the features of the discriminators, 100 times the
semantic-aware style and the hinge, here all of them through 10; pictures in [-1, 1]. Differs in:
    - 128 px, two scales of discriminators instead of three, widths about an eighth;
    - the nine parts that landmarks give; the parts of the truth come from its landmarks, not from the parser;
    - style is compared at half of the side, on VGG16's relu2_2 and relu3_3, in every second step; there on VGG19's conv3_4, conv4_4
      and conv5_4;
    - missing pixels are grey, and the mask is one condition more: occluded faces are restored as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Restorer
from restorers.methods.jsfm_gan import JsfmRestorer, unit, visible
from restorers.networks import parsing
from restorers.networks.blocks import initialise
from restorers.networks.features import PerceptualLoss
from restorers.networks.jsfm import GeneratorShape, JsfmNetwork, JsfmOutput, JsfmShape, resized
from restorers.networks.parsing import MESH_CLASSES, MESH_RULES, ParserShape
from restorers.networks.scale_critics import ScaleCritics
from restorers.training.objectives.jsfm_gan import Labels, stage_reconstruction, step_noise
from restorers.training.objectives.losses import hinge_discriminator, hinge_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

PARSER_UNTIL: Final = 1 / 11
"""Share of the budget in which the parser learns: 20,000 of 220,000 pictures."""
SCALED: Final = JsfmShape(
    GeneratorShape(128, (64, 32, 16, 8, 8), (24,) * 6, 128, spectral=True, residual=False),
    ParserShape(MESH_CLASSES, MESH_RULES, 16, (24, 32, 48, 48), 2, shrink=2, lateral=True, padding="zeros"),
    soft=False,
    filled=False,
    shrink=2,
)
"""The authors' layout about an eighth as wide; faces of 256 px are restored at half of their side."""
CRITIC: Final = (16, 32, 64, 96, 128)
SCALES: Final = 2
EPSILON: Final = 1e-8


@dataclass(frozen=True)
class JsfmTerms:
    """Weights beside the L1, which is 1."""

    stages: float = 0.1
    features: float = 1.0
    style: float = 10.0
    adversarial: float = 0.1


class JsfmScratchObjective(Objective):
    """The parser alone, then the generator alone."""

    generator: JsfmNetwork

    def __init__(
        self,
        labels: Labels,
        terms: JsfmTerms,
        seed: int = 0,
        features: PerceptualLoss | None = None,
        *,
        shape: JsfmShape = SCALED,
        critic: tuple[int, ...] = CRITIC,
    ) -> None:
        """Build the networks.

        Args:
            labels: the true parts of a face, also under its occluder.
            terms: weights.
            seed: of first weights and of the noise.
            features: VGG16 behind the style term; None leaves it out.
            shape: sizes of the networks.
            critic: widths of each discriminator.
        """
        random = torch.Generator().manual_seed(seed)
        # on a fork: spectral norm draws vectors of its own from the global generator before these are laid over them
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.generator = JsfmNetwork(shape)
            self.discriminator = self._critics = ScaleCritics(3 + len(shape.parser.classes), critic, SCALES)
        self.generator.reset_parameters(random)
        initialise(self._critics, random)
        self._labels, self._terms, self._seed, self.features = labels, terms, seed, features
        self._classes = len(shape.parser.classes)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Terms of the network whose turn it is; the other gets no gradient."""
        if progress < PARSER_UNTIL:
            return self._parser_step(batch)
        # frozen: its batch norms stay as they are
        self.generator.parser.eval()
        seen, truth = batch.corrupted, batch.truth
        made: JsfmOutput = self.generator(visible(seen.pixels, seen.mask), step_noise(truth, self._seed, step))
        picture, wanted = made.picture.float(), truth * 2 - 1
        parts = self._parts(batch)
        judged, real = self._critics(torch.cat([picture, parts], 1)), self._real(wanted, parts)
        terms = {
            "l1": functional.l1_loss(picture, wanted),
            "stages": self._terms.stages * stage_reconstruction(made.stages, wanted),
            "features": self._terms.features * feature_matching([here for here, _ in judged], real),
            "adversarial": self._terms.adversarial
            * torch.stack([hinge_generator(scores) for _, scores in judged]).mean(),
        }
        if self.features is not None and step % 2 == 0:
            ours = self.features.read(functional.avg_pool2d(unit(made.picture), 2))[1:]
            with torch.no_grad():
                theirs = self.features.read(functional.avg_pool2d(truth, 2))[1:]
            terms["style"] = self._terms.style * semantic_style(ours, theirs, parts)
        return GeneratorStep(terms, unit(made.picture))

    def adversarial(self, progress: float) -> bool:
        """From the generator's first step on."""
        return progress >= PARSER_UNTIL

    def precise(self, step: int) -> bool:  # noqa: ARG002 - no gradient is penalised
        """Never: there is no gradient of a gradient."""
        return False

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:  # noqa: ARG002 - as above
        """The hinge, a mean over the scales."""
        parts = self._parts(batch)
        real, fake = (self._critics(torch.cat([pictures * 2 - 1, parts], 1)) for pictures in (batch.truth, restored))
        losses = [hinge_discriminator(one, other) for (_, one), (_, other) in zip(real, fake, strict=True)]
        return {"discriminator": torch.stack(losses).mean()}

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around both networks; nothing is amplified.

        Raises:
            TypeError: if these are another method's.
        """
        if not isinstance(generator, JsfmNetwork):
            raise TypeError(f"expected a JsfmNetwork, got {type(generator).__name__}")
        return JsfmRestorer(generator, detail=1.0)

    def _parser_step(self, batch: Batch) -> GeneratorStep:
        logits, estimate = self.generator.parse(visible(batch.corrupted.pixels, batch.corrupted.mask))
        side = logits.shape[-1]
        wanted = resized(batch.truth * 2 - 1, side)
        terms = {
            "parsing": functional.cross_entropy(logits.float(), self._labels(batch.points, side)),
            "estimate": functional.l1_loss(estimate.float(), wanted),
        }
        return GeneratorStep(terms, unit(estimate))

    def _parts(self, batch: Batch) -> Tensor:
        return parsing.one_hot(self._labels(batch.points, batch.truth.shape[-1]), self._classes)

    def _real(self, truth: Tensor, parts: Tensor) -> list[list[Tensor]]:
        with torch.no_grad():
            return [here for here, _ in self._critics(torch.cat([truth, parts], 1))]


def feature_matching(ours: Sequence[Sequence[Tensor]], theirs: Sequence[Sequence[Tensor]]) -> Tensor:
    """Mean squared difference of features, summed over the layers of a discriminator, averaged over the discriminators.

    References:
        Chen et al. 2021, eq. (6); Wang et al., pix2pixHD, CVPR 2018, has L1.
    """
    scales = [
        torch.stack(
            [functional.mse_loss(one.float(), other.float()) for one, other in zip(mine, true, strict=True)]
        ).sum()
        for mine, true in zip(ours, theirs, strict=True)
    ]
    return torch.stack(scales).mean()


def semantic_style(ours: Sequence[Tensor], theirs: Sequence[Tensor], parts: Tensor) -> Tensor:
    """Mean squared difference of the Gram matrices of every part of the face, summed over the layers.

    Args:
        ours: features of the restored pictures, (N, C, s, s) a layer.
        theirs: of the true ones.
        parts: (N, K, S, S), 1 where a pixel belongs to the part.

    Returns:
        A scalar, 0 where they are equal.

    References:
        Chen et al. 2021, eq. (7) and (8): G_j = (F M_j)(F M_j)^T / (C (sum M_j + 1e-8)).
    """
    return torch.stack(
        [
            functional.mse_loss(_part_grams(one, parts), _part_grams(other, parts))
            for one, other in zip(ours, theirs, strict=True)
        ]
    ).sum()


def _part_grams(features: Tensor, parts: Tensor) -> Tensor:
    """(N, K, C, C), float32."""
    here = functional.interpolate(parts, size=features.shape[-2:])
    masked = (features.float()[:, None] * here[:, :, None]).flatten(3)
    size = here.sum((2, 3)) + EPSILON
    return masked @ masked.transpose(2, 3) / (features.shape[1] * size)[:, :, None, None]
