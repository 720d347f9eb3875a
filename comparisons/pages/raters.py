"""The visitor's random id: it tells votes of one browser from those of another and says nothing about the person."""

import os
import re
import secrets
from typing import Final

import gradio as gr

_FORM: Final = re.compile(r"[0-9a-f]{16}")


def rater_state() -> gr.BrowserState:
    """Where a browser keeps the id.

    The key is no secret: the id guards nothing and names nobody, and a fixed key lets it outlive a restart of the
    server.
    """
    return gr.BrowserState("", storage_key="unmasked-rater", secret="unmasked")


def rater_id(kept: str | None) -> str:
    """The id that a browser sent, or a new one where it sent none or something else."""
    return kept if isinstance(kept, str) and _FORM.fullmatch(kept) else secrets.token_hex(8)


def address_of(request: gr.Request | None) -> str:
    """Where a request comes from, for the limit on speed only; empty where there is no request.

    On a Space the proxy's own address is the same for everybody; it puts the visitor's first into a header.
    """
    if request is None or request.client is None:
        return ""
    forwarded = request.headers.get("x-forwarded-for", "") if "SPACE_ID" in os.environ else ""
    return forwarded.split(",")[0].strip() or str(request.client.host)
