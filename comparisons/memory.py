"""How the C library deals with the memory of a process that answers many people for a long time."""

import ctypes
import sys
from functools import cache
from typing import Final

ARENAS: Final = 2
"""Most arenas of glibc. It gives threads up to eight for each core, and every one keeps what its largest work has freed."""

_ARENA_MAX: Final = -8
"""Number that glibc's malloc.h gives to this setting."""


@cache
def share_arenas() -> bool:
    """Let all threads that begin from now on share a few arenas, so that memory freed by one serves the next.

    Returns:
        Whether the C library took the setting: only glibc has it, and elsewhere nothing happens.
    """
    setting = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return setting is not None and bool(setting(_ARENA_MAX, ARENAS))
