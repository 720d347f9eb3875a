"""What the GAN prior is trained for: the codec alone first, then the prior that it steers; see `restorers.methods.gan_prior`."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.contract import Corrupted, Restorer
from restorers.methods.gan_prior import PRIOR, GanPriorRestorer
from restorers.networks import framing, style_prior
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.features import CROP_PX
from restorers.networks.five_point_regressor import point_error
from restorers.networks.patch_unet import BaseAndDetail
from restorers.networks.rounding import widened
from restorers.networks.steered_prior import TOP, Codes, GanPriorNetwork, SteeredCodec, disagreement, style_error
from restorers.networks.style_prior import StylePrior
from restorers.training.objectives import detail_loss
from restorers.training.objectives.losses import log_mse, masked_l1
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

SHARP_FROM: Final = 0.42
"""Share of the budget up to which the codec learns the likeliest picture; after that the prior and the detail decoder learn."""
DEGRADED_WEIGHT: Final = 3.0
"""How many times a missing pixel counts against a visible one that is degraded: the method's own are shown at both."""

Corruptor = Callable[[Tensor, Tensor, np.random.Generator], Corrupted]
"""(faces (N, 3, S, S), landmarks (N, 5, 2), generator) -> corrupted faces."""


class GanPriorObjective(Objective):
    """First pixel terms of the codec's likeliest picture, the styles of synthetic faces, and two corruptions' agreement on styles.

    Then the codec stays as it is, and steering, prior and detail decoder learn what the likeliest picture lacks, under VGG16
    features and a hinge PatchGAN. The prior is frozen throughout.
    """

    generator: SteeredCodec

    def __init__(
        self,
        prior: StylePrior,
        mean: Tensor,
        seed: int = 0,
        features: nn.Module | None = None,
        again: Corruptor | None = None,
        *,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        anchor_weight: float = 0.1,
        style_weight: float = 0.1,
        late_style_weight: float = 0.01,
        spread_weight: float = 0.05,
        agreement_weight: float = 0.02,
        agreement_every: int = 8,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.2,
        points_weight: float = 0.1,
        landmark_noise: float = 0.008,
        unframed: float = 0.1,
        sharp_from: float = SHARP_FROM,
    ) -> None:
        """Set up.

        Args:
            prior: the frozen generator, opened at 64 px.
            mean: (512,) the style of the average face.
            seed: of the initial weights, of the noise on landmarks and of the second corruptions.
            features: the perceptual loss; (restored, truth, mask) -> scalar.
            again: draws the second corruption of a face; None trains without the self-supervised term.
            absolute_weight: of the likeliest picture's absolute error.
            squared_weight: of the logarithm of the squared error next to it.
            anchor_weight: of the sharp picture's absolute error.
            style_weight: of the style term while the codec learns.
            late_style_weight: of the style term afterwards.
            spread_weight: holds the styles of one face's layers together; the prior has seen one style a face.
            agreement_weight: of the self-supervised term.
            agreement_every: steps from one use of it to the next; it costs a pass of the encoder.
            perceptual_weight: of the VGG16 term.
            adversarial_weight: of the adversarial term; 0 leaves it out.
            points_weight: of the error of the guessed five points, in distances of the eyes.
            landmark_noise: standard deviation in sides of the picture: detectors err, more so on corrupted faces.
            unframed: share of the faces whose prior stands in the picture's own frame, as if the points had been guessed badly.
            sharp_from: progress from which the sharp picture is learned.
        """
        random = torch.Generator().manual_seed(seed)
        self.generator = self.first_network(mean, seed, random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.prior = prior.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)
        self.features, self.again, self.seed = features, again, seed
        self.weights = detail_loss.Weights(anchor_weight, perceptual_weight, adversarial_weight)
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.style_weight, self.late_style_weight, self.spread_weight = style_weight, late_style_weight, spread_weight
        self.agreement_weight, self.agreement_every = agreement_weight, agreement_every
        self.points_weight, self.landmark_noise, self.unframed = points_weight, landmark_noise, unframed
        self.sharp_from, self.drawn = sharp_from, True

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """The terms of the stage, and those of styles and points in both."""
        seen = batch.corrupted
        inputs = self_ensemble.network_input(seen.pixels, seen.mask)
        self.drawn = progress >= self.sharp_from
        frames, unframed = self._frames(batch, step)
        if not self.drawn:
            codes = self.generator.encode(inputs, degraded=seen.degraded)
            styles = self.generator.styles(codes.found[-1])
            made = self._likely(batch, codes, styles, step)
        else:
            styles, made = self.sharp_step(batch, inputs, frames, step)
        return GeneratorStep(
            made.terms | self._style_terms(styles, batch, unframed) | self._point_terms(batch), made.restored
        )

    def sharp_step(self, batch: Batch, inputs: Tensor, frames: Tensor, step: int) -> tuple[Tensor, GeneratorStep]:
        """Styles, and the terms of the detail that the prior adds to the codec's picture.

        Args:
            batch: as in `generator_step`.
            inputs: (N, 4, S, S) what the network sees of it.
            frames: (N, 2, 3) where FFHQ's frame lies in each picture.
            step: as in `generator_step`.
        """
        network, seen = self.generator, batch.corrupted
        assert isinstance(network, GanPriorNetwork)
        with torch.no_grad():
            codes = network.encode(inputs, degraded=seen.degraded)
        styles = network.styles(codes.found[-1])
        drawn = network.draw(codes, styles, frames, self.prior)
        detail = network.paint(codes, inputs, drawn, degraded=seen.degraded)
        terms, composite = detail_loss.judged(
            BaseAndDetail(codes.base, detail), batch.truth, shown(seen), step, self.weights, self.features,
            self.discriminator, self.looked_at(seen, step),
        )  # fmt: skip
        return styles, GeneratorStep(terms, composite)

    def first_network(self, mean: Tensor, seed: int, random: torch.Generator) -> SteeredCodec:
        """The network with its first weights, all of them from the seed."""
        # on a fork: the five-point regressor draws its first weights from the global generator
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = GanPriorNetwork(mean)
        network.reset_parameters(random)
        return network

    def adversarial(self, progress: float) -> bool:
        """When there is something to judge."""
        return self.weights.adversarial > 0 and progress >= self.sharp_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        return self.judged(batch.truth, restored, shown(batch.corrupted), step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator, with the prior once it is used."""
        return GanPriorRestorer(generator, self.prior if self.drawn else None)

    def _likely(self, batch: Batch, codes: Codes, styles: Tensor, step: int) -> GeneratorStep:
        seen, truth = batch.corrupted, batch.truth
        guess = (codes.base + 1) / 2
        if seen.degraded:
            terms = {
                "l1": self.absolute_weight * masked_l1(guess, truth, seen.mask, DEGRADED_WEIGHT),
                "psnr": self.squared_weight * log_mse(guess, truth, torch.ones_like(seen.mask)),
            }
        else:
            terms = detail_loss.pixel_terms(guess, truth, seen.mask, self.absolute_weight, self.squared_weight)
        terms |= self.agreement(batch, styles, step)
        return GeneratorStep(terms, torch.where(shown(seen) > 0, guess, truth))

    def agreement(self, batch: Batch, styles: Tensor, step: int) -> dict[str, Tensor]:
        """The self-supervised term, in the steps in which it is due: another corruption of the same faces gives the same styles."""
        seen = batch.corrupted
        if self.again is None or seen.landmarks is None or step % self.agreement_every:
            return {}
        other = self.again(batch.truth, seen.landmarks, self._random(step, 1))
        found = self.generator.codec.encode(
            self_ensemble.network_input(other.pixels, other.mask),
            self.generator.degraded[0] if other.degraded else None,
        )
        return {"agreement": self.agreement_weight * disagreement(styles, self.generator.styles(found[-1]))}

    def looked_at(self, seen: Corrupted, step: int) -> Tensor:
        """(N, 1, S, S) what VGG16 sees: the hole, or a corner of a degraded picture, each as often.

        It sees a part only. If that were always the middle, nothing but the discriminator would judge the rest, and did: meshes
        grew along the border.
        """
        if not seen.degraded:
            return seen.mask
        corners, side = self._random(step, 2).integers(0, 2, (len(seen.mask), 2)), seen.mask.shape[-1]
        places = torch.arange(side, device=seen.mask.device)
        # the crop's middle is rounded down: one pixel further, and it ends at the border
        first = torch.from_numpy(corners * (side - CROP_PX + 1)).to(places)[..., None]
        down, across = ((places >= first) & (places < first + CROP_PX)).unbind(1)
        return (down[:, None, :, None] & across[:, None, None, :]).float()

    def _random(self, step: int, purpose: int) -> np.random.Generator:
        # from the step, so that a resumed run draws the same
        return np.random.default_rng(np.random.SeedSequence([self.seed, step, purpose]))

    def _frames(self, batch: Batch, step: int) -> tuple[Tensor, Tensor]:
        """Frames (N, 2, 3), and for which faces (N,) they are the picture's own."""
        device, count = batch.truth.device, len(batch.truth)
        landmarks = batch.corrupted.landmarks
        if landmarks is None:
            frames = framing.identity(batch.truth)
            return frames, torch.ones(count, dtype=torch.bool, device=device)
        random = self._random(step, 0)
        noise = torch.from_numpy(random.normal(0, self.landmark_noise, (count, 5, 2))).to(landmarks)
        chosen = torch.from_numpy(random.random(count) < self.unframed).to(device)
        found = framing.frames(landmarks + noise)
        return torch.where(chosen[:, None, None], framing.identity(found), found), chosen

    def _style_terms(self, styles: Tensor, batch: Batch, unframed: Tensor) -> dict[str, Tensor]:
        weight = self.late_style_weight if self.drawn else self.style_weight
        terms = {"spread": self.spread_weight * (styles - styles.mean(1, keepdim=True)).square().mean()}
        if batch.styles is not None:
            # the mirror image of a face has another style, which nobody knows
            known = batch.known & ~unframed & ~batch.mirrored
            wanted = torch.where(known[:, None], batch.styles, 0.0)
            error = style_error(styles - wanted[:, None], self.prior)
            terms["style"] = weight * (error * known).sum() / known.sum().clamp_min(1)
        return terms

    def _point_terms(self, batch: Batch) -> dict[str, Tensor]:
        five = batch.corrupted.landmarks
        if five is None:
            return {}
        guessed = self.generator.points(batch.corrupted.pixels, batch.corrupted.mask)
        return {"points": self.points_weight * point_error(guessed, five).mean()}


def shown(seen: Corrupted) -> Tensor:
    """(N, 1, S, S), 1 where the method's own pixels are shown."""
    return torch.ones_like(seen.mask) if seen.degraded else seen.mask


def objective(
    seed: int,
    features: nn.Module | None = None,
    again: Corruptor | None = None,
    prior: Path = PRIOR,
) -> GanPriorObjective:
    """What trains the method on the generator that `export_prior` wrote.

    Raises:
        MissingWeights: if a file is missing or damaged.
    """
    # read first: it says how to make a file that is missing
    tensors, _ = checkpoints.read(prior)
    mean = widened(tensors)["mean"]
    return GanPriorObjective(style_prior.load(prior, TOP, opened=True), mean, seed, features, again)
