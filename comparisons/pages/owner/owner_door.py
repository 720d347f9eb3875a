"""The owner's way in: a token that only the owner knows, compared in constant time, and few tries.

The page is no part of Gradio's: nothing of it stands in `/config`, and without `UNMASKED_OWNER` its address is as closed as any other.
The token comes as the password of HTTP's own form (Basic), so that it stands in no address and in no log.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from comparisons.limits import RateLimit
from comparisons.pages.shell.addresses import address_of
from restorers.contract import Problem

TOKEN: Final = "UNMASKED_OWNER"
"""Environment variable that turns the page on."""
SHORTEST: Final = 16
WRONG: Final = 10
"""Wrong tokens from one address within five minutes; after that not even the right one is looked at."""


@dataclass
class OwnerDoor:
    """Tells the owner from everybody else."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Start with nobody having tried."""
        self._wrong = RateLimit(WRONG, 300, what="tries")

    def opens_to(self, request: Request) -> bool:
        """Whether a request is the owner's.

        Raises:
            TooFast: if too many wrong tokens have come from its address.
        """
        address = address_of(request) or "-"
        self._wrong.peek(address)
        given = _password(request.headers.get("authorization", ""))
        # of the digests: neither the length nor a beginning that is right takes another time
        same = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(self.token.encode()).digest())
        if not same and given:
            self._wrong.note(address)
        return same

    def stamp(self, what: str) -> str:
        """What a form of the page carries, so that no other site can send it in the owner's name."""
        return hmac.digest(self.token.encode(), f"form|{what}".encode(), hashlib.sha256).hex()

    def stamped(self, what: str, stamp: str) -> bool:
        """Whether a form is the page's own."""
        return hmac.compare_digest(stamp.encode(), self.stamp(what).encode())


def door_from_environment() -> OwnerDoor | None:
    """The door, where the owner has set a token; None is the default.

    Raises:
        Problem: if the token can be guessed.
    """
    token = os.environ.get(TOKEN, "")
    if not token:
        return None
    if len(token) < SHORTEST:
        raise Problem(
            "expected {variable} to have at least {least} characters, got {length}; choose a longer one",
            variable=TOKEN,
            least=SHORTEST,
            length=len(token),
        )
    return OwnerDoor(token)


def _password(header: str) -> bytes:
    kind, _, said = header.partition(" ")
    try:
        decoded = base64.b64decode(said, validate=True) if kind.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
    return decoded.partition(b":")[2]
