"""What the house method is trained for: a picture that a critic takes for a photograph; see `restorers.methods.unmasked`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.compositing.bands import combine_bands, low_pass
from restorers.contract import Corrupted, MissingWeights, Restorer
from restorers.methods import unmasked
from restorers.methods.unmasked import Frozen, UnmaskedRestorer
from restorers.networks import framing
from restorers.networks.attention import rows
from restorers.networks.features import PerceptualLoss
from restorers.networks.rounding import narrowed
from restorers.networks.sharp_painter import SharpPainter, noise_of
from restorers.training.objectives import critic
from restorers.training.objectives.critic import FeatureCritic, Verdict
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective
from restorers.training.objectives.views import CropView, random_view

PARTED: Final = 3.0
"""Standard deviation, in pixels at 128, of the Gaussian that splits low frequencies from detail in training: the painter is asked for more
than is shown, so that what is shown fits what is around it."""
SOURCE: Final = checkpoints.WEIGHTS / "gan_prior.safetensors"
"""Whose codec is frozen and whose detail decoder the painter starts as."""
LARGE: Final = 32768
"""Values from which a frozen weight is kept in a byte."""
BALANCED_EVERY: Final = 16
"""Steps from one measurement of gradients to the next."""
BALANCE_MEMORY: Final = 0.8
"""Of the moving average of what was measured."""
GROWN: Final = 150
"""Steps of the critic over which it gains its full say."""


class UnmaskedObjective(Objective):
    """VGG16 features and their Gram matrices, a critic on the same features, and low frequencies tied to the likeliest picture's.

    There is no pixel error of the sharp picture: inside a hole it pulls to the mean of all that fits. Where the face is degraded all of
    the picture counts as hidden.
    """

    generator: SharpPainter
    discriminator: FeatureCritic

    def __init__(
        self,
        frozen: Frozen,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        feature_weight: float = 0.5,
        texture_weight: float = 0.4,
        fooling_share: float = 2.5,
        matching_share: float = 0.1,
        tie_weight: float = 1.0,
        landmark_noise: float = 0.008,
        unframed: float = 0.1,
    ) -> None:
        """Set up.

        Args:
            frozen: codec and prior.
            seed: of the initial weights, of noise and of what VGG16 is shown.
            features: a `PerceptualLoss`, whose trunk is read; None only where nothing is trained.
            feature_weight: of the absolute difference of VGG16's features.
            texture_weight: of that of their Gram matrices.
            fooling_share: norm of the adversarial gradient at the picture over that of these two terms.
            matching_share: the same of the critic's activations.
            tie_weight: of the absolute difference of low frequencies.
            landmark_noise: standard deviation in sides of the picture: detectors err, more so on corrupted faces.
            unframed: share of the faces whose prior stands in the picture's own frame, as if the points had been guessed badly.
        """
        random = torch.Generator().manual_seed(seed)
        self.frozen, self.seed = frozen, seed
        self.features = features if isinstance(features, PerceptualLoss) else None
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.generator = SharpPainter()
        self.generator.reset_parameters(random)
        self.generator.start_from(frozen.trunk)
        self.discriminator = FeatureCritic(random)
        self.feature_weight, self.texture_weight, self.tie_weight = feature_weight, texture_weight, tie_weight
        self.shares = torch.tensor([fooling_share, matching_share])
        self.landmark_noise, self.unframed = landmark_noise, unframed
        self._seen: tuple[list[Tensor], Verdict, Tensor] | None = None
        """Features of what was painted, what the critic makes of the truth, and the patches that count: for its half of the step."""

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - all terms from the start
        """All terms, in every step."""
        seen, random = batch.corrupted, self._random(step)
        sharp, likely = self._painted(batch, random)
        shown = torch.ones_like(seen.mask) if seen.degraded else seen.mask
        composite = torch.where(shown > 0, combine_bands(likely, sharp, 1.0, PARTED), batch.truth)
        terms = self._judged(composite, batch.truth, random_view(shown, random), step)
        terms["tie"] = self.tie_weight * functional.l1_loss(low_pass(sharp, PARTED), low_pass(likely, PARTED))
        return GeneratorStep(terms, composite)

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - always
        """From the start."""
        return True

    def precise(self, step: int) -> bool:  # noqa: ARG002 - no gradient is penalised
        """Never."""
        return False

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:  # noqa: ARG002 - kept
        """The critic's loss on the features that the generator's half has read; `told` is constant, a figure to watch."""
        if self._seen is None:
            raise ValueError("expected the generator's half of the step first")
        ours, photographed, patches = self._seen
        painted = self.discriminator(ours)
        self.discriminator.steps += 1
        return {
            "critic": critic.telling(painted, photographed, patches),
            "told": critic.accuracy(painted, photographed, patches),
        }

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a painter."""
        return UnmaskedRestorer(generator, self.frozen)

    def _painted(self, batch: Batch, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """The sharp picture and the likeliest one, in [0, 1]."""
        seen = batch.corrupted
        inputs = self_ensemble.network_input(seen.pixels, seen.mask)
        with torch.no_grad():
            codes, drawn = self.frozen(inputs, self._frames(seen, random), degraded=seen.degraded)
        drawing = torch.Generator().manual_seed(int(random.integers(2**62)))
        coarse, fine = (noise.to(inputs.device) for noise in noise_of(drawing, len(inputs)))
        sharp = self.generator(codes, drawn, inputs, (coarse, fine), degraded=seen.degraded)
        return (sharp + 1) / 2, (codes.base + 1) / 2

    def _judged(self, composite: Tensor, truth: Tensor, view: CropView, step: int) -> dict[str, Tensor]:
        if self.features is None:
            raise MissingWeights("expected VGG16 to judge by, got none; train unmasked without --without-perceptual")
        picture = view(composite)
        ours = self.features.read(picture)
        with torch.no_grad():
            theirs = self.features.read(view(truth))
        self.discriminator.requires_grad_(requires_grad=False)
        painted = self.discriminator(ours)
        self.discriminator.requires_grad_(requires_grad=True)
        photographed = self.discriminator(theirs)
        terms = {
            "perceptual": self.feature_weight * _difference(ours, theirs),
            "texture": self.texture_weight * _texture(ours, theirs),
        }
        terms |= self._against(picture, terms, painted, photographed, view.patches, step)
        self._seen = [read.detach() for read in ours], photographed, view.patches
        return terms

    def _against(
        self,
        picture: Tensor,
        terms: dict[str, Tensor],
        painted: Verdict,
        photographed: Verdict,
        patches: Tensor,
        step: int,
    ) -> dict[str, Tensor]:
        """The critic's two terms, whose gradients at the picture are as long as they should be against the given ones."""
        losses = critic.fooling(painted, photographed, patches), critic.matching(painted, photographed, patches)
        factors = self.discriminator.factors
        if step % BALANCED_EVERY == 0:
            wanted = _length(torch.stack(list(terms.values())).sum(), picture)
            found = torch.stack([wanted / _length(loss, picture).clamp_min(1e-12) for loss in losses])
            keep = BALANCE_MEMORY if float(factors.sum()) > 0 else 0.0
            factors.lerp_(found, 1 - keep)
        grown = min(int(self.discriminator.steps) / GROWN, 1.0)
        weights = grown * self.shares.to(factors) * factors
        return {"fooling": weights[0] * losses[0], "matching": weights[1] * losses[1]}

    def _frames(self, seen: Corrupted, random: np.random.Generator) -> Tensor:
        """(N, 2, 3) where the prior's frame lies in each picture."""
        if seen.landmarks is None:
            return framing.identity(seen.pixels)
        count = len(seen.pixels)
        noise = torch.from_numpy(random.normal(0, self.landmark_noise, (count, 5, 2))).to(seen.landmarks)
        chosen = torch.from_numpy(random.random(count) < self.unframed).to(seen.pixels.device)
        found = framing.frames(seen.landmarks + noise)
        return torch.where(chosen[:, None, None], framing.identity(found), found)

    def _random(self, step: int) -> np.random.Generator:
        # from the step, so that a resumed run draws the same
        return np.random.default_rng(np.random.SeedSequence([self.seed, step]))


def _difference(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """Mean absolute difference of each layer's features, mean over the layers."""
    # first over places, in the features' own precision: a copy in float32 would cost as much as a convolution
    layers = [(mine - other).abs().mean((2, 3)).float().mean() for mine, other in zip(ours, theirs, strict=True)]
    return torch.stack(layers).mean()


def _texture(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """The same of the Gram matrices."""
    layers = [functional.l1_loss(_gram(mine), _gram(other)) for mine, other in zip(ours, theirs, strict=True)]
    return torch.stack(layers).mean()


def _gram(features: Tensor) -> Tensor:
    """`restorers.networks.features.gram` without copies."""
    flat = rows(features)
    products: Tensor = (flat.transpose(1, 2) @ flat).float() / flat.shape[1]
    return products


def _length(loss: Tensor, picture: Tensor) -> Tensor:
    """Norm of a loss's gradient at the picture."""
    (gradient,) = torch.autograd.grad(loss, picture, retain_graph=True)
    length: Tensor = gradient.float().norm()
    return length


def write_trunk(source: Path = SOURCE, target: Path = unmasked.TRUNK) -> None:
    """Freeze the codec of the method after Hu et al.: its large matrices rounded to a byte and a factor a row.

    Raises:
        MissingWeights: if the source is missing or damaged.
    """
    tensors, header = checkpoints.read(source)
    origin = {**header, "changes": "large matrices rounded to a byte and a factor a row"}
    checkpoints.save(target, narrowed(tensors, LARGE), origin)


def objective(seed: int, features: nn.Module | None = None) -> UnmaskedObjective:
    """What trains the method; where the frozen trunk is not there yet it is made of the shipped weights of `gan_prior`.

    Raises:
        MissingWeights: if weights are missing or damaged.
    """
    if not unmasked.TRUNK.is_file():
        write_trunk()
    built = UnmaskedObjective(unmasked.frozen(), seed, features)
    _, built.started = checkpoints.read(unmasked.TRUNK)
    return built
