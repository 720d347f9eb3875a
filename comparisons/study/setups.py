"""Studies made ready to run: read from their files, checked as a whole, and written anew with a comment on every line."""

import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from comparisons.scenarios import menu
from comparisons.study import pool
from comparisons.study.plan import QUESTIONS, StudyPlan
from comparisons.study.study_file import StudyFile, Wording
from comparisons.study.toml_mistakes import BadStudy, Place, at, example, of_content, of_syntax
from restorers import catalogue, paths
from restorers.contract import Problem
from restorers.sentences import Sentence

SHIPPED: Final = paths.ASSETS / "studies"
"""The studies of the page itself, first the one that it opens with."""
NO_WORDS: Final = Wording()
LARGEST: Final = 200_000
"""Bytes of a study's file."""


@dataclass(frozen=True)
class Setup:
    """A study that can run."""

    key: str
    """Tells it from others on the same page."""
    plan: StudyPlan
    """Without the pool, which is known when it is opened."""
    title: str = ""
    folder: Path | None = None
    """Of the pool; None = `pool.default_folder`."""
    methods: tuple[str, ...] = ()
    """Empty = all that the page compares."""
    licence: str = ""
    """Of the pictures that the pool is made of, where they are the study's own."""
    question: Wording = NO_WORDS
    """In words of its own; empty where the question is one of `QUESTIONS`."""
    before: Wording = NO_WORDS
    after: Wording = NO_WORDS
    consent: Wording = NO_WORDS
    code: str = ""
    """Given at the end."""
    return_to: str = ""
    raters: int = 0
    """Beyond which nobody new is asked; 0 = no limit."""
    panel_study: str = ""
    """The STUDY_ID of the panel's addresses."""


def of_plan(plan: StudyPlan, folder: Path | None = None) -> Setup:
    """A study of the page's own words, on the pool in a folder."""
    return Setup(plan.question, plan, folder=folder)


def shipped() -> tuple[Setup, ...]:
    """The studies of the page itself."""
    return tuple(opened(SHIPPED / f"{name}.toml") for name in ("realism", "fidelity"))


def opened(path: Path) -> Setup:
    """Read a study.

    Raises:
        BadStudy: with a sentence for every mistake.
    """
    said = read(path)
    return Setup(
        key=said.key or said.question.ask,
        plan=said.plan,
        title=said.title,
        folder=path.parent / said.pool.folder if said.pool.folder else None,
        methods=tuple(said.methods),
        licence=said.pool.licence,
        question=Wording(en=said.question.en, zh=said.question.zh),
        before=said.before,
        after=said.after,
        consent=said.consent,
        code=said.completion.code,
        return_to=said.completion.return_to,
        raters=said.recruiting.raters,
        panel_study=said.recruiting.panel_study,
    )


def several(files: Sequence[Path]) -> tuple[Setup, ...]:
    """Read studies that stand beside each other.

    Raises:
        BadStudy: with a sentence for every mistake, and where two have one key.
    """
    found: dict[str, Path] = {}
    setups = []
    for path in files:
        setup = opened(path)
        if setup.key in found:
            same = Sentence(
                "{other} has the key {key} too; write another one in one of the two.",
                other=found[setup.key].name,
                key=setup.key,
            )
            raise BadStudy([at(path.name, path.read_text("utf-8"), ("key",), same)])
        found[setup.key] = path
        setups.append(setup)
    return tuple(setups)


def read(path: Path) -> StudyFile:
    """Read a study's file.

    Raises:
        BadStudy: with a sentence for every mistake.
        Problem: if there is no such file, or it is no text.
    """
    text = _text(path)
    try:
        said = StudyFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise of_syntax(path.name, error) from error
    except ValidationError as error:
        raise of_content(path.name, text, error, StudyFile) from error
    mistakes = _mistakes(said, path.parent)
    if mistakes:
        raise BadStudy([at(path.name, text, place, mistake) for place, mistake in mistakes])
    return said


def template() -> str:
    """A study's file in which every line is there, with what it means; only the title has to be written."""
    lines = [
        "# A rating study. Lines that begin with a mark (#) show what holds when they are left out, or what could stand there.",
        "# python -m comparisons.study check THIS_FILE says what is wrong, and how many votes and raters it needs.",
        "",
    ]
    tables = []
    for name, field in StudyFile.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            tables += [*_comment(field), f"[{name}]", *_lines(inner), ""]
        else:
            lines += _line(name, field)
    return "\n".join([*lines, "", *tables])


def _lines(model: type[BaseModel]) -> list[str]:
    return [line for name, field in model.model_fields.items() for line in _line(name, field)]


def _line(name: str, field: FieldInfo) -> list[str]:
    mark = "" if field.is_required() else "# "
    return [*_comment(field), f"{mark}{name} = {example(field)}"]


