"""Whether a recipe brought the same pixels again, and if not, what has changed since."""

from collections.abc import Callable, Mapping

from comparisons.arena.comparison_recipe import ComparisonRecipe, versions
from comparisons.records import provenance
from restorers.sentences import Sentence


def changes(
    recipe: ComparisonRecipe, came: Mapping[str, str], name_of: Callable[[str], str] = str
) -> tuple[list[str], bool]:
    """Say whether the same pixels came again.

    Args:
        recipe: what was written down then.
        came: `digest` of each picture that came now, by the method's key.
        name_of: a method's name for people.

    Returns:
        Sentences, and whether every picture of then came again.
    """
    if not recipe.pixels:
        return ["The recipe is an old one without hashes, so nothing says whether these are the same pixels."], False
    same = [key for key, then in recipe.pixels.items() if came.get(key) == then]
    messages = [_difference(recipe, key, came, name_of(key)) for key in recipe.pixels if key not in same]
    if same:
        messages.insert(0, _same(len(same), len(recipe.pixels)))
    return messages, len(same) == len(recipe.pixels)


def _same(count: int, total: int) -> str:
    if count == total:
        return Sentence("The same pixels as then came from all {total} methods.", total=total)
    return Sentence("The same pixels as then came from {count} of {total} methods.", count=count, total=total)


def _difference(recipe: ComparisonRecipe, key: str, came: Mapping[str, str], name: str) -> str:
    if key not in came:
        return Sentence("{method} gave a picture then and gives none now.", method=name)
    then, now = provenance.Identity.parsed(recipe.weights.get(key, "")), provenance.identity(key)
    if then.weights != now.weights:
        return Sentence(
            "{method} gives other pixels: its weights have changed since ({then} then, {now} now).",
            method=name,
            then=then.weights or Sentence("none"),
            now=now.weights or Sentence("none"),
        )
    if then.revision != now.revision:
        return Sentence(
            "{method} gives other pixels: its code has changed since (revision {then} then, {now} now).",
            method=name,
            then=then.revision,
            now=now.revision,
        )
    present = versions()
    moved = [
        f"{part} {was} then, {present.get(part, 'none')} now"
        for part, was in recipe.versions.items()
        if present.get(part) != was
    ]
    if moved:
        return Sentence(
            "{method} gives other pixels although its weights are the same: the software has changed ({changes}).",
            method=name,
            changes="; ".join(moved),
        )
    return Sentence(
        "{method} gives other pixels although its weights are the same: another processor may add up differently.",
        method=name,
    )
