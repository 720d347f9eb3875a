"""What the dual-stage method is trained for; see `restorers.methods.dual_stage`."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import Preset, Restorer
from restorers.methods.dual_stage import SCALED, DualStageNetwork, DualStageRestorer, network_of
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.dense_unet import DenseUNet
from restorers.networks.fsrcnn import luma
from restorers.networks.landmark_net import KeypointLoss, LandmarkNet
from restorers.networks.two_sides import INNER_PX
from restorers.training.objectives.losses import hinge_generator, log_mse, masked_l1, masked_mse
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

LANDMARKS: Final = checkpoints.WEIGHTS / "landmark_net.safetensors"
"""The network behind the keypoint term; needed to train, not to restore."""


SCRATCH_SECOND_FROM: Final = 10 / 11
"""From random weights: 100,000 pictures at 128 px for stage 1, then 10,000 at 256 px for stage 2."""


SCRATCH_REFINED_FROM: Final = 10.5 / 11
"""From random weights: half of stage 2's pictures are clean pairs."""


SECOND_FROM: Final = 0.9
"""Share of the budget from which stage 2 is trained, at 256 px; the recipe's phases change there, too."""


REFINED_FROM: Final = 0.93
"""Share of the budget from which stage 2 sees what stage 1 makes instead of clean pairs."""


MISSING_WEIGHT: Final = 6.0
"""How many times a missing pixel counts against a visible one that will be replaced by the input's own."""


DEGRADED_WEIGHT: Final = 3.0
"""The same where visible pixels are degraded, and the method's own are shown."""


