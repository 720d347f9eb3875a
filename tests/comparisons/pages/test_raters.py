"""Signing in with Hugging Face: off unless it is turned on, and nothing but a salted hash is left of it."""

import base64
import hashlib
import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from comparisons.pages.rate import rate_tab
from comparisons.pages.shell import raters
from comparisons.pages.shell.raters import Login, login_from_environment, rater_state
from comparisons.study import vote as ballot
from comparisons.study import vote_log
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import StudyPlan
from comparisons.study.setups import of_plan
from comparisons.study.trials import BadTrial, Trial
from restorers.contract import Problem
from tests.comparisons.study.test_blindness import Browser
from tests.comparisons.study.test_vote_log import VOTE

SECRET = "a secret of the owner's"
KEPT = "0123456789abcdef"
REQUEST = gr.Request(SimpleNamespace(headers={}, client=None))  # type: ignore[arg-type]  # all that is asked of it


def profile(name: str = "lovelace") -> gr.OAuthProfile:
    there = {
        "name": "Ada Lovelace",
        "preferred_username": name,
        "profile": f"https://example.org/{name}",
        "picture": "",
    }
    return gr.OAuthProfile(there)


class Desk:
    """As much of a session as the tab asks for: one trial a rater, written under the rater who answers."""

    def __init__(self, folder: Path) -> None:
        setup = of_plan(StudyPlan())
        self.rating = SimpleNamespace(setups={setup.key: setup}, study=lambda key: None, has_answered=lambda *_: True)
        self.rated: list[Any] = [SimpleNamespace(key=key, name=key, paper=None) for key in ("a", "b")]
        self.folder = folder
        self.out: dict[str, str] = {}

    def rater(self, kept: str) -> str:
        return "f" * 16 if vote_log.is_forgotten(self.folder, kept) else kept

    def next_trial(self, rater: str, question: str, tier: str) -> BlindTrial:
        self.out[rater] = f"trial of {rater}"
        grey = np.zeros((4, 4, 3), np.uint8)
        return BlindTrial(self.out[rater], grey, grey, grey, None, question, practice=False, number=1, total=9)

    def vote(self, key: str, rater: str, answer: Any, question: str, comment: str, address: str, tier: str) -> Trial:
        if self.out.get(rater) != key:
            raise BadTrial("These pictures were given to somebody else; ask for the next ones.")
        known = {name: getattr(VOTE, name) for name in ballot.COLUMNS} | {
            "rater": rater,
            "answer": answer,
            "trial": key,
        }
        vote_log.append(self.folder / vote_log.FILE, ballot.Vote(**known))
        return Trial("0", "{}", 0.2, "truth", "spoilt")


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv(raters.SECRET, SECRET)
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/unmasked")
    monkeypatch.setenv("OAUTH_CLIENT_ID", "an id")
    monkeypatch.setattr(raters, "find_spec", lambda name: object())
    # Gradio's routes for signing in need packages that this project's tests do without
    monkeypatch.setattr("gradio.routes.attach_oauth", lambda app: None)
    return monkeypatch


def built(desk: Desk) -> tuple[gr.Blocks, Callable[..., Any], Callable[..., Any]]:
    with gr.Blocks() as page:
        rate_tab.build(desk, page, rater_state())  # type: ignore[arg-type]  # it stands in for the session
    shown, voted = (next(fn.fn for fn in page.fns.values() if fn.name == name) for name in ("shown", "voted"))
    assert shown is not None
    assert voted is not None
    return page, shown, voted


def told(updates: dict[Any, Any], name: str) -> Any:
    return next(value for part, value in updates.items() if getattr(part, "elem_id", None) == name)


def test_it_is_off_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(raters.SECRET, raising=False)
    assert login_from_environment() is None
    page, shown, _ = built(Desk(tmp_path))
    assert not page.expects_oauth
    assert KEPT in told(shown("realism", KEPT, "", None, None, None, "", REQUEST, None), "duel-number")


