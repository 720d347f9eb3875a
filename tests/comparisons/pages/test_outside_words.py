"""Whatever came from outside is text where it is shown, in messages, pages and charts: no markup of somebody else's."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import gradio as gr
import numpy as np
import pandas as pd
import pytest

from comparisons import charts
from comparisons.arena import comparison_recipe
from comparisons.arena.comparison import Comparison, FaceCrop, Result, pack
from comparisons.metrics import scorer
from comparisons.pages import programs
from comparisons.pages.compare import recall, sheets, showing
from comparisons.pages.parts import cards
from comparisons.pages.rate import pairs
from comparisons.pages.results import ranking_panel
from comparisons.pages.shell.guard import guarded
from comparisons.ranking.summary import Standing
from comparisons.ranking.win_matrix import win_matrix
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import Problem
from restorers.corruptions.corruption import Corruption

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
MARKUP = (
    "<a href=//x>click</a>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "<svg onload=alert(1)>",
    '"><i>out of an attribute',
    "'><u>out of another",
    "[click](javascript:alert(1))<em>",
)
ELEMENT = re.compile(r"<\s*/?\s*(?:a|img|b|svg|i|u|em)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Bench:
    session: Session
    folder: Path
    done: Comparison

    def recipe(self, **values: Any) -> bytes:
        """The zip of a comparison, with other values in its recipe."""
        old, new = zipfile.ZipFile(io.BytesIO(pack(self.done))), io.BytesIO()
        with zipfile.ZipFile(new, "w") as archive:
            for name in old.namelist():
                data = old.read(name)
                if name == comparison_recipe.FILE:
                    data = json.dumps(json.loads(data) | values).encode()
                archive.writestr(name, data)
        return new.getvalue()

    def recalled(self, **values: Any) -> Comparison:
        return self.session.recall(comparison_recipe.read(self.recipe(**values)))

    def compared(self, **values: Any) -> object:
        return programs.Endpoints(self.session).compare(**values)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, _drawn: images.Array) -> Bench:
    folder = tmp_path_factory.mktemp("outside")
    session = Session(folder / vote_log.FILE, METHODS)
    face = FaceCrop("upload-1", _drawn, None, "drawn")
    *_, done = session.compare(session.corrupt(face, Corruption(seed=3, low=0.2, high=0.2)))
    return Bench(session, folder, done)


def _linked(query: str) -> Callable[[Bench, str], object]:
    return lambda bench, words: bench.session.linked(query + quote(words))


REFUSED: dict[str, Callable[[Bench, str], object]] = {
    **{
        f"{key} of a link": _linked(f"?face=01&{key}=")
        for key in ("occluder", "degradation", "place", "hidden", "seed")
    },
    "face of a link": lambda bench, words: bench.session.linked(f"?face={quote(words)}"),
    "occluder of a recipe": lambda bench, words: bench.recalled(corruption={"occluder": words}),
    "a key of a recipe": lambda bench, words: bench.recalled(corruption={words: 1}),
    "a file's name": lambda bench, words: images.read(bench.folder / f"{words.replace('/', '-')}.png"),
    "a face of a program": lambda bench, words: bench.compared(face=words),
    "an occluder of a program": lambda bench, words: bench.compared(occluder=words),
    "a seed of a program": lambda bench, words: bench.compared(seed=words),
    "a share of a program": lambda bench, words: bench.compared(hidden_percent=words),
    "a study": lambda bench, words: bench.session.next_trial("0" * 16, words),
    "any problem": lambda _, words: (_ for _ in ()).throw(Problem(words)),
}
"""Ways of bringing words into a message."""


@pytest.mark.parametrize("words", MARKUP)
@pytest.mark.parametrize("name", REFUSED)
def test_a_message_says_them_and_no_more(bench: Bench, name: str, words: str) -> None:
    with pytest.raises(gr.Error) as refused:
        guarded(REFUSED[name])(bench, words)
    assert not ELEMENT.search(str(refused.value.message))


def test_a_message_says_them_all_the_same() -> None:
    def failing() -> None:
        raise Problem("There is no 'a' & <b>; choose another.")

    with pytest.raises(gr.Error) as refused:
        guarded(failing)()
    assert str(refused.value.message) == "There is no 'a' &amp; &lt;b&gt;; choose another."


@pytest.mark.parametrize("words", MARKUP)
def test_a_message_in_chinese_is_escaped_too(words: str) -> None:
    def failing(request: gr.Request) -> None:
        template = "There is no example {name!r}; the link may be an old one. There are {names}."
        raise Problem(template, name=words[:40], names="01")

    asked = gr.Request()
    asked.request = SimpleNamespace(headers={"accept-language": "zh"})  # type: ignore[assignment]
    with pytest.raises(gr.Error) as refused:
        guarded(failing)(asked)
    assert "没有示例" in str(refused.value.message)
    assert not ELEMENT.search(str(refused.value.message))


class Skeleton(HTMLParser):
    """The elements of some markup and the names of their attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, ...]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append((f"/{tag}",))


