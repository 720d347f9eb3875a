"""What happens on the Rate tab: who somebody is, the pair that is shown, the vote that is taken."""

import time
from contextlib import suppress
from typing import Any

import gradio as gr

from comparisons.pages.rate import pairs
from comparisons.pages.rate.rate_parts import MOVED, RateParts, Tapped, Updates
from comparisons.pages.shell.addresses import address_of
from comparisons.pages.shell.raters import Login, rater_id
from comparisons.pages.text.spoken import Language, language_of
from comparisons.pages.text.texts import I18N
from comparisons.session import Session
from comparisons.study.blind_study import BlindTrial, FullStudy
from comparisons.study.passes import Admitted, NoEntry
from comparisons.study.plan import QUESTIONS, Answer, Tier
from comparisons.study.rows import Worse
from comparisons.study.scheduling import NothingLeft
from comparisons.study.setups import Setup, shown_in
from comparisons.study.trials import BadTrial, Trial
from restorers.contract import Problem


class RateHandlers:
    """The handlers over one session."""

    def __init__(self, session: Session, login: Login | None, parts: RateParts) -> None:
        """Take what is on the tab.

        Args:
            session: the work behind the page.
            login: how raters sign in; None where they need not.
            parts: of the tab.
        """
        self._session, self._login, self._parts = session, login, parts
        self._methods = {method.key: method for method in session.rated}

    def arrived(self, address: str, chosen: str, request: gr.Request) -> Updates:
        """Take in whom the address says that somebody is, and show the studies that are for them."""
        parts, language = self._parts, language_of(request)
        try:
            admitted = self._session.rating.admit(address or "")
        except NoEntry as problem:
            # beside the pictures and not only as a message that goes away
            return {parts.reveal: pairs.word(problem.sentence, language), **self.said(chosen, request)}
        setups = self._session.rating.setups
        mine = [setups[admitted.key]] if admitted else open_to_all(self._session)
        value = chosen if chosen in [setup.key for setup in mine] else mine[0].key
        # said only where it has to change: somebody may have chosen another question meanwhile
        moved: dict[str, Any] = {} if value == chosen else {"value": value}
        asked = gr.update(choices=choices(mine, language), **moved)
        return {parts.arrival: admitted, parts.question: asked, **self.said(value, request)}

    def said(self, chosen: str, request: gr.Request) -> Updates:
        """A study's own words: before the first trial, and on what is kept."""
        parts, language = self._parts, language_of(request)
        setup = self._setup(chosen)
        own = pairs.paragraphs(shown_in(setup.consent, language))
        return {
            parts.before: pairs.paragraphs(shown_in(setup.before, language)),
            parts.consent: own or pairs.consent(language),
            parts.terms: f"{chosen} {setup.plan.rules}" if own else "page",
        }

    def shown(
        self,
        chosen: str,
        kept: str | None,
        moved: str,
        held: str | None,
        admitted: Admitted | None,
        tapped: Tapped | None,
        said: str,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> Updates:
        """The rater's pair, or in its place why there is none: all is done, or nobody new is wanted."""
        parts, language = self._parts, language_of(request)
        if tapped is not None:
            self._without_part(tapped, said, kept, admitted, request, profile)
        who, tier = self._who(chosen, kept, admitted, profile)
        known = {
            parts.number: pairs.number(who, language),
            parts.remark: "",
            **self._nothing_ahead(),
            **self._nothing_tapped(),
        }
        # the hash of a login is not the browser's to keep: it stands only for as long as somebody is signed in
        known |= {parts.rater: who if tier == "open" and self._login is None else kept}
        try:
            blind = self._session.next_trial(who, chosen, tier)
        except (NothingLeft, FullStudy) as done:
            setup = self._setup(chosen)
            thanks = pairs.finished(
                setup, done.sentence, language, earned=self._session.rating.has_answered(who, chosen)
            )
            return {parts.pair: thanks, parts.trial: None, parts.counted: "", **known, **self._off()}
        on: Updates = {button: gr.update(interactive=True) for button in parts.buttons.values()}
        on |= {end: gr.update(value=None, interactive=True) for end in (parts.best, parts.worst)}
        told = {
            parts.pair: _pair(blind, language, chosen, (moved, held)),
            parts.counted: pairs.counter(blind, language),
        }
        return {parts.trial: (blind.key, chosen, blind.follow_up), **told, **known, **on}

    def prefetched(
        self,
        chosen: str,
        kept: str | None,
        admitted: Admitted | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> Updates:
        """The pictures of the pair that comes next."""
        following = self._session.coming_trial(*self._asking(chosen, kept, admitted, profile))
        if following is None:
            return self._nothing_ahead()
        markup = pairs.pair(following, language_of(request), chosen)
        return {self._parts.ahead: markup, self._parts.coming: following.key}

    def voted(
        self,
        answer: Answer,
        key: tuple[str, str, bool] | None,
        said: str,
        kept: str | None,
        admitted: Admitted | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> Updates:
        """Take the answer, and only then tell the names; where it is asked, not before the rater has said which part is worse."""
        if key is None:
            raise Problem("There is nothing to vote on yet: ask for pictures first.")
        trial, chosen, follow_up = key
        if follow_up and answer in ("left", "right"):
            parts, waits = self._parts, Tapped(trial, chosen, answer, time.monotonic())
            return {parts.tapped: waits, parts.part: gr.update(visible=True, value=None), **self._off()}
        who, tier = self._who(chosen, kept, admitted, profile, voting=True)
        told = self._session.vote(trial, who, answer, chosen, said or "", address_of(request), tier)
        return {**self._names(answer, told, request), **self._off()}

    def parted(
        self,
        part: str,
        tapped: Tapped | None,
        said: str,
        kept: str | None,
        admitted: Admitted | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> Updates:
        """Take the vote that was waiting, with the part that is worse, and tell the names."""
        if tapped is None:
            raise Problem("There is nothing to vote on yet: ask for pictures first.")
        who, tier = self._who(tapped.study, kept, admitted, profile, voting=True)
        worse = Worse(part, time.monotonic() - tapped.at)
        told = self._session.vote(
            tapped.trial, who, tapped.answer, tapped.study, said or "", address_of(request), tier, None, worse
        )
        return {**self._names(tapped.answer, told, request), **self._nothing_tapped()}

    def _names(self, answer: Answer, told: Trial, request: gr.Request) -> Updates:
        named = pairs.reveal(answer, told.left, told.right, self._methods, language_of(request))
        return {self._parts.reveal: named, self._parts.trial: None}

    def ended(
        self,
        best: int | None,
        worst: int | None,
        key: tuple[str, str, bool] | None,
        said: str,
        kept: str | None,
        admitted: Admitted | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None = None,
    ) -> Updates:
        """Take the best and the worst of four, once both are chosen."""
        parts = self._parts
        if key is None or best is None or worst is None:
            # not the key once more: another pair may have been asked for meanwhile
            return {parts.trial: gr.skip()}
        if best == worst:
            raise Problem("The best cannot be the worst too: choose another one.")
        trial, chosen, _ = key
        who, tier = self._who(chosen, kept, admitted, profile, voting=True)
        ends = (int(best), int(worst))
        told = self._session.vote(trial, who, "left", chosen, said or "", address_of(request), tier, ends)
        named = pairs.reveal_four(told, ends, self._methods, language_of(request))
        return {parts.reveal: named, parts.trial: None, **self._off()}

    def vacant(self, request: gr.Request) -> str:
        """Empty places for a pair."""
        return pairs.empty("", language_of(request))

    def _who(
        self,
        chosen: str,
        kept: str | None,
        admitted: Admitted | None,
        profile: gr.OAuthProfile | None,
        *,
        voting: bool = False,
    ) -> tuple[str, Tier]:
        """The id that a vote will be written under, and the way by which the rater came.

        Raises:
            Problem: if somebody has to sign in or needs a link first, or asked to be forgotten under it.
        """
        tier = self._setup(chosen).plan.tier
        if tier in ("invited", "panel"):
            if admitted is None or admitted.key != chosen:
                raise NoEntry("This study is for invited raters: open the link that you were sent.")
            return self._lasting(admitted.rater), tier
        if self._login is not None:
            return self._lasting(self._login.rater(profile)), tier
        if tier == "signed_in":
            raise NoEntry("Sign in with Hugging Face first: in this study every person counts as one rater.")
        own = rater_id(kept)
        return (own if voting else self._session.rater(own)), tier

    def _lasting(self, rater: str) -> str:
        if self._session.rater(rater) != rater:
            raise Problem("Your answers were taken out at your wish; this login is not asked again.")
        return rater

    def _asking(self, chosen: str, *known: Any) -> tuple[str, str, Tier]:  # noqa: ANN401 - as `_who`
        who, tier = self._who(chosen, *known)
        return who, chosen, tier

    def _setup(self, chosen: str) -> Setup:
        self._session.rating.study(chosen)
        return self._session.rating.setups[chosen]

    def _off(self) -> Updates:
        parts = self._parts
        return {part: gr.update(interactive=False) for part in (*parts.buttons.values(), parts.best, parts.worst)}

    def _without_part(
        self,
        tapped: Tapped,
        said: str,
        kept: str | None,
        admitted: Admitted | None,
        request: gr.Request,
        profile: gr.OAuthProfile | None,
    ) -> None:
        """Take a vote whose rater went on without saying which part is worse."""
        who, tier = self._who(tapped.study, kept, admitted, profile, voting=True)
        worse = Worse("", time.monotonic() - tapped.at)
        # answered in another window, or too late: there is nothing left to take
        with suppress(BadTrial):
            self._session.vote(
                tapped.trial, who, tapped.answer, tapped.study, said or "", address_of(request), tier, None, worse
            )

    def _nothing_tapped(self) -> Updates:
        return {self._parts.tapped: None, self._parts.part: gr.update(visible=False)}

    def _nothing_ahead(self) -> Updates:
        return {self._parts.ahead: "", self._parts.coming: None}


def uninvited(session: Session) -> list[Setup]:
    """The studies for which nobody has to be invited."""
    return [setup for setup in session.rating.setups.values() if setup.plan.tier in ("open", "signed_in")]


def open_to_all(session: Session) -> list[Setup]:
    """The studies for which nobody has to be invited; all where there are none."""
    return uninvited(session) or list(session.rating.setups.values())


def choices(setups: list[Setup], language: Language) -> list[tuple[str, str]]:
    """The questions to choose from; where two are alike, with the titles of their studies."""
    asked = [_question(setup, language) for setup in setups]
    return [
        (words if asked.count(words) == 1 else f"{setup.title}: {_plain(setup, language)}", setup.key)
        for words, setup in zip(asked, setups, strict=True)
    ]


def _question(setup: Setup, language: Language) -> str:
    own = shown_in(setup.question, language)
    return own or str(I18N(f"question_{setup.plan.question}"))


def _plain(setup: Setup, language: Language) -> str:
    return shown_in(setup.question, language) or QUESTIONS.get(setup.plan.question, "")


def _pair(blind: BlindTrial, language: Language, chosen: str, said: tuple[str, str | None]) -> str | dict[str, Any]:
    """The markup of a pair; nothing new where the browser has moved this very pair into sight already."""
    return gr.skip() if said == (MOVED, blind.key) else pairs.pair(blind, language, chosen)
