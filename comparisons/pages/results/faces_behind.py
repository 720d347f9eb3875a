"""The best, the median and the worst face behind a mean, where they may be shown."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from comparisons import charts
from comparisons.benchmark import thumbnails
from comparisons.pages.parts import cards
from comparisons.pages.results.published_runs import PublishedRun, columns_of, frame_of, label_of
from comparisons.pages.text.results_texts import FACES
from comparisons.pages.text.spoken import language_of
from comparisons.pages.text.texts import ENGLISH
from restorers.sentences import Sentence, as_sentence

_CELL: Final = ("scenario", "bin", "method")


def faces_at(run: PublishedRun, cell: Sequence[object], metric: str) -> str:
    """The faces behind one mean.

    Args:
        run: which run.
        cell: scenario, bin and method, by their keys.
        metric: the measure that says what is best.

    Returns:
        Markup: the pictures, or a sentence that says why there are none.
    """
    named = os.environ.get(FACES)
    if not named:
        return cards.note(ENGLISH["results_no_faces"])
    source = Path(named) / run.name if (Path(named) / run.name).is_dir() else Path(named)
    frame = frame_of(run)
    asked = (frame[list(_CELL)].astype(str) == [str(key) for key in cell]).all(axis=1)
    rows = frame[asked & frame[metric].notna()]
    if rows.empty:
        return cards.note(ENGLISH["results_absent"], "warn")
    scenario, bin_name, method = map(str, cell)
    corruption = label_of(scenario, language_of())
    words = Sentence(
        "{method}, {corruption} {bin}: best, median, worst; corrupted, restored, true",
        method=as_sentence(charts.name_of(method)),
        corruption=corruption,
        bin=bin_name,
    )
    return cards.picture(thumbnails.sheet(run.folder, rows, source, columns_of(run)[metric]), words) + cards.note(words)
