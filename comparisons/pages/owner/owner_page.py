"""The owner's page: votes a day, raters, what is left out and why, what is still needed; forget and export."""

import math
from html import escape
from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from comparisons.limits import TooFast
from comparisons.pages.owner.owner_door import OwnerDoor
from comparisons.pages.owner.study_state import RaterState, StudyState, state
from comparisons.pages.text.spoken import Language, translated
from comparisons.rating import Rating
from comparisons.study import hub, vote, vote_log
from restorers.contract import Problem
from restorers.sentences import Sentence, as_sentence

PATH: Final = "/owner"
_CLOSED: Final = {"WWW-Authenticate": 'Basic realm="owner", charset="UTF-8"'}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}
_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:0 auto;padding:16px}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:4px 14px 4px 0;"
    "border-bottom:1px solid #8884}.wide{overflow-x:auto;margin:1.5em 0}.wide td{white-space:nowrap}"
    ".warn{font-weight:600}h2{margin-top:2em}code{font-size:.9em}"
)
_RATER_HEADS: Final = (
    "rater",
    "votes",
    "checks passed",
    "seconds",
    "left side",
    "deviation",
    "reliability",
    "left out",
    "",
)


class OwnerPage:
    """The page over the studies that run."""

    def __init__(self, rating: Rating, door: OwnerDoor) -> None:
        """Take what is looked after.

        Args:
            rating: the studies.
            door: tells the owner.
        """
        self._rating, self._door = rating, door

    @property
    def routes(self) -> list[Route]:
        """What the web app has to know."""
        return [
            Route(PATH, self._looked_at, methods=["GET"]),
            Route(f"{PATH}/votes.csv", self._exported, methods=["GET"]),
            Route(f"{PATH}/forget", self._forgotten, methods=["POST"]),
        ]

    def _refusal(self, request: Request) -> Response | None:
        try:
            if self._door.opens_to(request):
                return None
        except TooFast as refusal:
            return Response(translated(refusal.sentence, _language(request)), 429, _HEADERS, "text/plain")
        return Response(
            translated("This page is the owner's.", _language(request)), 401, _CLOSED | _HEADERS, "text/plain"
        )

    def _looked_at(self, request: Request) -> Response:
        return self._refusal(request) or self._shown(_language(request))

    def _exported(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        plan = self._rating.plans.get(request.query_params.get("study", ""))
        if plan is None:
            return self._shown(_language(request), "There is no study of this name.", 404)
        rows = [vote.row(one) for one in self._rating.log.read().votes if one.study == plan.study]
        named = {"Content-Disposition": f'attachment; filename="{plan.study}.csv"'}
        return Response(vote.header() + b"".join(rows), 200, _HEADERS | named, "text/csv")

    async def _forgotten(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        form = await request.form()
        rater, language = str(form.get("rater", "")), _language(request)
        if not self._door.stamped(f"forget {rater}", str(form.get("stamp", ""))):
            return self._shown(language, "This form is not the page's own; load the page again.", 403)
        # the disk and the Hub may take their time; raters are served meanwhile
        return await anyio.to_thread.run_sync(self._forget, rater, language)

    def _forget(self, rater: str, language: Language) -> Response:
        try:
            lines = vote_log.forget(self._rating.log.folder, rater)
            copy = hub.copy_from_environment()
            if copy is not None:
                vote_log.forget_on_hub(copy, rater)
        except Problem as problem:
            return self._shown(language, problem.sentence, 400)
        return self._shown(language, Sentence("{count} votes are gone, here and in the copy.", count=lines))

    def _shown(self, language: Language, message: str = "", status: int = 200) -> Response:
        parts = [self._study(state(self._rating, key), language) for key in self._rating.plans]
        said = f'<p class="warn" role="status">{_say(message, language)}</p>' if message else ""
        trouble = self._rating.log.trouble
        copied = _say(trouble or "The log is whole, and its copy, where there is one, is up to date.", language)
        head = f"<title>Unmasked: {_say('the owner', language)}</title><style>{_STYLE}</style>"
        meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        body = f"<h1>{_say('Studies', language)}</h1>{said}<p>{copied}</p>{''.join(parts)}"
        page = (
            f'<!doctype html><html lang="{language}"><head>{meta}{head}</head><body><main>{body}</main></body></html>'
        )
        return HTMLResponse(page, status, _HEADERS)

    def _study(self, found: StudyState, language: Language) -> str:
        trouble = f'<p class="warn">{_say(found.trouble, language)}</p>' if found.trouble else ""
        export = f'<p><a href="{PATH}/votes.csv?study={escape(found.key)}">{_say("Votes as CSV", language)}</a></p>'
        days = _table(("day", "votes"), [(escape(day), str(count)) for day, count in found.days], language)
        raters = _table(_RATER_HEADS, [self._rater(one, language) for one in found.raters], language)
        left_out = _table(
            ("left out", "votes"), [(_say(reason, language), str(count)) for reason, count in found.excluded], language
        )
        wanted = _table(
            ("pair", "votes", "still needed"),
            [(f"{escape(one)} / {escape(other)}", str(had), str(more)) for one, other, had, more in found.wanted],
            language,
        )
        head = f"<h2>{escape(found.title)}</h2><p><code>{escape(found.study)}</code></p>"
        return f"<section>{head}{trouble}{export}{days}{raters}{left_out}{wanted}</section>"

    def _rater(self, one: RaterState, language: Language) -> tuple[str, ...]:
        stamp = self._door.stamp(f"forget {one.rater}")
        forget = (
            f'<form method="post" action="{PATH}/forget"><input type="hidden" name="rater" value="{escape(one.rater)}">'
            f'<input type="hidden" name="stamp" value="{stamp}"><button>{_say("forget", language)}</button></form>'
        )
        return (
            f"<code>{escape(one.rater)}</code>",
            str(one.votes),
            f"{one.passed} / {one.checks}",
            f"{one.seconds:.1f}",
            "" if math.isnan(one.left) else f"{one.left:.0%}",
            "" if math.isnan(one.deviation) else f"{one.deviation:+.1f}",
            "" if math.isnan(one.reliability) else f"{one.reliability:.0%}",
            ", ".join(f"{_say(reason, language)}: {count}" for reason, count in one.excluded),
            forget,
        )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]], language: Language) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{_say(word, language) if word else ''}</th>" for word in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _say(words: str, language: Language) -> str:
    return escape(translated(as_sentence(words), language))


def _language(request: Request) -> Language:
    return "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"
