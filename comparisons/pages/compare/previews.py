"""The chosen face and its corruption, small, before anything has run."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from comparisons.arena.comparison import Comparison
from comparisons.pages.parts import cards
from comparisons.session import Session
from restorers.corruptions.corruption import Corruption
from restorers.sentences import Sentence

KEPT: Final = 64
"""Previews of examples; a picture of a visitor's own is never kept."""


def shown(start: Comparison) -> str:
    """Both, side by side."""
    return cards.pair(start.face.pixels, start.occluded, Sentence("{ratio:.1%} hidden", ratio=start.ratio))


def of_examples(session: Session) -> Callable[[str, Corruption], str]:
    """Previews that many visitors ask for: everybody who opens the page has that of the choices it opens with.

    Returns:
        From the name of a picture and a corruption to the markup; empty where the picture is no example.
    """
    examples = {path.stem: number for number, path in enumerate(session.examples)}

    @lru_cache(maxsize=KEPT)
    def drawn(number: int, corruption: Corruption) -> str:
        return shown(session.corrupt(session.example(number), corruption))

    def of_example(name: str, corruption: Corruption) -> str:
        return drawn(examples[name], corruption) if name in examples else ""

    return of_example
