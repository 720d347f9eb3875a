"""The sentences of the study: the same in both languages, consent among them."""

import re

import pytest

from comparisons.pages.page import launch_options
from comparisons.pages.texts import CHINESE, ENGLISH, I18N, text
from comparisons.plan import QUESTIONS
from comparisons.session import STUDIES


def test_both_languages_say_everything() -> None:
    assert ENGLISH.keys() == CHINESE.keys()
    assert not [key for key in ENGLISH if ENGLISH[key] == CHINESE[key]]
    for key in ENGLISH:
        tags = [re.findall(r"</?\w+", words[key]) for words in (ENGLISH, CHINESE)]
        assert tags[0] == tags[1]
        # the number of the key that answers stands on the button in either language
        assert re.findall(r"\((\w)\)", ENGLISH[key]) == re.findall(r"\((\w)\)", CHINESE[key])


def test_the_page_is_told_and_asks_for_what_there_is() -> None:
    assert launch_options()["i18n"] is I18N
    assert I18N.translations.keys() == {"en", "zh", "zh-CN"}
    assert '"key": "consent"' in text("consent")
    with pytest.raises(KeyError):
        text("consnet")


def test_consent_says_what_is_kept_and_how_to_be_forgotten() -> None:
    assert all(
        word in ENGLISH["consent"] for word in ("What is kept", "random number", "forgotten", "stop at any time")
    )
    assert {f"question_{plan.question}" for plan in STUDIES} <= ENGLISH.keys()
    assert ENGLISH["question_realism"] == QUESTIONS["realism"]
