"""How what comes from outside is named: keys, files, and the few names that a refusal lists."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from restorers.contract import Problem

RESERVED: Final = frozenset({"input", "truth", "spoilt"})
"""Words that stand in tables and votes where a method's key may stand."""
LONGEST: Final = 40
"""Characters of a key."""
NAMED: Final = 3
"""Files that a refusal names."""

_KEY: Final = re.compile(f"[a-z0-9_]{{1,{LONGEST}}}")


class BadName(Problem):
    """A key that no method from outside may have."""


def checked(key: str, taken: Iterable[str]) -> str:
    """A key that a method from outside may have.

    Args:
        key: the word wanted.
        taken: keys of other methods.

    Raises:
        BadName: if it has another form, or stands for something already.
    """
    if not _KEY.fullmatch(key):
        raise BadName(
            f"Expected a key of small letters, digits and _, at most {LONGEST} of them, got {key[: LONGEST + 1]!r}; choose another."
        )
    if key in RESERVED or key in set(taken):
        raise BadName(f"The key {key!r} stands for something else here already; choose another.")
    return key


def file_of(image: str) -> str:
    """Name of the PNG that belongs to a picture: its own name, with `.png` behind it where it ends otherwise.

    Example:
        >>> file_of("below/a.webp")
        'below/a.webp.png'
    """
    return image if PurePosixPath(image).suffix.lower() == ".png" else f"{image}.png"


def some_of(files: Sequence[str]) -> str:
    """The first three names, how many more there are, and the verb that fits: what comes before `missing`."""
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    return f"{', '.join(files[:NAMED])}{more} {'is' if len(files) == 1 else 'are'}"
