"""Writers that are killed at random on one log: `python -m tests.load_votes [--writers 8] [--votes 500] [--kills 24]`.

Every writer is a process of its own that appends votes and says which were acknowledged. Some are killed (SIGKILL) after a random
number of votes and begun again. Exits with 1 if an acknowledged vote is missing or any is there twice.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from comparisons.study import vote_log

ROOT: Final = Path(__file__).resolve().parent.parent
_WRITER: Final = """
import sys
import time
from dataclasses import replace
from pathlib import Path
from comparisons.study.vote_log import append
from tests.comparisons.study.test_vote_log import VOTE
for number in range(int(sys.argv[3])):
    append(Path(sys.argv[1]), replace(VOTE, vote=f"{sys.argv[2]}-{number}"))
    print(f"{sys.argv[2]}-{number}", flush=True)
    time.sleep(0.003)
"""
_ROW_SECONDS: Final = 0.01
"""About what a row and the pause after it take: a kill comes at any moment of it."""


@dataclass(frozen=True)
class Hammered:
    """What became of a log."""

    acknowledged: int
    logged: int
    """Also those that were on the disk and whose writer was killed before it could say so."""
    lost: int
    twice: int
    set_aside: int
    kills: int


def hammer(log: Path, writers: int, rows: int, kills: int, generator: np.random.Generator) -> Hammered:
    """Let processes write to one log and kill some of them.

    Args:
        log: the file.
        writers: processes at the same time.
        rows: votes that each writer has acknowledged in the end.
        kills: of all writers together.
        generator: of who is killed, and when.
    """
    shares = np.bincount(generator.integers(writers, size=kills), minlength=writers)
    seeds = generator.integers(2**32, size=writers)
    with ThreadPoolExecutor(writers) as crowd:
        told = crowd.map(
            lambda one: _written(log, one, rows, int(shares[one]), random.Random(int(seeds[one]))), range(writers)
        )
        acknowledged = [vote for votes_of_one in told for vote in votes_of_one]
    found = vote_log.read(log)
    logged = [vote.vote for vote in found.votes]
    lost, twice = len(set(acknowledged) - set(logged)), len(logged) - len(set(logged))
    return Hammered(len(acknowledged), len(logged), lost, twice, len(found.set_aside), kills)


def _written(log: Path, writer: int, rows: int, kills: int, chance: random.Random) -> list[str]:
    """The votes that one writer had acknowledged, over all its lives."""
    told: list[str] = []
    for life in range(kills):
        # the last life still has to have something to do
        most = max(1, (rows - len(told)) // (kills - life + 1))
        told += _life(log, f"{writer}-{life}", 10**6, chance.randint(1, most), chance)
    return told + _life(log, f"{writer}-{kills}", max(0, rows - len(told)), None, chance)


def _life(log: Path, name: str, rows: int, until: int | None, chance: random.Random) -> list[str]:
    """One process: what it had acknowledged when it was done, or was killed after `until` votes and a moment."""
    command = [sys.executable, "-c", _WRITER, str(log), name, str(rows)]
    told: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told.append(line.strip())
            if len(told) == until:
                time.sleep(chance.uniform(0, _ROW_SECONDS))
                process.kill()
    if until is None and process.returncode:
        raise RuntimeError(f"writer {name} ended with {process.returncode}")
    return told


def main() -> int:
    """Hammer a log and say what came of it; 1 if a vote was lost or doubled."""
    parser = argparse.ArgumentParser("python -m tests.load_votes", description="Killed writers on one log.")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--votes", type=int, default=500, help="of each writer")
    parser.add_argument("--kills", type=int, default=24, help="of all writers together")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / vote_log.FILE
        found = hammer(log, asked.writers, asked.votes, asked.kills, np.random.default_rng(asked.seed))
    sys.stdout.write(
        f"{asked.writers} processes, {found.kills} kills, {time.monotonic() - begun:.0f} s: {found.acknowledged} votes "
        f"acknowledged, {found.logged} logged, {found.lost} lost, {found.twice} twice, {found.set_aside} lines set aside\n"
    )
    return int(bool(found.lost or found.twice))


if __name__ == "__main__":
    sys.exit(main())
