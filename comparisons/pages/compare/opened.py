"""What the stage shows before anybody has done anything: the finished comparison that ships, as markup."""

from collections.abc import Sequence
from typing import Final

from comparisons import opening
from comparisons.opening import FinishedExample
from comparisons.pages.compare import scoring
from comparisons.pages.parts import cards, viewer
from restorers import images
from restorers.contract import Method
from restorers.sentences import Sentence

TRUTH: Final = opening.TRUTH
OCCLUDED: Final = opening.OCCLUDED


def cards_of(methods: Sequence[Method], first: FinishedExample | None) -> dict[str, str]:
    """The card of every picture, by the method's key, `TRUTH` or `OCCLUDED`; empty frames where there is nothing to show."""
    waiting = {method.key: cards.waiting_card(method) for method in methods}
    if first is None:
        plain = {"truth": cards.plain_card("Truth", "as it was")}
        return plain | {OCCLUDED: cards.plain_card("Occluded", "input to every method")} | waiting
    comparison = first.comparison
    edge = viewer.outline(images.mask_to_array(comparison.corrupted.mask))
    hidden = Sentence("{ratio:.1%} hidden", ratio=comparison.ratio)
    truth, occluded = comparison.face.pixels, comparison.occluded
    return {
        TRUTH: cards.plain_card("Truth", "as it was", truth, address=first.address),
        OCCLUDED: cards.plain_card("Occluded", hidden, occluded, outline=edge, address=first.address),
        **waiting,
        **{result.method.key: cards.result_card(result, first.address) for result in comparison.results},
    }


def chart_of(first: FinishedExample | None) -> str:
    """The chart that ships with the comparison; where none does, it is drawn with the first run."""
    if first is None or not first.chart:
        return ""
    return scoring.framed(first.chart, first.comparison)
