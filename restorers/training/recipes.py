"""Frozen numbers per method: phases, rates, corruption."""

from dataclasses import dataclass
from math import cos, pi

from restorers.training import corruptors
from restorers.training.data import Corruptor


@dataclass(frozen=True)
class Phase:
    """A stretch of training at one side."""

    until: float
    """Share of the budget at which it ends."""
    side: int
    batch: int
    rate: float = 1.0
    """Multiplies the recipe's rate."""


@dataclass(frozen=True)
class Recipe:
    """How one method is trained."""

    name: str
    corruptor: Corruptor
    phases: tuple[Phase, ...] = (Phase(0.72, 128, 16), Phase(1.0, 256, 8, 0.5))
    rate: float = 1e-3
    against_rate: float = 0.4
    """Discriminator rate over generator rate."""
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    averaging: float = 0.999
    clip: float = 1.0
    annealed_from: float = 0.85
    """Constant rate before, half a cosine to 2 % after."""
    precision: str = "bf16"
    blind: bool = False
    """Whether validation degrades the pictures, too."""

    def phase(self, progress: float) -> Phase:
        """The phase at this share of the budget."""
        return next((phase for phase in self.phases if progress < phase.until), self.phases[-1])

    def anneal(self, progress: float) -> float:
        """Factor of the learning rate."""
        if progress <= self.annealed_from:
            return 1.0
        late = (progress - self.annealed_from) / (1 - self.annealed_from)
        return 0.02 + 0.98 * 0.5 * (1 + cos(pi * late))


RECIPES: dict[str, Recipe] = {"lightweight_gan": Recipe("lightweight_gan", corruptors.fill_in)}
