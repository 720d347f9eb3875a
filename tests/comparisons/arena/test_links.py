"""Links hold what they can, and say so where they cannot."""

import pytest

from comparisons.arena.links import link, parse
from restorers.contract import Problem
from restorers.corruptions.corruption import DEGRADATIONS, OCCLUDERS, PLACES, Corruption


@pytest.mark.parametrize("percent", range(5, 61))
def test_every_share_of_the_page_comes_back_to_the_last_bit(percent):
    made = Corruption("rectangle", "none", 12345, percent / 100, percent / 100, "mouth")
    assert parse(link("01", made)) == ("01", made)


@pytest.mark.parametrize("occluder", [name for name in OCCLUDERS if name != "drawn"])
def test_every_corruption_comes_back(occluder):
    for degradation in DEGRADATIONS:
        for place in PLACES if occluder == "rectangle" else ("random",):
            made = Corruption(occluder, degradation, 7, place=place)
            assert parse(link("a face & more", made)) == ("a face & more", made)


def test_what_a_link_cannot_hold_gives_none():
    assert link("01", Corruption("drawn")) == ""
    assert link("01", Corruption(low=0.2, high=0.3)) == ""
    assert link("01", Corruption(low=1 / 3, high=1 / 3)) == ""


def test_links_read_well():
    made = Corruption("rectangle", "none", 7, 0.25, 0.25, "mouth")
    assert link("01", made) == "?face=01&occluder=rectangle&hidden=25&place=mouth&degradation=none&seed=7"


@pytest.mark.parametrize("query", ["", "?", "?__theme=dark", "?occluder=rectangle"])
def test_other_queries_are_none_of_ours(query):
    assert parse(query) is None


@pytest.mark.parametrize(
    "query",
    [
        "?face=01&hidden=x",
        "?face=01&hidden=nan",
        "?face=01&hidden=99",
        "?face=01&seed=-1",
        "?face=01&seed=1.5",
        "?face=01&seed=inf",
        "?face=01&occluder=tank",
        "?face=01&place=moon",
        "?face=01&degradation=worse",
    ],
)
def test_impossible_values_are_refused_in_words(query):
    with pytest.raises(Problem):
        parse(query)
