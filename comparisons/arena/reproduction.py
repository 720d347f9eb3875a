"""Whether the pixels of a recipe came again, and if not, why."""

from collections.abc import Callable, Mapping

from comparisons.arena.comparison_recipe import ComparisonRecipe, versions
from comparisons.records import provenance


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
        all_of_them = f"all {len(same)} methods" if not messages else f"{len(same)} of {len(recipe.pixels)} methods"
        messages.insert(0, f"The same pixels as then came from {all_of_them}.")
    return messages, len(same) == len(recipe.pixels)


def _difference(recipe: ComparisonRecipe, key: str, came: Mapping[str, str], name: str) -> str:
    if key not in came:
        return f"{name} gave a picture then and gives none now."
    then, now = provenance.Identity.parsed(recipe.weights.get(key, "")), provenance.identity(key)
    if then.weights != now.weights:
        was, present_one = then.weights or "none", now.weights or "none"
        return f"{name} gives other pixels: its weights have changed since ({was} then, {present_one} now)."
    if then.revision != now.revision:
        return f"{name} gives other pixels: its code has changed since (revision {then.revision} then, {now.revision} now)."
    present = versions()
    moved = [
        f"{part} {was} then, {present.get(part, 'none')} now"
        for part, was in recipe.versions.items()
        if present.get(part) != was
    ]
    because = (
        f"what computes it has changed ({'; '.join(moved)})" if moved else "another processor may add up differently"
    )
    return f"{name} gives other pixels although its weights are the same: {because}."
