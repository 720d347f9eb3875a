"""Rows of means to figures for a page and for a paper: drawn once, given as SVG, PDF and PNG of the same.

Matplotlib, which facexlib brings anyway, is loaded with the first figure that is drawn and not before.
"""

import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from comparisons import charts, strokes
from comparisons.metrics.extras import INPUT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI: Final = 300
"""Of the PNG."""
INK: Final = "#1e1b17"
QUIET: Final = "#665f55"
GRID: Final = "#ddd5c8"
_THEME: Final = {INK: "var(--ink)", QUIET: "var(--quiet)", GRID: "var(--line)"}
"""Colours of ink on paper, and what the page has for them in the dark."""
THIS_FACE: Final = "this face"
SHARE: Final = "Hidden part of the picture (%)"
COST: Final = "Time for one face, PatchMatch = 1 (dashed: no other is quicker and better)"
_LOCK: Final = threading.Lock()
"""Matplotlib's settings are the whole process's."""


class Mark(NamedTuple):
    """One method's score on one face."""

    method: str
    ratio: float
    """Hidden share of the picture, 0 to 1."""
    value: float


class Style(NamedTuple):
    """How large a figure is, and what is written on it."""

    axis: str
    """Title of the axis of values."""
    width: float = 6.4
    """In inches."""
    height: float = 4.2
    columns: int = 3
    """Of the legend."""


class Shown(NamedTuple):
    """A figure, and what to say about each of its marks."""

    figure: "Figure"
    notes: dict[str, tuple[str, str]]
    """By the mark's id in the drawing: its name and numbers, and the cell `bin|method` behind it."""


def curves(rows: pd.DataFrame, style: Style, marks: Sequence[Mark] = ()) -> Shown:
    """Every method over the hidden share: mean over pictures and 95 % interval as a band.

    Args:
        rows: columns bin, ratio, method, n, mean, low, high.
        style: sizes and words.
        marks: scores of one face, drawn at its own hidden share with a dark edge.
    """
    notes: dict[str, tuple[str, str]] = {}
    with _drawing(style) as (figure, axes):
        for key in _ordered(rows["method"]):
            own = rows[rows["method"] == key].sort_values("ratio")
            stroke, shares = strokes.stroke(key), 100 * own["ratio"]
            known = own.dropna(subset=["low", "high"])
            axes.fill_between(100 * known["ratio"], known["low"], known["high"], color=stroke.colour, alpha=0.16, lw=0)
            axes.plot(shares, own["mean"], color=stroke.colour, ls=strokes.DASHES[stroke.dash], lw=1.4, zorder=3)
            for row in own.itertuples(index=False):
                name = f"note-{len(notes)}"
                notes[name] = (_words(row), f"{row.bin}|{key}")
                axes.plot(
                    100 * row.ratio, row.mean, strokes.MARKERS[stroke.symbol], color=stroke.colour, ms=5, gid=name
                )
        _faces(axes, marks, notes)
        axes.set_xlabel(SHARE)
        axes.set_title(style.axis, loc="left")
        _legend(figure, _ordered(rows["method"]), style, bool(marks))
    return Shown(figure, notes)


def dots(rows: pd.DataFrame, style: Style, marks: Sequence[Mark] = (), *, higher_is_better: bool = True) -> Shown:
    """Methods ranked by their mean, best first, with 95 % intervals; for corruptions without a ratio to go along.

    Args:
        rows: as for `curves`, of one bin.
        style: sizes and words.
        marks: scores of one face.
        higher_is_better: the direction of the measure.
    """
    ranked = rows.sort_values("mean", ascending=not higher_is_better).reset_index(drop=True)
    notes: dict[str, tuple[str, str]] = {}
    with _drawing(style) as (figure, axes):
        for place, row in enumerate(ranked.itertuples(index=False)):
            stroke, name = strokes.stroke(row.method), f"note-{len(notes)}"
            notes[name] = (_words(row), f"{row.bin}|{row.method}")
            if not pd.isna(row.low):
                axes.plot([row.low, row.high], [place, place], color=stroke.colour, lw=2, solid_capstyle="butt")
            axes.plot(row.mean, place, strokes.MARKERS[stroke.symbol], color=stroke.colour, ms=7, gid=name)
        where = {key: place for place, key in enumerate(ranked["method"])}
        _faces(axes, marks, notes, where)
        axes.set_yticks(range(len(ranked)), [charts.name_of(key) for key in ranked["method"]])
        axes.set_ylim(len(ranked) - 0.5, -0.5)
        axes.set_title(style.axis, loc="left")
        axes.grid(axis="y", visible=False)
        if marks:
            _legend(figure, [], style, faces=True)
    return Shown(figure, notes)