def test_a_hash_of_the_login_takes_the_place_of_the_random_id(signing: pytest.MonkeyPatch, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    page, shown, voted = built(desk)
    assert page.expects_oauth
    ada = Login(SECRET).rater(profile())
    updates = shown("realism", KEPT, "", None, None, None, "", REQUEST, profile())
    assert ada in told(updates, "duel-number")
    assert KEPT in updates.values()  # what the browser keeps stays its own
    voted("left", (desk.out[ada], "realism", False), "", KEPT, None, REQUEST, profile())
    (vote,) = vote_log.read(tmp_path / vote_log.FILE).votes
    assert vote.rater == ada
    written = "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
    assert not re.search("(?i)lovelace|example.org", written + str(updates))
    with pytest.raises(gr.Error, match="Sign in with Hugging Face first"):
        shown("realism", KEPT, "", None, None, None, "", REQUEST, None)
    shown("realism", KEPT, "", None, None, None, "", REQUEST, profile())
    with pytest.raises(gr.Error, match="somebody else"):
        voted("left", (desk.out[ada], "realism", False), "", KEPT, None, REQUEST, profile("eve"))


def test_the_hash_needs_the_secret_and_looks_like_any_other_id() -> None:
    one, other = Login(SECRET), Login(SECRET + "!")
    assert one.rater(profile()) == one.rater(profile())
    assert len({one.rater(profile()), one.rater(profile("eve")), other.rater(profile())}) == 3
    assert raters.rater_id(one.rater(profile())) == one.rater(profile())
    assert SECRET not in repr(one)


def test_who_was_forgotten_under_a_login_is_not_asked_again(signing: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, shown, _ = built(Desk(tmp_path))
    vote_log.forget(tmp_path, Login(SECRET).rater(profile()))
    with pytest.raises(gr.Error, match="at your wish"):
        shown("realism", KEPT, "", None, None, None, "", REQUEST, profile())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (raters.SECRET, "short", "at least 16 characters"),
        ("OAUTH_CLIENT_ID", None, "hf_oauth: true"),
        ("SYSTEM", None, "on a Hugging Face Space only"),
    ],
)
def test_what_is_missing_for_it_is_said(signing: pytest.MonkeyPatch, name: str, value: str | None, words: str) -> None:
    assert login_from_environment() == Login(SECRET)
    if value is None:
        signing.delenv(name)
    else:
        signing.setenv(name, value)
    with pytest.raises(Problem, match=words):
        login_from_environment()


def test_missing_packages_are_named(signing: pytest.MonkeyPatch) -> None:
    signing.setattr(raters, "find_spec", lambda name: None)
    with pytest.raises(Problem, match=r"gradio\[oauth\]"):
        login_from_environment()


def test_who_has_signed_in_is_known_by_the_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Gradio's own way, over HTTP: a session cookie as its routes write it after signing in."""
    pytest.importorskip("authlib", reason="needs gradio[oauth]")
    itsdangerous = pytest.importorskip("itsdangerous", reason="needs gradio[oauth]")
    for name in ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL"):
        monkeypatch.setattr(f"gradio.oauth.{name}", "https://example.org")
        monkeypatch.setenv(name, "https://example.org")
    monkeypatch.setenv(raters.SECRET, SECRET)
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "somebody/unmasked")
    page, _, _ = built(Desk(tmp_path))
    page.queue(api_open=False)
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", ssr_mode=False, run_history=False
    )
    key = hashlib.sha256(b"https://example.org-v4").hexdigest()
    session = base64.b64encode(json.dumps({"oauth_info": {"userinfo": dict(profile())}}).encode())
    cookie = itsdangerous.TimestampSigner(key).sign(session).decode()
    url = url.rstrip("/")
    try:
        with urllib.request.urlopen(f"{url}/config", timeout=60) as reply:
            browser = Browser(url, json.load(reply))
        refused = browser.next_pair(KEPT)
        signed = urllib.request.build_opener()
        signed.addheaders = [("Cookie", f"session={cookie}")]
        urllib.request.install_opener(signed)
        known = browser.next_pair(KEPT)
    finally:
        urllib.request.install_opener(urllib.request.build_opener())
        page.close()
    assert not refused["success"]
    assert "Sign in" in str(refused["output"])
    assert known["success"]
    assert Login(SECRET).rater(profile()) in str(known["output"])
    assert "lovelace" not in str(known["output"])
