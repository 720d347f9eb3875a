"""One catalogue a language: static words by a key, sentences by their English template.

`ENGLISH` and `CHINESE` hold the static words under the same keys. Whatever else the page says is made where it happens, as a
`restorers.sentences.Sentence`; `SENTENCES` has its Chinese, with the same names for the words to put in.
"""

from collections.abc import Mapping
from typing import Final

from comparisons.pages.text import (
    about_texts,
    card_texts,
    compare_texts,
    problem_texts,
    progress_texts,
    rate_texts,
    refusal_texts,
    restore_texts,
    results_texts,
    stage_texts,
    study_texts,
    term_texts,
    video_texts,
)

_STATIC: Final = (about_texts, compare_texts, stage_texts, restore_texts, rate_texts, results_texts, video_texts)
MADE: Final[tuple[Mapping[str, str], ...]] = (
    term_texts.TERMS,
    card_texts.CHINESE,
    progress_texts.CHINESE,
    problem_texts.CHINESE,
    refusal_texts.CHINESE,
    study_texts.CHINESE,
)
"""Chinese by the English template, but for the static words."""

ENGLISH: Final[dict[str, str]] = {key: words for part in _STATIC for key, words in part.ENGLISH.items()}
CHINESE: Final[dict[str, str]] = {key: words for part in _STATIC for key, words in part.CHINESE.items()}
SENTENCES: Final[dict[str, str]] = {english: chinese for part in MADE for english, chinese in part.items()} | {
    ENGLISH[key]: words for key, words in CHINESE.items() if key in ENGLISH
}