class DualStageObjective(Objective):
    """Stage 1 under the hybrid loss, then stage 2 on clean pairs, then stage 2 on what stage 1 makes."""

    generator: DualStageNetwork

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        keypoints: nn.Module | None = None,
        *,
        network: DualStageNetwork | None = None,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        luma_weight: float = 2.0,
        keypoint_weight: float = 0.01,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        keypoint_from: float = 0.05,
        perceptual_from: float = 0.05,
        adversarial_from: float = 0.15,
        second_from: float = SECOND_FROM,
        refined_from: float = REFINED_FROM,
        detail: float | None = None,
    ) -> None:
        """Set up.

        Args:
            seed: of the first weights.
            features: the perceptual loss; (restored, truth, mask) -> scalar. None leaves the term out.
            keypoints: the keypoint loss; (restored, truth) -> scalar. None leaves the term out.
            network: goes on from its weights; None starts anew with the preset `demo`.
            absolute_weight: of the absolute error in stage 1.
            squared_weight: of the logarithm of the squared error next to it.
            luma_weight: of the squared error in stage 2.
            keypoint_weight: of the keypoint term; 0 leaves it out.
            perceptual_weight: of the VGG16 term, in both stages; 0 leaves it out.
            adversarial_weight: of the adversarial term; 0 leaves it out.
            keypoint_from: progress from which keypoints are compared: before, there are no parts to be found.
            perceptual_from: progress from which VGG16 features are compared.
            adversarial_from: progress from which the discriminator takes part, until stage 2 is trained.
            second_from: progress from which stage 2 is trained and stage 1 is not; 1 trains stage 1 alone.
            refined_from: progress from which stage 2 is shown stage 1's pictures.
            detail: as in `DualStageRestorer`.
        """
        random = torch.Generator().manual_seed(seed)
        self.generator = DualStageNetwork() if network is None else network
        if network is None:
            self.generator.reset_parameters(random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features if perceptual_weight > 0 else None
        self.keypoints = keypoints if keypoint_weight > 0 else None
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.luma_weight, self.keypoint_weight = luma_weight, keypoint_weight
        self.perceptual_weight, self.adversarial_weight = perceptual_weight, adversarial_weight
        self.keypoint_from, self.perceptual_from = keypoint_from, perceptual_from
        self.adversarial_from, self.second_from, self.refined_from = adversarial_from, second_from, refined_from
        self.detail = detail

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Terms of the stage that is trained at this point; the other gets no gradient."""
        if progress < self.second_from:
            return self._first(batch, progress, step)
        if batch.truth.shape[-1] != 2 * INNER_PX:
            raise ValueError(f"expected faces of {2 * INNER_PX} px to train stage 2, got {batch.truth.shape[-1]}")
        # stage 1 is done: its batch norms stay as they are when it is used
        self.generator.stage1.eval()
        return self._clean(batch) if progress < self.refined_from else self._refined(batch, step)

    def _first(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Pixel terms on what was painted; the others on the composite, keypoints and VGG16 by turns."""
        truth, mask = _halved(batch)
        painted = self.generator.complete(batch.corrupted)
        degraded = batch.corrupted.degraded
        composite = painted if degraded else torch.where(mask > 0, painted, truth)
        weight = DEGRADED_WEIGHT if degraded else MISSING_WEIGHT
        terms = {
            "l1": self.absolute_weight * masked_l1(painted, truth, mask, weight),
        }
        if self.squared_weight > 0:
            where = torch.ones_like(mask) if degraded else mask
            terms["psnr"] = self.squared_weight * log_mse(painted, truth, where)
        if self.keypoints is not None and progress >= self.keypoint_from and step % 2 == 1:
            terms["keypoint"] = self.keypoint_weight * self.keypoints(composite, truth)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return GeneratorStep(terms, composite)

    def _clean(self, batch: Batch) -> GeneratorStep:
        """Squared error of the luma, from the halved truth back to the truth: FSRCNN's own training."""
        large = self.generator.enlarge(functional.avg_pool2d(batch.truth, 2))
        error = functional.mse_loss(luma(large), luma(batch.truth))
        return GeneratorStep({"luma": self.luma_weight * error}, large)

    def _refined(self, batch: Batch, step: int) -> GeneratorStep:
        """Squared error of the luma and VGG16 features, from stage 1's picture to the truth."""
        truth, mask, degraded = batch.truth, batch.corrupted.mask, batch.corrupted.degraded
        with torch.no_grad():
            first = self.generator.complete(batch.corrupted).clamp(0, 1)
        large = self.generator.enlarge(first)
        composite = large if degraded else torch.where(mask > 0, large, truth)
        weight = DEGRADED_WEIGHT if degraded else MISSING_WEIGHT
        terms = {"luma": self.luma_weight * masked_mse(luma(large), luma(truth), mask, weight)}
        if self.features is not None and step % 2 == 0:
            # no Gram matrices: twelve thousand weights answer them with a mesh of dots over everything
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask, texture=0.0)
        return GeneratorStep(terms, composite)

    def adversarial(self, progress: float) -> bool:
        """Late in stage 1, when L1 and squared error have done their work; not in stage 2, which is no generator."""
        return self.adversarial_weight > 0 and self.adversarial_from <= progress < self.second_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        truth, mask = _halved(batch)
        return self.judged(truth, restored, mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around both stages."""
        return DualStageRestorer(generator, detail=self.detail)


def _halved(batch: Batch) -> tuple[Tensor, Tensor]:
    """Truth and mask at 128 px, as `visible` shows them."""
    truth, mask = batch.truth, batch.corrupted.mask
    if truth.shape[-1] == INNER_PX:
        return truth, mask
    return functional.avg_pool2d(truth, 2), functional.max_pool2d(mask, 2)


def objective(
    seed: int,
    features: nn.Module | None = None,
    *,
    preset: Preset = "demo",
    keypoint_weight: float = 0.01,
    perceptual_weight: float = 0.6,
    start: Path | None = None,
    landmarks: Path = LANDMARKS,
) -> DualStageObjective:
    """What trains the method, with the network that `landmark_net` was trained to be behind its keypoint term.

    Args:
        seed: of the first weights.
        features: the perceptual loss; None leaves the term out.
        preset: which size.
        keypoint_weight: 0 leaves the term out, and needs no network.
        perceptual_weight: 0 leaves the term out.
        start: a weights file of this method. Stage 1 alone is trained on from there, every term from the first step and the
            adversarial one a little later, so that runs from one file differ in their terms and in nothing else.
        landmarks: weights of the landmark network.

    Raises:
        MissingWeights: if a file is missing or damaged.
    """
    network = network_of(preset)
    network.reset_parameters(torch.Generator().manual_seed(seed))
    keypoints = keypoint_loss(landmarks) if keypoint_weight > 0 else None
    if start is None:
        return DualStageObjective(
            seed, features, keypoints, network=network, keypoint_weight=keypoint_weight,
            perceptual_weight=perceptual_weight,
        )  # fmt: skip
    checkpoints.load(network, start)
    return DualStageObjective(
        seed, features, keypoints, network=network, keypoint_weight=keypoint_weight, perceptual_weight=perceptual_weight,
        keypoint_from=0.0, perceptual_from=0.0, adversarial_from=0.2, second_from=1.0, refined_from=1.0,
    )  # fmt: skip


def scratch(
    seed: int,
    features: nn.Module | None = None,
    *,
    widths: tuple[int, ...] = SCALED,
    landmarks: Path = LANDMARKS,
) -> DualStageObjective:
    """What trains the method as its paper has it, from random weights: all terms of the hybrid loss from the first step.

    Stage 1 is the usual U-Net of its kind under pixel, adversarial, keypoint and perceptual terms, stage 2 is FSRCNN under its own; nothing
    is amplified after them.

    Args:
        seed: of the first weights.
        features: the perceptual loss.
        widths: of stage 1, as `DenseUNet` takes them.
        landmarks: weights of the landmark network behind the keypoint term.

    Raises:
        MissingWeights: if that file is missing or damaged.
    """
    network = DualStageNetwork(DenseUNet(widths))
    network.reset_parameters(torch.Generator().manual_seed(seed))
    return DualStageObjective(
        seed, features, keypoint_loss(landmarks), network=network, squared_weight=0.0, keypoint_from=0.0,
        perceptual_from=0.0, adversarial_from=0.0, second_from=SCRATCH_SECOND_FROM, refined_from=SCRATCH_REFINED_FROM,
        detail=1.0,
    )  # fmt: skip


def keypoint_loss(weights: Path) -> KeypointLoss:
    """The keypoint term, with the network that was trained to be behind it.

    Raises:
        MissingWeights: if the file is missing or damaged.
    """
    finder = LandmarkNet()
    checkpoints.load(finder, weights)
    return KeypointLoss(finder.to(memory_format=torch.channels_last))
