"""The Duel tab: two results without names, one vote, and only then the names."""

from typing import Any, Final, get_args

import gradio as gr

from comparisons.ballot import COMMENT
from comparisons.comparison import DISCLAIMER
from comparisons.pages import pairs
from comparisons.pages.choices import QUIET
from comparisons.pages.guard import guarded
from comparisons.pages.raters import address_of, rater_id
from comparisons.pages.texts import I18N, text
from comparisons.plan import Answer
from comparisons.session import Session
from restorers.contract import Problem

ORDER: Final[tuple[Answer, ...]] = ("left", "tie", "both_bad", "right", "skip")
"""The buttons from left to right; keys 1 to 5 press them in this order."""
BLIND: Final[dict[str, Any]] = {"concurrency_limit": 4, **QUIET}


def build(session: Session, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        rater: the visitor's random id.
    """
    gr.HTML(text("consent"))
    gr.HTML(f"<p class='note intro'>{DISCLAIMER}</p>")
    asked = [plan.question for plan in session.plans]
    question = gr.Radio(
        [(I18N(f"question_{key}"), key) for key in asked], value=asked[0], label=I18N("question"), elem_id="question"
    )
    pair = gr.HTML(pairs.empty(""), elem_id="pair")
    with gr.Row(elem_classes="answers"):
        buttons = {
            answer: gr.Button(
                I18N(answer), interactive=False, elem_id=f"duel-{answer.replace('_', '-')}", min_width=110
            )
            for answer in ORDER
        }
    count = gr.HTML("", elem_id="duel-count")
    reveal = gr.HTML(pairs.NOTHING, elem_id="reveal")
    following = gr.Button(I18N("next"), variant="primary", elem_id="duel-next")
    remark = gr.Textbox(label=I18N("remark"), max_length=COMMENT, max_lines=1, elem_id="duel-remark")
    gr.HTML(text("keys"))
    # the opaque id stays in the visitor's session on the server; the browser never gets even that
    trial = gr.State(None)
    every = list(buttons.values())
    methods = {method.key: method for method in session.methods}

    def off() -> dict[Any, Any]:
        return {button: gr.Button(interactive=False) for button in every}

    def waiting() -> dict[Any, Any]:
        return {pair: pairs.empty("…"), reveal: pairs.NOTHING, following: gr.Button(interactive=False), **off()}

    def shown(chosen: str, kept: str | None) -> dict[Any, Any]:
        who = session.rater(rater_id(kept))
        blind = session.next_trial(who, chosen)
        on = {button: gr.Button(interactive=True) for button in every}
        key = (blind.key, chosen)
        return {pair: pairs.pair(blind), trial: key, rater: who, count: pairs.counter(blind, who), remark: "", **on}

    def voted(
        answer: Answer, key: tuple[str, str] | None, said: str, kept: str | None, request: gr.Request
    ) -> dict[Any, Any]:
        if key is None:
            raise Problem("There is no pair to vote on yet: ask for one first.")
        told = session.vote(key[0], rater_id(kept), answer, key[1], said or "", address_of(request))
        named = pairs.reveal(answer, told.left, told.right, methods)
        return {reveal: named, trial: None, following: gr.Button(interactive=True), **off()}

    def freed() -> dict[Any, Any]:
        return {pair: pairs.empty(""), trial: None, following: gr.Button(interactive=True), **off()}

    click = following.click(waiting, None, [pair, reveal, following, *every], queue=False, **QUIET)
    ready = click.then(guarded(shown), [question, rater], [pair, trial, rater, count, remark, *every], **BLIND)
    ready.failure(freed, None, [pair, trial, following, *every], queue=False, **QUIET)
    # another question is another study: the pair in sight was not asked under it
    question.input(freed, None, [pair, trial, following, *every], queue=False, **QUIET)
    # kept in the browser, so that a reload goes on with the study that was under way
    kept_question = gr.BrowserState(asked[0], storage_key="unmasked-question", secret="unmasked")
    question.input(lambda chosen: chosen, question, kept_question, queue=False, **QUIET)
    gr.on(None, lambda kept: kept if kept in asked else asked[0], [kept_question], question, queue=False, **QUIET)
    for answer in get_args(Answer):
        given = gr.State(answer)
        buttons[answer].click(
            guarded(voted), [given, trial, remark, rater], [reveal, trial, following, *every], **QUIET
        )
