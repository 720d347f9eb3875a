"""The Ranking tab: what the blind votes say, how sure it is, and what was left out."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from comparisons.pages.compare.choices import QUIET
from comparisons.pages.parts import cards
from comparisons.pages.rate.rate_handlers import choices
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, tag, text
from comparisons.ranking.by_ratio import OTHER, CellStanding, by_ratio, by_ratio_csv
from comparisons.ranking.strength_chart import strength_chart
from comparisons.ranking.summary import (
    TIERS,
    UNRATED,
    Ranking,
    Standing,
    facts,
    facts_csv,
    standings_csv,
    win_matrix_csv,
    without_votes,
)
from comparisons.ranking.win_matrix import win_matrix
from comparisons.session import Session
from restorers.contract import Problem
from restorers.sentences import Sentence


def build(session: Session, tab: gr.Tab) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        tab: the tab itself, which is filled when it is opened.
    """
    setups = list(session.rating.setups.values())
    question = gr.Radio(
        choices(setups, "en"),
        value=setups[0].key,
        label=I18N("question"),
        elem_id="ranking-question",
    )
    parts = _laid_out()

    def filled(chosen: str) -> dict[Any, Any]:
        return _filled(chosen, session, parts)

    every = [tab.select, question.input]
    gr.on(every, guarded(filled), question, list(parts), trigger_mode="always_last", concurrency_limit=1, **QUIET)


class RankingParts(NamedTuple):
    """What the tab shows of a study."""

    table: gr.HTML
    facts: gr.HTML
    matrix: gr.Plot
    curve: gr.Plot
    scenarios: gr.HTML
    standings: gr.DownloadButton
    wins: gr.DownloadButton
    worth: gr.DownloadButton
    cells: gr.DownloadButton


def _laid_out() -> RankingParts:
    table = gr.HTML("", elem_id="standings")
    facts = gr.HTML("", elem_id="ranking-facts")
    matrix = gr.Plot(label=I18N("win_matrix"), visible=False, elem_id="win-matrix")
    curve = gr.Plot(label=I18N("by_ratio_chart"), visible=False, elem_id="by-ratio")
    scenarios = gr.HTML("", visible=False, elem_id="by-scenario")
    with gr.Row():
        names = ("standings_csv", "win_matrix_csv", "facts_csv", "by_ratio_csv")
        files = [gr.DownloadButton(text(name), visible=False) for name in names]
    return RankingParts(table, facts, matrix, curve, scenarios, *files)


def _filled(chosen: str, session: Session, parts: RankingParts) -> dict[Any, Any]:
    keys = list(session.rating.study(chosen).methods)
    try:
        ranking = session.ranking(chosen)
    except Problem as problem:
        # said where the table would be, not as an error: an empty study is nothing that went wrong
        nothing: dict[Any, Any] = {part: gr.update(visible=False) for part in parts[2:]}
        return {parts.table: cards.note(problem.sentence) + trouble(session), parts.facts: "", **nothing}
    cells = by_ratio(ranking)
    binned = any(cell.kind == "bin" for cell in cells)
    return {
        parts.table: standings_table(ranking, session, keys) + trouble(session),
        parts.facts: facts_list(ranking) + (cards.note(ENGLISH["by_ratio"]) if binned else ""),
        parts.matrix: gr.Plot(win_matrix(ranking), visible=True),
        parts.curve: gr.Plot(strength_chart(cells), visible=binned),
        parts.scenarios: gr.HTML(
            scenarios_table(ranking, cells, session), visible=any(cell.kind == "scenario" for cell in cells)
        ),
        parts.standings: _download(standings_csv(ranking, keys), "standings.csv"),
        parts.wins: _download(win_matrix_csv(ranking), "win_matrix.csv"),
        parts.worth: _download(facts_csv(ranking), "facts.csv"),
        parts.cells: _download(by_ratio_csv(cells), "by_ratio.csv"),
    }


