"""JSFM-GAN: a face drawn in two stages, steered by the damaged picture, a map of its parts and its own smaller pictures.

Tang, Qian, Li, Lu, Deng, Li: JSFM-GAN, Applied Soft Computing 185, 113974, 2025. Layers, losses and numbers are those of the authors' code.

Differs from it in:
    - the mask is one more condition channel and missing pixels are mid grey, so that occluded faces are restored as well;
    - the parser guesses what lies under an occluder, and is trained beside the generator, which gets no gradient through it;
    - parsing maps are adjusted for each face, on the channel axis (the authors' training code takes the batch axis);
    - conditions are averaged on their way to smaller sides, and scale and shift of a modulation share one convolution;
    - mask-weighted L1 and the logarithm of the squared error; VGG16 features and one hinge PatchGAN that sees the parts come
      late; no feature matching, no semantic style loss. Every weight is a fortieth of what it would be beside the authors' L1;
    - where only pixels are missing, the error at the seam is spread over the hole (`restorers.seams`).
    Preset `demo` alone:
    - 256 px, of which the networks see half: what they change in visible pixels is added to the full picture, what they paint
      in the hole is enlarged, and fine forms are amplified (`restorers.detail`);
    - narrower layers, no spectral norm, a parser at half of the side with lateral connections;
    - the parts that landmarks give; **hair, glasses, ears, neck and clothes are background or skin**, and only eyes and brows
      are adjusted;
    - the generator sees the parser's probabilities, not its first choice: they change little where the weights do;
    - missing pixels of the condition take the parser's estimate, and pictures are painted over the condition's.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import Corrupted, Damage, Method, Paper, Preset, Restored, Restorer
from restorers.detail import amplified
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks import parsing
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.jsfm import DEMO, PAPER, JsfmNetwork, JsfmShape, Painted, noise_sides, resized
from restorers.networks.two_sides import inner
from restorers.objective import Batch, Objective, Step
from restorers.seams import matched

KEY: Final = "jsfm_gan"
STAGE_WEIGHTS: Final = (1.0, 2.0, 4.0)
"""Of the stage images, smallest first."""
STAGE_FACTOR: Final = 10 / 3
DETAIL: Final = 1.75
FINE: Final = 1.5
"""Amplifies fine forms where a picture was painted at half of its side, and the deviation in pixels of the Gaussian that parts them from
large ones. On 12 `dev` faces LPIPS is 0.093 instead of 0.100 with 20 to 30 % missing, 0.207 instead of 0.230 under medium degradation;
PSNR is 0.1 dB lower."""
MISSING_WEIGHT: Final = 6.0
"""How many times a missing pixel counts against a visible one that will be replaced by the input's own."""
DEGRADED_WEIGHT: Final = 3.0
"""The same where visible pixels are degraded, and the method's own are shown."""
CHARBONNIER: Final = 1e-8

Labels = Callable[[Tensor, int], Tensor]
"""(landmarks (N, P, 2), side) -> labels (N, side, side), indices into the parser's classes."""


class JsfmRestorer(Restorer):
    """Restores with the network, one face at a time."""

    def __init__(self, network: JsfmNetwork) -> None:
        self.network, self.shrink = network.eval(), network.shape.shrink
        self.side = network.shape.generator.side * self.shrink

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """One forward pass per picture: which parts are deleted from a map must not hang on a batch's rounding."""
        whole = visible(corrupted.pixels, corrupted.mask)
        inputs = inner(whole) if self.shrink == 2 and whole.shape[-1] == self.side else whole
        made: list[Painted] = [
            self.network(inputs[row : row + 1], noise(inputs[row : row + 1], seed)) for row, seed in enumerate(seeds)
        ]
        smaller = [torch.cat(images) for images in zip(*(one.stages for one in made), strict=True)]
        stages = {f"stage image, {image.shape[-1]} px": unit(image).clamp(0, 1) for image in smaller}
        parts = torch.cat([one.parts for one in made])
        stages["parts"] = parsing.coloured(parts[:, :-1], inputs[:, 3:], self.network.shape.parser.classes)
        painted = torch.cat([one.picture for one in made])
        if inputs is not whole:
            stages[f"painted, {painted.shape[-1]} px"] = unit(painted).clamp(0, 1)
            painted = enlarged(painted, inputs, whole)
        pixels = unit(painted)
        if inputs is not whole:
            pixels = amplified(pixels, DETAIL, FINE)
        if not corrupted.degraded:
            pixels = matched(pixels, corrupted.pixels, corrupted.mask)
        return Restored(pixels, stages=stages)


