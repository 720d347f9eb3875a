"""What is wrong with a study's file: a sentence for each mistake, with its line and what to write instead."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from restorers.contract import Problem
from restorers.sentences import Sentence, as_sentence, joined

Place = tuple[str | int, ...]
"""Names of tables, of a line, and an index in its list."""

_TABLE: Final = re.compile(r"\s*\[\s*([\w.-]+)\s*\]\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([\w-]+)\s*=")
_SYNTAX: Final = re.compile(r"(?P<reason>.*?) \(at line (?P<line>\d+), column \d+\)", re.DOTALL)
_KINDS: Final[Mapping[str, str]] = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "words in quotation marks",
    "list": "a list in square brackets",
    "model": "a table",
}
_BOUNDS: Final[Mapping[str, str]] = {
    "ge": "from {limit} up",
    "gt": "above {limit}",
    "le": "at most {limit}",
    "lt": "below {limit}",
}


class BadStudy(Problem):
    """A study's file with mistakes."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Say them one after the other.

        Args:
            sentences: one a mistake, at least one.
        """
        super().__init__(as_sentence(joined(*sentences)))
        self.sentences = tuple(map(as_sentence, sentences))


def line_of(text: str, place: Place) -> int:
    """The line, from 1, on which something is set; where it is not, the line of its table, or the first.

    Args:
        text: of the file.
        place: names of the tables, then of what is set.
    """
    names = [str(part) for part in place if isinstance(part, str)]
    inside: list[str] = []
    found = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.fullmatch(line):
            inside = table[1].split(".")
            found = number if inside == names[:-1] or inside == names else found
        elif (key := _KEY.match(line)) and [*inside, key[1]] == names:
            return number
    return found


def of_syntax(file: str, error: ValueError) -> BadStudy:
    """A file that is no TOML."""
    told = _SYNTAX.fullmatch(str(error))
    line, reason = (int(told["line"]), told["reason"]) if told else (1, str(error))
    return BadStudy(
        [
            Sentence(
                "{file}, line {line}: this is no TOML ({reason}); write name = value, words in quotation marks.",
                file=file,
                line=line,
                reason=reason,
            )
        ]
    )


def of_content(file: str, text: str, error: ValidationError, model: type[BaseModel]) -> BadStudy:
    """What does not fit, in the order of the file."""
    told = [(line_of(text, detail["loc"]), _told(detail, model)) for detail in error.errors()]
    return BadStudy(
        [
            Sentence("{file}, line {line}: {mistake}", file=file, line=line, mistake=mistake)
            for line, mistake in sorted(told, key=lambda one: one[0])
        ]
    )


def at(file: str, text: str, place: Place, mistake: Sentence) -> Sentence:
    """A mistake with its place in front."""
    return Sentence("{file}, line {line}: {mistake}", file=file, line=line_of(text, place), mistake=mistake)


def example(field: FieldInfo) -> str:
    """What could stand after the equals sign."""
    return json.dumps((field.examples or [""])[0], ensure_ascii=False)


def _told(detail: ErrorDetails, model: type[BaseModel]) -> Sentence:
    place = tuple(part for part in detail["loc"] if isinstance(part, str))
    owner, field = _field(model, place)
    key = place[-1] if place else "title"
    if detail["type"] == "extra_forbidden":
        return _unknown(key, list(owner.model_fields))
    if detail["type"] == "missing":
        return Sentence("{key} is missing; write {key} = {example}", key=key, example=example(_known(field)))
    got = json.dumps(detail["input"], ensure_ascii=False, default=str)
    known = _known(field)
    if isinstance(known.annotation, type) and issubclass(known.annotation, BaseModel):
        return Sentence("expected a table here, got {got}; write [{key}] on a line of its own.", got=got, key=key)
    return Sentence(
        "expected {expected} for {key}, got {got}; write for instance {key} = {example}",
        expected=_expected(detail, known),
        key=key,
        got=got if len(got) <= 60 else f"{got[:57]}...",
        example=example(known),
    )


def _unknown(key: str, known: Sequence[str]) -> Sentence:
    close = difflib.get_close_matches(key, known, 1)
    if close:
        return Sentence("there is no {key} here; did you mean {close}?", key=key, close=close[0])
    return Sentence("there is no {key} here; write one of {known}.", key=key, known=", ".join(known))


def _expected(detail: ErrorDetails, field: FieldInfo) -> Sentence:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        return Sentence(
            "one of {choices}",
            choices=re.sub(r"'| or ", lambda mark: ", " if "or" in mark[0] else "", str(context["expected"])),
        )
    if kind == "string_pattern_mismatch":
        return Sentence("a name of small letters, digits and _")
    if kind == "string_too_long":
        return Sentence("at most {most} characters", most=context["max_length"])
    if kind in ("string_too_short", "too_short"):
        return Sentence("something and not nothing")
    bounds = [_bound(mark, limit) for mark, limit in _limits(field)]
    named = as_sentence(_KINDS[_kind(field)])
    return Sentence("{kind} {bounds}", kind=named, bounds=_both(bounds)) if bounds else named


def _bound(mark: str, limit: object) -> Sentence:
    return Sentence(_BOUNDS[mark], limit=limit)


def _both(bounds: Sequence[Sentence]) -> Sentence:
    if len(bounds) == 1:
        return bounds[0]
    return Sentence("{low} and {high}", low=bounds[0], high=bounds[1])


def _limits(field: FieldInfo) -> Iterator[tuple[str, object]]:
    for rule in field.metadata:
        for mark in _BOUNDS:
            limit = getattr(rule, mark, None)
            if limit is not None:
                yield mark, limit


def _kind(field: FieldInfo) -> str:
    kinds: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "string"}
    return kinds.get(field.annotation, "list")


def _field(model: type[BaseModel], place: Sequence[str]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The table that a name stands in, and what is known of the name."""
    owner, field = model, model.model_fields.get(place[0]) if place else None
    for name in place[1:]:
        inner = field.annotation if field is not None else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        owner, field = inner, inner.model_fields.get(name)
    return owner, field


def _known(field: FieldInfo | None) -> FieldInfo:
    if field is None:
        raise AssertionError("pydantic has named something that the model does not have")
    return field
