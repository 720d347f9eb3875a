"""Sentences with numbers and names in them: whatever the page can say or raise is there in Chinese, and nothing else is."""

import ast
import re
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from gradio.context import LocalContext

from comparisons.arena import error_maps
from comparisons.arena.comparison import DISCLAIMER
from comparisons.benchmark.published import FIGURES
from comparisons.metrics import scorer
from comparisons.metrics.extras import ALL
from comparisons.pages.parts import cards, pointing_tool
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text import problem_texts, progress_texts, term_texts
from comparisons.pages.text.spoken import here, translated
from comparisons.pages.text.texts import CHINESE, chinese_of, said, tag
from comparisons.pages.video import video_tab
from comparisons.scenarios import menu
from comparisons.video.restoring import Progress
from restorers import paths
from restorers.catalogue import METHODS
from restorers.contract import Problem

ROOT = paths.ROOT
HAN = re.compile("[\u4e00-\u9fff]")
SHOWN = (
    *sorted((ROOT / "comparisons" / "pages").rglob("*.py")),
    *(ROOT / "comparisons" / "arena" / f"{name}.py" for name in ("photographs", "links", "comparison_recipe")),
    *(
        ROOT / "comparisons" / "video" / f"{name}.py"
        for name in ("clip_process", "clip_reading", "clips", "occlusions", "restoring", "tracking")
    ),
    *(ROOT / "restorers" / f"{name}.py" for name in ("decoding", "files", "images")),
    ROOT / "restorers" / "sandbox" / "untrusted.py",
    *(ROOT / "restorers" / "faces" / f"{name}.py" for name in ("pointing", "align")),
    ROOT / "restorers" / "corruptions" / "corruption.py",
)
"""Modules whose problems somebody can meet on the page."""
NOT_ON_THE_PAGE = (
    "RATER_SECRET",  # said to the owner, at the start
    "expected 7 to have at least",
    "7 is set, but signing in works",
    "expected 7 to be a whole number from 0 up, got '7'; count the proxies",
    "Signing in needs packages",
    "Expected two pictures, the restored face",  # the endpoints for programs
    "Expected two square pictures of one size",
    "There is no example face",
    "No face was found in the image; send one",
    "Expected a file to write that ends in",  # the commands
    "Expected a file in a folder that is there",
    "7 cannot be opened (7); give a recipe.json",
    "Occlusion ratios must be numbers",
    "The smallest and the largest occlusion ratio",
    "Expected a uint8 array of shape",
)
RAISED = (
    *("Problem", "BadMask", "BadTable", "UnreadableImage", "UnreadableClip", "FaceNotFound", "NotApplicable"),
    *("NoPlace", "TooLarge", "TooSlow"),
)


