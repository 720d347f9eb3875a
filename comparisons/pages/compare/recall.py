"""What brings a comparison back onto the page: a link, a dropped recipe, a click into the history."""

from typing import Any, Final

import gradio as gr

from comparisons.arena import comparison_recipe, reproduction
from comparisons.arena.comparison import Comparison
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.pages.compare import choices
from comparisons.pages.compare.choices import Choices, Updates
from comparisons.pages.compare.stage import Stage
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import cards
from comparisons.pages.shell import gate, picked
from comparisons.session import Session

LOST: Final = "That comparison has been forgotten meanwhile: an hour after its last use nothing is kept. Run it again."


def outputs(left: Choices, right: Stage) -> list[Any]:
    """What every way of bringing back changes, before anything runs."""
    return [right.asked, right.recipe, *choices.recalling(left)]


def by_link(session: Session, left: Choices, right: Stage, query: str | None) -> Updates:
    """What the page's address asks for.

    Raises:
        Problem: if it asks for what there is not.
    """
    start = session.linked(query or "")
    if start is None:
        return {right.asked: None}
    return asked(left, right, start, "From the link.", None)


def by_file(session: Session, left: Choices, right: Stage, path: str | None) -> Updates:
    """What a dropped file asks for.

    Raises:
        Problem: if it is no recipe.
    """
    if path is None:
        return {right.asked: None}
    recipe = comparison_recipe.read(gate.read(path))
    return asked(left, right, session.recall(recipe), "From the recipe.", recipe) | {right.file: None}


def by_history(left: Choices, right: Stage, visit: Visit, event: gr.SelectData) -> Updates:
    """A comparison of this visit.

    Raises:
        Problem: if it is forgotten.
    """
    kept = visit.kept
    return asked(left, right, kept[picked.place(event, len(kept), LOST)], "From this visit.", None)


def asked(left: Choices, right: Stage, start: Comparison, where: str, recipe: ComparisonRecipe | None) -> Updates:
    """The column of choices says what is asked for, and the stage knows what to bring back."""
    return choices.recalled(left, start, where) | {right.asked: start, right.recipe: recipe}


def messages(comparison: Comparison, recipe: ComparisonRecipe | None) -> str:
    """Whether a recipe's pixels came again; nothing where no recipe was asked for."""
    if recipe is None:
        return ""
    names = {result.method.key: result.method.name for result in comparison.results}
    came = {
        result.method.key: comparison_recipe.digest(result.pixels)
        for result in comparison.results
        if result.pixels is not None
    }
    sentences, same = reproduction.changes(recipe, came, lambda key: names.get(key, key))
    return "".join(cards.note(sentence, "" if same else "warn") for sentence in sentences)
