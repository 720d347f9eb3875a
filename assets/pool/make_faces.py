"""Make the faces of the study's pool again: `python -m assets.pool.make_faces FOLDER`, from the repository root.

Needs the environment of `restorers/training/requirements.txt`. None of these people exists and none of the faces is
among the examples that Compare offers. `python -m comparisons.study build` then corrupts them: see README.md.
Another processor or OpenVINO version may round a few pixels to the neighbouring grey level.
"""

import sys
from pathlib import Path

from PIL import Image

from restorers.contract import SIDE
from restorers.training.synthetic import OpenVinoGenerator

SEEDS = range(20_000, 20_300)
"""The examples' seeds are below 1,000, those of the training faces are pairs: no face is in two places."""
# fmt: off
LEFT_OUT = frozenset(SEEDS.start + place for place in (
    0, 4, 9, 11, 35, 36, 49, 55, 82, 101, 116, 119, 125, 132, 134, 137, 149, 154, 179, 180, 181, 190, 192, 196,
    197, 204, 208, 209, 213, 218, 221, 227, 228, 237, 240, 244, 247, 248, 251, 254, 266, 270, 276, 281, 282, 285,
    297, 298,
))
# fmt: on
"""Seeds whose face came out broken, badly lit, beside another one, or covered already (sunglasses, hands, melted hats)."""
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
