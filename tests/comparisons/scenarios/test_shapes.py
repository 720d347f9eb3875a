"""The masks of published protocols, which the published benchmark was made with: not a pixel of them may change."""

import hashlib

import numpy as np
import pytest

from comparisons.scenarios import shapes
from restorers.faces import align

DIGESTS = {
    ("thick", 128): "2ac144d11727952ef2b8cd4898a04fe235e32ebbcc00792cccfe1cf6bf538605",
    ("thick", 256): "760da95330cc3b7ad461649f17c202f7214c5abecafe0e185261ee986c73fddc",
    ("medium", 128): "fe041434784345fb478ff571c4ba9ddcdf158c3a187fd0452fac9f100839e4d8",
    ("medium", 256): "8669f3e17b37876013a507169f87327ff6357a9d1d3404368cfc5cf34e2226d5",
}
"""SHA-256 of the float32 pixels of seeds 0 to 39, one after the other."""


@pytest.mark.parametrize(("name", "side"), DIGESTS)
def test_lama_masks_are_those_of_the_published_benchmark(name, side):
    digest = hashlib.sha256()
    for seed in range(40):
        digest.update(shapes.draw(name, seed, side, align.TEMPLATE.astype(np.float32)).numpy().tobytes())
    assert digest.hexdigest() == DIGESTS[name, side]
