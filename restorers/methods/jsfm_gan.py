"""JSFM-GAN: a face drawn in two stages, steered by the corrupted picture, a map of its parts and its own smaller pictures.

Tang, Qian, Li, Lu, Deng, Li: JSFM-GAN (title below as an index has it), Applied Soft Computing 185, 113974, 2025. Only the abstract is
public: layers, losses and numbers are of the authors' repository.

Differs from it in:
    - the mask is one more condition channel and missing pixels are mid grey, so that occluded faces are restored as well;
    - the parser guesses what lies under an occluder, and is trained beside the generator, which gets no gradient through it;
    - parsing maps are adjusted for each face, on the channel axis (the authors' training code takes the batch axis);
    - conditions are averaged on their way to smaller sides, and scale and shift of a modulation share one convolution;
    - mask-weighted L1 and the logarithm of the squared error; VGG16 features and one hinge PatchGAN that sees the parts come
      late; no feature matching, no semantic style loss. The weights are ours: no factor takes the authors' to them;
    - where only pixels are missing, the error at the seam is spread over the hole (`restorers.compositing.poisson`).
    Preset `demo` alone:
    - 256 px, of which the networks see half: what they change in visible pixels is added to the full picture, what they paint
      in the hole is enlarged, and detail is amplified (`restorers.compositing.bands`);
    - narrower layers, no spectral norm, a parser at half of the side with lateral connections;
    - the parts that landmarks give; **hair, glasses, ears, neck and clothes are background or skin**, and only eyes and brows
      are adjusted;
    - the generator sees the parser's probabilities, not its first choice: they change little where the weights do;
    - missing pixels of the condition take the parser's estimate, and pictures are painted over the condition's.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.bands import unsharp_mask
from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer
from restorers.networks import parsing
from restorers.networks.jsfm import DEMO, PAPER, JsfmNetwork, JsfmOutput, noise_sides
from restorers.networks.two_sides import inner
from restorers.sentences import Sentence

KEY: Final = "jsfm_gan"
DETAIL_GAIN: Final = 1.75
SPLIT_SIGMA_PX: Final = 1.5
"""Unsharp mask where a picture was painted at half of its side: gain of the detail, and standard deviation of the Gaussian."""


class JsfmRestorer(Restorer):
    """Restores with the network, one face at a time."""

    def __init__(self, network: JsfmNetwork, *, detail: float | None = None) -> None:
        """`detail` is the gain of an enlarged picture's detail; 1 shows what was painted, None takes `DETAIL_GAIN`."""
        self.detail = detail
        self.network, self.shrink = network.eval(), network.shape.shrink
        self.side = network.shape.generator.side * self.shrink

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """One forward pass per picture: which parts are deleted from a map must not hang on a batch's rounding."""
        whole = visible(corrupted.pixels, corrupted.mask)
        inputs = inner(whole) if self.shrink == 2 and whole.shape[-1] == self.side else whole
        made: list[JsfmOutput] = [
            self.network(inputs[row : row + 1], noise(inputs[row : row + 1], seed)) for row, seed in enumerate(seeds)
        ]
        smaller = [torch.cat(images) for images in zip(*(one.stages for one in made), strict=True)]
        stages: dict[str, Tensor] = {
            Sentence("stage image, {side} px", side=image.shape[-1]): unit(image).clamp(0, 1) for image in smaller
        }
        parts = torch.cat([one.parts for one in made])
        stages["parts"] = parsing.coloured(parts[:, :-1], inputs[:, 3:], self.network.shape.parser.classes)
        painted = torch.cat([one.picture for one in made])
        if inputs is not whole:
            stages[Sentence("painted, {side} px", side=painted.shape[-1])] = unit(painted).clamp(0, 1)
            painted = enlarged(painted, inputs, whole)
        pixels = unit(painted)
        if inputs is not whole:
            gain = DETAIL_GAIN if self.detail is None else self.detail
            pixels = unsharp_mask(pixels, gain, SPLIT_SIGMA_PX)
        if not corrupted.degraded:
            pixels = poisson_blend(pixels, corrupted.pixels, corrupted.mask)
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


def network(preset: Preset) -> JsfmNetwork:
    """The untrained networks of a preset."""
    return JsfmNetwork(PAPER if preset == "paper" else DEMO)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    made = network(preset)
    checkpoints.load_shipped(made, KEY, preset)
    # a view of the constant would keep its claim to a gradient even in inference mode
    return JsfmRestorer(made.to(memory_format=torch.channels_last).requires_grad_(requires_grad=False))


METHOD: Final = Method(
    key=KEY,
    name="JSFM-GAN",
    paper=Paper(
        "Tang, Qian, Li, Lu, Deng, Li",
        "Joint stage features modulation progressive blind face restoration",
        "Applied Soft Computing",
        2025,
        "https://doi.org/10.1016/j.asoc.2025.113974",
    ),
    undoes=frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED}),
    build=build,
    learned=True,
    note="A face drawn in two stages, steered by the corrupted picture and a map of its parts.",
    origin="derived",
)
