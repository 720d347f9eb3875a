"""PICNet: several plausible answers to one hole, drawn from a latent prior that widens with the hole.

Zheng, Cham, Cai: Pluralistic Image Completion, CVPR 2019.

Differs from the paper in:
    - pixel terms are mask-weighted L1 and the logarithm of the squared error; sampled pictures are pulled to the truth inside
      the hole, too, weakly (`sample_weight`): the budget is too small to leave their content to a discriminator alone;
    - the posterior keeps `free_nats` per latent element, below which nothing pulls it to the latent prior: it cannot collapse;
    - one hinge PatchGAN that sees the mask, on the sampled path, late, in place of two least-squares discriminators;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`).
    Preset `demo` alone:
    - the trunk of an earlier lightweight GAN (`restorers.networks.lightweight`), mask as a fourth input channel, reads both parts at
      128 px and stays as it was trained there; training starts from the trunk and the outer decoder of the weights that ship;
    - the trunk feeds the decoder as well as the prior, so that a latent carries only what the visible part leaves open;
    - batch norm in place of spectral norm, nearest upsampling; skips at 16, 32 and 64 px, so that seams join;
    - answers are drawn at a temperature of 0.75, and their detail amplified (`restorers.compositing.bands`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.bands import unsharp_mask
from restorers.compositing.poisson import poisson_blend
from restorers.compositing.self_ensemble import network_input
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer, resized
from restorers.networks.pluralistic import PluralisticNetwork, SmallPluralistic
from restorers.networks.pluralistic_paper import PaperPluralistic
from restorers.networks.two_sides import INNER_PX

KEY: Final = "picnet"
SAMPLES: Final = 3
"""Answers per picture."""
SPLIT_SIGMA_PX: Final = 1.0
"""Standard deviation, in pixels of the small network's picture, of the Gaussian that splits detail from low frequencies."""
DETAIL_GAIN: Final = 2.25
"""Gain of the detail; 1 leaves it as the network paints it."""
TEMPERATURE: Final = 0.75
"""Multiplies the prior's standard deviation: with less of it answers are nearer to the truth, and nearer to each other."""


class PicnetRestorer(Restorer):
    """Draws answers; the first one is the picture, all of them are the samples."""

    def __init__(
        self,
        generator: nn.Module,
        samples: int = SAMPLES,
        temperature: float = TEMPERATURE,
        trained_at: int | None = None,
    ) -> None:
        """`trained_at` is the side in pixels of the pictures that the generator knows; None takes any as it comes."""
        if not isinstance(generator, PluralisticNetwork):
            raise TypeError(f"expected a PluralisticNetwork, got {type(generator).__name__}")
        self.generator, self.samples, self.temperature = generator.eval(), samples, temperature
        self._small = isinstance(generator, SmallPluralistic)
        self._side = INNER_PX if self._small else trained_at

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """One pass of the encoder and `samples` of the decoder, matched at the seam."""
        full = corrupted.pixels.shape[-1]
        seen = corrupted if self._side is None else resized(corrupted, min(self._side, full))
        noise = noise_of(self.generator, seen.pixels, seeds, self.samples)
        made = (self.generator.samples(network_input(seen.pixels, seen.mask), noise, self.temperature).float() + 1) / 2
        pictures = [poisson_blend(self._whole(one, full), corrupted.pixels, corrupted.mask) for one in made.unbind(1)]
        samples = torch.stack(pictures, 1)
        return Restored(samples[:, 0], samples=samples)

    def _whole(self, painted: Tensor, side: int) -> Tensor:
        fine = unsharp_mask(painted, DETAIL_GAIN, SPLIT_SIGMA_PX) if self._small else painted
        if fine.shape[-1] == side and not self._small:
            return fine
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


def network(preset: Preset) -> PluralisticNetwork:
    """The networks of a preset."""
    return PaperPluralistic() if preset == "paper" else SmallPluralistic()


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    generator = network(preset)
    checkpoints.load_shipped(generator, KEY, preset)
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
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build,
    learned=True,
    note="Several answers to one hole, drawn from a latent that widens with it; reads with an earlier lightweight GAN's trunk.",
    origin="derived",
    shares="dual_stage",
)
