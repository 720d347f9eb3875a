"""Frozen numbers per method and preset: phases, rates, corruption. Plain data, so that a weights file can carry its recipe."""

from dataclasses import dataclass, replace
from math import cos, inf, pi
from typing import Final, Literal

from restorers.contract import Preset, Problem, UnknownMethod

CorruptorName = Literal["fill_in", "zhou_lu", "blind", "covered"]
"""Names of the corruptors in `restorers.training.corruptor_menu`."""


@dataclass(frozen=True)
class Phase:
    """A stretch of training at one side."""

    until: float
    """Share of the budget at which it ends."""
    side: int
    """Of the pictures, in pixels."""
    batch: int
    """Pictures a step and process, on a CPU."""
    rate: float = 1.0
    """Multiplies the recipe's rate."""
    mined: bool = False
    """Whether the mask network looks for covers in the training faces before it begins (`restorers.training.mining`)."""


@dataclass(frozen=True)
class Recipe:
    """How one method is trained."""

    key: str
    preset: Preset = "demo"
    variant: str = "own"
    """Which of a preset's recipes this is: `own`, or `paper` for the paper's training as published."""
    corruptor: CorruptorName = "fill_in"
    phases: tuple[Phase, ...] = (Phase(0.72, 128, 16), Phase(1.0, 256, 8, 0.5))
    gpu_batches: int = 4
    """How many times as many pictures a step takes on a GPU."""
    rate: float = 1e-3
    discriminator_lr_ratio: float = 0.4
    """Discriminator rate over generator rate."""
    against_steady: float | None = None
    """Discriminator rate that neither falls with the generator's nor rises; None takes `against_rate`."""
    betas: tuple[float, float] = (0.9, 0.99)
    discriminator_betas: tuple[float, float] = (0.5, 0.99)
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    """Memory of the moving average of the weights; 0 keeps the latest weights."""
    clip: float = 1.0
    """Largest norm of a network's gradient."""
    stages: tuple[float, ...] = (1.0,)
    """Shares of the budget at which the rate is annealed; it starts high again after each."""
    annealed_from: float = 0.85
    """Share of a stage up to which the rate is constant; half a cosine to 2 % after."""
    optimiser: Literal["adamw", "muon"] = "adamw"
    """Of the generator: AdamW, or `restorers.training.muon`."""
    precision: Literal["auto", "bf16", "no"] = "auto"
    """Of both halves of a step; where a discriminator's gradient is penalised it runs in float32. `auto` takes what is faster on the
    machine (`restorers.training.precision`), once a run."""
    scored: Literal["psnr", "iou"] = "psnr"
    """On `dev`: restored faces by their PSNR, masks of occluders by their IoU."""
    perceptual: bool = True
    """Whether the objective takes VGG16 features."""
    augmented: bool = True
    varied: float = 0.0
    """Share of the faces whose hole has the outline of an object, of a LaMa mask or of strokes, and not of `fill_in`'s boxes."""
    filled: float = 0.4
    """Share of the batches of the corruptor `blind` that are not degraded; where outlines do not vary it is this one."""
    photographs: float | None = None
    """Share of the faces that are photographs, not synthetic; None draws every kind equally often."""
    pictures: int | None = None
    """Trains on this many photographs only; None takes every face."""
    budget: int = 200_000
    """Pictures shown where nobody asks for another budget: the same for every method of a paper."""

    @property
    def run(self) -> str:
        """The name of its run folder and weights file: `<key>`, `<key>.paper` and so on."""
        if self.variant != "own":
            return f"{self.key}.{self.variant}"
        return self.key if self.preset == "demo" else f"{self.key}.{self.preset}"

    def phase(self, progress: float) -> Phase:
        """The phase at this share of the budget."""
        return next((phase for phase in self.phases if progress < phase.until), self.phases[-1])

    def anneal(self, progress: float) -> float:
        """Factor of the learning rate."""
        ends = next((end for end in self.stages if progress < end), self.stages[-1])
        begun = max(end for end in (0.0, *self.stages) if end < ends)
        within = (progress - begun) / (ends - begun)
        if within <= self.annealed_from:
            return 1.0
        late = (within - self.annealed_from) / (1 - self.annealed_from)
        return 0.02 + 0.98 * 0.5 * (1 + cos(pi * late))


VARIED: Final = 0.25
"""The share of varied outlines where nothing speaks against them."""


def _scratch(key: str, budget: int = 200_000, stages: tuple[float, ...] = (1.0,), variant: str = "scratch") -> Recipe:
    """What all methods share that are trained as their papers have them, from random weights; `scratch` until these ship, then `own`."""
    return Recipe(
        key,
        variant=variant,
        budget=budget,
        stages=stages,
        varied=VARIED,
        photographs=0.85,
        perceptual=False,
        annealed_from=0.5,
        phases=(Phase(1.0, 128, 16),),
    )


