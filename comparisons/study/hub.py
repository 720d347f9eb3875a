"""The copy of a folder in a private dataset repository on the Hugging Face Hub.

A Space's disk is wiped when it restarts. With `VOTES_REPO` (`owner/name`) and `HF_TOKEN` (a secret with write access to
that one repository) set, the folder is committed there every few minutes. Without both nothing is sent anywhere.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from huggingface_hub import CommitOperationAdd, CommitScheduler, HfApi
from huggingface_hub.errors import HfHubHTTPError

from restorers.contract import Problem
from restorers.sentences import Sentence

UNREACHED: Final[type[Exception]] = HfHubHTTPError.__mro__[1]
"""Of the Hub's client: nobody answered, or the answer was no. Which HTTP library this is of changes from version to version."""

MINUTES: Final = 5.0
"""Between two commits."""
BEHIND: Final = 3
"""Commits in a row that may be missing before the owner is told that the copy is late."""


class NoRepository(Problem):
    """The settings name no repository that can be used."""


@dataclass(frozen=True)
class Copy:
    """The files of one dataset repository."""

    repo: str
    """`owner/name`."""
    api: HfApi

    def names(self, pattern: str) -> list[str]:
        """The files that match a shell pattern."""
        found = self.api.list_repo_files(self.repo, repo_type="dataset")
        return sorted(name for name in found if fnmatch(name, pattern))

    def fetch(self, name: str) -> bytes | None:
        """A file's bytes, or None where there is no such file; nothing stays in a cache."""
        # looked up, not tried: the error for a missing file is also raised where the Hub could not be asked
        if not self.names(name):
            return None
        with tempfile.TemporaryDirectory() as folder:
            return Path(self.api.hf_hub_download(self.repo, name, repo_type="dataset", local_dir=folder)).read_bytes()

    def replace(self, files: Mapping[str, bytes], message: str) -> None:
        """Write files in one commit."""
        operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
        self.api.create_commit(self.repo, operations, commit_message=message, repo_type="dataset")

    def squash(self) -> None:
        """Make one commit of the whole history, so that nothing taken out can be read in an older one."""
        self.api.super_squash_history(self.repo, repo_type="dataset")


def copy_from_environment() -> Copy | None:
    """The copy that `VOTES_REPO` and `HF_TOKEN` name; None where neither is set.

    Raises:
        NoRepository: if only one of them is set.
    """
    repo, token = os.environ.get("VOTES_REPO", ""), os.environ.get("HF_TOKEN", "")
    if not repo:
        return None
    if not token:
        raise NoRepository(
            "VOTES_REPO names {repo}, but there is no HF_TOKEN to write with; set both or neither.", repo=repo
        )
    return Copy(repo, HfApi(token=token))


def copy_of(repo: str) -> Copy:
    """A repository that is written to with `HF_TOKEN`.

    Raises:
        NoRepository: if there is no token.
    """
    token = os.environ.get("HF_TOKEN", "")
    if not token:
        raise NoRepository("there is no HF_TOKEN to write to {repo} with; set one that may write there.", repo=repo)
    return Copy(repo, HfApi(token=token))


class Uploader(CommitScheduler):
    """Commits a folder's files every few minutes; a failure is kept for the owner to see and tried again."""

    def __init__(
        self,
        copy: Copy,
        folder: Path,
        patterns: Sequence[str],
        before: Callable[[], object],
        minutes: float = MINUTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start committing.

        Args:
            copy: where to.
            folder: what; append to its files only while holding `lock`.
            patterns: which of its files.
            before: called ahead of every commit, for what has to be taken over from the copy first.
            minutes: between two commits.
            clock: seconds that only go forward.
        """
        self._before = before
        self._clock = clock
        self._good = clock()
        self._error = ""
        super().__init__(
            repo_id=copy.repo,
            folder_path=folder,
            every=minutes,
            repo_type="dataset",
            private=True,
            allow_patterns=list(patterns),
            hf_api=copy.api,
        )

    def push_to_hub(self) -> Any:  # noqa: ANN401 - what the base class gives
        """Commit what has changed."""
        try:
            self._before()
            done = super().push_to_hub()
        except Exception as error:
            self._error = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"
            raise
        self._good, self._error = self._clock(), ""
        return done

    @property
    def trouble(self) -> str:
        """One sentence for the owner, or nothing where the copy is up to date."""
        minutes = (self._clock() - self._good) / 60
        if self._error:
            return Sentence(
                "The last copy to {repository} failed ({error}); it is tried again every {minutes} min.",
                repository=self.repo_id,
                error=self._error,
                minutes=self.every,
            )
        if minutes > BEHIND * self.every:
            return Sentence(
                "Nothing has been copied to {repository} for {minutes:.0f} min: the Hub does not answer.",
                repository=self.repo_id,
                minutes=minutes,
            )
        return ""

    @property
    def writing(self) -> AbstractContextManager[object]:
        """Hold this while a row is appended, so that no commit ends in half a row."""
        lock: threading.Lock = self.lock
        return lock
