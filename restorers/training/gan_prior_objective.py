"""What the GAN prior is trained for: the codec alone first, then pictures up the prior's resolutions; see `restorers.methods.gan_prior`."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import Corrupted, Restorer
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.methods.gan_prior import HEADS, PRIOR, GanPriorRestorer, framed
from restorers.networks import framing, style_prior
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.mmrb import TOP, Codes
from restorers.networks.point_net import point_error
from restorers.networks.steered_prior import ESTIMATED, GanPriorNetwork, disagreement, network_inputs, style_error
from restorers.networks.style_prior import StylePrior
from restorers.objective import Batch, Objective, Step

MIRRORED: Final = (1, 0, 2, 4, 3)
"""Order of the five points in a mirror."""

MISSING_WEIGHT: Final = 6.0
"""How many times a missing pixel counts against a visible one that will be replaced by the input's own."""
DEGRADED_WEIGHT: Final = 3.0
"""The same where visible pixels are degraded, and the method's own are shown."""

Corruptor = Callable[[Tensor, Tensor, np.random.Generator], Corrupted]
"""(faces (N, 3, S, S), landmarks (N, 5, 2), generator) -> corrupted faces."""


class GanPriorObjective(Objective):
    """A curriculum up the prior: the codec alone, then pictures at 64, 128 and 256 px; see the arguments."""

    generator: GanPriorNetwork

    def __init__(
        self,
        prior: StylePrior,
        mean: Tensor,
        seed: int = 0,
        features: nn.Module | None = None,
        again: Corruptor | None = None,
        *,
        fine_from: float = 0.35,
        at_64_from: float = 0.5,
        at_128_from: float = 0.62,
        at_256_from: float = 0.8,
        perceptual_from: float = 0.62,
        adversarial_from: float = 0.7,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        guidance_weight: float = 0.5,
        coarse_weight: float = 0.1,
        style_weight: float = 0.2,
        late_style_weight: float = 0.02,
        spread_weight: float = 0.05,
        agreement_weight: float = 0.02,
        agreement_every: int = 4,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        points_weight: float = 0.1,
        landmark_noise: float = 0.008,
        unframed: float = 0.1,
    ) -> None:
        """Set up.

        Args:
            prior: the frozen generator, up to 256 px.
            mean: (512,) the style of the average face.
            seed: of the initial weights, of the noise on landmarks and of the second corruptions.
            features: the perceptual loss; (restored, truth, mask) -> scalar, for pictures of at least 128 px.
            again: draws the second corruption of a face; None trains without the self-supervised term.
            fine_from: progress from which the codec, alone still, works at 128 px; at 64 before.
            at_64_from: progress up to which the codec learns alone, by its own estimates and by the styles of synthetic faces: the
                prior costs ten times as much as the codec.
            at_128_from: progress from which pictures are made at 128 px.
            at_256_from: progress from which they are made at 256 px.
            perceptual_from: progress from which VGG16 features are compared, at 128 px or more.
            adversarial_from: progress from which the discriminator takes part, at 128 px or more.
            absolute_weight: of the absolute error.
            squared_weight: of the logarithm of the squared error next to it.
            guidance_weight: of the terms on the codec's own estimate against those on the picture, once there is one.
            coarse_weight: of the absolute error of the codec's estimates below 128 px.
            style_weight: of the style term while the codec is alone.
            late_style_weight: of the style term afterwards.
            spread_weight: holds the styles of one face's layers together; the prior has seen one style a face.
            agreement_weight: of the self-supervised term.
            agreement_every: steps from one use of it to the next; it costs an encoder pass.
            perceptual_weight: of the VGG16 term.
            adversarial_weight: of the adversarial term; 0 leaves it out.
            points_weight: of the error of the five points that are guessed, in distances of the eyes.
            landmark_noise: standard deviation in sides of the picture: detectors err, more so on damaged faces.
            unframed: share of the faces that are shown as they are framed, as if the points had been guessed badly.
        """
        random = torch.Generator().manual_seed(seed)
        # on a fork: layers draw their first weights from the global generator
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.generator = GanPriorNetwork(mean)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        # plain memory layout: channels last makes the backward pass through the prior slower
        self.prior = prior.eval().requires_grad_(requires_grad=False)
        self.features, self.again, self.seed = features, again, seed
        self.fine_from = fine_from
        self.stages = ((at_256_from, 256), (at_128_from, 128), (at_64_from, 64))
        self.perceptual_from, self.adversarial_from = (
            max(start, at_128_from) for start in (perceptual_from, adversarial_from)
        )
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.guidance_weight, self.coarse_weight = guidance_weight, coarse_weight
        self.style_weight, self.late_style_weight, self.spread_weight = style_weight, late_style_weight, spread_weight
        self.agreement_weight, self.agreement_every = agreement_weight, agreement_every
        self.perceptual_weight, self.adversarial_weight = perceptual_weight, adversarial_weight
        self.points_weight, self.landmark_noise, self.unframed = points_weight, landmark_noise, unframed
        self.reached, self.drawn = TOP, True

    def until(self, progress: float) -> int:
        """Resolution of the pictures at this point, 0 while the codec learns alone."""
        return next((resolution for start, resolution in self.stages if progress >= start), 0)

    def estimated(self, progress: float) -> int:
        """Resolution of the codec's finest estimate while it learns alone."""
        return ESTIMATED if progress >= self.fine_from else ESTIMATED // 2

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Styles, estimates and agreement at every stage; pixel, perceptual and adversarial terms on the picture of the stage."""
        until = self.until(progress)
        self.reached, self.drawn = until or self.estimated(progress), until > 0
        frames, unframed = self._frames(batch, step)
        seen = framed(batch.corrupted, frames)
        truth, finest = framing.warp(batch.truth, frames, TOP), self.reached
        codes, painted = self.generator(network_inputs(seen.pixels, seen.mask), self.prior if until else None, finest)
        terms = self._style_terms(codes, batch, unframed, until) | self._guidance(codes, truth, seen, until)
        five = batch.corrupted.landmarks
        if five is not None:
            guessed = self.generator.points(batch.corrupted.pixels, batch.corrupted.mask)
            terms["points"] = self.points_weight * point_error(guessed, five).mean()
        if self.again is not None and five is not None and step % self.agreement_every == 0:
            other = framed(self.again(batch.truth, five, self._random(step, 1)), frames)
            twin, _ = self.generator(network_inputs(other.pixels, other.mask), None, finest)
            terms["agreement"] = self.agreement_weight * disagreement(codes, twin)
        if painted is None:
            return Step(terms, seen.pixels)
        truth, mask = _shrunk(truth, seen.mask, until)
        composite = painted if seen.degraded else torch.where(mask > 0, painted, truth)
        terms |= self._pixel_terms(painted, truth, mask, degraded=seen.degraded)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return Step(terms, composite)

    def adversarial(self, progress: float) -> bool:
        """Late, when faces are faces."""
        return self.adversarial_weight > 0 and progress >= self.adversarial_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps; `restored` is in FFHQ's frame."""
        frames, _ = self._frames(batch, step)
        truth = framing.warp(batch.truth, frames, TOP)
        mask = framing.warp_mask(batch.corrupted.mask, frames, TOP)
        truth, mask = _shrunk(truth, mask, restored.shape[-1])
        return self.judged(truth, restored, mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator, read at the resolution that training has reached, with the prior once it is used."""
        return GanPriorRestorer(generator, self.prior if self.drawn else None, self.reached)

    def _pixel_terms(self, painted: Tensor, truth: Tensor, mask: Tensor, *, degraded: bool) -> dict[str, Tensor]:
        weight = DEGRADED_WEIGHT if degraded else MISSING_WEIGHT
        wanted = torch.ones_like(mask) if degraded else mask
        return {
            "l1": self.absolute_weight * masked_l1(painted, truth, mask, weight),
            "psnr": self.squared_weight * log_mse(painted, truth, wanted),
        }

    def _guidance(self, codes: Codes, truth: Tensor, seen: Corrupted, until: int) -> dict[str, Tensor]:
        """Terms on the codec's own estimates: as on a picture for the finest one, absolute error for the others."""
        *coarse, finest = self.generator.estimates(codes).values()
        share = self.guidance_weight if until else 1.0
        terms = self._pixel_terms(finest, *_shrunk(truth, seen.mask, finest.shape[-1]), degraded=seen.degraded)
        guidance = torch.stack([share * term for term in terms.values()]).sum()
        weight = DEGRADED_WEIGHT if seen.degraded else MISSING_WEIGHT
        for estimate in coarse:
            error = masked_l1(estimate, *_shrunk(truth, seen.mask, estimate.shape[-1]), weight)
            guidance = guidance + share * self.coarse_weight * error
        return {"guidance": guidance}

    def _random(self, step: int, purpose: int) -> np.random.Generator:
        # from the step, so that a resumed run and the discriminator's half of a step draw the same
        return np.random.default_rng(np.random.SeedSequence([self.seed, step, purpose]))

    def _frames(self, batch: Batch, step: int) -> tuple[Tensor, Tensor]:
        """Frames (N, 2, 3), and which faces (N,) are shown as they came."""
        device, count = batch.truth.device, len(batch.truth)
        landmarks = batch.corrupted.landmarks
        if landmarks is None:
            frames = framing.identity(batch.truth)
            return frames, torch.ones(count, dtype=torch.bool, device=device)
        random = self._random(step, 0)
        noise = torch.from_numpy(random.normal(0, self.landmark_noise, (count, 5, 2))).to(landmarks)
        chosen = torch.from_numpy(random.random(count) < self.unframed).to(device)
        # a style is not that of the mirrored face: points in their old order make the frame mirror it back
        back = (_mirrored(batch) & _known(batch))[:, None, None]
        landmarks = torch.where(back, landmarks[:, list(MIRRORED)], landmarks)
        found = framing.frames(landmarks + noise)
        return torch.where(chosen[:, None, None], framing.identity(found), found), chosen

    def _style_terms(self, codes: Codes, batch: Batch, unframed: Tensor, until: int) -> dict[str, Tensor]:
        styles = codes.styles.float()
        weight = self.late_style_weight if until else self.style_weight
        terms = {"spread": self.spread_weight * (styles - styles.mean(1, keepdim=True)).square().mean()}
        if batch.styles is not None:
            known = _known(batch) & ~unframed
            wanted = torch.where(known[:, None], batch.styles, 0.0)
            error = style_error(styles - wanted[:, None], self.prior)
            terms["style"] = weight * (error * known).sum() / known.sum().clamp_min(1)
        return terms


def _known(batch: Batch) -> Tensor:
    """(N,) which faces' styles are known."""
    if batch.styles is None:
        return torch.zeros(len(batch.truth), dtype=torch.bool, device=batch.truth.device)
    return torch.isfinite(batch.styles).all(1)


def _mirrored(batch: Batch) -> Tensor:
    """(N,) which faces augmentation has flipped: the mesh's last ten columns are the irises, five of the picture's left one first."""
    horizontal = batch.points[:, :, 0]
    return horizontal[:, -10:-5].mean(1) > horizontal[:, -5:].mean(1)


def _shrunk(truth: Tensor, mask: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Truth and mask of 256 px at another side; a cell is missing if any of its pixels is."""
    return functional.avg_pool2d(truth, TOP // side), functional.max_pool2d(mask, TOP // side)


def objective(
    seed: int, features: nn.Module | None = None, again: Corruptor | None = None, prior: Path = PRIOR
) -> GanPriorObjective:
    """What trains the method on the generator that `export_prior` wrote, from its fitted colour heads where it has some.

    Raises:
        MissingWeights: if the generator is missing or damaged.
    """
    # read first: it says how to make a file that is missing
    tensors, _ = checkpoints.read(prior)
    made = GanPriorObjective(style_prior.load(prior, TOP), tensors["mean"], seed, features, again)
    heads = {name.removeprefix(HEADS): value for name, value in tensors.items() if name.startswith(HEADS)}
    if heads:
        made.generator.heads.load_state_dict(heads, strict=False)
    return made