def enlarged(painted: Tensor, inputs: Tensor, whole: Tensor) -> Tensor:
    """Bring what was painted at half of the side to the whole of it, and keep the detail that is visible there.

    Args:
        painted: (N, 3, S, S) in [-1, 1].
        inputs: (N, 4, S, S), what the network was given.
        whole: (N, 4, 2S, 2S), what `inputs` was made from.

    Returns:
        (N, 3, 2S, 2S): visible pixels plus the change that was made to them, elsewhere the picture enlarged.
    """
    painted, seen = painted.float(), 1 - inputs[:, 3:]
    change = double((painted - inputs[:, :3]) * seen) / double(seen).clamp_min(1e-3)
    hole = functional.interpolate(inputs[:, 3:], scale_factor=2.0, mode="nearest")
    large = functional.interpolate(painted, scale_factor=2.0, mode="bicubic", align_corners=False)
    return torch.where(hole > 0, large, whole[:, :3] + change)


def double(pictures: Tensor) -> Tensor:
    """Twice the side, bilinear."""
    return functional.interpolate(pictures, scale_factor=2.0, mode="bilinear", align_corners=False)


def visible(pixels: Tensor, mask: Tensor) -> Tensor:
    """What the network is given: (N, 4, S, S), the picture in [-1, 1] with missing pixels mid grey, then the mask."""
    inputs = torch.cat([(pixels * 2 - 1) * (1.0 - mask), mask], 1)
    return inputs.contiguous(memory_format=torch.channels_last)


def unit(pictures: Tensor) -> Tensor:
    """From [-1, 1] to [0, 1], float32."""
    return (pictures.float() + 1) / 2


def noise(inputs: Tensor, seed: int) -> list[Tensor]:
    """Standard normal maps of one picture, from its own seed; drawn on the CPU, since another device has another stream."""
    random = torch.Generator().manual_seed(seed % 2**63)
    return [torch.randn(1, 1, side, side, generator=random).to(inputs) for side in noise_sides(inputs.shape[-1])]


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
        network.begin(random)
        self.generator = network
        initialise(self.discriminator, random)
        self.labels, self.seed, self.features, self.classes = labels, seed, features, shape.parser.classes
        self.absolute_weight, self.squared_weight, self.stage_weight = absolute_weight, squared_weight, stage_weight
        self.parsing_weight, self.estimate_weight = parsing_weight, estimate_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, perceptual_from
        self.adversarial_weight, self.adversarial_from = adversarial_weight, adversarial_from

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel, stage and parser terms on what was painted; perceptual and adversarial terms on the composite."""
        seen, mask, truth = batch.corrupted, batch.corrupted.mask, batch.truth
        made: Painted = self.generator(visible(seen.pixels, mask), self._noise(batch, step))
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
        return Step(terms, composite)

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

    def _parser_terms(self, made: Painted, batch: Batch, missing_weight: float) -> dict[str, Tensor]:
        side = made.logits.shape[-1]
        mask = functional.adaptive_max_pool2d(batch.corrupted.mask, side)
        error = functional.cross_entropy(made.logits.float(), self.labels(batch.points, side))
        estimate = masked_l1(unit(made.estimate), resized(batch.truth, side), mask, missing_weight)
        return {"parsing": self.parsing_weight * error, "estimate": self.estimate_weight * estimate}

    def _truth_parts(self, batch: Batch) -> Tensor:
        """(N, K + 1, S, S), one-hot parts of the truth and the mask."""
        labels = self.labels(batch.points, batch.truth.shape[-1])
        return torch.cat([parsing.one_hot(labels, len(self.classes)), batch.corrupted.mask], 1)

    def _noise(self, batch: Batch, step: int) -> list[Tensor]:
        # from the step, so that a resumed run draws the same
        entropy = int(np.random.SeedSequence([self.seed, step]).generate_state(1)[0])
        truth = batch.truth
        random = torch.Generator(truth.device).manual_seed(entropy)
        return [
            torch.randn(len(truth), 1, side, side, generator=random, device=truth.device)
            for side in noise_sides(truth.shape[-1])
        ]


def network(preset: Preset) -> JsfmNetwork:
    """The untrained networks of a preset."""
    return JsfmNetwork(PAPER if preset == "paper" else DEMO)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    made = network(preset)
    name = f"{KEY}.paper.safetensors" if preset == "paper" else f"{KEY}.safetensors"
    checkpoints.load(made, checkpoints.WEIGHTS / name)
    # a view of the constant would keep its claim to a gradient even in inference mode
    return JsfmRestorer(made.to(memory_format=torch.channels_last).requires_grad_(requires_grad=False))


METHOD: Final = Method(
    key=KEY,
    name="JSFM-GAN",
    paper=Paper(
        "Tang, Qian, Li, Lu, Deng, Li",
        "JSFM-GAN",
        "Applied Soft Computing",
        2025,
        "https://doi.org/10.1016/j.asoc.2025.113974",
    ),
    undoes=frozenset({Damage.MISSING, Damage.DEGRADED}),
    build=build,
    learned=True,
    note="A face drawn in two stages, steered by the damaged picture and a map of its parts.",
)
