"""The Ranking tab: what the blind votes say, how sure it is, and what was left out."""

from html import escape
from typing import Any

import gradio as gr

from comparisons.pages.compare.choices import QUIET
from comparisons.pages.parts import cards
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, tag, text
from comparisons.ranking.summary import (
    OPEN_VOTES,
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


def build(session: Session, tab: gr.Tab) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        tab: the tab itself, which is filled when it is opened.
    """
    asked = [plan.question for plan in session.plans]
    keys = [method.key for method in session.rated]
    question = gr.Radio(
        [(I18N(f"question_{key}"), key) for key in asked],
        value=asked[0],
        label=I18N("question"),
        elem_id="ranking-question",
    )
    table = gr.HTML("", elem_id="standings")
    facts = gr.HTML("", elem_id="ranking-facts")
    matrix = gr.Plot(label=I18N("win_matrix"), visible=False, elem_id="win-matrix")
    with gr.Row():
        standings = gr.DownloadButton(text("standings_csv"), visible=False)
        wins = gr.DownloadButton(text("win_matrix_csv"), visible=False)
        worth = gr.DownloadButton(text("facts_csv"), visible=False)

    def filled(chosen: str) -> dict[Any, Any]:
        try:
            ranking = session.ranking(chosen)
        except Problem as problem:
            # said where the table would be, not as an error: an empty study is nothing that went wrong
            words = cards.note(problem.sentence) + trouble(session)
            nothing = {button: gr.DownloadButton(visible=False) for button in files}
            return {table: words, facts: "", matrix: gr.Plot(visible=False), **nothing}
        return {
            table: standings_table(ranking, session) + trouble(session),
            facts: facts_list(ranking),
            matrix: gr.Plot(win_matrix(ranking), visible=True),
            standings: _download(standings_csv(ranking, keys), "standings.csv"),
            wins: _download(win_matrix_csv(ranking), "win_matrix.csv"),
            worth: _download(facts_csv(ranking), "facts.csv"),
        }

    files = [standings, wins, worth]
    shown = [table, facts, matrix, *files]
    gr.on([tab.select, question.input], guarded(filled), question, shown, concurrency_limit=1, **QUIET)


def standings_table(ranking: Ranking, session: Session) -> str:
    """The standings as an HTML table; methods of the session without votes come last."""
    names = {method.key: method.name for method in session.rated}
    rows = "".join(_row(standing, names.get(standing.method, standing.method)) for standing in ranking.standings)
    rows += "".join(_unrated(names[key]) for key in without_votes(ranking, names))
    named = ("rank", "method", "strength", "interval", "votes", "won", "tied", "lost", "stability")
    heads = "".join(tag("th", words) for words in (*(ENGLISH[key] for key in named), ""))
    notes = "".join(cards.note(ENGLISH[key]) for key in ("standings_note", "interval_note", "stability_note"))
    table = f'<div class="wide"><table class="standings"><tr>{heads}</tr>{rows}</table></div>'
    return cards.note(OPEN_VOTES, "warn") + table + notes


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


def _unrated(name: str) -> str:
    unrated = tag("td", UNRATED, 'colspan="7"')
    return f"<tr><td>–</td><td><b>{escape(name)}</b></td>{unrated}<td></td></tr>"


def _download(words: str, name: str) -> gr.DownloadButton:
    return gr.DownloadButton(value=shelved(words.encode(), name), visible=True)
