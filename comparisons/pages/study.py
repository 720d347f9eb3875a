"""The Duel tab: two results without names, one vote, and only then the names."""

from typing import Any, get_args

import gradio as gr

from comparisons.comparison import DISCLAIMER
from comparisons.pages import cards
from comparisons.pages.guard import guarded
from comparisons.pages.raters import rater_id
from comparisons.session import Session
from comparisons.study import QUESTIONS
from comparisons.votes import Answer
from restorers.contract import Problem

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
WORDS: dict[Answer, tuple[str, str]] = {
    "left": ("A is better", "1"),
    "tie": ("A tie", "3"),
    "both_bad": ("Both are bad", "4"),
    "right": ("B is better", "2"),
}
"""Answer -> what stands on its button, and its key."""


def build(session: Session, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        rater: the visitor's random id.
    """
    gr.HTML(
        "<div class='intro'><p>A face of nobody, damaged; two methods have filled it in. You see the pictures first and the names "
        f"after your vote. {DISCLAIMER}</p><p class='note'>What is kept: your answer, which picture and methods it was about, the time it "
        "took, and a random number that stands for this browser. No name, no address.</p></div>"
    )
    gr.HTML(f'<h2 class="question">{QUESTIONS["realism"]}</h2>', elem_id="question")
    pair = gr.HTML(cards.empty_duel("press “Show me a pair”"), elem_id="pair")
    with gr.Row(elem_classes="answers"):
        buttons = {
            answer: gr.Button(
                f"{words} ({key})", interactive=False, elem_id=f"duel-{answer.replace('_', '-')}", min_width=130
            )
            for answer, (words, key) in WORDS.items()
        }
    reveal = gr.HTML('<div class="reveal"></div>', elem_id="reveal")
    following = gr.Button("Show me a pair", variant="primary", elem_id="duel-next")
    # the opaque id stays in the visitor's session on the server; the browser never gets even that
    trial = gr.State(None)
    every = list(buttons.values())

    def waiting() -> dict[Any, Any]:
        off = {button: gr.Button(interactive=False) for button in every}
        return {
            pair: cards.empty_duel("two methods are at work …"),
            reveal: '<div class="reveal"></div>',
            following: gr.Button(interactive=False),
            **off,
        }

    def shown(kept: str | None) -> dict[Any, Any]:
        who = rater_id(kept)
        blind = session.next_trial(who)
        on = {button: gr.Button(interactive=True) for button in every}
        return {pair: cards.duel(blind.occluded, blind.left, blind.right), trial: blind.key, rater: who, **on}

    def voted(answer: Answer, key: str | None, kept: str | None) -> dict[Any, Any]:
        if key is None:
            raise Problem("There is no pair to vote on yet: ask for one first.")
        told = session.vote(key, rater_id(kept), answer)
        off = {button: gr.Button(interactive=False) for button in every}
        named = cards.reveal(answer, session.named(told.left), session.named(told.right))
        return {reveal: named, trial: None, following: gr.Button("Next pair (n)", interactive=True), **off}

    def freed() -> dict[Any, Any]:
        return {pair: cards.empty_duel(""), following: gr.Button(interactive=True)}

    asked = following.click(waiting, None, [pair, reveal, following, *every], queue=False, **QUIET)
    ready = asked.then(
        guarded(shown), rater, [pair, trial, rater, *every], concurrency_id="models", concurrency_limit=1, **QUIET
    )
    ready.failure(freed, None, [pair, following], queue=False, **QUIET)
    for answer in get_args(Answer):
        given = gr.State(answer)
        buttons[answer].click(guarded(voted), [given, trial, rater], [reveal, trial, following, *every], **QUIET)
