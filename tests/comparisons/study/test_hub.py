"""The copy on the Hub: against a stand-in on this machine that fails, stalls and forgets."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comparisons.study import hub, vote_log
from comparisons.study import vote as ballot
from tests.comparisons.study.test_vote_log import OTHER, VOTE


class StandIn:
    """What `HfApi` does for one dataset repository, with every commit kept."""

    def __init__(self) -> None:
        self.commits: list[dict[str, bytes]] = [{}]
        self.private: bool | None = None
        self.broken = False
        self.stalled = threading.Event()
        self.stalled.set()
        self._pool = ThreadPoolExecutor(1)

    def create_repo(self, repo_id: str, private: bool, repo_type: str, exist_ok: bool) -> Any:
        assert (repo_type, exist_ok) == ("dataset", True)
        self.private = private
        return SimpleNamespace(repo_id=repo_id)

    def create_commit(self, repo_id: str, operations: list[Any], **_: Any) -> str:
        self.stalled.wait()
        if self.broken:
            raise ConnectionError("the Hub is away")
        added = {}
        for operation in operations:
            with operation.as_file() as file:
                added[operation.path_in_repo] = file.read()
        self.commits.append(self.commits[-1] | added)
        return "done"

    def list_repo_files(self, repo_id: str, repo_type: str) -> list[str]:
        if self.broken:
            raise ConnectionError("the Hub is away")
        return list(self.commits[-1])

    def hf_hub_download(self, repo_id: str, filename: str, repo_type: str, local_dir: str) -> str:
        path = Path(local_dir, filename)
        path.write_bytes(self.commits[-1][filename])
        return str(path)

    def super_squash_history(self, repo_id: str, repo_type: str) -> None:
        self.commits = [self.commits[-1]]

    def run_as_future(self, function: Any) -> Future[Any]:
        return self._pool.submit(function)


@pytest.fixture
def there() -> StandIn:
    return StandIn()


def opened(folder: Path, there: StandIn) -> tuple[vote_log.Log, hub.Uploader]:
    log = vote_log.Log(folder / vote_log.FILE, hub.Copy("owner/votes", there))  # type: ignore[arg-type]  # a stand-in
    uploader = log._uploader
    assert uploader is not None
    # the first push is under way already; wait for it, then push by hand
    while not hasattr(uploader, "last_future"):
        time.sleep(0.01)
    uploader.last_future.exception()
    return log, uploader


def held(there: StandIn, folder: Path) -> list[str]:
    """Ids of the votes in the copy, read as anybody reads a log."""
    folder.mkdir()
    for name, data in there.commits[-1].items():
        (folder / name).write_bytes(data)
    return [vote.vote for vote in vote_log.read_folder(folder).votes]


def test_nothing_is_sent_without_both_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOTES_REPO", raising=False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert hub.copy_from_environment() is None
    monkeypatch.setenv("VOTES_REPO", "owner/votes")
    with pytest.raises(hub.NoRepository, match="HF_TOKEN"):
        hub.copy_from_environment()
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    copy = hub.copy_from_environment()
    assert copy is not None
    assert copy.repo == "owner/votes"


def test_votes_reach_a_private_copy(there: StandIn, tmp_path: Path) -> None:
    log, uploader = opened(tmp_path / "votes", there)
    log.write(VOTE)
    uploader.trigger().result()
    assert there.private
    assert held(there, tmp_path / "copy") == [VOTE.vote]
    assert log.trouble == ""
    uploader.stop()


def test_a_failure_is_told_and_made_good(there: StandIn, tmp_path: Path) -> None:
    log, uploader = opened(tmp_path / "votes", there)
    there.broken = True
    log.write(VOTE)
    assert isinstance(uploader.trigger().exception(), ConnectionError)
    assert "the Hub is away" in log.trouble
    there.broken = False
    log.write(OTHER)
    uploader.trigger().result()
    assert log.trouble == ""
    assert held(there, tmp_path / "copy") == [VOTE.vote, OTHER.vote]
    uploader.stop()


def test_a_hub_that_stalls_holds_up_no_vote(there: StandIn, tmp_path: Path) -> None:
    log, uploader = opened(tmp_path / "votes", there)
    there.stalled.clear()
    log.write(VOTE)
    push = uploader.trigger()
    log.write(OTHER)
    assert len(log.read().votes) == 2
    uploader._good -= 3600
    assert "does not answer" in log.trouble
    there.stalled.set()
    push.result()
    uploader.trigger().result()
    assert held(there, tmp_path / "copy") == [VOTE.vote, OTHER.vote]
    uploader.stop()


def test_a_restart_with_an_empty_disk_overwrites_nothing(there: StandIn, tmp_path: Path) -> None:
    for number, vote in enumerate((VOTE, OTHER)):
        log, uploader = opened(tmp_path / f"disk{number}", there)
        log.write(vote)
        uploader.trigger().result()
        uploader.stop()
    assert held(there, tmp_path / "copy") == [VOTE.vote, OTHER.vote]


def test_who_is_forgotten_is_gone_from_the_copy_and_does_not_come_back(
    there: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, uploader = opened(tmp_path / "votes", there)
    log.write(VOTE)
    log.write(OTHER)
    uploader.trigger().result()

    copy = hub.Copy("owner/votes", there)  # type: ignore[arg-type]  # a stand-in
    monkeypatch.setattr(hub, "copy_from_environment", lambda: copy)
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(tmp_path / "owner")]) == 0
    assert "history is squashed" in capsys.readouterr().out
    assert len(there.commits) == 1
    assert VOTE.rater.encode() not in b"".join(there.commits[0].values())

    # the app that still runs obeys at its next upload, and its own file with it
    log.write(replace(OTHER, vote="after"))
    uploader.trigger().result()
    assert VOTE.rater.encode() not in b"".join(there.commits[-1].values())
    assert [vote.vote for vote in log.read().votes] == [OTHER.vote, "after"]
    assert ballot.digest(VOTE.rater) in vote_log.tombstones(log.folder)
    uploader.stop()
