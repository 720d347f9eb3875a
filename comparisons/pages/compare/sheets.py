"""Further pictures of a comparison as HTML: error maps with their colour bar, and what methods show of their way."""

from collections.abc import Sequence
from html import escape

from comparisons.arena import error_maps as maps
from comparisons.arena.comparison import Comparison, Result
from comparisons.arena.error_maps import Kind
from comparisons.pages.parts import cards
from comparisons.pages.text.texts import labelled, tag
from restorers.images import Array
from restorers.sentences import Sentence, as_sentence


def error_maps(comparison: Comparison | None, kind: Kind | None) -> str:
    """Where every result differs from the truth, all on one colour scale.

    Args:
        comparison: what has landed.
        kind: which error; None shows nothing.
    """
    if comparison is None or kind is None:
        return ""
    if not comparison.face.truth:
        return cards.note("There is no ground truth below what covers this face, so there is no error to show.")
    done = [(result.method.name, result.pixels) for result in comparison.listed if result.pixels is not None]
    levels = {name: maps.error_map(kind, pixels, comparison.face.pixels) for name, pixels in done}
    if not levels:
        return cards.note("No method has given a picture yet.")
    top = maps.scale(levels.values())
    label = maps.LABELS[kind]
    figures = "".join(
        _figure(maps.coloured(level, top), _named(name, label), _mean(name, level.mean()))
        for name, level in levels.items()
    )
    return _bar(label, top) + f'<div class="maps">{figures}</div>'


def steps(results: Sequence[Result]) -> str:
    """The stages and samples of the methods that have any; empty where none has."""
    rows = "".join(_steps(result) for result in results if result.stages or result.samples)
    return f"<div class='steps'>{rows}</div>" if rows else ""


def _steps(result: Result) -> str:
    name = result.method.name
    named = {**result.stages}
    named |= {
        Sentence("sample {number}", number=number): pixels for number, pixels in enumerate(result.samples, start=1)
    }
    figures = "".join(_figure(pixels, _named(name, step), step) for step, pixels in named.items())
    return f"<h3>{escape(name)}</h3>{figures}"


def _bar(label: str, top: float) -> str:
    words = Sentence("{label} from 0 to {top:g} and more, the same for every method", label=Sentence(label), top=top)
    ramp = ", ".join(maps.colours())
    return (
        f'<p class="scale" role="img" {labelled(words)}>{tag("span", Sentence("{label} 0", label=Sentence(label)))}'
        f'<i style="background: linear-gradient(to right, {ramp})"></i>{tag("span", Sentence("{top:g} and more", top=top))}</p>'
    )


def _named(method: str, what: str) -> str:
    return Sentence("{method}, {what}", method=method, what=as_sentence(what))


def _mean(method: str, mean: float) -> str:
    return Sentence("{method}, mean {mean:.4f}", method=method, mean=mean)


def _figure(pixels: Array, name: str, caption: str) -> str:
    return f"<figure>{cards.picture(pixels, name, name)}{tag('figcaption', caption)}</figure>"
