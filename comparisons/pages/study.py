"""The Duel tab: two results without names, one vote, and only then the names."""

from typing import Any, Final, get_args

import gradio as gr

from comparisons.comparison import DISCLAIMER
from comparisons.pages import cards
from comparisons.pages.choices import QUIET
from comparisons.pages.guard import guarded
from comparisons.pages.raters import rater_id
from comparisons.session import Session
from comparisons.study import QUESTIONS
from comparisons.votes import Answer
from restorers.contract import Problem

WORDS: Final[dict[Answer, str]] = {
    "left": "A is better",
    "tie": "A tie",
    "both_bad": "Both are bad",
    "right": "B is better",
}
"""Answer -> what stands on its button; keys 1 to 4 press them in this order."""

_NOTHING: Final = '<div class="reveal"></div>'
_INTRO: Final = (
    "<div class='intro'><p>A damaged face of nobody, and what two methods made of it. You judge the pictures first; "
    f"the names come after your vote. {DISCLAIMER}</p>"
    "<p class='note'>What is kept: your answer, which picture and methods it was about, the time it took, and a random "
    "number that stands for this browser. No name, no address.</p></div>"
)


def build(session: Session, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        rater: the visitor's random id.
    """
    gr.HTML(_INTRO)
    gr.HTML(f'<h2 class="question">{QUESTIONS["realism"]}</h2>', elem_id="question")
    pair = gr.HTML(cards.empty_duel("press “Show me a pair”"), elem_id="pair")
    with gr.Row(elem_classes="answers"):
        buttons = {
            answer: gr.Button(
                f"{words} ({number})", interactive=False, elem_id=f"duel-{answer.replace('_', '-')}", min_width=130
            )
            for number, (answer, words) in enumerate(WORDS.items(), start=1)
        }
    reveal = gr.HTML(_NOTHING, elem_id="reveal")
    following = gr.Button("Show me a pair", variant="primary", elem_id="duel-next")
    # the opaque id stays in the visitor's session on the server; the browser never gets even that
    trial = gr.State(None)
    every = list(buttons.values())

    def waiting() -> dict[Any, Any]:
        off = {button: gr.Button(interactive=False) for button in every}
        return {
            pair: cards.empty_duel("two methods are at work …"),
            reveal: _NOTHING,
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
    ready = asked.then(guarded(shown), rater, [pair, trial, rater, *every], concurrency_limit=4, **QUIET)
    ready.failure(freed, None, [pair, following], queue=False, **QUIET)
    for answer in get_args(Answer):
        given = gr.State(answer)
        buttons[answer].click(guarded(voted), [given, trial, rater], [reveal, trial, following, *every], **QUIET)
