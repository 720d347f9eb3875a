"""The Duel tab: two results without names, one vote, and only then the names."""

import json
from typing import Any, Final, get_args

import gradio as gr

from comparisons.pages.parts.brush import QUIET
from comparisons.pages.rate import pairs
from comparisons.pages.shell.addresses import address_of
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.raters import Login, login_from_environment, rater_id
from comparisons.pages.text.spoken import Language, language_of
from comparisons.pages.text.texts import ENGLISH, I18N, tag, text
from comparisons.session import Session
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import Answer
from comparisons.study.vote import COMMENT
from restorers.contract import Problem

ORDER: Final[tuple[Answer, ...]] = ("left", "tie", "both_bad", "right", "skip")
"""The buttons from left to right; keys 1 to 5 press them in this order."""
BLIND: Final[dict[str, Any]] = {"concurrency_id": "pairs", "concurrency_limit": 16, **QUIET}
"""Far more than two cores can do at once, as one who waits for a result to be rendered must not hold up those whose pair is there."""
AHEAD: Final[dict[str, Any]] = {
    "concurrency_id": "coming",
    "concurrency_limit": 8,
    "trigger_mode": "always_last",
    **QUIET,
}
"""Nobody waits for these; they may not take every thread from those for whom somebody does."""
VOTES: Final[dict[str, Any]] = {"concurrency_id": "votes", "concurrency_limit": 4, **QUIET}
"""A line of their own: a vote waits for the disk and for nothing else. More at once would only wait for the lock on the log."""
_EMPTY: Final = f"(navigator.language || '').startsWith('zh') ? {json.dumps(pairs.empty('…', 'zh'))} : {json.dumps(pairs.empty('…'))}"
MOVED: Final = "moved"
"""What the browser says in place of the pictures that were ready, once they are in sight."""
WAITING: Final = f"""(ahead) => ahead.includes("<img")
    ? [ahead, {json.dumps(pairs.NOTHING)}, {json.dumps(MOVED)}]
    : [{_EMPTY}, {json.dumps(pairs.NOTHING)}, ""]"""
"""Shows the next pair from what the browser holds ready, or clears the last one, in the browser itself: asking the server for
that would only be another wait."""


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
    # out of sight: the next pair, on its way while somebody still looks at this one
    ahead = gr.HTML("", elem_id="duel-ahead")
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
    trial, coming = gr.State(None), gr.State(None)
    every = list(buttons.values())
    methods = {method.key: method for method in session.rated}

    nothing_ahead: dict[Any, Any] = {ahead: "", coming: None}

    def off() -> dict[Any, Any]:
        return {button: gr.update(interactive=False) for button in every}

    def shown(
        chosen: str,
        kept: str | None,
        moved: str,
        held: str | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> dict[Any, Any]:
        who, language = _who(session, login, kept, profile), language_of(request)
        blind = session.next_trial(who, chosen)
        on = {button: gr.update(interactive=True) for button in every}
        told = {
            pair: _pair(blind, language, (moved, held)),
            count: pairs.counter(blind, who, language),
            remark: "",
            **nothing_ahead,
        }
        # the hash of a login is not the browser's to keep: it stands only for as long as somebody is signed in
        return {trial: (blind.key, chosen), rater: who if login is None else kept, **told, **on}

    def prefetched(
        chosen: str, kept: str | None, request: gr.Request, profile: gr.OAuthProfile | None = None
    ) -> dict[Any, Any]:
        following = session.coming_trial(_who(session, login, kept, profile), chosen)
        return nothing_ahead | _held(following, ahead, coming, language_of(request))

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
        return {pair: vacant(request), trial: None, **nothing_ahead, **off()}

    gr.on(None, vacant, None, pair, queue=False, **QUIET)
    following.click(None, ahead, [pair, reveal, ahead], js=WAITING, **QUIET)
    asking = [pair, ahead, coming, trial, rater, count, remark, *every]
    vacating = [pair, ahead, coming, trial, *every]
    asked_for = following.click(guarded(shown), [question, rater, ahead, coming], asking, **BLIND)
    asked_for.failure(freed, None, vacating, queue=False, **QUIET)
    asked_for.success(guarded(prefetched), [question, rater], [ahead, coming], **AHEAD)
    # another question is another study: the pair in sight was not asked under it
    question.input(freed, None, vacating, queue=False, **QUIET)
    # kept in the browser, so that a reload goes on with the study that was under way
    kept_question = gr.BrowserState(asked[0], storage_key="unmasked-question", secret="unmasked")
    question.input(lambda chosen: chosen, question, kept_question, queue=False, **QUIET)
    gr.on(None, lambda kept: kept if kept in asked else asked[0], [kept_question], question, queue=False, **QUIET)
    for answer in get_args(Answer):
        given = gr.State(answer)
        buttons[answer].click(guarded(voted), [given, trial, remark, rater], [reveal, trial, *every], **VOTES)


def _pair(blind: BlindTrial, language: Language, said: tuple[str, str | None]) -> str | dict[str, Any]:
    """The markup of a pair; nothing new where the browser has moved this very pair into sight already."""
    return gr.skip() if said == (MOVED, blind.key) else pairs.pair(blind, language)


def _held(following: BlindTrial | None, ahead: gr.HTML, coming: gr.State, language: Language) -> dict[Any, Any]:
    return {} if following is None else {ahead: pairs.pair(following, language), coming: following.key}


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
