"""Where a request comes from: the one place that says so, for limits and turns only; never written down."""

import ipaddress
import logging
import os
from contextvars import ContextVar
from functools import cache
from typing import Final

import gradio as gr
from starlette.requests import HTTPConnection

from restorers.contract import Problem

PROXIES: Final = "UNMASKED_PROXIES"
"""Environment variable: how many proxies in front of the app each add the address that they see to `X-Forwarded-For`."""
HERE: ContextVar[str] = ContextVar("address", default="")
"""The address of the request under way; empty outside of one."""
_NEIGHBOURS: Final = 64
"""Leading bits of an IPv6 address that tell visitors apart: one subscriber has all addresses behind them."""

logger = logging.getLogger(__name__)


def proxies() -> int:
    """The number of trusted proxies: `UNMASKED_PROXIES`, else 1 on a Space and 0 elsewhere.

    Raises:
        Problem: if the setting is no whole number from 0 up.
    """
    asked = os.environ.get(PROXIES, "") or ("1" if "SPACE_ID" in os.environ else "0")
    if not asked.isdecimal():
        raise Problem(
            "expected {proxies} to be a whole number from 0 up, got {asked!r}; count the proxies in front",
            proxies=PROXIES,
            asked=asked,
        )
    return int(asked)


def trust_nobody_else() -> None:
    """Keep the web server from reading `X-Forwarded-For` itself; to be called before it starts.

    Uvicorn believes the header of whoever connects from this machine, and replaces the address that it saw.
    """
    os.environ["FORWARDED_ALLOW_IPS"] = ""


def address_of(request: gr.Request | HTTPConnection | None) -> str:
    """The address of a visitor; empty where there is no request or it has none.

    Every trusted proxy appends what it saw, so the visitor's own is as far from the right as there are proxies; whatever
    stands to the left of it was sent by the visitor. IPv6 counts by its first 64 bits.

    Args:
        request: Gradio's or the web server's; None for a call from inside.

    Raises:
        Problem: as `proxies`.
    """
    if request is None or request.client is None:
        return ""
    trusted = proxies()
    lines = _lines(request)
    if lines and not trusted:
        _doubt()
    hops = [hop.strip() for line in lines for hop in line.split(",") if hop.strip()]
    seen = hops[-min(trusted, len(hops))] if trusted and hops else str(request.client.host)
    return _visitor(seen)


def _lines(request: gr.Request | HTTPConnection) -> list[str]:
    # a header may stand there several times, and a plain look-up would give the first, which is the visitor's word
    headers = request.headers
    if hasattr(headers, "getlist"):
        return list(headers.getlist("x-forwarded-for"))
    return [headers["x-forwarded-for"]] if headers.get("x-forwarded-for") else []


def _visitor(seen: str) -> str:
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        # some proxies add the port: 192.0.2.1:5000, [2001:db8::1]:5000
        bare = seen[1:].partition("]")[0] if seen.startswith("[") else seen.partition(":")[0]
        return seen if bare == seen else _visitor(bare)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NEIGHBOURS), strict=False).network_address)


@cache
def _doubt() -> None:
    """Say once that everybody may be taken for one visitor."""
    logger.warning(
        "A request came with X-Forwarded-For, which is not believed: if a proxy stands before the app, set %s=1, "
        "or everybody behind it counts as one visitor.",
        PROXIES,
    )
