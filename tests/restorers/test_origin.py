"""What a method is, paper's own, variant or floor, is told wherever methods are listed."""

import re
from html import escape
from pathlib import Path

import pytest

from comparisons.pages import programs
from comparisons.pages.parts import cards
from comparisons.pages.text.texts import chinese_of
from comparisons.session import Session
from restorers.catalogue import METHODS, standing
from restorers.contract import Method
from restorers.paths import ROOT

VARIANTS = [method for method in METHODS if method.origin == "derived"]


def test_floors_are_references() -> None:
    assert [method.key for method in METHODS if method.origin == "reference"] == ["telea", "navier_stokes", "eigenface"]


def test_who_shares_a_trunk_is_a_variant_of_a_method_that_is_there() -> None:
    assert all(method.origin == "derived" for method in METHODS if method.shares)
    assert {method.shares for method in METHODS} - {""} <= {method.key for method in METHODS}
    assert all(method.shares != method.key for method in METHODS)


@pytest.mark.parametrize("method", VARIANTS, ids=lambda method: method.key)
def test_a_variant_says_so_on_its_cards_in_both_languages(method: Method) -> None:
    words = standing(method)
    assert words.startswith("variant: ")
    assert chinese_of(words).startswith("变体：")
    for markup in (cards.waiting_card(method), cards.methods_list([method])):
        assert f">{words}<" in markup
        assert chinese_of(words) in markup


def test_who_is_no_variant_says_what_it_is() -> None:
    others = [method for method in METHODS if method.origin != "derived"]
    assert "variant" not in cards.methods_list(others) + "".join(map(cards.waiting_card, others))
    for method in others:
        for markup in (cards.waiting_card(method), cards.methods_list([method])):
            assert f">{escape(cards.ORIGINS[method.origin])}<" in markup


def test_programs_are_told(tmp_path: Path) -> None:
    answer = programs.Endpoints(Session(tmp_path / "votes.csv")).methods()
    assert {row["method"]: (row["origin"], row["shares"]) for row in answer} == {
        method.key: (method.origin, method.shares) for method in METHODS
    }


def test_the_readme_says_the_same() -> None:
    section = (ROOT / "restorers" / "methods" / "README.md").read_text("utf-8").split("\n## ")[0]
    table = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, re.M))
    assert table == {method.key: standing(method) or method.origin for method in METHODS}


def test_the_model_cards_say_the_same() -> None:
    sections = (ROOT / "assets/weights/README.md").read_text("utf-8").split("\n## ")
    said = {
        section.split("\n", 1)[0]: re.findall(r"^\| origin \| (variant.*) \|$", section, re.M) for section in sections
    }
    for method in METHODS:
        if method.key in said:
            assert said[method.key] == ([standing(method)] if method.origin == "derived" else [])
