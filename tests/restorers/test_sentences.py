"""Sentences keep their template and their words, over a pipe and in a copy, and a template does nothing but put words in."""

import copy
import json
import pickle

import pytest

from restorers.problems import BadMask, Problem
from restorers.sentences import Sentence, joined, packed, unpacked

GERMAN = {"{count} of {what}": "{what}: {count}", "faces": "Gesichter", "{before} {after}": "{before} {after}"}
MADE = Sentence("{count} of {what}", count=3, what=Sentence("faces"))


def test_a_sentence_is_its_english_and_knows_what_it_was_made_of() -> None:
    assert MADE == "3 of faces"
    assert MADE.said_in(GERMAN) == "Gesichter: 3"
    assert MADE.said_in({}) == "3 of faces"
    assert joined(MADE, "", MADE) == "3 of faces 3 of faces"
    assert Sentence(joined(MADE, "")).said_in({}) == "3 of faces"
    assert joined() == ""


@pytest.mark.parametrize("outside", ["{0}", "{count.__class__}", "}{", "{}"])
def test_a_brace_from_outside_is_a_brace(outside: str) -> None:
    assert str(Problem("There is no {name!r}.", name=outside)) == f"There is no {outside!r}."
    assert str(Problem(outside)) == outside
    assert Problem(outside).sentence.said_in({}) == outside
    assert Problem("{name}", name=outside).sentence.said_in({"{name}": "<{name}>"}) == f"<{outside}>"


def test_a_problem_carries_both() -> None:
    problem = BadMask("Expected {size:.1f} MB.", size=1.25)
    assert str(problem) == problem.sentence == "Expected 1.2 MB."
    assert (problem.sentence.template, problem.sentence.words) == ("Expected {size:.1f} MB.", {"size": 1.25})
    assert Problem(problem.sentence).sentence is problem.sentence
    with pytest.raises(KeyError):
        Problem("Expected {size}.", sizes=1)


@pytest.mark.parametrize(
    "there_and_back",
    [
        lambda one: pickle.loads(pickle.dumps(one)),
        copy.deepcopy,
        lambda one: unpacked(json.loads(json.dumps(packed(one)))),
    ],
    ids=["pickle", "copy", "pipe"],
)
def test_a_copy_knows_as_much(there_and_back: object) -> None:
    again = there_and_back(MADE)  # type: ignore[operator]  # one of the three
    assert again == MADE
    assert again.said_in(GERMAN) == "Gesichter: 3"


def test_a_problem_is_pickled_with_its_words() -> None:
    again = pickle.loads(pickle.dumps(BadMask("{count} left", count=2)))
    assert isinstance(again, BadMask)
    assert again.sentence.said_in({"{count} left": "noch {count}"}) == "noch 2"


@pytest.mark.parametrize(
    "template",
    [
        "{count.__class__}",
        "{what.__init__.__globals__}",
        "{what[0]}",
        "{count:1000000000}",
        "{count:{what}}",
        "{count!a}",
        "{missing}",
        "{",
    ],
)
def test_a_process_that_was_taken_over_names_its_words_and_no_more(template: str) -> None:
    message = packed(MADE)
    assert unpacked(message) == MADE
    with pytest.raises((ValueError, KeyError)):
        unpacked(message | {"template": template})


@pytest.mark.parametrize("message", [{}, {"template": "a"}, {"template": "a", "words": 3}])
def test_a_message_that_is_none_is_refused(message: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpacked(message)
