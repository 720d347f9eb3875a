"""Where a face is and which way it looks, from five points alone."""

import numpy as np
from numpy.typing import NDArray

TEMPLATE: NDArray[np.float32] = np.array(
    [(192.98, 239.95), (318.90, 240.19), (256.63, 314.02), (201.26, 371.41), (313.09, 371.15)], np.float32
) / np.float32(512)
"""(5, 2) five points of a face aligned as FFHQ's are, fractions of the side; used where nobody knows the face's own."""
TEMPLATE.setflags(write=False)