def standings_table(ranking: Ranking, session: Session, taking_part: Sequence[str] = ()) -> str:
    """The standings as an HTML table; methods without votes come last, of those that take part, or else all."""
    names = {method.key: method.name for method in session.rated}
    rows = "".join(_row(standing, names.get(standing.method, standing.method)) for standing in ranking.standings)
    rows += "".join(_unrated(names[key]) for key in without_votes(ranking, taking_part or names))
    named = ("rank", "method", "strength", "interval", "votes", "won", "tied", "lost", "stability")
    heads = "".join(tag("th", words) for words in (*(ENGLISH[key] for key in named), ""))
    notes = "".join(cards.note(ENGLISH[key]) for key in ("standings_note", "interval_note", "stability_note"))
    table = f'<div class="wide"><table class="standings"><tr>{heads}</tr>{rows}</table></div>'
    return cards.note(TIERS[ranking.plan.tier], "warn") + table + notes


def scenarios_table(ranking: Ranking, cells: Sequence[CellStanding], session: Session) -> str:
    """Strengths by kind of corruption as an HTML table: a line a method in the ranking's order, a column a kind."""
    names = {method.key: method.name for method in session.rated}
    told = {(cell.cell, cell.method): cell for cell in cells if cell.kind == "scenario"}
    kinds = list(dict.fromkeys(kind for kind, _ in told))
    methods = [name for name in ranking.methods if any(name == method for _, method in told)]
    titles = [ENGLISH["other_corruption" if kind == OTHER else f"corruption_{kind}"] for kind in kinds]
    head = "".join(tag("th", words, 'scope="col"') for words in (ENGLISH["method"], *titles))
    lines = []
    for method in methods:
        inside = "".join(_cell(told.get((kind, method))) for kind in kinds)
        lines.append(f'<tr><th scope="row">{escape(names.get(method, method))}</th>{inside}</tr>')
    table = (
        f'<div class="wide" tabindex="0"><table class="standings kinds"><tr>{head}</tr>{"".join(lines)}</table></div>'
    )
    return tag("h3", ENGLISH["by_scenario"]) + table + cards.note(ENGLISH["by_scenario_note"])


def facts_list(ranking: Ranking) -> str:
    """What there is to know about the votes."""
    items = "".join(f"<li>{tag('b', name)} {tag('span', value)}</li>" for name, value in facts(ranking))
    return f'<ul class="methods">{items}</ul>'


def trouble(session: Session) -> str:
    """A line for the owner where the copy of the log is behind."""
    words = session.log.trouble
    return cards.note(words, "warn") if words else ""


def _row(standing: Standing, name: str) -> str:
    cells = (
        standing.estimate,
        standing.interval,
        str(standing.votes),
        str(standing.wins),
        str(standing.ties),
        str(standing.losses),
        standing.stability,
        ENGLISH["preliminary"] if standing.preliminary else "",
    )
    place = "–" if standing.place is None else standing.place
    return f"<tr><td>{place}</td><td><b>{escape(name)}</b></td>{''.join(tag('td', cell) for cell in cells)}</tr>"


def _cell(standing: CellStanding | None) -> str:
    if standing is None:
        return "<td>–</td>"
    votes = tag("small", Sentence("{votes} votes", votes=standing.votes))
    # of an open interval the strength is the ridge's doing
    known = f"{standing.strength:+.2f} " if math.isfinite(standing.high - standing.low) else ""
    return f"<td>{known}({tag('span', standing.interval)}) {votes}</td>"


def _unrated(name: str) -> str:
    unrated = tag("td", UNRATED, 'colspan="7"')
    return f"<tr><td>–</td><td><b>{escape(name)}</b></td>{unrated}<td></td></tr>"


def _download(words: str, name: str) -> gr.DownloadButton:
    return gr.DownloadButton(value=shelved(words.encode(), name), visible=True)
