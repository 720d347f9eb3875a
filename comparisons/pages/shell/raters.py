"""Who rates: a random id of the browser's, or, where a Space turns signing in on, a salted hash of a Hugging Face login.

Either tells votes of one person from those of another and says nothing about the person. Signing in is on where the owner
sets `RATER_SECRET`, on a Space whose README has `hf_oauth: true`. The hash is an HMAC under that secret, so that nobody
without it can tell from the log who voted, not even by hashing every login there is. Neither the login nor the name is kept.
"""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final

import gradio as gr

from comparisons.study.passes import long_enough
from restorers.contract import Problem

SECRET: Final = "RATER_SECRET"
"""Environment variable that turns signing in on; every rater has another id under another secret."""
_FORM: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Login:
    """Raters sign in with Hugging Face, and go by a hash."""

    secret: str = field(repr=False)

    def rater(self, profile: gr.OAuthProfile | None) -> str:
        """The id of somebody who has signed in, of the same form as a random one.

        Raises:
            Problem: if nobody has.
        """
        if profile is None:
            raise Problem("Sign in with Hugging Face first: in this study every person counts as one rater.")
        return hmac.digest(self.secret.encode(), profile.username.encode(), hashlib.sha256).hex()[:16]


def login_from_environment() -> Login | None:
    """How raters sign in here; None where they need not, which is the default.

    Raises:
        Problem: if signing in is turned on and something is missing for it.
    """
    secret = os.environ.get(SECRET, "")
    if not secret:
        return None
    long_enough(secret, SECRET)
    if os.environ.get("SYSTEM") != "spaces" or "OAUTH_CLIENT_ID" not in os.environ:
        # elsewhere Gradio would sign everybody in as the owner of the machine
        raise Problem(
            "{variable} is set, but signing in works on a Hugging Face Space only, with `hf_oauth: true` in "
            "its README; add that line, or unset {variable}",
            variable=SECRET,
        )
    if find_spec("authlib") is None or find_spec("itsdangerous") is None:
        raise Problem("Signing in needs packages that are not there; install them with: pip install 'gradio[oauth]'")
    return Login(secret)


def rater_state() -> gr.BrowserState:
    """Where a browser keeps the random id.

    The key is no secret: the id guards nothing and names nobody, and a fixed key lets it outlive a restart of the
    server.
    """
    return gr.BrowserState("", storage_key="unmasked-rater", secret="unmasked")


def rater_id(kept: str | None) -> str:
    """The id that a browser sent, or a new one where it sent none or something else."""
    return kept if isinstance(kept, str) and _FORM.fullmatch(kept) else secrets.token_hex(8)
