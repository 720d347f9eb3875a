"""The static sentences: the same in both languages, consent among them, and none of the page in one language only."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from comparisons.arena.comparison import VERSION
from comparisons.benchmark import published
from comparisons.metrics import scorer
from comparisons.pages.page import build_app, launch_options
from comparisons.pages.parts import cards, viewer
from comparisons.pages.text.texts import CHINESE, ENGLISH, I18N, tag, text
from comparisons.session import STUDIES, Session
from comparisons.study import vote_log
from comparisons.study.plan import QUESTIONS
from restorers.catalogue import METHODS

ANYWHERE = {metric.label for metric in scorer.METRICS} | {method.name for method in METHODS}
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


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    page = build_app(Session(tmp_path_factory.mktemp("votes") / vote_log.FILE))
    return dict(page.get_config_file())


TABS = ("compare", "rate", "results", "video", "about")


def _tab(config: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The tab, and what can be seen on it, now or later; the components of the endpoints never can."""
    parts = {part["id"]: part for part in config["components"]}

    def within(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        part = parts[node["id"]]
        if part["type"] == "row" and part["props"].get("visible") is False and not part["props"].get("elem_classes"):
            return
        yield part
        for child in node.get("children", []):
            yield from within(child)

    def tabs(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if parts.get(node["id"], {}).get("props", {}).get("id") == name:
            yield from within(node)
        for child in node.get("children", []):
            yield from tabs(child)

    return list(tabs(config["layout"]))


def _words_of(part: dict[str, Any]) -> Iterator[str]:
    """The words of a component that no run has touched."""
    props = part["props"]
    if part["type"] == "state" or (props.get("visible") is False and part["type"] == "textbox"):
        return
    names = ("label", "placeholder", "info", *(("value",) if "button" in part["type"] else ()))
    yield from (json.dumps(props[name], default=str) for name in names if props.get(name) and part["type"] != "html")
    yield from (
        json.dumps(choice[0], default=str) for choice in props.get("choices") or () if choice[0] not in ANYWHERE
    )


@pytest.mark.parametrize("tab", TABS)
def test_no_label_is_in_one_language_only(config: dict[str, Any], tab: str) -> None:
    parts = _tab(config, tab)
    assert parts[0]["type"] == "tabitem"
    words = [(part["props"].get("elem_id"), word) for part in parts for word in _words_of(part)]
    assert len(words) >= {"compare": 50, "rate": 10, "results": 12, "video": 20, "about": 1}[tab]
    # whatever needs no label for the eye still has one for a screen reader; Gradio's own defaults are those of a class
    own = [(where, word) for where, word in words if re.search(r"[A-Za-z]{2}", word)]
    assert [(where, word) for where, word in own if "translation_metadata" not in word] == []


def test_every_sentence_that_the_page_asks_for_is_there(config: dict[str, Any]) -> None:
    asked = set(re.findall(r'\\*"key\\*": \\*"(\w+)\\*"', json.dumps(config["components"], default=str)))
    assert len(asked) > 100
    assert asked <= ENGLISH.keys()


@pytest.mark.parametrize("tab", TABS)
def test_no_markup_is_in_one_language_only(config: dict[str, Any], tab: str) -> None:
    markups = [part["props"] for part in _tab(config, tab) if part["type"] == "html"]
    shown = [(props.get("elem_id"), str(props.get("value") or "")) for props in markups]
    names = {name for method in METHODS for name in (method.name, cards.origin(method))} | ANYWHERE
    names |= {
        word for figure in published.FIGURES for word in (figure.method, figure.metric, figure.value, figure.source)
    }
    names |= {f"Unmasked {VERSION}"}
    # what the page's own load puts into the visitor's language, and a sentence that depends on which weights are there
    loaded = {"pair", "find-said"}
    seen = {"compare": {"viewer", "status", "card-truth", "preview"}, "video": {"video-status"}, "about": {"about"}}
    assert seen.get(tab, set()) <= {where for where, _ in shown}
    for where, markup in shown:
        if where not in loaded and "translation_metadata" not in markup:
            assert {word for word in _Untold(markup).words - names if not _universal(word)} == set(), where


def _universal(word: str) -> bool:
    """Whether no language changes this: a number with its unit, or the paper of a method, with its title."""
    number = re.fullmatch(r"[\d.]+ (?:ms|s|dB)|(?:MSE|PSNR|SSIM|L1|LPIPS)(?: dB)? [↑↓]", word)
    return bool(number) or any(method.paper.title in word for method in METHODS)


def test_the_head_of_the_page_says_both(config: dict[str, Any]) -> None:
    head = next(part for part in config["components"] if "masthead" in str(part["props"].get("value")))
    assert _Untold(head["props"]["value"]).words == {"Unmasked", "un", "mask", "ed"}


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


def test_no_key_is_one_of_gradios_own_groups():
    """Gradio's catalogue has groups of words under these; a label of such a key is shown as [object Object]."""
    groups = {
        "annotated_image",
        "audio",
        "blocks",
        "checkbox",
        "code",
        "common",
        "dataframe",
        "dropdown",
        "errors",
        "file",
    }
    groups |= {
        "highlighted_text",
        "image",
        "label",
        "login",
        "number",
        "plot",
        "radio",
        "slider",
        "upload_text",
        "video",
    }
    assert not groups & ENGLISH.keys()
