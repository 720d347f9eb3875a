"""What a network is trained for: named loss terms, and nothing about how the loop runs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn

from restorers.contract import Corrupted, Restorer
from restorers.training.objectives.losses import hinge_discriminator, r1_penalty

R1_EVERY: Final = 16
"""Steps from one use of the gradient penalty to the next (lazy regularisation, Karras et al., CVPR 2020)."""


@dataclass(frozen=True)
class Batch:
    """What one training step sees."""

    truth: Tensor
    """(N, 3, S, S) in [0, 1]."""
    corrupted: Corrupted
    names: tuple[str, ...]
    """Which pictures these are, for the message when a loss is not finite."""
    points: Tensor
    """(N, P, 2) mesh landmarks as fractions of the side, in the order of the data set's `mesh_index`."""
    styles: Tensor | None = None
    """(N, 512) style vectors where the faces are synthetic and their style is known, NaN rows elsewhere."""

    @property
    def known(self) -> Tensor:
        """(N,) which faces' styles are known."""
        if self.styles is None:
            return torch.zeros(len(self.truth), dtype=torch.bool, device=self.truth.device)
        return torch.isfinite(self.styles).all(1)

    @property
    def mirrored(self) -> Tensor:
        """(N,) which faces augmentation has flipped: the mesh's last ten columns are the irises, five of the picture's left one first."""
        horizontal = self.points[:, :, 0]
        return horizontal[:, -10:-5].mean(1) > horizontal[:, -5:].mean(1)

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        seen = self.corrupted
        landmarks = None if seen.landmarks is None else seen.landmarks.to(device)
        corrupted = replace(seen, pixels=seen.pixels.to(device), mask=seen.mask.to(device), landmarks=landmarks)
        styles = None if self.styles is None else self.styles.to(device)
        return Batch(self.truth.to(device), corrupted, self.names, self.points.to(device), styles)


@dataclass(frozen=True)
class GeneratorStep:
    """What the generator's half of a step gives."""

    terms: dict[str, Tensor]
    """Weighted loss terms by name; their sum is minimised."""
    restored: Tensor
    """(N, 3, S, S) in [0, 1], what the discriminator is shown (detached there)."""


class Objective(ABC):
    """The networks that are trained and the terms that train them."""

    generator: nn.Module
    discriminator: nn.Module | None = None
    layout: torch.memory_format = torch.channels_last
    """Of weights and activations in memory. Instance norm has no kernel for channels-last: networks full of it are faster without."""
    started: Mapping[str, str] | None = None
    """Header of the weights file, another method's perhaps, that a part of the generator starts from; None where all is random."""

    def to(self, device: torch.device) -> None:
        """Move every network that the objective holds, the frozen ones too."""
        for part in vars(self).values():
            if isinstance(part, nn.Module):
                part.to(device)

    @abstractmethod
    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Terms of the generator.

        Args:
            batch: faces and their corruption.
            progress: share of the budget that is used up, in [0, 1]; terms that come late look at it.
            step: how many steps were made before.
        """

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - the default has no discriminator
        """Whether the discriminator is trained at this point."""
        return False

    def precise(self, step: int) -> bool:
        """Whether this step's discriminator terms need float32: gradients of gradients, as R1's, are too coarse in bf16."""
        return step % R1_EVERY == 0

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Terms of the discriminator; `restored` is detached."""
        raise NotImplementedError

    def judged(self, truth: Tensor, restored: Tensor, condition: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge loss of the discriminator, with R1 on the real pictures every R1_EVERY steps, as much a pixel at every side.

        Args:
            truth: (N, 3, S, S) in [0, 1].
            restored: same shape and range.
            condition: (N, C, S, S), what the discriminator sees beside a picture.
            step: how many steps were made before.

        Raises:
            ValueError: if there is no discriminator.
        """
        if self.discriminator is None:
            raise ValueError("this objective has no discriminator")
        penalised = step % R1_EVERY == 0
        real = (truth * 2 - 1).detach().requires_grad_(penalised)
        scores = self.discriminator(torch.cat([real, condition], 1))
        fake = self.discriminator(torch.cat([restored * 2 - 1, condition], 1))
        terms = {"discriminator": hinge_discriminator(scores, fake)}
        if penalised:
            terms["r1"] = 0.5 * R1_EVERY * r1_penalty(scores, real) / (truth.shape[-1] ** 2 / 256)
        return terms

    @abstractmethod
    def restorer(self, generator: nn.Module) -> Restorer:
        """The method as it is used, around this (averaged) generator; for validation."""
