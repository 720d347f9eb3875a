"""PICNet: several plausible answers to one hole, drawn from a latent prior that widens with the hole.

Zheng, Cham, Cai: Pluralistic Image Completion, CVPR 2019.

Differs from the paper in:
    - pixel terms are mask-weighted L1 and the logarithm of the squared error; sampled pictures are pulled to the truth inside
      the hole, too, weakly (`sample_weight`): the budget is too small to leave their content to a discriminator alone;
    - the posterior keeps `free_nats` per latent element, below which nothing pulls it to the latent prior: it cannot collapse;
    - one hinge PatchGAN that sees the mask, on the sampled path, late, in place of two least-squares discriminators;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.seams`).
    Preset `demo` alone:
    - the trunk of an earlier lightweight GAN (`restorers.networks.lightweight`), mask as a fourth input channel, reads both parts at
      128 px and stays as it was trained there; training starts from the trunk and the outer decoder of the weights that ship;
    - the trunk feeds the decoder as well as the prior, so that a latent carries only what the visible part leaves open;
    - batch norm in place of spectral norm, nearest upsampling; skips at 16, 32 and 64 px, so that seams join;
    - answers are drawn at a temperature of 0.75, and their fine forms amplified (`restorers.detail`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import Corrupted, Damage, Method, Paper, Preset, Restored, Restorer, resized
from restorers.detail import amplified
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.pluralistic import Gaussian, Paths, PluralisticNetwork, SmallPluralistic
from restorers.networks.pluralistic_paper import PaperPluralistic
from restorers.networks.two_sides import INNER
from restorers.objective import Batch, Objective, Step
from restorers.seams import matched
from restorers.twofold import visible

KEY: Final = "picnet"
SAMPLES: Final = 3
"""Answers per picture."""
FINE: Final = 1.0
"""Standard deviation, in pixels of the small network's picture, of the Gaussian that parts fine forms from large ones."""
DETAIL: Final = 2.25
"""Amplifies fine forms: on 24 faces of `dev` with 20 to 30 % missing LPIPS is 0.094 at 2, 0.092 at 2.5, PSNR 25.55 and 25.42 dB."""
TEMPERATURE: Final = 0.75
"""Multiplies the prior's standard deviation: answers differ less and are better. On the same faces, amplified by 2.5, LPIPS is 0.0932
at 1, 0.0919 at 0.75, 0.0913 at 0.5; that between two answers, inside the hole, 0.105, 0.072 and 0.040."""


class PicnetRestorer(Restorer):
    """Draws answers; the first one is the picture, all of them are the samples."""

    def __init__(self, generator: nn.Module, samples: int = SAMPLES, temperature: float = TEMPERATURE) -> None:
        if not isinstance(generator, PluralisticNetwork):
            raise TypeError(f"expected a PluralisticNetwork, got {type(generator).__name__}")
        self.generator, self.samples, self.temperature = generator.eval(), samples, temperature
        self._small = isinstance(generator, SmallPluralistic)

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """One pass of the encoder and `samples` of the decoder, matched at the seam."""
        full = corrupted.pixels.shape[-1]
        seen = resized(corrupted, min(INNER, full)) if self._small else corrupted
        noise = noise_of(self.generator, seen.pixels, seeds, self.samples)
        made = (self.generator.samples(visible(seen.pixels, seen.mask), noise, self.temperature).float() + 1) / 2
        pictures = [matched(self._whole(one, full), corrupted.pixels, corrupted.mask) for one in made.unbind(1)]
        samples = torch.stack(pictures, 1)
        return Restored(samples[:, 0], samples=samples)

    def _whole(self, painted: Tensor, side: int) -> Tensor:
        if not self._small:
            return painted
        fine = amplified(painted, DETAIL, FINE)
        return functional.interpolate(fine, size=(side, side), mode="bicubic", antialias=True, align_corners=False)


def noise_of(network: PluralisticNetwork, pixels: Tensor, seeds: Sequence[int], count: int) -> Tensor:
    """Standard normal noise, (N, count, C, H, W); each picture's from its own seed, whatever else is in the batch."""
    side = network.latent_side(pixels.shape[-1])
    drawn = [
        # always drawn on the CPU: another device has another stream
        torch.randn(count, network.latent, side, side, generator=torch.Generator().manual_seed(seed % 2**63))
        for seed in seeds
    ]
    return torch.stack(drawn).to(pixels.device)


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
            self.generator.begin(random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.seed, self.features = seed, features
        self.latent, self.latent_side = self.generator.latent, self.generator.latent_side
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.kl_weight, self.free_nats = kl_weight, free_nats
        self.coarse_weight, self.sample_weight = coarse_weight, sample_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, 0.0 if small else 0.4
        self.adversarial_weight, self.adversarial_from = adversarial_weight, 0.0 if small else 0.7

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel terms of both paths and both KL terms; perceptual and adversarial terms on composites."""
        mask, truth = batch.corrupted.mask, batch.truth
        made: Paths = self.generator(
            visible(batch.corrupted.pixels, mask), visible(truth, 1 - mask), self._noise(truth, step)
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
        return Step(terms, answer)

    def _begin(self, generator: SmallPluralistic, trunk: Path | None) -> None:
        if trunk is None:
            generator.begin()
            return
        known, self.started = checkpoints.read(trunk)
        generator.begin(known)

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


def network(preset: Preset) -> PluralisticNetwork:
    """The networks of a preset."""
    return PaperPluralistic() if preset == "paper" else SmallPluralistic()


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    generator = network(preset)
    name = f"{KEY}.paper.safetensors" if preset == "paper" else f"{KEY}.safetensors"
    checkpoints.load(generator, checkpoints.WEIGHTS / name)
    return PicnetRestorer(generator.to(memory_format=torch.channels_last))


METHOD: Final = Method(
    key=KEY,
    name="PICNet",
    paper=Paper(
        "Zheng, Cham, Cai",
        "Pluralistic Image Completion",
        "CVPR",
        2019,
        "https://doi.org/10.1109/CVPR.2019.00153",
    ),
    undoes=frozenset({Damage.MISSING}),
    build=build,
    learned=True,
    note="Several answers to one hole, drawn from a latent that widens with it; reads with an earlier lightweight GAN's trunk.",
)
