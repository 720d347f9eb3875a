"""The Rate tab: results without names on one screen, one vote, and only then the names, for a moment."""

import json
from typing import Any, Final, get_args

import gradio as gr

from comparisons.pages.parts.brush import QUIET
from comparisons.pages.rate import pairs
from comparisons.pages.rate.rate_handlers import RateHandlers, choices, open_to_all, uninvited
from comparisons.pages.rate.rate_parts import MOVED, ORDER, RateParts
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.raters import login_from_environment
from comparisons.pages.text.texts import ENGLISH, I18N, tag, text
from comparisons.session import Session
from comparisons.study.plan import Answer, Part
from comparisons.study.vote import COMMENT
from restorers.contract import Problem

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
_OFF: Final = ", ".join(
    ['{__type__: "update", interactive: false}'] * (len(ORDER) + 2) + ['{__type__: "update", visible: false}']
)
"""For all answers, among them the best and the worst of four, and what is asked after one."""
_CLEAR: Final = f"[{_EMPTY}, '', {_OFF}]"
"""In the browser itself: what the server were asked to clear could come back after the pair that somebody asked for meanwhile."""
WAITING: Final = f"""(ahead, chosen) => (ahead.includes(`data-study="${{chosen}}"`)
    ? [ahead, {json.dumps(MOVED)}, {_OFF}, {json.dumps(pairs.NOTHING)}]
    : [...{_CLEAR}, {json.dumps(pairs.NOTHING)}])"""
"""Shows the next pair from what the browser holds ready, or clears the last one, in the browser itself: asking the server for
that would only be another wait."""
CLEAR: Final = f"() => unmaskedDuel.answered() || {_CLEAR}"
"""Another question is another study: the pair in sight was not asked under it."""
CAME: Final = (
    f"""(chosen, pair) => unmaskedDuel.answered() || (pair.includes(`data-study="${{chosen}}"`) ? [] : {_CLEAR})"""
)
"""A pair that comes after another question was chosen is shown under none; it stays the rater's next one in its own study."""
ADDRESS: Final = "(_, chosen) => [location.search + location.hash, chosen]"
CONSENT: Final = "(terms) => unmaskedDuel.consent(terms)"
ADVANCE: Final = "(revealed) => { unmaskedDuel.taken(); if (revealed.includes('<p')) unmaskedDuel.advance(); }"
"""Once somebody has voted: the first of two choices among four is none yet."""
REFUSED: Final = "() => unmaskedDuel.taken()"


