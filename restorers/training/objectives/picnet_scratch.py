"""PICNet trained as its paper has it: both paths, two KL terms, L1 at four scales, two discriminators, from random weights.

Zheng, Cham, Cai: Pluralistic Image Completion, CVPR 2019, section 3.3, with the numbers of the authors' code: KL 20 a scale, L1 20,
adversarial 1, whole pictures in [-1, 1]; here all of them through 20. What is rebuilt from the posterior is held to the whole picture,
what is sampled from the prior to its visible part alone. The discriminators are least-squares ones: that of samples scores them, that
of rebuilt pictures is matched. Differs in: holes of this project's training.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.compositing.self_ensemble import network_input
from restorers.contract import Restorer
from restorers.methods.picnet import PicnetRestorer
from restorers.networks.pluralistic import Gaussian, Paths
from restorers.networks.pluralistic_paper import Discriminator, PaperPluralistic, orthogonal
from restorers.training.objectives.losses import lsgan_discriminator, lsgan_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective
from restorers.training.objectives.picnet import divergence, prior_deviation


@dataclass(frozen=True)
class PicnetTerms:
    """Weights beside the L1 of each scale, which is 1."""

    divergence: float = 4.0
    """Of either KL term, nats a latent element."""
    adversarial: float = 0.05
    """Of either path's."""


class PicnetScratchObjective(Objective):
    """The paper's terms, from the first step on."""

    def __init__(
        self,
        generator: PaperPluralistic,
        terms: PicnetTerms,
        seed: int = 0,
        *,
        critic: tuple[int, ...],
        side: int = 128,
    ) -> None:
        """Build the networks.

        Args:
            generator: encoder and generator.
            terms: weights.
            seed: of first weights and of the latents that are drawn.
            critic: widths of either discriminator.
            side: of the pictures in pixels.
        """
        random = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.discriminator = self._critics = nn.ModuleDict(
            {path: Discriminator(critic) for path in ("sampled", "rebuilt")}
        )
        self._terms, self._seed, self._side = terms, seed, side
        self._latent, self._latent_side = generator.latent, generator.latent_side
        self._rebuilt: Tensor | None = None
        for network in (self.generator, self._critics):
            orthogonal(network, random)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - nothing comes late
        """Both paths under all terms."""
        mask, truth = batch.corrupted.mask, batch.truth * 2 - 1
        made: Paths = self.generator(
            network_input(batch.corrupted.pixels, mask),
            network_input(batch.truth, 1 - mask),
            self._noise(truth, step),
        )
        terms = {"rebuilt": truth.new_zeros(()), "sampled": truth.new_zeros(())}
        for whole, free in zip(made.rebuilt, made.sampled, strict=True):
            small = functional.interpolate(
                truth, whole.shape[-1:] * 2, mode="bilinear", antialias=True, align_corners=False
            )
            seen = 1 - functional.interpolate(mask, free.shape[-1:] * 2)
            terms["rebuilt"] = terms["rebuilt"] + (whole.float() - small).abs().mean()
            terms["sampled"] = terms["sampled"] + ((free.float() - small).abs() * seen).mean()
        terms |= self._latent_terms(made, mask)
        sampled, rebuilt = made.sampled[-1].float(), made.rebuilt[-1].float()
        with torch.no_grad():
            wanted = self._critics["rebuilt"](truth)
        terms["adversarial"] = self._terms.adversarial * (
            lsgan_generator(self._critics["sampled"](sampled))
            + functional.mse_loss(self._critics["rebuilt"](rebuilt), wanted)
        )
        self._rebuilt = rebuilt.detach()
        return GeneratorStep(terms, (sampled + 1) / 2)

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - nothing comes late
        """From the first step on."""
        return True

    def precise(self, step: int) -> bool:  # noqa: ARG002 - no gradient is penalised
        """Never: there is no gradient of a gradient."""
        return False

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:  # noqa: ARG002 - see above
        """Least squares for either path; `restored` is what was sampled.

        Raises:
            ValueError: if the generator has made no step before.
        """
        if self._rebuilt is None:
            raise ValueError("expected a step of the generator before one of the discriminators")
        truth = batch.truth * 2 - 1
        fakes = {"sampled": restored * 2 - 1, "rebuilt": self._rebuilt}
        return {
            f"discriminator_{path}": lsgan_discriminator(self._critics[path](truth), self._critics[path](fake))
            for path, fake in fakes.items()
        }

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator: answers are drawn as they are, without a temperature."""
        return PicnetRestorer(generator, temperature=1.0, trained_at=self._side)

    def _noise(self, truth: Tensor, step: int) -> Tensor:
        # from the step, not from a running generator: a resumed run draws what an uninterrupted one would
        seed = int(np.random.SeedSequence([self._seed, step]).generate_state(1, np.uint64)[0])
        random = torch.Generator().manual_seed(seed % 2**63)
        side = self._latent_side(truth.shape[-1])
        return torch.randn(2, len(truth), self._latent, side, side, generator=random).to(truth.device)

    def _latent_terms(self, made: Paths, mask: Tensor) -> dict[str, Tensor]:
        deviation = prior_deviation(mask).view(-1, 1, 1, 1).expand_as(made.posterior.mean)
        latent = Gaussian(torch.zeros_like(deviation), deviation)
        rebuilt = divergence(latent, made.posterior).mean()
        sampled = divergence(made.posterior.detached(), made.prior).mean()
        return {"kl_rebuilt": self._terms.divergence * rebuilt, "kl_sampled": self._terms.divergence * sampled}