def cost(points: pd.DataFrame, style: Style, *, higher_is_better: bool) -> Shown:
    """Quality against cost, with the line of those that no other method beats in both.

    Args:
        points: columns method, cost (seconds, PatchMatch = 1), mean, low, high, n.
        style: sizes and words.
        higher_is_better: the direction of the measure.
    """
    from matplotlib.ticker import LogLocator

    notes: dict[str, tuple[str, str]] = {}
    with _drawing(style) as (figure, axes):
        for row in points.itertuples(index=False):
            stroke, name = strokes.stroke(row.method), f"note-{len(notes)}"
            cheap = f"{row.cost:.2g} x PatchMatch"
            notes[name] = (f"{_words(row)}; {cheap}", f"|{row.method}")
            axes.plot([row.cost, row.cost], [row.low, row.high], color=stroke.colour, lw=1.4)
            axes.plot(row.cost, row.mean, strokes.MARKERS[stroke.symbol], color=stroke.colour, ms=7, gid=name)
        front = pareto(points, higher_is_better=higher_is_better)
        axes.plot(front["cost"], front["mean"], color=QUIET, lw=1, ls="--", drawstyle="steps-post", zorder=1)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda times, _: f"{times:g}")
        axes.minorticks_off()
        axes.set_xlabel(COST)
        axes.set_title(style.axis, loc="left")
        _legend(figure, _ordered(points["method"]), style)
    return Shown(figure, notes)


def pareto(points: pd.DataFrame, *, higher_is_better: bool) -> pd.DataFrame:
    """The methods that no other one beats in both cost and quality, cheapest first.

    Args:
        points: columns method, cost, mean.
        higher_is_better: the direction of the mean.
    """
    ordered = points.sort_values(["cost", "mean"], ascending=[True, not higher_is_better])
    sign = 1 if higher_is_better else -1
    gain = sign * ordered["mean"]
    before = gain.cummax().shift(fill_value=float("-inf"))
    return ordered[gain > before]


def svg(shown: Shown) -> str:
    """The figure as SVG with real text, and each mark's words as its title; the same figure gives the same bytes."""
    text = _saved(shown.figure, "svg").decode()
    text = text[text.index("<svg") :]
    for name, (words, cell) in shown.notes.items():
        mark = f'<g class="mark" data-cell="{escape(cell)}"><title>{escape(words, quote=False)}</title>'
        text = text.replace(f'<g id="{name}">', mark)
    text = re.sub(r"\s*\n\s*", " ", text)
    # a tenth of a point is less than anybody sees, and the page is half as long
    text = re.sub(r' (?:d|x|y|transform)="[^"]*"', lambda place: re.sub(r"(\d\.\d)\d+", r"\1", place[0]), text)
    # Matplotlib's names for its parts; those that are referred to begin with m or p and ten digits
    return re.sub(r' id="(?![mp][0-9a-f]{10}")[^"]*"', "", text)