def _comment(field: FieldInfo) -> list[str]:
    return textwrap.wrap(field.description or "", 118, initial_indent="# ", subsequent_indent="#   ")


def _text(path: Path) -> str:
    if not path.is_file():
        raise Problem(
            "expected the file of a study at {path}, found none; write one with: python -m comparisons.study new {path}",
            path=path,
        )
    data = path.read_bytes()
    words = data[: LARGEST + 1].decode("utf-8", errors="replace")
    if len(data) > LARGEST or "\ufffd" in words:
        raise Problem("expected a text of at most {most} bytes in UTF-8 at {path}; save it so", most=LARGEST, path=path)
    return words.removeprefix("\ufeff")


def _mistakes(said: StudyFile, folder: Path) -> list[tuple[Place, Sentence]]:
    """What no single line shows."""
    found = [*_of_question(said), *_of_pool(said), *_of_methods(said, folder), *_of_people(said)]
    numbers = said.numbers
    if numbers.repeats + numbers.checks >= numbers.block:
        words = Sentence(
            "{trials} repeats and checks leave no room in a block of {block}; write a larger block or fewer of them.",
            trials=numbers.repeats + numbers.checks,
            block=numbers.block,
        )
        found.append((("numbers", "block"), words))
    if said.task == "best_worst" and numbers.adaptive:
        words = Sentence("pairs are chosen adaptively, fours are not; write adaptive = false.")
        found.append((("numbers", "adaptive"), words))
    if said.task == "best_worst" and numbers.follow_up:
        words = Sentence("what is worse is asked of pairs, not of fours; write follow_up = 0.")
        found.append((("numbers", "follow_up"), words))
    return found


def _of_question(said: StudyFile) -> list[tuple[Place, Sentence]]:
    asked = said.question
    place = ("question", "ask")
    if asked.ask == "best":
        return [(place, Sentence("best is asked of people who see the names; write another name."))]
    if asked.ask not in QUESTIONS and not asked.en:
        words = Sentence(
            'the question {ask} has no words; write en = "…" below it, or ask realism or fidelity.', ask=asked.ask
        )
        return [(place, words)]
    return []


def _of_pool(said: StudyFile) -> list[tuple[Place, Sentence]]:
    found: list[tuple[Place, Sentence]] = []
    drawn = [one for one in menu.SCENARIOS if not one.shape]
    for name in said.pool.scenarios:
        if name not in [one.name for one in drawn]:
            choices = ", ".join(one.name for one in drawn)
            words = Sentence(
                "there is no scenario {name} for a study; write one of {choices}.", name=name, choices=choices
            )
            found.append((("pool", "scenarios"), words))
    known = [name for one in drawn if one.name in said.pool.scenarios for name in one.bin_names]
    for name in said.pool.bins:
        if name not in known:
            choices = ", ".join(dict.fromkeys(known))
            words = Sentence("these scenarios have no bin {name}; write one of {choices}.", name=name, choices=choices)
            found.append((("pool", "bins"), words))
    if said.pool.pictures and not said.pool.folder:
        words = Sentence('expected a folder for the pool of these pictures, got none; write folder = "pool".')
        found.append((("pool", "pictures"), words))
    return found


def _of_methods(said: StudyFile, folder: Path) -> list[tuple[Place, Sentence]]:
    known = [method.key for method in catalogue.METHODS]
    place = folder / said.pool.folder if said.pool.folder else pool.default_folder()
    if (place / pool.MANIFEST).exists():
        known += pool.read(place).external
    found: list[tuple[Place, Sentence]] = [
        (("methods",), Sentence("there is no method {name}; write some of {known}.", name=name, known=", ".join(known)))
        for name in said.methods
        if name not in known
    ]
    least = 4 if said.task == "best_worst" else 2
    many = len(set(said.methods)) if said.methods else len(known)
    if many < least or many < len(said.methods):
        words = Sentence(
            "expected at least {least} methods, each once, got {many}; name others.", least=least, many=many
        )
        found.append((("methods",), words))
    return found


def _of_people(said: StudyFile) -> list[tuple[Place, Sentence]]:
    found: list[tuple[Place, Sentence]] = []
    if (said.tier == "panel") != bool(said.recruiting.panel_study):
        words = Sentence(
            'the tier panel and the panel\'s study belong together; write tier = "panel" and panel_study = "…".'
        )
        found.append((("recruiting", "panel_study"), words))
    address = urlsplit(said.completion.return_to)
    if said.completion.return_to and not (address.scheme == "https" and address.hostname):
        words = Sentence(
            "expected an address that begins with https://, got {got}; correct it.", got=said.completion.return_to[:80]
        )
        found.append((("completion", "return_to"), words))
    return found


def shown_in(words: Wording, language: str) -> str:
    """Words of a study in a language: English where there are no Chinese ones, empty where there are none."""
    return (words.zh if language == "zh" else "") or words.en
