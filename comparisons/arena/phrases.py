"""What is wrong with a face and what a method does about it, for people."""

from collections.abc import Iterable, Mapping
from typing import Final

from restorers.contract import Corrupted, CorruptionKind, Method
from restorers.sentences import Sentence

UNDOES: Final[Mapping[CorruptionKind, str]] = {
    CorruptionKind.MISSING: "fills missing pixels",
    CorruptionKind.DEGRADED: "removes blur, noise and JPEG artefacts",
}


def undoes(method: Method) -> Sentence:
    """What a method does to a face."""
    return _listed(UNDOES[corruption] for corruption in CorruptionKind if corruption in method.undoes)


def corruptions(corrupted: Corrupted) -> Sentence:
    """What is wrong with some faces."""
    return _listed(corruption.value for corruption in CorruptionKind if corruption in corrupted.kinds)


def _listed(phrases: Iterable[str]) -> Sentence:
    first, *rest = [Sentence(phrase) for phrase in phrases] or [Sentence("nothing to undo")]
    for phrase in rest:
        first = Sentence("{one} and {other}", one=first, other=phrase)
    return first