def inline(drawn: str, attributes: str, name: str) -> str:
    """An SVG as a part of the page: as wide as its place, in the page's colours.

    Args:
        drawn: what `svg` returned.
        attributes: of the element, such as what it shows in words.
        name: what tells its parts from those of another figure of the page.
    """
    for ink, themed in _THEME.items():
        drawn = drawn.replace(ink, themed)
    drawn = re.sub(r'((?: id="|href="#|url\(#)[mp][0-9a-f]{10})', rf"\1{name}", drawn)
    box = re.search(r'viewBox="([^"]*)"', drawn)
    body = re.sub(r"^<svg[^>]*>|<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    return f'<svg class="figure" viewBox="{box[1] if box else ""}" role="img" {attributes}>{body}'


def pdf(shown: Shown) -> bytes:
    """The figure as PDF, with fonts that can be edited."""
    return _saved(shown.figure, "pdf")


def png(shown: Shown) -> bytes:
    """The figure as PNG at `DPI` on white."""
    return _saved(shown.figure, "png")


@contextmanager
def _drawing(style: Style) -> Iterator[tuple["Figure", "Axes"]]:
    from matplotlib import rc_context  # a third of a second, which only a figure needs
    from matplotlib.figure import Figure

    with _LOCK, rc_context(_settings()):
        figure = Figure(figsize=(style.width, style.height), layout="constrained")
        yield figure, figure.add_subplot()


def _settings() -> Any:  # noqa: ANN401 - its stubs name every setting, and no dictionary's type does
    return {
        **{f"axes.spines.{side}": False for side in ("top", "right")},
        **dict.fromkeys(("axes.edgecolor", "grid.color"), GRID),
        **dict.fromkeys(("xtick.color", "ytick.color"), QUIET),
        **dict.fromkeys(("text.color", "axes.labelcolor"), INK),
        **{
            "axes.grid": True,
            "grid.linewidth": 0.6,
            "axes.axisbelow": True,
            "font.size": 9,
            "axes.labelsize": 9,
            "axes.titlesize": 9,
        },
        **{"svg.fonttype": "none", "pdf.fonttype": 42, "figure.facecolor": "none", "axes.facecolor": "none"},
        **{"svg.hashsalt": "unmasked", "font.family": "sans-serif"},
    }


def _saved(figure: "Figure", kind: str) -> bytes:
    from matplotlib import rc_context

    buffer = io.BytesIO()
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}.get(kind)
    with _LOCK, rc_context(_settings()):
        paper = "white" if kind == "png" else "none"
        figure.savefig(buffer, format=kind, dpi=DPI if kind == "png" else "figure", metadata=undated, facecolor=paper)
    return buffer.getvalue()


def _faces(
    axes: "Axes", marks: Sequence[Mark], notes: dict[str, tuple[str, str]], places: dict[str, int] | None = None
) -> None:
    """One face's scores: at its hidden share, or on the line of their method."""
    for mark in marks:
        if places is not None and mark.method not in places:
            continue
        stroke, name = strokes.stroke(mark.method), f"note-{len(notes)}"
        x, y = (100 * mark.ratio, mark.value) if places is None else (mark.value, places[mark.method])
        notes[name] = (f"{THIS_FACE}: {charts.name_of(mark.method)} {mark.value:.4g}", "")
        look: dict[str, Any] = {"color": stroke.colour, "mec": INK, "mew": 1.1, "ms": 8, "zorder": 5}
        axes.plot(x, y, strokes.MARKERS[stroke.symbol], gid=name, **look)


def _legend(figure: "Figure", methods: Sequence[str], style: Style, faces: bool = False) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for key in methods:
        stroke = strokes.stroke(key)
        look = {
            "color": stroke.colour,
            "ls": strokes.DASHES[stroke.dash],
            "marker": strokes.MARKERS[stroke.symbol],
            "ms": 5,
            "lw": 1.4,
        }
        handles.append(Line2D([], [], label=charts.name_of(key), **look))
    if faces:
        handles.append(Line2D([], [], label=THIS_FACE, marker="o", ls="", mfc="none", mec=INK, mew=1.1, ms=7))
    tight: dict[str, Any] = {"handlelength": 1.6, "handletextpad": 0.5, "columnspacing": 0.9, "borderaxespad": 0.2}
    size = 7 if style.width < 5 else 8
    figure.legend(handles=handles, loc="outside lower left", ncols=style.columns, frameon=False, fontsize=size, **tight)


def _ordered(methods: pd.Series) -> list[str]:
    """In the catalogue's order; the corrupted face itself, so far from all others, comes last."""
    order = charts.ordered(methods)
    return [key for key in order if key != INPUT] + [key for key in order if key == INPUT]


def _words(row: Any) -> str:  # noqa: ANN401 - a named tuple of pandas
    where = "" if row.bin in ("", "-") else f"; {row.bin}"
    return f"{charts.name_of(row.method)} {_interval(row)}; n = {int(row.n)}{where}"


def _interval(row: Any) -> str:  # noqa: ANN401
    return f"{row.mean:.4g}" if pd.isna(row.low) else f"{row.mean:.4g} [{row.low:.4g}, {row.high:.4g}]"
