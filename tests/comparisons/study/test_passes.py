"""The way into a study that is not open: signed links and a panel's addresses, and what never reaches a log."""

import logging
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.session import Session
from comparisons.study import passes, pool, setups, vote_log
from comparisons.study.__main__ import main
from comparisons.study.blind_trial import FullStudy
from comparisons.study.passes import NoEntry, Passes
from comparisons.study.scheduling import NothingLeft
from restorers import catalogue
from restorers.contract import Problem
from tests.calling import logged
from tests.comparisons.study.test_hub import StandIn, opened

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
SECRET = b"a secret of the owner's"
PANEL = {
    "PROLIFIC_PID": "5f0c4e1b2a9d8c7e6f5a4b3c",
    "STUDY_ID": "60d9aadeb86739de712faee0",
    "SESSION_ID": "61a2b3c4d5e6f70812345678",
}


class Clock:
    now = 20_000 * 86_400.0

    def __call__(self) -> float:
        return self.now


def one(folder: Path, study: str = "realism-0-1", clock: Clock | None = None) -> Passes:
    return Passes(study, folder, SECRET, clock or Clock())


def test_a_link_is_one_rater_on_every_device(tmp_path: Path) -> None:
    tokens = one(tmp_path).issue(3)
    raters = [one(tmp_path).rater(token) for token in tokens]
    assert len(set(raters)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", rater) for rater in raters)
    # a restart, another process, another device
    assert [one(tmp_path).rater(token) for token in tokens] == raters


@pytest.mark.parametrize("place", range(0, 63, 5))
def test_a_link_with_a_letter_changed_opens_nothing(tmp_path: Path, place: int) -> None:
    (token,) = one(tmp_path).issue(1)
    other = "0" if token[place] != "0" else "1"
    with pytest.raises(NoEntry):
        one(tmp_path).rater(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("token", ["", "abc", "0" * 66, "é", "x" * 5000])
def test_what_is_no_link_is_told_so(tmp_path: Path, token: str) -> None:
    with pytest.raises(NoEntry, match="not whole"):
        one(tmp_path).rater(token)


def test_forged_foreign_expired_and_revoked_links_are_a_sentence_each(tmp_path: Path) -> None:
    clock = Clock()
    token, other = one(tmp_path, clock=clock).issue(2, days=7)
    with pytest.raises(NoEntry, match="not made by the owner"):
        Passes("realism-0-1", tmp_path, b"another secret, as long", clock).rater(token)
    with pytest.raises(NoEntry, match="another study"):
        one(tmp_path, "realism-0-2", clock).rater(token)
    clock.now += 6.9 * 86_400
    rater = one(tmp_path, clock=clock).rater(token)
    clock.now += 86_400
    with pytest.raises(NoEntry, match="has expired"):
        one(tmp_path, clock=clock).rater(token)
    clock.now -= 2 * 86_400
    one(tmp_path, clock=clock).revoke(f"https://a.b/#study=x&pass={token}")
    with pytest.raises(NoEntry, match="taken back"):
        one(tmp_path, clock=clock).rater(token)
    assert one(tmp_path, clock=clock).rater(other) != rater
    one(tmp_path, clock=clock).revoke("2")
    with pytest.raises(NoEntry, match="taken back"):
        one(tmp_path, clock=clock).rater(other)
    with pytest.raises(NoEntry, match="no such link"):
        one(tmp_path, clock=clock).revoke("3")


def test_the_later_expiry_of_a_link_cannot_be_written_into_it(tmp_path: Path) -> None:
    (token,) = one(tmp_path).issue(1, days=1)
    tag, identity, expiry, signature = token.split("-")
    with pytest.raises(NoEntry, match="not made by the owner"):
        one(tmp_path).rater(f"{tag}-{identity}-{int(expiry, 16) + 99:x}-{signature}")


def test_a_panels_rater_is_a_hash_whatever_the_session(tmp_path: Path) -> None:
    known = one(tmp_path)
    rater = known.of_panel(PANEL, PANEL["STUDY_ID"])
    assert known.of_panel(PANEL | {"SESSION_ID": "another"}, PANEL["STUDY_ID"]) == rater
    assert known.of_panel(PANEL | {"PROLIFIC_PID": "another"}, PANEL["STUDY_ID"]) != rater
    assert Passes("realism-0-1", tmp_path, b"another secret, as long").of_panel(PANEL, PANEL["STUDY_ID"]) != rater
    for name in PANEL:
        with pytest.raises(NoEntry, match="not whole"):
            known.of_panel({**PANEL, name: ""}, PANEL["STUDY_ID"])
    with pytest.raises(NoEntry, match="another study of the panel"):
        known.of_panel(PANEL | {"STUDY_ID": "another"}, PANEL["STUDY_ID"])


def test_the_secret_lies_beside_the_votes_for_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(passes.SECRET, raising=False)
    with pytest.raises(Problem, match="needs a secret"):
        passes.secret_of(tmp_path)
    made = passes.secret_of(tmp_path, make=True)
    assert passes.secret_of(tmp_path, make=True) == made
    assert (tmp_path / passes.SECRET_FILE).stat().st_mode & 0o077 == 0
    monkeypatch.setenv(passes.SECRET, "short")
    with pytest.raises(Problem, match="at least 16"):
        passes.secret_of(tmp_path)
    # no pattern of what is copied to the Hub takes it along
    assert not Path(passes.SECRET_FILE).match(vote_log.LOGS)
    assert repr(made.decode()) not in repr(Passes("x", tmp_path, made))


def test_links_stay_revoked_where_a_restart_wipes_the_disk(tmp_path: Path) -> None:
    there = StandIn()
    first, uploader = opened(tmp_path / "disk0", there)
    (token,) = one(first.folder).issue(1)
    one(first.folder).revoke(token)
    uploader.trigger().result()
    uploader.stop()
    assert not [name for name in there.commits[-1] if "secret" in name or "invitations" in name]
    again, uploader = opened(tmp_path / "disk1", there)
    uploader.trigger().result()
    uploader.stop()
    with pytest.raises(NoEntry, match="taken back"):
        one(again.folder).rater(token)


@pytest.fixture
def study(drawn_face: npt.NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(passes.SECRET, raising=False)
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "Invited"\nkey = "mine"\ntier = "invited"\nmethods = ["telea", "navier_stokes"]\n'
        '[pool]\nfolder = "pool"\n[numbers]\ntrials_per_rater = 3\npractice = 0\nrepeats = 0\nchecks = 0\n'
        "[recruiting]\nraters = 2\n"
    )
    return path


def invited(study: Path, count: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert (
        main(["invite", str(study), str(count), "--votes", str(study.parent / "votes"), "--url", "https://a.b/"]) == 0
    )
    return capsys.readouterr().out.split()


def test_an_invited_study_from_the_command_to_the_last_vote(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    links = invited(study, 3, capsys)
    assert len(links) == 3
    assert all(link.startswith("https://a.b/#study=mine&pass=") for link in links)
    session = Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    with logged() as records:
        admitted = session.rating.admit("#" + links[0].split("#")[1])
        assert admitted is not None
        assert (admitted.key, admitted.tier) == ("mine", "invited")
        # whoever comes without a link is turned away, whatever they call themselves
        for rater in ("0" * 16, admitted.rater):
            with pytest.raises(NoEntry, match="for invited raters"):
                session.next_trial(rater, "mine")
        for _ in range(3):
            trial = session.next_trial(admitted.rater, "mine", "invited")
            with pytest.raises(NoEntry):
                session.vote(trial.key, admitted.rater, "left", "mine")
            session.vote(trial.key, admitted.rater, "left", "mine", tier="invited")
        with pytest.raises(NothingLeft):
            session.next_trial(admitted.rater, "mine", "invited")
        assert session.rating.has_answered(admitted.rater, "mine")
    token = parse_qs(urlsplit(links[0]).fragment)["pass"][0]
    kept = "".join(path.read_text() for path in (study.parent / "votes").glob("*") if path.name != passes.SECRET_FILE)
    said = " ".join(record.getMessage() for record in records)
    for word in (token, token.split("-")[1], token.split("-")[3], passes.secret_of(study.parent / "votes").decode()):
        assert word not in kept
        assert word not in said


def test_beyond_its_quota_a_study_asks_nobody_new(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    links = invited(study, 3, capsys)
    session = Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    raters = [admitted.rater for link in links if (admitted := session.rating.admit(link.split("#")[1])) is not None]
    first = session.next_trial(raters[0], "mine", "invited")
    session.next_trial(raters[1], "mine", "invited")
    with pytest.raises(FullStudy, match="has the 2 raters"):
        session.next_trial(raters[2], "mine", "invited")
    session.vote(first.key, raters[0], "left", "mine", tier="invited")
    assert session.next_trial(raters[0], "mine", "invited").number == 2
    # after a restart those who have answered are known, and go on where they were, on whatever device
    again = Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    assert again.next_trial(raters[0], "mine", "invited").number == 2
    again.next_trial(raters[2], "mine", "invited")
    with pytest.raises(FullStudy):
        again.next_trial(raters[1], "mine", "invited")


def test_a_panels_address_opens_its_study_and_is_written_nowhere(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(passes.SECRET, "a secret of sixteen or more")
    text = study.read_text().replace('tier = "invited"', 'tier = "panel"')
    study.write_text(text + f'panel_study = "{PANEL["STUDY_ID"]}"\n')
    session = Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    address = "?" + "&".join(f"{name}={value}" for name, value in PANEL.items())
    with logged() as records:
        admitted = session.rating.admit(address)
        assert admitted is not None
        trial = session.next_trial(admitted.rater, "mine", admitted.tier)
        session.vote(trial.key, admitted.rater, "left", "mine", tier=admitted.tier)
        with pytest.raises(NoEntry, match="no study here"):
            session.rating.admit(address.replace(PANEL["STUDY_ID"], "another"))
    kept = "".join(path.read_text() for path in (study.parent / "votes").glob("*"))
    said = " ".join(logging.Formatter().format(record) for record in records)
    assert not [value for value in PANEL.values() if value in kept + said]
    assert session.rating.admit("?tab=results&theme=dark") is None


@pytest.mark.parametrize(
    "address", ["#study=other&pass=1", "#pass=1", "#study=mine&pass=" + "0" * 40, "?PROLIFIC_PID=1"]
)
def test_an_address_that_opens_nothing_is_a_sentence(
    study: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    invited(study, 1, capsys)
    session = Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    with pytest.raises(NoEntry):
        session.rating.admit(address)


@pytest.mark.slow
def test_a_study_that_is_not_open_does_not_run_without_a_secret(study: Path) -> None:
    with pytest.raises(Problem, match="needs a secret"):
        Session(study.parent / "votes" / vote_log.FILE, METHODS, studies=setups.several([study]))
    study.write_text(study.read_text().replace('tier = "invited"', 'tier = "open"'))
    assert main(["invite", str(study), "1"]) == 2
