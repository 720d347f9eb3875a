"""Who may rate in a study that is not open: links with a signed token, and the addresses of a panel.

A token is signed (HMAC-SHA256) under a secret of the owner's, which lies in the environment or in a file beside the votes,
never in the repository. What stands in the log is a hash of it under the same secret, so that nobody can tell from a row which
link it came by; the same link is the same rater, on whatever device. Links carry the token behind a `#`, which browsers keep to
themselves: it reaches no server's and no proxy's log.
"""

import csv
import hashlib
import hmac
import io
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from comparisons.study import vote_files
from comparisons.study.plan import Tier
from restorers.contract import Problem

SECRET: Final = "STUDY_SECRET"
"""Environment variable; without it the file `SECRET_FILE` beside the votes holds it."""
SECRET_FILE: Final = "study-secret.txt"
REVOKED: Final = "revoked.txt"
"""SHA-256 of what tells a revoked link from others, one a line."""
SHORTEST: Final = 16
"""Characters that a secret has at least: shorter ones can be guessed."""
DAYS: Final = 60
"""For which a link lasts where nothing else is asked."""
MOST: Final = 10_000
"""Links at once."""
PANEL: Final = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")
"""What a panel puts into its addresses."""
_TOKEN: Final = re.compile(r"([0-9a-f]{8})-([0-9a-f]{16})-([0-9a-f]{1,6})-([0-9a-f]{32})")
_WORD: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
_DAY: Final = 86_400
_COLUMNS: Final = ("number", "link", "expires")


class NoEntry(Problem):
    """Somebody who may not rate in this study."""


@dataclass(frozen=True)
class Admitted:
    """Somebody who may rate in one study."""

    key: str
    """Of the study."""
    rater: str
    tier: Tier


@dataclass(frozen=True)
class Passes:
    """The way into one study."""

    study: str
    """Its name, with the digests of its rules and its pool: a link to one study opens no other."""
    folder: Path
    """Of the votes."""
    secret: bytes = field(repr=False)
    clock: Callable[[], float] = time.time

    def issue(self, count: int, days: int = DAYS) -> list[str]:
        """Make tokens, and note beside the votes which numbers they have, so that each can be revoked.

        Args:
            count: how many.
            days: for which they last.

        Raises:
            Problem: if these are no numbers of links and days.
        """
        if not (1 <= count <= MOST and 1 <= days <= 3650):
            raise Problem(
                "expected 1 to {most} links for 1 to 3650 days, got {count} for {days}; choose others",
                most=MOST,
                count=count,
                days=days,
            )
        expiry = f"{int(self.clock() // _DAY) + days:x}"
        identities = [secrets.token_hex(8) for _ in range(count)]
        path = self._list
        known = path.read_text("utf-8") if path.exists() else ",".join(_COLUMNS) + "\n"
        first = known.count("\n")
        until = time.strftime("%Y-%m-%d", time.gmtime(int(expiry, 16) * _DAY))
        lines = [f"{first + number},{_digest(one)},{until}\n" for number, one in enumerate(identities)]
        self.folder.mkdir(parents=True, exist_ok=True)
        vote_files.replaced(path, (known + "".join(lines)).encode())
        return [f"{self.tag}-{one}-{expiry}-{self._signed(one, expiry)}" for one in identities]

    def rater(self, token: str) -> str:
        """The rater's id that a token stands for: of the form of any other, the same on every device.

        Raises:
            NoEntry: if it is of another study, forged, expired or revoked.
        """
        told = _TOKEN.fullmatch(token)
        if told is None:
            raise NoEntry("This link is not whole: copy it once more, from its first letter to its last.")
        tag, identity, expiry, signature = told.groups()
        if not hmac.compare_digest(tag, self.tag):
            raise NoEntry("This link is for another study, or for an earlier version of this one; ask for a new link.")
        if not hmac.compare_digest(signature, self._signed(identity, expiry)):
            raise NoEntry("This link was not made by the owner of this study; ask the owner for one.")
        if int(expiry, 16) * _DAY <= self.clock():
            raise NoEntry("This link has expired; ask the owner of the study for a new one.")
        if _digest(identity) in revoked(self.folder):
            raise NoEntry("This link has been taken back by the owner of the study, and opens nothing any more.")
        return self._hashed("rater", identity)

    def of_panel(self, address: Mapping[str, str], wanted: str) -> str:
        """The rater's id of somebody whom a panel sends: a hash under the secret, whatever session it is.

        Args:
            address: what the panel put into it; never written down.
            wanted: STUDY_ID that the study expects.

        Raises:
            NoEntry: if a part is missing or is none, or the address is of another study of the panel's.
        """
        person, study, session = (address.get(name, "") for name in PANEL)
        if not all(_WORD.fullmatch(part) for part in (person, study, session)):
            raise NoEntry("This address is not whole: open the study from the panel's own page.")
        if not hmac.compare_digest(study.encode(), wanted.encode()):
            raise NoEntry("This address is of another study of the panel's; open this study from the panel's own page.")
        return self._hashed("panel", f"{study}|{person}")

    def revoke(self, asked: str) -> None:
        """Take a link back.

        Args:
            asked: the link or its token, or its number as `invitations` has it.

        Raises:
            NoEntry: if there is no such link.
        """
        told = _TOKEN.search(asked)
        listed = {line["number"]: line["link"] for line in self.invitations()}
        gone = _digest(told[2]) if told else listed.get(asked.strip(), "")
        if gone not in listed.values():
            raise NoEntry(
                "There is no such link of this study; give the whole link, or its number in the list of invitations."
            )
        bar(self.folder, {gone})

    def invitations(self) -> list[dict[str, str]]:
        """The links that were made: number, digest of what tells it from others, and the day on which it expires."""
        return list(csv.DictReader(io.StringIO(self._list.read_text("utf-8")))) if self._list.exists() else []

    @property
    def tag(self) -> str:
        """Tells the study's tokens from those of others."""
        return hashlib.sha256(self.study.encode()).hexdigest()[:8]

    @property
    def _list(self) -> Path:
        return self.folder / f"invitations-{self.tag}.csv"

    def _signed(self, identity: str, expiry: str) -> str:
        said = f"invite|{self.study}|{identity}|{expiry}"
        return hmac.digest(self.secret, said.encode(), hashlib.sha256).hex()[:32]

    def _hashed(self, kind: str, known: str) -> str:
        return hmac.digest(self.secret, f"{kind}|{self.study}|{known}".encode(), hashlib.sha256).hex()[:16]


