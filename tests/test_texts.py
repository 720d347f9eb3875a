"""The static sentences: the same in both languages, consent among them, and none of the Compare tab in one language only."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from comparisons import metrics, votes
from comparisons.pages import cards, viewer
from comparisons.pages.page import build_app, launch_options
from comparisons.pages.texts import CHINESE, ENGLISH, I18N, tag, text
from comparisons.plan import QUESTIONS
from comparisons.session import STUDIES, Session
from restorers.catalogue import METHODS

ANYWHERE = {metric.label for metric in metrics.METRICS}
"""Names that are the same in every language."""


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


def _compare(folder: Path) -> Iterator[dict[str, Any]]:
    """What can be seen on the Compare tab, now or later; the components of the endpoints never can."""
    config: Any = build_app(Session(folder / votes.FILE)).get_config_file()
    parts = {part["id"]: part for part in config["components"]}

    def within(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        part = parts[node["id"]]
        if part["type"] == "row" and part["props"].get("visible") is False and not part["props"].get("elem_classes"):
            return
        yield part
        for child in node.get("children", []):
            yield from within(child)

    def tabs(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if parts.get(node["id"], {}).get("props", {}).get("id") == "compare":
            yield from within(node)
        for child in node.get("children", []):
            yield from tabs(child)

    return tabs(config["layout"])


def _words_of(part: dict[str, Any]) -> Iterator[str]:
    """The words of a component that no run has touched."""
    props = part["props"]
    if part["type"] == "state" or (props.get("visible") is False and part["type"] == "textbox"):
        return
    names = ("label", "placeholder", "info", *(("value",) if "button" in part["type"] else ()))
    yield from (
        json.dumps(props[name], default=str)
        for name in names
        if props.get(name) and part["type"] not in ("html", "tabitem")
    )
    yield from (
        json.dumps(choice[0], default=str) for choice in props.get("choices") or () if choice[0] not in ANYWHERE
    )


def test_no_label_of_the_compare_tab_is_in_one_language_only(tmp_path: Path) -> None:
    parts = list(_compare(tmp_path))
    words = [(part["props"].get("elem_id"), word) for part in parts for word in _words_of(part)]
    assert len(words) > 50
    # whatever needs no label for the eye still has one for a screen reader; Gradio's own defaults are those of a class
    own = [(where, word) for where, word in words if re.search(r"[A-Za-z]{2}", word)]
    assert [(where, word) for where, word in own if "translation_metadata" not in word] == []


def test_no_markup_of_the_compare_tab_is_in_one_language_only(tmp_path: Path) -> None:
    markups = [part["props"] for part in _compare(tmp_path) if part["type"] == "html"]
    shown = [(props.get("elem_id"), str(props.get("value") or "")) for props in markups]
    names = {name for method in METHODS for name in (method.name, cards.origin(method))}
    # what is first filled by the page's own load, and a sentence that depends on which weights are there
    loaded = {"found", "find-said"}
    assert {"viewer", "status", "card-truth", "preview"} <= {where for where, _ in shown}
    for where, markup in shown:
        if where not in loaded and "translation_metadata" not in markup:
            assert _Untold(markup).words - names == set(), where


def test_markup_says_both_and_leaves_names_alone() -> None:
    assert tag("b", "Truth") == f'<b data-zh="{CHINESE["truth"]}">Truth</b>'
    assert tag("p", "<Telea>", 'class="x"') == '<p class="x">&lt;Telea&gt;</p>'
    assert _Untold(viewer.shell().replace("data-zh=", "data-x=")).words > {"Left", "Slider"}
    assert "data-zh" in cards.progress(0, 1, ENGLISH["queued"])


class _Untold(HTMLParser):
    """Finds words and spoken names that no Chinese stands beside."""

    EMPTY = ("img", "input", "path", "br")

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._told = [False]
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("aria-label") and "data-zh-label" not in known and known.get("role") != "progressbar":
            self.words.add(str(known["aria-label"]))
        if tag not in self.EMPTY:
            self._told.append("data-zh" in known or tag == "style")

    def handle_endtag(self, tag: str) -> None:
        # `<path/>` ends as well, and has not begun
        if tag not in self.EMPTY:
            self._told.pop()

    def handle_data(self, data: str) -> None:
        if re.search(r"[A-Za-z]{2}", data) and not self._told[-1]:
            self.words.add(data.strip())
