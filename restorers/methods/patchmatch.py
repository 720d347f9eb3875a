"""PatchMatch fill-in through PyPatchMatch.

Barnes, Shechtman, Finkelstein, Goldman: PatchMatch, ACM Transactions on Graphics (SIGGRAPH), 2009; filled by the pyramid
of Wexler, Shechtman, Irani, IEEE TPAMI 2007, as the library implements it.
"""

import threading
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from restorers.contract import Corrupted, CorruptionKind, Method, MissingWeights, Paper, Preset, Restored, Restorer
from restorers.images import mask_to_array, to_array, to_tensor

KEY: Final = "patchmatch"
PATCH_SIZE: Final = 5
"""The library's `patch_size` is a radius: patches of 11 x 11 px."""
_LOCK: Final = threading.Lock()
"""The library's random seed is global."""


class PatchMatchRestorer(Restorer):
    """Copies patches from the visible part; knows nothing about faces."""

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """Fill one picture after the other, seeded."""
        return Restored(
            torch.cat(
                [
                    self._fill(pixels, mask, seed)
                    for pixels, mask, seed in zip(corrupted.pixels, corrupted.mask, seeds, strict=True)
                ]
            )
        )

    @staticmethod
    def _fill(pixels: Tensor, mask: Tensor, seed: int) -> Tensor:
        import patchmatch  # the native library is loaded on first use, not with the catalogue

        if not patchmatch.patchmatch_available:
            raise MissingWeights(
                "expected the native library of PyPatchMatch, this platform has none;"
                " install a wheel of pypatchmatch or build it"
            )
        if bool((mask > 0).all()):
            raise ValueError("expected a visible pixel to copy from")  # the library would answer with black
        with _LOCK:
            patchmatch.set_random_seed(seed % 2**32)
            filled = patchmatch.inpaint(to_array(pixels), mask_to_array(mask), patch_size=PATCH_SIZE)
        return to_tensor(filled)


def build(preset: Preset) -> Restorer:  # noqa: ARG001 - there is one size
    """Nothing to load."""
    return PatchMatchRestorer()


METHOD: Final = Method(
    key=KEY,
    name="PatchMatch",
    paper=Paper(
        "Barnes, Shechtman, Finkelstein, Goldman",
        "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing",
        "ACM TOG (SIGGRAPH)",
        2009,
        "https://doi.org/10.1145/1531326.1531330",
    ),
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build,
    learned=False,
    note="Copies patches from the visible part of the same picture.",
)
