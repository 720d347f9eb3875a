"""What the Duel says while it goes on, in the language that the browser asks for."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from comparisons.limits import RateLimit
from comparisons.pages.rate import pairs
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.raters import Login
from comparisons.pages.text.rate_texts import DUEL, ENGLISH
from comparisons.pages.text.spoken import language_of, say, translated
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.scheduling import Scheduler
from comparisons.study.trials import Trial, Trials
from comparisons.study.vote_log import SetAside, VoteLog
from restorers import catalogue
from restorers.contract import Problem
from restorers.sentences import Sentence
from tests.comparisons.study.test_vote_log import VOTE

HAN = re.compile("[\u4e00-\u9fff]")
GREY = np.full((4, 4, 3), 128, np.uint8)
SHOWN = BlindTrial("key", GREY, GREY, GREY, GREY, "fidelity", practice=False, number=3, total=100)


def asking(language: str) -> gr.Request:
    return gr.Request(SimpleNamespace(headers={"accept-language": language}))  # type: ignore[arg-type]  # all it needs


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh", "zh"),
        ("ZH-TW", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_first_language_of_the_browser_chooses(asked: str, language: str) -> None:
    assert language_of(asking(asked)) == language
    assert language_of(None) == "en"


def test_both_languages_say_everything_with_the_same_words_to_fill_in() -> None:
    assert DUEL["en"].keys() == DUEL["zh"].keys()
    for key, english in DUEL["en"].items():
        for pattern in (r"{\w+}", r"</?\w+"):
            assert re.findall(pattern, english) == re.findall(pattern, DUEL["zh"][key])
        assert HAN.search(DUEL["zh"][key])
        assert not HAN.search(english)
    with pytest.raises(KeyError):
        say("counter", "en", number=1)


def test_pair_counter_and_names_are_spoken() -> None:
    methods = {method.key: method for method in catalogue.METHODS}
    key = catalogue.METHODS[0].key
    for language, words in (("en", ("Result A", "Pair 3 of", "both bad")), ("zh", ("结果 A", "第 3 对", "两张都差"))):
        told = pairs.reveal("both_bad", key, SPOILT, methods, language)  # type: ignore[arg-type]  # one of the two
        whole = pairs.pair(SHOWN, language) + pairs.counter(SHOWN, language) + pairs.number("<7>", language) + told  # type: ignore[arg-type]
        assert all(word in whole for word in words)
        assert "&lt;7&gt;" in whole
        assert methods[key].name in told
    assert not HAN.search(pairs.pair(SHOWN))
    late = replace(SHOWN, minutes=7)
    assert "Pair 3 of at most 100, 7 min left." in pairs.counter(late)
    assert "7 分钟" in pairs.counter(late, "zh")
    four = replace(late, others=(SHOWN.left, SHOWN.right))
    assert "Four 3 of at most 100, 7 min left." in pairs.counter(four)
    assert "第 3 组" in pairs.counter(replace(four, minutes=0), "zh")
    practice = pairs.counter(replace(SHOWN, practice=True), "zh")
    assert "练习" in practice
    assert TRUTH in DUEL["zh"]


def raised() -> list[Sentence]:
    """Every sentence that a rater can meet, as it is raised."""
    trial = Trial("picture", "{}", 0.2, "a", "b")
    now = [0.0]
    trials = Trials(lifetime=10, clock=lambda: now[0])
    key, late = trials.open(trial, "one"), trials.open(trial, "one")
    with trials.answering(key, "one"):
        pass
    limit = RateLimit(1, 60, clock=lambda: now[0])
    limit.take("one")
    done = Scheduler(StudyPlan(trials_per_rater=1, practice=0), {"0": "bin"}, ["a", "b"], np.random.default_rng(0))
    done.next("one")
    alone = Scheduler(StudyPlan(practice=0, checks=0, repeats=0), {"0": "bin"}, ["a"], np.random.default_rng(0))

    def answer(which: str, rater: str) -> None:
        with trials.answering(which, rater):
            pass

    def answer_late() -> None:
        now[0] = 11.0
        answer(late, "one")

    asked: list[Any] = [
        lambda: answer("unknown", "one"),
        lambda: answer(late, "another"),
        lambda: answer(key, "one"),
        lambda: limit.take("one"),
        answer_late,
        lambda: done.next("one"),
        lambda: alone.next("one"),
        lambda: replace(VOTE, comment="a" * 201),
        lambda: replace(VOTE, comment="a\u200db"),
        lambda: Login("0123456789abcdef").rater(None),
        lambda: VoteLog((), (SetAside(7, "expected 19 columns, got 1", "votes.csv"),)).checked(),
    ]
    sentences = []
    for one in asked:
        with pytest.raises(Problem) as caught:
            one()
        sentences.append(caught.value.sentence)
    return sentences


def test_every_sentence_that_a_rater_can_meet_is_there_in_chinese() -> None:
    for sentence in raised():
        assert translated(sentence, "en") == sentence
        chinese = translated(sentence, "zh")
        assert HAN.search(chinese), sentence
        numbers = [re.findall(r"\d+", words) for words in (sentence, chinese)]
        assert set(numbers[1]) <= set(numbers[0])
        assert "{" not in chinese
    assert translated("Something else.", "zh") == "Something else."


def test_trouble_is_told_in_the_language_of_the_browser() -> None:
    def refuse(request: gr.Request) -> None:
        raise Problem("There is nothing to vote on yet: ask for pictures first.")

    def fail(request: gr.Request) -> None:
        raise ValueError("a bug")

    for handler in (refuse, fail):
        for language, chinese in (("zh-CN", True), ("en", False)):
            with pytest.raises(gr.Error) as caught:
                guarded(handler)(asking(language))
            assert bool(HAN.search(caught.value.message)) == bool(HAN.search(caught.value.title)) == chinese


def test_no_word_beside_the_pictures_says_how_many_they_are() -> None:
    """A study shows pairs or fours: what is said whatever it shows names neither."""
    counters = ("counter", "counter_minutes", "question", "keys")
    said = [words for key, words in (DUEL["en"] | ENGLISH).items() if key not in counters] + raised()
    assert [words for words in said if re.search(r"\b([Tt]his|a|next|first) pair\b|\btwo pictures\b", words)] == []
