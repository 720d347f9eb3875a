"""Which methods votes connect, by scipy's walks through graphs.

scipy comes with the first call: it takes half a second that the page need not wait.
"""

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.generic]
"""(k, k): non-zero where an edge leads from the row's method to the column's."""


def parts(edges: Matrix, *, mutual: bool) -> tuple[int, npt.NDArray[np.int64]]:
    """The parts into which a graph falls.

    Args:
        edges: (k, k).
        mutual: whether in a part every method must reach every other one along the edges' direction; else a part is whatever
            hangs together.

    Returns:
        How many parts there are, and (k,) the part of each method.
    """
    from scipy.sparse import csgraph, csr_array

    count, of = csgraph.connected_components(csr_array(edges), directed=mutual, connection="strong")
    return int(count), of


def reaches(edges: Matrix) -> npt.NDArray[np.bool_]:
    """(k, k): whether some way along the edges leads from the row's method to the column's."""
    from scipy.sparse import csgraph, csr_array

    found: npt.NDArray[np.bool_] = np.isfinite(csgraph.shortest_path(csr_array(edges), unweighted=True))
    return found
