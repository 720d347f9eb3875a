"""Methods in Python packages of their own: whatever is installed with an entry point of the group `unmasked.methods`.

    [project.entry-points."unmasked.methods"]
    my_method = "my_package:METHOD"

Each names a `restorers.contract.Method`. Nothing here has to be changed for it. One that cannot be had takes part too, under the name of
its entry point, and fails with the reason, so that its card says what is wrong in place of nothing.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from restorers.contract import Method
from restorers.external import broken
from restorers.external.names import BadName, checked

GROUP: Final = "unmasked.methods"
_REMEDY: Final = "correct the package, or uninstall it."

logger = logging.getLogger(__name__)


def found(taken: Iterable[str]) -> tuple[Method, ...]:
    """The methods that installed packages bring, in the order of their entry points' names.

    Args:
        taken: keys of the methods that are here already. A package that wants one of them is left out, with a warning: it would be shown
            under another method's name.

    Returns:
        Methods of the origin `external`.
    """
    return tuple(_found(sorted(entry_points(group=GROUP), key=lambda point: point.name), set(taken)))


def _found(points: Iterable[EntryPoint], taken: set[str]) -> Iterator[Method]:
    for point in points:
        method = _method(point)
        try:
            taken.add(checked(method.key, taken))
        except BadName as problem:
            logger.warning("The method of the entry point %s is left out: %s", point.value, problem)
            continue
        yield method


def _method(point: EntryPoint) -> Method:
    try:
        loaded = point.load()
    # an import runs somebody else's code, which may throw anything; it must not take the arena down
    except Exception as error:
        logger.exception("the method of the entry point %s cannot be loaded", point.value)
        return broken.method(point.name, f"{point.value} cannot be loaded ({type(error).__name__}: {error}); {_REMEDY}")
    if not isinstance(loaded, Method):
        return broken.method(
            point.name, f"{point.value} gives {type(loaded).__name__} where a Method is expected; {_REMEDY}"
        )
    return replace(loaded, origin="external")
