"""Make the faces of the study's pool again: `python -m assets.pool.make_faces FOLDER`, from the repository root.

Needs the environment of `restorers/training/requirements.txt`. None of these people exists and none of the faces is
among the examples that Compare offers. `python -m comparisons.study build FOLDER --out assets/pool --faces-only` then
corrupts them. Another processor or OpenVINO version may round a few pixels to the neighbouring grey level.
"""

import sys
from pathlib import Path

from PIL import Image

from restorers.contract import SIDE
from restorers.training.synthetic import OpenVinoGenerator

SEEDS = range(20_000, 20_120)
"""The examples' seeds are below 1,000, those of the training faces are pairs: no face is in two places."""
LEFT_OUT = frozenset({20_000, 20_004, 20_009, 20_011, 20_035, 20_036, 20_049, 20_055, 20_082, 20_101, 20_116, 20_119})
"""Seeds whose face came out broken, badly lit, or covered already (sunglasses, melted hats)."""
TRUNCATION = 0.75
QUALITY = 92
"""Of WebP: 256 px faces at some 15 kB, with no loss that can be seen at this size."""


def main(folder: Path) -> None:
    """Write every face into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = OpenVinoGenerator()
    for seed in SEEDS:
        if seed not in LEFT_OUT:
            pixels = generator.picture(generator.style(seed, TRUNCATION), SIDE)
            Image.fromarray(pixels).save(folder / f"{seed}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
