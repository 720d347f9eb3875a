"""The Duel tab: two results without names, one vote, and only then the names."""

import json
from typing import Any, Final, get_args

import gradio as gr

from comparisons.ballot import COMMENT
from comparisons.pages import pairs
from comparisons.pages.choices import QUIET
from comparisons.pages.guard import guarded
from comparisons.pages.raters import Login, address_of, login_from_environment, rater_id
from comparisons.pages.spoken import language_of
from comparisons.pages.texts import ENGLISH, I18N, tag, text
from comparisons.plan import Answer
from comparisons.session import Session
from restorers.contract import Problem

ORDER: Final[tuple[Answer, ...]] = ("left", "tie", "both_bad", "right", "skip")
"""The buttons from left to right; keys 1 to 5 press them in this order."""
BLIND: Final[dict[str, Any]] = {"concurrency_limit": 16, **QUIET}
"""Far more than two cores can do at once, as one who waits for a result to be rendered must not hold up those whose pair is there."""
VOTES: Final[dict[str, Any]] = {"concurrency_id": "votes", "concurrency_limit": 4, **QUIET}
"""A line of their own: a vote waits for the disk and for nothing else. More at once would only wait for the lock on the log."""
_EMPTY: Final = f"(navigator.language || '').startsWith('zh') ? {json.dumps(pairs.empty('…', 'zh'))} : {json.dumps(pairs.empty('…'))}"
WAITING: Final = f"() => [{_EMPTY}, {json.dumps(pairs.NOTHING)}]"
"""Clears the last pair and its names in the browser itself: asking the server for that would only be another wait."""


def build(session: Session, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        rater: the visitor's random id.
    """
    login = login_from_environment()
    gr.HTML(text("consent"))
    if login is not None:
        gr.HTML(text("login"))
        gr.LoginButton(elem_id="login")
    gr.HTML(tag("p", ENGLISH["warning"], 'class="note intro"'))
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
        return {button: gr.update(interactive=False) for button in every}

    def shown(
        chosen: str, kept: str | None, request: gr.Request, profile: gr.OAuthProfile | None = None
    ) -> dict[Any, Any]:
        who, language = _who(session, login, kept, profile), language_of(request)
        blind = session.next_trial(who, chosen)
        on = {button: gr.update(interactive=True) for button in every}
        told = {pair: pairs.pair(blind, language), count: pairs.counter(blind, who, language), remark: ""}
        # the hash of a login is not the browser's to keep: it stands only for as long as somebody is signed in
        return {trial: (blind.key, chosen), rater: who if login is None else kept, **told, **on}

    def voted(
        answer: Answer,
        key: tuple[str, str] | None,
        said: str,
        kept: str | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> dict[Any, Any]:
        if key is None:
            raise Problem("There is no pair to vote on yet: ask for one first.")
        who = rater_id(kept) if login is None else login.rater(profile)
        told = session.vote(key[0], who, answer, key[1], said or "", address_of(request))
        named = pairs.reveal(answer, told.left, told.right, methods, language_of(request))
        return {reveal: named, trial: None, **off()}

    def vacant(request: gr.Request) -> str:
        return pairs.empty("", language_of(request))

    def freed(request: gr.Request) -> dict[Any, Any]:
        return {pair: vacant(request), trial: None, **off()}

    gr.on(None, vacant, None, pair, queue=False, **QUIET)
    following.click(None, None, [pair, reveal], js=WAITING, **QUIET)
    asking = [pair, trial, rater, count, remark, *every]
    following.click(guarded(shown), [question, rater], asking, **BLIND).failure(
        freed, None, [pair, trial, *every], queue=False, **QUIET
    )
    # another question is another study: the pair in sight was not asked under it
    question.input(freed, None, [pair, trial, *every], queue=False, **QUIET)
    # kept in the browser, so that a reload goes on with the study that was under way
    kept_question = gr.BrowserState(asked[0], storage_key="unmasked-question", secret="unmasked")
    question.input(lambda chosen: chosen, question, kept_question, queue=False, **QUIET)
    gr.on(None, lambda kept: kept if kept in asked else asked[0], [kept_question], question, queue=False, **QUIET)
    for answer in get_args(Answer):
        given = gr.State(answer)
        buttons[answer].click(guarded(voted), [given, trial, remark, rater], [reveal, trial, *every], **VOTES)


def _who(session: Session, login: Login | None, kept: str | None, profile: gr.OAuthProfile | None) -> str:
    """The id that a vote will be written under.

    Raises:
        Problem: if somebody has to sign in first, or asked to be forgotten under this login.
    """
    if login is None:
        return session.rater(rater_id(kept))
    signed = login.rater(profile)
    if session.rater(signed) != signed:
        raise Problem("Your answers were taken out at your wish; this login is not asked again.")
    return signed