def build(session: Session, page: gr.Blocks, rater: gr.BrowserState) -> None:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page.
        page: what the tab is a part of.
        rater: the visitor's random id.

    Raises:
        Problem: if a study asks raters to sign in, and signing in is not turned on.
    """
    login = login_from_environment()
    if login is None and any(setup.plan.tier == "signed_in" for setup in session.rating.setups.values()):
        raise Problem(
            "a study asks its raters to sign in: set RATER_SECRET on a Hugging Face Space with hf_oauth: true"
        )
    with gr.Column(elem_id="duel"):
        parts = _laid_out(session, rater, signing=login is not None)
    _wire(page, RateHandlers(session, login, parts), parts, [setup.key for setup in uninvited(session)])


def _laid_out(session: Session, rater: gr.BrowserState, *, signing: bool) -> RateParts:
    asked = choices(open_to_all(session), "en")
    before = gr.HTML("", elem_id="duel-before")
    consent = gr.HTML(text("consent"), elem_id="duel-consent")
    if signing:
        gr.HTML(text("login_why"))
        gr.LoginButton(elem_id="login")
    question = gr.Radio(asked, value=asked[0][1], label=I18N("question"), elem_id="question")
    shown = _pair()
    number, remark = _kept()
    return RateParts(
        arrival=gr.State(None),
        terms=gr.Textbox("page", visible=False),
        before=before,
        consent=consent,
        question=question,
        number=number,
        remark=remark,
        trial=gr.State(None),
        tapped=gr.State(None),
        coming=gr.State(None),
        rater=rater,
        **shown,
    )


def _pair() -> dict[str, Any]:
    """Pictures, answers, and what leads to the next pair."""
    pair = gr.HTML(pairs.empty(""), elem_id="pair")
    ahead = gr.HTML("", elem_id="duel-ahead")
    with gr.Row(elem_classes="answers"):
        buttons = {
            answer: gr.Button(I18N(answer), interactive=False, elem_id=f"duel-{answer.replace('_', '-')}", min_width=60)
            for answer in ORDER
        }
    with gr.Row(elem_id="four-answers"):
        places = [("A", 0), ("B", 1), ("C", 2), ("D", 3)]
        best = gr.Radio(places, label=I18N("best_of_four"), interactive=False, elem_id="four-best")
        worst = gr.Radio(places, label=I18N("worst_of_four"), interactive=False, elem_id="four-worst")
    named = [(str(I18N(f"part_{key}")), key) for key in get_args(Part)]
    part = gr.Radio(named, label=I18N("which_part"), visible=False, elem_id="duel-part")
    reveal = gr.HTML(pairs.NOTHING, elem_id="reveal")
    with gr.Row(elem_classes="going"):
        following = gr.Button(I18N("next"), variant="primary", elem_id="duel-next", min_width=60)
        gr.Button(I18N("pause"), elem_id="duel-pause", min_width=60)
        count = gr.HTML("", elem_id="duel-count")
    voting = {"pair": pair, "ahead": ahead, "buttons": buttons, "best": best, "worst": worst, "part": part}
    voting["reveal"] = reveal
    return voting | {"following": following, "counted": count}


def _kept() -> tuple[gr.HTML, gr.Textbox]:
    """What was agreed to, folded to a line, with all that is not needed for a vote."""
    with gr.Accordion(I18N("kept"), open=False, elem_id="duel-kept"):
        number = gr.HTML("", elem_id="duel-number")
        remark = gr.Textbox(label=I18N("remark"), max_length=COMMENT, max_lines=1, elem_id="duel-remark")
        gr.HTML(text("keys"))
        gr.HTML(text("consent"))
        gr.HTML(tag("p", ENGLISH["warning"], 'class="note intro"'))
    return number, remark


def _wire(page: gr.Blocks, does: RateHandlers, parts: RateParts, keys: list[str]) -> None:
    every = [*parts.buttons.values(), parts.best, parts.worst]
    words = [parts.before, parts.consent, parts.terms]
    # out of sight: the page's own address, which says who was invited; it is written down nowhere
    address = gr.Textbox("", visible=False)
    # not `gr.on` without a trigger, which runs again whenever an input changes: the question would be set back
    come = page.load(
        guarded(does.arrived),
        [address, parts.question],
        [parts.arrival, parts.question, parts.reveal, *words],
        js=ADDRESS,
        **QUIET,
    )
    come.then(None, parts.terms, None, js=CONSENT, **QUIET)
    page.load(does.vacant, None, parts.pair, queue=False, **QUIET)
    cleared = [parts.pair, parts.ahead, *every, parts.part]
    # all of what is done in the browser is done when it is asked for, before anything that waits for the server
    parts.question.input(None, None, cleared, js=CLEAR, **QUIET)
    parts.following.click(None, [parts.ahead, parts.question], [*cleared, parts.reveal], js=WAITING, **QUIET)
    asking = [*cleared, parts.coming, parts.trial, parts.rater, parts.counted, parts.number, parts.remark]
    asking.append(parts.tapped)
    given = [parts.question, parts.rater, parts.ahead, parts.coming, parts.arrival, parts.tapped, parts.remark]
    # the last one counts: another question may have been chosen while the server was still busy with the one before
    asked_for = parts.following.click(guarded(does.shown), given, asking, trigger_mode="always_last", **BLIND)
    asked_for.failure(None, None, cleared, js=CLEAR, **QUIET)
    asked_for.success(None, [parts.question, parts.pair], cleared, js=CAME, **QUIET)
    known = [parts.question, parts.rater, parts.arrival]
    asked_for.success(guarded(does.prefetched), known, [parts.ahead, parts.coming], **AHEAD)
    changed = parts.question.input(guarded(does.said), parts.question, words, queue=False, **QUIET)
    changed.then(None, parts.terms, None, js=CONSENT, **QUIET)
    _take_votes(does, parts, [parts.reveal, parts.trial, *every])
    _keep_question(does, parts, come, keys)


def _take_votes(does: RateHandlers, parts: RateParts, told: list[Any]) -> None:
    told = [*told, parts.tapped, parts.part]
    known = [parts.trial, parts.remark, parts.rater, parts.arrival]
    waiting = [parts.part, parts.tapped, parts.remark, parts.rater, parts.arrival]
    parted = parts.part.input(guarded(does.parted), waiting, told, **VOTES)
    parted.success(None, parts.reveal, None, js=ADVANCE, **QUIET)
    parted.failure(None, None, None, js=REFUSED, **QUIET)
    chosen = [parts.best.input, parts.worst.input]
    # the second tap comes while the server still looks at the first
    both = gr.on(
        chosen, guarded(does.ended), [parts.best, parts.worst, *known], told, trigger_mode="always_last", **VOTES
    )
    both.success(None, parts.reveal, None, js=ADVANCE, **QUIET)
    both.failure(None, None, None, js=REFUSED, **QUIET)
    for answer in get_args(Answer):
        vote = parts.buttons[answer].click(guarded(does.voted), [gr.State(answer), *known], told, **VOTES)
        vote.success(None, parts.reveal, None, js=ADVANCE, **QUIET)
        vote.failure(None, None, None, js=REFUSED, **QUIET)


def _keep_question(does: RateHandlers, parts: RateParts, come: Any, keys: list[str]) -> None:  # noqa: ANN401 - Gradio's dependency
    """Keep the question in the browser, so that a reload goes on with the study that was under way."""
    kept = gr.BrowserState("", storage_key="unmasked-question", secret="unmasked")
    # in the browser: an answer of the server's would come after another choice and set it back
    parts.question.input(None, parts.question, kept, js="(chosen) => chosen", **QUIET)
    goes_on = f"(kept, shown) => [kept, shown].every((key) => {json.dumps(keys)}.includes(key)) ? kept : shown"
    again = come.then(None, [kept, parts.question], parts.question, js=goes_on, **QUIET)
    said = again.then(
        guarded(does.said), parts.question, [parts.before, parts.consent, parts.terms], queue=False, **QUIET
    )
    said.then(None, parts.terms, None, js=CONSENT, **QUIET)
