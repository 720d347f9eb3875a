"""The figures that the papers themselves print, and why none of them can be set beside ours as an equal.

Each was measured on other faces, other holes and another region than the benchmark's. They are shown because readers look
for them; what differs is said in one line each.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Figure:
    """One printed number."""

    method: str
    """Key of the catalogue, or a name for people where the method is not in it."""
    corruption: str
    metric: str
    value: str
    source: str
    differs: str
    """What is other than here, in one line."""


_ZHOU_LU: Final = "Zhou & Lu, CMC 2025"
_ONE: Final = "CelebA at 256, black outline rectangles, whole-picture PSNR of what seem to be one or a few pictures"
_RIVAL: Final = f"{_ONE}; how the rival was trained, or whether on these holes at all, is not said"
_DUAL: Final = "Dual-stage, ITM Web of Conferences 78, 04017, 2025 (abstract)"
_UNKNOWN: Final = "CelebA-HQ; holes, degradation, split and size are not in the abstract; PSNR is that of the mean MSE, not a mean of PSNR"
_PARENT: Final = "RestoreFormer++, table 1"
_BLIND: Final = (
    "3000 CelebA-Test faces at 512, blind degradation without holes; of the parent network PSFR-GAN, not JSFM-GAN"
)

FIGURES: Final = (
    Figure("lightweight_gan", "10-15 % hidden", "PSNR", "35.51 dB", _ZHOU_LU, _ONE),
    Figure("lightweight_gan", "20-30 % hidden", "PSNR", "30.33 dB", _ZHOU_LU, _ONE),
    Figure("patchmatch", "20-30 % hidden", "PSNR", "28.98 dB", _ZHOU_LU, _RIVAL),
    Figure("shift_net", "20-30 % hidden", "PSNR", "29.36 dB", _ZHOU_LU, _RIVAL),
    Figure("picnet", "20-30 % hidden", "PSNR", "28.93 dB", _ZHOU_LU, _RIVAL),
    Figure(
        "picnet",
        "centre hole",
        "diversity (LPIPS, whole / hole)",
        "0.029 / 0.088",
        "Zheng et al., CVPR 2019",
        "CelebA-HQ, centre hole, the best 10 of 50 samples by the discriminator's score",
    ),
    Figure("dual_stage", "unknown", "PSNR", "20.14 dB", _DUAL, _UNKNOWN),
    Figure("dual_stage", "unknown", "SSIM", "0.632", _DUAL, _UNKNOWN),
    Figure("dual_stage", "unknown", "MSE", "0.00969", _DUAL, _UNKNOWN),
    Figure("PSFR-GAN", "degraded, no hole", "PSNR", "24.30 dB", _PARENT, _BLIND),
    Figure("PSFR-GAN", "degraded, no hole", "SSIM", "0.627", _PARENT, _BLIND),
    Figure("PSFR-GAN", "degraded, no hole", "LPIPS", "0.422", _PARENT, f"{_BLIND}; the LPIPS trunk may be VGG16"),
)

ABSENT: Final = (
    "No printed figures could be verified for JSFM-GAN (2025), for the pose-varied restoration of Hu et al. (2022) and for "
    "Shift-Net's own tables, so none are shown."
)
