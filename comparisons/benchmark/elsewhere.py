"""Whether a worker on another machine has what the command saw: the same files under the same paths, told by their digests.

A worker that has other ones would score other pictures, or other methods, under the names of these.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from comparisons.benchmark import measuring
from comparisons.benchmark.measuring import JournalEntry, Task
from comparisons.records import pictures, provenance
from comparisons.records.journal import BadTable
from comparisons.records.provenance import Identity
from restorers.external import results
from restorers.external.names import file_of
from restorers.external.results import BadResults, Results


class Placed(NamedTuple):
    """A task, and the digests of the files that it reads."""

    task: Task
    files: Mapping[Path, str]


def placed(task: Task) -> Placed:
    """A task as it may go to another machine; reads its picture and its mask once."""
    files = [task.folder / task.image]
    if task.masks is not None:
        files.append(task.masks / file_of(task.image))
    return Placed(task, {path: pictures.digest_of_file(path) for path in files})


def measure(sent: Placed) -> Iterator[JournalEntry]:
    """Do a task as `measuring.measure` does.

    Raises:
        BadTable: if a file is not here, or another one than there; else as `measuring.measure`.
    """
    for path, digest in sent.files.items():
        if not path.is_file() or pictures.digest_of_file(path) != digest:
            found = "another one" if path.is_file() else "none"
            raise BadTable(
                f"Expected the same picture at {path} on every machine, found {found} on {socket.gethostname()}; put a copy "
                "there, or share the folder."
            )
    yield from measuring.measure(sent.task)


def check(states: Mapping[str, Identity], made: Sequence[Results]) -> None:
    """See to it that methods are here what they are where the command runs.

    Args:
        states: by key, as `BenchmarkRequest.states`.
        made: finished pictures, whose keys are among them.

    Raises:
        BadTable: naming what is missing or other here.
    """
    here, found = socket.gethostname(), {}
    for one in made:
        try:
            found[one.key] = Identity(results.digest_of(one.folder))
        except BadResults:
            found[one.key] = Identity()
    for key, state in states.items():
        own = found[key] if key in found else provenance.identity(key)
        if own != state:
            what = f"the finished pictures in {_folder(made, key)}" if key in found else "its weights and code"
            raise BadTable(
                f"Expected {key} to be {str(state) or 'without weights'} on every machine, found {str(own) or 'none'} on {here}; "
                f"put {what} at the same path there, or share the folder."
            )


def _folder(made: Sequence[Results], key: str) -> str:
    return next(str(one.folder) for one in made if one.key == key)
