"""What PICNet is trained for; see `restorers.methods.picnet`."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.self_ensemble import network_input
from restorers.contract import Preset, Restorer
from restorers.methods.picnet import PicnetRestorer, network
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.pluralistic import Gaussian, Paths, PluralisticNetwork, SmallPluralistic
from restorers.networks.pluralistic_paper import PaperPluralistic
from restorers.training.objectives.losses import hinge_generator, log_mse, masked_l1
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective


def prior_deviation(mask: Tensor) -> Tensor:
    """Standard deviation s of the latent prior N(0, s^2): 1 / (1 + exp(8 (v - 0.8))) for a visible share v.

    Args:
        mask: (N, 1, S, S), 1 = missing.

    Returns:
        (N,), from 0.17 where all is visible to 1.00 where nothing is.

    References:
        Zheng et al. 2019; the constants are those of the authors' code.
    """
    seen = 1 - mask.float().mean((1, 2, 3))
    return torch.sigmoid(-8 * (seen - 0.8))


def divergence(left: Gaussian, right: Gaussian) -> Tensor:
    """KL(left || right) of diagonal Gaussians: nats per latent element, averaged over each picture, (N,)."""
    quotient = (left.deviation / right.deviation).square()
    distance = ((left.mean - right.mean) / right.deviation).square()
    return 0.5 * (quotient + distance - 1 - quotient.log()).mean((1, 2, 3))


def visible_l1(restored: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean absolute error of visible pixels alone: what a sample is free to differ in is not held against it."""
    seen = 1 - mask
    return ((restored - truth).abs() * seen).sum() / (seen.sum() * truth.shape[1]).clamp_min(1)


class PicnetObjective(Objective):
    """Both paths: rebuilt from the posterior, sampled from the prior; the KL terms tie the two together."""

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        preset: Preset = "demo",
        generator: PluralisticNetwork | None = None,
        trunk: Path | None = None,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        kl_weight: float = 0.06,
        free_nats: float = 0.02,
        coarse_weight: float = 0.1,
        sample_weight: float = 0.3,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
    ) -> None:
        """Build the networks.

        Args:
            seed: of weights and training noise.
            features: the perceptual trunk, if there is one.
            preset: which size.
            generator: networks to train in place of the preset's.
            trunk: weights of this method, whose trunk and outer decoder the small network starts from; None starts anew.
            absolute_weight: of the mask-weighted L1.
            squared_weight: of the logarithm of the squared error.
            kl_weight: of both KL terms; more makes samples bolder and posterior latents poorer.
            free_nats: per latent element, see above.
            coarse_weight: of each coarser picture's L1.
            sample_weight: of the sampled path's error inside the hole, against 1 for the rebuilt path's.
            perceptual_weight: of VGG16 features: three times on what is sampled, then once on what is rebuilt.
            adversarial_weight: of the PatchGAN's score of samples.
        """
        random = torch.Generator().manual_seed(seed)
        self.generator = network(preset) if generator is None else generator
        initialise(self.generator, random)
        small = isinstance(self.generator, SmallPluralistic)
        if isinstance(self.generator, SmallPluralistic):
            self._begin(self.generator, trunk)
        elif isinstance(self.generator, PaperPluralistic):
            self.generator.reset_parameters(random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.seed, self.features = seed, features
        self.latent, self.latent_side = self.generator.latent, self.generator.latent_side
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.kl_weight, self.free_nats = kl_weight, free_nats
        self.coarse_weight, self.sample_weight = coarse_weight, sample_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, 0.0 if small else 0.4
        self.adversarial_weight, self.adversarial_from = adversarial_weight, 0.0 if small else 0.7

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Pixel terms of both paths and both KL terms; perceptual and adversarial terms on composites."""
        mask, truth = batch.corrupted.mask, batch.truth
        made: Paths = self.generator(
            network_input(batch.corrupted.pixels, mask), network_input(truth, 1 - mask), self._noise(truth, step)
        )
        sampled, rebuilt = ((path[-1].float() + 1) / 2 for path in (made.sampled, made.rebuilt))
        terms = self._pixel_terms(made, sampled, rebuilt, truth, mask) | self._latent_terms(made, mask)
        answer = torch.where(mask > 0, sampled, truth)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            judged = torch.where(mask > 0, rebuilt, truth) if step % 8 == 6 else answer
            terms["perceptual"] = self.perceptual_weight * self.features(judged, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([answer * 2 - 1, mask], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return GeneratorStep(terms, answer)

    def _begin(self, generator: SmallPluralistic, trunk: Path | None) -> None:
        if trunk is None:
            generator.reset_parameters()
            return
        known, self.started = checkpoints.read(trunk)
        generator.reset_parameters(known)

    def _noise(self, truth: Tensor, step: int) -> Tensor:
        # from the step, not from a running generator: a resumed run draws what an uninterrupted one would
        seed = int(np.random.SeedSequence([self.seed, step]).generate_state(1, np.uint64)[0])
        random = torch.Generator().manual_seed(seed % 2**63)
        side = self.latent_side(truth.shape[-1])
        return torch.randn(2, len(truth), self.latent, side, side, generator=random).to(truth.device)

    def _pixel_terms(
        self, made: Paths, sampled: Tensor, rebuilt: Tensor, truth: Tensor, mask: Tensor
    ) -> dict[str, Tensor]:
        pixels, guided = (
            self.absolute_weight * masked_l1(path, truth, mask) + self.squared_weight * log_mse(path, truth, mask)
            for path in (rebuilt, sampled)
        )
        coarse = truth.new_zeros(())
        for fine, free in zip(made.rebuilt[:-1], made.sampled[:-1], strict=True):
            times = truth.shape[-1] // fine.shape[-1]
            small, hole = functional.avg_pool2d(truth, times), functional.max_pool2d(mask, times)
            coarse = coarse + masked_l1((fine.float() + 1) / 2, small, hole)
            coarse = coarse + visible_l1((free.float() + 1) / 2, small, hole)
        return {
            "rebuilt": pixels,
            "sampled": self.absolute_weight * visible_l1(sampled, truth, mask) + self.sample_weight * guided,
            "coarse": self.coarse_weight * coarse,
        }

    def _latent_terms(self, made: Paths, mask: Tensor) -> dict[str, Tensor]:
        deviation = prior_deviation(mask).view(-1, 1, 1, 1).expand_as(made.posterior.mean)
        latent = Gaussian(torch.zeros_like(deviation), deviation)
        rebuilt = divergence(latent, made.posterior).clamp_min(self.free_nats).mean()
        sampled = divergence(made.posterior.detached(), made.prior).mean()
        return {"kl_rebuilt": self.kl_weight * rebuilt, "kl_sampled": self.kl_weight * sampled}

    def adversarial(self, progress: float) -> bool:
        """At once, where the decoder knows how to paint; else in the last third, when the pixel terms have done their work."""
        return self.adversarial_weight > 0 and progress >= self.adversarial_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        return self.judged(batch.truth, restored, batch.corrupted.mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return PicnetRestorer(generator)