def revoked(folder: Path) -> frozenset[str]:
    """Digests of the links that were taken back."""
    path = folder / REVOKED
    return frozenset(path.read_text("ascii").split()) if path.exists() else frozenset()


def bar(folder: Path, digests: set[str]) -> None:
    """Take links back; those that were stay so."""
    with vote_files.locked(folder / REVOKED):
        standing = revoked(folder)
        if digests - standing:
            vote_files.replaced(folder / REVOKED, "".join(f"{one}\n" for one in sorted(standing | digests)).encode())


def secret_of(folder: Path, *, make: bool = False) -> bytes:
    """The secret of the studies whose votes lie in a folder.

    Args:
        folder: of the votes.
        make: whether to draw one where there is none.

    Raises:
        Problem: if there is none, or it is too short.
    """
    path = folder / SECRET_FILE
    if make and not os.environ.get(SECRET) and not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        vote_files.replaced(path, secrets.token_hex(32).encode())
    secret = os.environ.get(SECRET) or (path.read_text("ascii").strip() if path.exists() else "")
    if not secret:
        raise Problem(
            "a study that is not open needs a secret: set {variable} to one of at least {least} characters, or invite "
            "somebody (python -m comparisons.study invite), which writes {path}",
            variable=SECRET,
            least=SHORTEST,
            path=path,
        )
    return long_enough(secret, SECRET)


def long_enough(secret: str, variable: str) -> bytes:
    """A secret as it is used.

    Args:
        secret: what the owner chose.
        variable: where, for the message.

    Raises:
        Problem: if it is so short that it could be guessed.
    """
    if len(secret) < SHORTEST:
        raise Problem(
            "expected {variable} to have at least {least} characters, got {length}; choose a longer one",
            variable=variable,
            least=SHORTEST,
            length=len(secret),
        )
    return secret.encode()


def links(base: str, key: str, tokens: Sequence[str]) -> list[str]:
    """Addresses to send to raters.

    Args:
        base: address of the page.
        key: of the study.
        tokens: as `Passes.issue` makes them.
    """
    return [f"{base.rstrip('/')}/#{urlencode({'study': key, 'pass': token})}" for token in tokens]


def parsed(address: str) -> dict[str, str]:
    """What an address says: its query and what stands behind `#`, joined by `&`; the first of a name counts.

    Args:
        address: as the browser tells it; too long a one says nothing.
    """
    if len(address) > 2000:
        return {}
    said = parse_qsl(address.replace("?", "&").replace("#", "&"))
    return dict(reversed(said))


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()
