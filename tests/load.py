"""Many raters at once on the real app: `python -m tests.load [--raters 50] [--minutes 5] [--studies 2]`, from the repository root.

Starts `python app.py`, lets simulated raters ask for pairs and vote over HTTP as the page does, and says at the end whether
every acknowledged vote is in the log once, whether anything went wrong, how long people waited, what a vote cost, and how the
app's memory went. A rater to whom anything is refused waits as long as after a vote before asking again, as a person does; the
refusal is an error all the same. With two studies every other rater is in the second one. Exits with 1 if a vote was lost or
stands in another study than its rater's, anything went wrong or memory kept growing.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from comparisons.pages.shell.addresses import PROXIES
from comparisons.session import STUDIES
from comparisons.study import vote_log
from tests.comparisons.study.test_blindness import Browser

ROOT = Path(__file__).resolve().parent.parent
PAUSE_SECONDS = 3.2
"""Between two votes of a rater: just slower than the limit on speed."""
FAULTS: Final = (OSError, ValueError, http.client.HTTPException, pytest.fail.Exception)
"""What a rater meets where the app does not answer, or not as it should; the last is how `Browser` says so."""
LOOKS: Final = 40
"""Times that memory is looked at."""
WARM: Final = 0.5
"""Part of the time after which the app has loaded and rendered what it will: memory shall be flat from there on."""
AROUND: Final = 6
"""Looks of which the median counts: while a method runs it takes 100 MiB and more, which is no growth."""
MOST_GROWTH_MIB: Final = 50.0
"""By which resident memory may have grown from there to the end."""


@dataclass
class Tally:
    """What the raters saw."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    pairs: list[float] = field(default_factory=list)
    """Seconds from asking for a pair to having it."""
    answers: list[float] = field(default_factory=list)
    """Seconds from a vote to its names."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, said: object) -> None:
        """Count an error."""
        with self.lock:
            self.errors[str(said)] += 1


@dataclass(frozen=True)
class Use:
    """What a process has used so far."""

    mib: float
    """Resident memory now."""
    seconds: float
    """Of processor time, of all its threads."""


def rate(
    url: str,
    config: dict[str, Any],
    rater: str,
    until: float,
    tally: Tally,
    headers: dict[str, str] | None = None,
    study: str = STUDIES[0].question,
) -> None:
    """One rater: ask, look, vote, until the time is over."""
    browser = Browser(url, config, headers or {}, study)
    while time.monotonic() < until:
        try:
            voted = _one_vote(browser, rater, tally)
        except FAULTS as error:
            tally.fault(repr(error))
            voted = False
        if not voted:
            time.sleep(PAUSE_SECONDS)


def from_address(visitor: int) -> dict[str, str]:
    """What the one proxy before the app says about a visitor, each of whom has an address of its own."""
    return {"X-Forwarded-For": f"198.51.{100 + visitor // 250}.{1 + visitor % 250}"}


def _one_vote(browser: Browser, rater: str, tally: Tally) -> bool:
    """Ask for a pair, look at it while the next one is fetched, vote; whether the vote was acknowledged."""
    asked = time.monotonic()
    pair = browser.next_pair(rater)
    came = time.monotonic()
    if not pair["success"]:
        tally.fault(json.dumps(pair["output"]))
        return False
    ahead = browser.coming(rater)
    if not ahead["success"]:
        tally.fault(json.dumps(ahead["output"]))
    time.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - came)))
    given = time.monotonic()
    told = browser.vote(rater)
    done = time.monotonic()
    if not told["success"]:
        tally.fault(json.dumps(told["output"]))
        return False
    with tally.lock:
        tally.acknowledged[rater] += 1
        tally.pairs.append(came - asked)
        tally.answers.append(done - given)
    return True


def study_of(rater: int, studies: int) -> str:
    """The study of the page that a rater is in, by its number."""
    return STUDIES[rater % studies].question


def memory_mib(process: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def used(process: int) -> Use:
    """Memory and processor time of a process."""
    # the name, second of the fields, may hold blanks
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return Use(memory_mib(process), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


def main() -> int:
    """Run the load and print what came of it; 1 if a vote was lost, anything went wrong or memory kept growing."""
    parser = argparse.ArgumentParser("python -m tests.load", description="Many raters at once on the real app.")
    parser.add_argument("--raters", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    several = range(1, len(STUDIES) + 1)
    parser.add_argument("--studies", type=int, default=1, choices=several, help="of the page's own, side by side")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "app.py", "--port", str(port), "--votes", folder]
        environment = {**os.environ, PROXIES: "1"}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as app:
            try:
                tally, looks = loaded(f"http://127.0.0.1:{port}", app.pid, asked.raters, asked.minutes, asked.studies)
            finally:
                app.terminate()
        log = vote_log.read_folder(Path(folder))
    logged = Counter(vote.rater for vote in log.votes)
    lost = (tally.acknowledged - logged).total()
    twice = len(log.votes) - len({vote.trial for vote in log.votes})
    mine = {f"{number:016x}": study_of(number, asked.studies) for number in range(asked.raters)}
    astray = sum(vote.question != mine[vote.rater] for vote in log.votes)
    first = round(WARM * LOOKS)
    warm, end = (statistics.median(look.mib for look in part) for part in (looks[first:][:AROUND], looks[-AROUND:]))
    sys.stdout.write(
        f"{asked.raters} raters, {asked.studies} studies, {asked.minutes} min: {tally.acknowledged.total()} votes acknowledged, "
        f"{len(log.votes)} logged, {lost} lost, {twice} twice, {astray} in another study, {len(log.set_aside)} lines set aside, "
        f"{tally.errors.total()} errors\n"
        f"a pair came after {_waits(tally.pairs)}; names after {_waits(tally.answers)}\n"
        f"processor time {1000 * (looks[-1].seconds - looks[0].seconds) / max(1, len(log.votes)):.0f} ms a vote\n"
        f"memory {' '.join(f'{look.mib:.0f}' for look in looks)} MiB: at the start {looks[0].mib:.0f}, "
        f"warm ({WARM * asked.minutes:.1f} min) {warm:.0f}, at the end {end:.0f}, grown by {end - warm:+.0f} since it was warm "
        f"({1024 * (end - warm) / max(1, len(log.votes) * (1 - WARM)):+.1f} kB a vote)\n"
    )
    for error, times in tally.errors.most_common(5):
        sys.stdout.write(f"  {times} x {error}\n")
    grew = end - warm > MOST_GROWTH_MIB
    return int(bool(lost or twice or astray or tally.errors or log.set_aside or grew))


def _waits(seconds: list[float]) -> str:
    if not seconds:
        return "nothing"
    ordered = sorted(seconds)
    return (
        f"{ordered[len(ordered) // 2]:.2f} s (median), {ordered[int(0.95 * len(ordered))]:.2f} s (95th percentile), "
        f"{ordered[-1]:.2f} s (longest)"
    )


def loaded(url: str, process: int, raters: int, minutes: float, studies: int = 1) -> tuple[Tally, list[Use]]:
    """Let the raters go, all in the same second, and look at the process before them and `LOOKS` times meanwhile."""
    config = wait_for(f"{url}/config")
    tally = Tally()
    start = time.monotonic()
    until = start + 60 * minutes
    crowd = [
        threading.Thread(
            target=rate,
            args=(url, config, f"{number:016x}", until, tally, from_address(number), study_of(number, studies)),
        )
        for number in range(raters)
    ]
    looks = [used(process)]
    for rater in crowd:
        rater.start()
    for number in range(1, LOOKS + 1):
        time.sleep(max(0.0, start + 60 * minutes * number / LOOKS - time.monotonic()))
        looks.append(used(process))
    for rater in crowd:
        rater.join()
    return tally, looks


def wait_for(url: str) -> dict[str, Any]:
    """The page's configuration, as soon as it is there."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return dict(json.load(reply))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise TimeoutError(f"nothing answered at {url}")


if __name__ == "__main__":
    sys.exit(main())