# The networks and losses of each stand in `restorers.training.build.OBJECTIVES`, under the same run name.
RECIPES: Final[tuple[Recipe, ...]] = (
    # 10,000 pictures for the network that finds the mask. Under Adam it learnt half as fast, and its discriminator won
    replace(
        # 10,000 pictures for the network that finds the mask. Under Adam it learnt half as fast, and its discriminator won
        replace(
            _scratch("lightweight_gan", 130_000, (1 / 13, 11 / 13, 1.0), variant="own"),
            optimiser="muon",
            discriminator_lr_ratio=0.1,
            phases=(Phase(11 / 13, 128, 16), Phase(1.0, 128, 16, 0.5)),
        ),
    ),
    # Zhou & Lu 2025: 1000 pictures, batch 64; Adam and its numbers are pix2pix's, from which their code stems
    Recipe(
        "lightweight_gan",
        "paper",
        "paper",
        corruptor="zhou_lu",
        phases=(Phase(1.0, 256, 64),),
        gpu_batches=1,
        rate=2e-4,
        discriminator_lr_ratio=1.0,
        betas=(0.5, 0.999),
        discriminator_betas=(0.5, 0.999),
        ema_decay=0.0,
        clip=inf,
        annealed_from=1.0,
        precision="no",
        perceptual=False,
        augmented=False,
        pictures=1000,
    ),
    _scratch("shift_net", variant="own"),
    Recipe("shift_net", "paper", varied=VARIED, perceptual=False, phases=(Phase(1.0, 256, 4),)),
    Recipe(
        "picnet",
        varied=VARIED,
        photographs=0.8,
        annealed_from=0.3,
        phases=(Phase(1.0, 128, 16),),
    ),
    _scratch("picnet"),
    Recipe("picnet", "paper", varied=VARIED, phases=(Phase(1.0, 256, 4),)),
    # the phases end where the objective's stages do
    Recipe(
        "gan_prior",
        corruptor="blind",
        varied=VARIED,
        filled=0.55,
        ema_decay=0.995,
        stages=(0.42, 1.0),
        annealed_from=0.3,
        photographs=0.8,
        optimiser="muon",
        phases=(Phase(0.42, 128, 32, 0.5), Phase(1.0, 128, 16, 0.3)),
    ),
    # 40,000 pictures for the generator that draws, after those that all are shown: it is three quarters of a step's cost
    replace(_scratch("gan_prior", 240_000, (10 / 12, 1.0)), corruptor="blind", perceptual=True),
    Recipe(
        "unmasked",
        corruptor="blind",
        varied=VARIED,
        filled=0.65,
        ema_decay=0.995,
        rate=3e-4,
        betas=(0.0, 0.99),
        against_steady=4e-4,
        annealed_from=0.7,
        photographs=0.85,
        phases=(Phase(1.0, 128, 8),),
    ),
    Recipe("landmark_net", phases=(Phase(1.0, 128, 16),), perceptual=False),
    # the rate of stage 1 falls before stage 2 begins at 0.9: the average of its weights must not drift afterwards
    Recipe(
        "dual_stage",
        corruptor="blind",
        varied=VARIED,
        photographs=0.8,
        annealed_from=0.95,
        phases=(
            Phase(0.50, 128, 16, 0.6),
            Phase(0.70, 128, 16, 0.3),
            Phase(0.82, 128, 16, 0.12),
            Phase(0.90, 128, 16, 0.03),
            Phase(0.93, 256, 8),
            Phase(1.0, 256, 8, 0.5),
        ),
    ),
    # stage 1 at 128 px, stage 2 at 256
    replace(
        _scratch("dual_stage", 110_000, (10 / 11, 1.0)),
        corruptor="blind",
        perceptual=True,
        optimiser="muon",
        discriminator_lr_ratio=0.2,
        phases=(Phase(10 / 11, 128, 16), Phase(1.0, 256, 8)),
    ),
    # the ablations of its card: half an hour each from one file; all_terms is the control
    *(
        Recipe("dual_stage", "demo", variant, corruptor="blind", varied=VARIED, phases=(Phase(1.0, 128, 16, 0.3),))
        for variant in ("all_terms", "without_keypoint", "without_perceptual")
    ),
    # preset `demo` alone: the paper's 19 parts need pictures labelled by hand, landmarks give nine
    Recipe(
        "jsfm_gan",
        corruptor="blind",
        varied=VARIED,
        photographs=0.8,
        annealed_from=0.5,
        phases=(Phase(1.0, 128, 16),),
    ),
    # 20,000 pictures for the parser, before those that all are shown
    replace(_scratch("jsfm_gan", 220_000, (1 / 11, 1.0)), corruptor="blind", perceptual=True),
    # the trunk comes with weights: the rate is low until what is new has found its feet
    Recipe(
        "mask_net",
        corruptor="covered",
        scored="iou",
        perceptual=False,
        rate=7e-4,
        weight_decay=1e-3,
        photographs=0.85,
        annealed_from=0.3,
        phases=(
            Phase(0.02, 192, 16, 0.2),
            Phase(0.2, 192, 16),
            Phase(0.45, 192, 16, mined=True),
            Phase(0.7, 192, 16, mined=True),
            Phase(1.0, 192, 16, mined=True),
        ),
        budget=60_000,
    ),
)


def methods() -> tuple[str, ...]:
    """Methods that `fit()` trains, in order, each once."""
    return tuple(dict.fromkeys(recipe.key for recipe in RECIPES))


def find(key: str, preset: Preset | None = None, variant: str | None = None) -> Recipe:
    """The first recipe of a method that fits what was asked; without wishes the one whose weights ship.

    Raises:
        UnknownMethod: if no recipe has this key.
        Problem: if none of its recipes has this preset and variant.
    """
    known = [recipe for recipe in RECIPES if recipe.key == key]
    if not known:
        raise UnknownMethod(f"expected one of {', '.join(methods())} to train, got {key!r}")
    for recipe in known:
        if preset in (None, recipe.preset) and variant in (None, recipe.variant):
            return recipe
    offered = ", ".join(f"--preset {recipe.preset} --recipe {recipe.variant}" for recipe in known)
    raise Problem(f"expected a recipe of {key}, got --preset {preset} --recipe {variant}; there are: {offered}")