def page_with(bench: Bench, words: str) -> dict[str, str]:
    """Everything of the page that holds words from outside, with these in every place where they may stand."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    method = replace(METHODS[0], name=words)
    failed = Result(method, "failed", None, 0.1, {}, words)
    shown = Result(method, "ok", pixels, 0.1, {}, "", {words: pixels})
    face = replace(bench.done.face, picture=words, found_by=words)
    told = bench.recipe(picture=words, found_by=words, weights={"telea": words}, versions={"torch": words, words: "1"})
    asked = replace(comparison_recipe.read(told), pixels={"telea": "0" * 64, words: "0" * 64})
    return {
        "a note": cards.note(words),
        "progress": cards.progress(1, 2, words),
        "a card": cards.plain_card(words, words, pixels, words),
        "a pair": cards.pair(pixels, pixels, words),
        "a reason": cards.result_card(failed),
        "a result": cards.result_card(shown),
        "a waiting card": cards.waiting_card(method, words),
        "methods": cards.methods_list([method]),
        "steps": sheets.steps([shown]),
        "a recipe": recall.messages(bench.done, asked),
        "a link": showing.permalink(bench.session, replace(bench.done, face=face)),
        "an empty pair": pairs.empty(words),
        "a rater's number": pairs.number(words),
        "a study's words": pairs.paragraphs(words),
        "a word after a vote": pairs.word(words),
        "names": pairs.reveal("left", "telea", "telea", {"telea": method}),
        "standings": ranking_panel._row(Standing(words, 0.0, -1.0, 1.0, 3, 1, 1, 1, True), words),
        "no standing": ranking_panel._unrated(words),
    }


@pytest.mark.parametrize("words", MARKUP)
def test_the_page_shows_them_as_text(bench: Bench, words: str) -> None:
    """The markup has the elements and the attributes that it has with harmless words in their place."""
    harmless = page_with(bench, "harmless words")
    for name, markup in page_with(bench, words).items():
        assert Skeleton(markup).parts == Skeleton(harmless[name]).parts, name


@pytest.mark.parametrize("words", MARKUP)
def test_a_chart_writes_them_as_text(words: str) -> None:
    row = {
        "method": words,
        "bin": words,
        "ratio": 0.2,
        "scenario": "boxes",
        "n": 3,
        "mean": 1.0,
        "low": 0.5,
        "high": 2.0,
    }
    scores = pd.DataFrame([row | dict.fromkeys(scorer.COLUMNS, 1.0)])
    for drawn in (charts.ratio_chart(scores, "psnr"), charts.band_chart(scores, "psnr")):
        assert not ELEMENT.search(str([(trace.name, trace.text, trace.customdata) for trace in drawn.data]))
    assert not ELEMENT.search(str(charts.cost_chart(scores.assign(cost=1.0), "psnr").data[0].name))
    table = SimpleNamespace(compared=np.ones((2, 2)))
    asked: Any = SimpleNamespace(methods=("telea", words), table=table, win_shares=((None, 0.5), (0.5, None)))
    assert not ELEMENT.search(str(win_matrix(asked).data[0].x))
