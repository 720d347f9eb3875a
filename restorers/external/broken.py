"""What stands in the catalogue for a method from outside that cannot be had: it fails with the reason, so that its card says it."""

from restorers.contract import CorruptionKind, Method, Paper, Preset, Problem, Restorer
from restorers.sentences import Sentence

NOBODY = Paper("", "", "", 0, "")
"""Of a method that names no paper."""


class Broken(Problem):
    """A method from outside cannot be had."""


def method(key: str, reason: str) -> Method:
    """A method that fails.

    Args:
        key: of the method.
        reason: one sentence: what is wrong and what to do.
    """
    sentence = reason if isinstance(reason, Sentence) else Sentence(" ".join(reason.split()))

    def build(preset: Preset) -> Restorer:  # noqa: ARG001 - one form for all methods
        raise Broken(sentence)

    everything = frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED})
    return Method(key, key, NOBODY, everything, build, learned=False, note=sentence, origin="external")
