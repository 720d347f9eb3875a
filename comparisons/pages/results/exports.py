"""A selection as files for a paper: SVG, PDF, PNG, CSV, LaTeX; and as the table below the figure."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Final

import pandas as pd

from comparisons import charts, figures
from comparisons.benchmark import tables
from comparisons.pages.parts import cards
from comparisons.pages.results.selection import COST, PAIRED, Selection, costed, costs_of, figure_of, per_cent
from comparisons.pages.text.texts import ENGLISH, tag
from restorers import catalogue
from restorers.sentences import Sentence, as_sentence

DIGITS: Final = 6
"""Of a number in the CSV."""


def shown_rows(chosen: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that the figure draws: of a chart of costs those of one bin, with their costs."""
    return costed(chosen, rows) if chosen.kind == COST else rows


def csv(chosen: Selection, rows: pd.DataFrame) -> bytes:
    """Means and intervals, a line a mark of the figure."""
    facts = {"data": chosen.run.label, "corruption": chosen.scenario, "measure": chosen.measure}
    facts |= {"against": chosen.baseline} if chosen.baseline else {}
    table = shown_rows(chosen, rows).rename(columns={"bin": "hidden", "ratio": "hidden_mean"})
    for place, (name, value) in enumerate(facts.items()):
        table.insert(place, name, value)
    written: str = table.to_csv(index=False, float_format=f"%.{DIGITS}g")
    return written.encode()


def latex(chosen: Selection, rows: pd.DataFrame) -> bytes:
    """A booktabs table: a line a method, a column a range of hidden areas, mean and interval; the best of a column is bold."""
    shown = shown_rows(chosen, rows)
    bins = list(dict.fromkeys(shown["bin"]))
    first = {name: shown.loc[shown["bin"] == name, "method"].iloc[0] for name in bins}
    lines = [
        f"% {chosen.title()}",
        rf"\begin{{tabular}}{{l{'c' * len(bins)}}}",
        r"\toprule",
        " & ".join(["Method", *("all" if name == "-" else name.replace("-", "--") for name in bins)]) + r" \\",
        r"\midrule",
    ]
    for method in tables.ordered(shown["method"]):
        cells = [_latex_cell(shown, name, method, bold=first[name] == method) for name in bins]
        lines.append(" & ".join([_plain(charts.name_of(method)), *cells]) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""]).encode()


FILES: Final[Mapping[str, Callable[[Selection, pd.DataFrame], bytes]]] = {
    "svg": lambda chosen, rows: figures.svg(figure_of(chosen, rows)).encode(),
    "pdf": lambda chosen, rows: figures.pdf(figure_of(chosen, rows)),
    "png": lambda chosen, rows: figures.png(figure_of(chosen, rows)),
    "csv": csv,
    "tex": latex,
}
"""What makes a file, by its ending."""


def table(chosen: Selection, rows: pd.DataFrame, human: Mapping[str, str]) -> str:
    """The very numbers of the figure as markup, with what a method costs and what people say beside each.

    Args:
        chosen: what is shown.
        rows: its rows.
        human: strength by blind votes, by method; empty where there are no votes.
    """
    shown, cost = shown_rows(chosen, rows), costs_of(chosen.run)
    heads = ["hidden", "method", "n", "better_by" if chosen.baseline else "mean", "low", "high"]
    heads += [*PAIRED] if chosen.baseline else []
    heads += ["times_patchmatch", *(["strength"] if human else [])]
    lines: list[str] = []
    named: set[str] = set()
    for row in shown.to_dict("records"):
        method = str(row["method"])
        numbers = [f"{row['n']:.0f}", *(_short(row[name]) for name in ("mean", "low", "high"))]
        numbers += [_short(row["p"]), *(f"{row[name]:.0f}" for name in PAIRED[1:])] if chosen.baseline else []
        numbers += [_short(cost.get(method)), *([human.get(method, "–")] if human else [])]
        lines.append(_line(str(row["bin"]), method, numbers, again=method in named))
        named.add(method)
    head = "".join(tag("th", ENGLISH.get(name, name), 'scope="col"') for name in heads)
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="wide" tabindex="0"><table class="scores results">{body}</table></div>'


def best_of(rows: pd.DataFrame) -> str:
    """Which method is best where one range of hidden areas is shown: a note, else nothing."""
    if rows.empty or rows["bin"].nunique() != 1:
        return ""
    first = rows.iloc[0]
    numbers = tables.interval(first["mean"], first["low"], first["high"])
    name = as_sentence(charts.name_of(first["method"]))
    return cards.note(Sentence("Best: {method}, {numbers}", method=name, numbers=numbers))


def _line(bin_name: str, method: str, numbers: list[str], *, again: bool) -> str:
    known = next((each for each in catalogue.METHODS if each.key == method), None)
    badge = (
        tag("small", catalogue.standing(known), 'class="again"' if again else "")
        if known is not None and catalogue.standing(known)
        else ""
    )
    name = f'<th scope="row">{cards.swatch(method)} {tag("span", charts.name_of(method))} {badge}</th>'
    cells = "".join(f"<td>{escape(number)}</td>" for number in numbers)
    hidden = "–" if bin_name in ("", "-") else escape(per_cent(bin_name))
    return f'<tr data-cell="{escape(bin_name)}|{escape(method)}"><td>{hidden}</td>{name}{cells}</tr>'


def _short(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.4g}"


def _latex_cell(rows: pd.DataFrame, bin_name: str, method: str, *, bold: bool) -> str:
    own = rows[(rows["bin"] == bin_name) & (rows["method"] == method)]
    if own.empty:
        return "--"
    text = tables.interval(*own.iloc[0][["mean", "low", "high"]])
    mean, space, interval = text.partition(" ")
    shown = rf"\textbf{{{mean}}}" if bold else mean
    return f"{shown}{space}{interval}"


def _plain(words: str) -> str:
    return "".join(f"\\{sign}" if sign in "&%$#_{}" else sign for sign in words)