def _literal(node: ast.expr, names: dict[str, str]) -> str | None:
    """A sentence with 7 for every number and name in it; None where it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            share = part.format_spec is not None and "%" in ast.unparse(part.format_spec)
            parts.append("7%" if share else "'7'" if part.conversion == ord("r") else "7")
    return "".join(parts)


def _named(trees: list[ast.Module]) -> dict[str, str]:
    """Sentences that modules keep under a name."""
    found = {}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                words = _literal(node.value, {})
                if words:
                    found[node.target.id] = words
    return found


def raised() -> list[str]:
    """Every sentence that these modules raise as it stands there."""
    trees = [ast.parse(path.read_text("utf-8")) for path in SHOWN]
    names = _named(trees)
    sentences = []
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) in RAISED:
            sentences += [_literal(words, names) for words in node.exc.args]
    return sorted({words for words in sentences if words and not words.startswith(NOT_ON_THE_PAGE)})


def test_every_problem_of_the_page_is_there_in_chinese() -> None:
    sentences = raised()
    assert len(sentences) > 50
    assert [words for words in sentences if not HAN.search(translated(words, "zh"))] == []


def _said_anywhere() -> str:
    """Every string of the code but those of the translations, in small letters."""
    own = {"problem_texts.py", "progress_texts.py", "term_texts.py"}
    paths = [path for folder in ("comparisons", "restorers") for path in (ROOT / folder).rglob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths if path.name not in own]
    return "\n".join(
        node.value.lower()
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _stands_in(english: str, code: str) -> bool:
    """Whether some three words of a pattern in a row, or its few words, are in the code."""
    plain = re.sub(r"\\([.()])", r"\1", re.sub(r"\(.*?(?<!\\)\)\??|\.\*|\\d", "\0", english)).lower()
    runs = [run.strip(" ,.:;'?") for run in plain.split("\0")]
    if any(run in code for run in [run for run in runs if len(run) > 3] or runs):
        return True
    rows = [" ".join(words[first : first + 3]) for words in map(str.split, runs) for first in range(len(words) - 2)]
    return any(row in code for row in rows)


def test_no_translation_has_lost_its_sentence() -> None:
    code = _said_anywhere()
    assert not _stands_in("Zebras eat grass in (.+)", code)
    for english, chinese in (*progress_texts.SENTENCES, *problem_texts.SENTENCES):
        assert _stands_in(english, code), english
        assert HAN.search(chinese)
        assert len(set(re.findall(r"\\\d", chinese))) <= re.compile(english).groups


def test_terms_translate_what_is_there() -> None:
    measures = {word for column in ALL.values() for word in (column.metric.label, column.metric.does_not_see)}
    measures |= set(re.findall(r"<span[^>]*>(.*?)</span>", cards.metrics_list()))  # which way is better
    assert term_texts.MEASURES.keys() <= measures
    assert {column.metric.does_not_see for column in ALL.values()} <= term_texts.MEASURES.keys()
    printed = {word for figure in FIGURES for word in (figure.corruption, figure.metric, figure.source, figure.differs)}
    assert term_texts.PRINTED.keys() <= printed
    assert {figure.differs for figure in FIGURES} <= term_texts.PRINTED.keys()
    notes = {words for words in term_texts.METHODS if words.endswith(".")}
    assert notes <= {method.note for method in METHODS}
    code = _said_anywhere()
    assert all(words.lower() in code for words in term_texts.FACTS)
    assert {f"damage_{known.name}" for known in menu.SCENARIOS} <= CHINESE.keys()


def test_what_is_said_while_something_goes_on_is_said_in_chinese() -> None:
    begun = pointing_tool.begun(np.zeros((400, 300, 3), np.uint8))
    framed = begun.clicked("points", 100, 150).clicked("points", 200, 150)
    steps = [begun, framed, framed.passed(), framed.passed().passed(), framed.passed().passed().passed()]
    boxed = [begun, begun.clicked("box", 10, 10), begun.clicked("box", 10, 10).clicked("box", 200, 300)]
    markup = [pointing_tool.said(step, "points") for step in steps] + [
        pointing_tool.said(step, "box") for step in boxed
    ]
    markup += [
        tag("p", video_tab.said(Progress(words, 3, 90, left)))
        for words in ("Following the face", "Telea restores")
        for left in (None, 4.2)
    ]
    for label in error_maps.LABELS.values():
        markup += [tag("span", f"{label} 0"), tag("span", f"Telea, {label.lower()}")]
    markup += [
        tag("span", f"Best of 10 by {scorer.COLUMNS[f'lpips{region.suffix}'].label}:") for region in scorer.REGIONS
    ]
    for one in markup:
        shown = re.findall(r'data-zh="(.*?)"', one)
        assert shown, one
        assert HAN.search(shown[0])
        assert "\\" not in shown[0]


def test_several_sentences_are_put_into_chinese_together_or_not_at_all() -> None:
    both = "From the recipe. Nobody knows where its eyes, nose and mouth are."
    assert translated(both, "zh") == "来自配方。眼、鼻、嘴的位置未知。"
    assert translated(both, "en") == both
    mixed = "From the recipe. Something else."
    assert translated(mixed, "zh") == chinese_of(mixed) == mixed
    assert chinese_of(DISCLAIMER) == CHINESE["warning"]
    assert said("cancel", "zh") == CHINESE["cancel"] == chinese_of(said("cancel", "en"))


@pytest.mark.parametrize(("language", "chinese"), [("zh-CN", True), ("en-GB", False)])
def test_the_event_under_way_says_the_language(language: str, chinese: bool) -> None:
    def refuse() -> None:
        raise Problem("Nothing was found that covers this face: paint over it by hand.")

    asking = gr.Request(SimpleNamespace(headers={"accept-language": language}))  # type: ignore[arg-type]  # all it needs
    token = LocalContext.request.set(asking)
    try:
        assert bool(HAN.search(here("Face 2"))) == chinese
        with pytest.raises(gr.Error) as caught:
            guarded(refuse)()
    finally:
        LocalContext.request.reset(token)
    assert bool(HAN.search(caught.value.message)) == bool(HAN.search(caught.value.title)) == chinese
    assert here("Face 2") == "Face 2"
