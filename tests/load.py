"""Many raters at once on the real app: `python -m tests.load [--raters 50] [--minutes 5]`, from the repository root.

Starts `python app.py`, lets simulated raters ask for pairs and vote over HTTP as the page does, and says at the end whether
every acknowledged vote is in the log once, whether anything went wrong, and how the app's memory went.
"""

import argparse
import json
import os
import socket
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

from comparisons import votes
from tests.test_blindness import Browser

ROOT = Path(__file__).resolve().parent.parent
PAUSE_SECONDS = 3.2
"""Between two votes of a rater: just slower than the limit on speed."""


@dataclass
class Tally:
    """What the raters saw."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """Seconds from asking for a pair to having it."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def rate(url: str, config: dict[str, object], rater: str, until: float, tally: Tally) -> None:
    """One rater: ask, look, vote, until the time is over."""
    browser = Browser(url, config)
    while time.monotonic() < until:
        start = time.monotonic()
        try:
            pair = browser.next_pair(rater)
            wait = time.monotonic() - start
            time.sleep(PAUSE_SECONDS)
            told = browser.vote(rater)
        except (OSError, ValueError) as error:
            with tally.lock:
                tally.errors.append(repr(error))
            continue
        with tally.lock:
            tally.waits.append(wait)
            if pair["success"] and told["success"]:
                tally.acknowledged[rater] += 1
            else:
                tally.errors.append(
                    json.dumps([pair.get("output", {}).get("error"), told.get("output", {}).get("error")])
                )


def memory_mib(process: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """Run the load and print what came of it; 1 if a vote was lost or anything went wrong."""
    parser = argparse.ArgumentParser("python -m tests.load", description="Many raters at once on the real app.")
    parser.add_argument("--raters", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "app.py", "--port", str(port), "--votes", folder]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as app:
            try:
                tally, memory = loaded(f"http://127.0.0.1:{port}", app.pid, asked.raters, asked.minutes)
            finally:
                app.terminate()
        log = votes.read_folder(Path(folder))
    logged = Counter(vote.rater for vote in log.votes)
    lost = sum((tally.acknowledged - logged).values())
    waits = sorted(tally.waits)
    sys.stdout.write(
        f"{asked.raters} raters, {asked.minutes} min: {tally.acknowledged.total()} votes acknowledged, {len(log.votes)} logged, "
        f"{lost} lost, {len(log.set_aside)} lines set aside, {len(tally.errors)} errors\n"
        f"a pair came after {waits[len(waits) // 2]:.2f} s (median), {waits[int(0.95 * len(waits))]:.2f} s (95th percentile)\n"
        f"memory {' -> '.join(f'{mib:.0f}' for mib in memory)} MiB\n"
    )
    for error in sorted(set(tally.errors))[:5]:
        sys.stdout.write(f"  {error}\n")
    return int(lost > 0 or bool(tally.errors) or bool(log.set_aside))


def loaded(url: str, process: int, raters: int, minutes: float) -> tuple[Tally, list[float]]:
    """Let the raters go, and look at the memory ten times."""
    config = wait_for(f"{url}/config")
    tally = Tally()
    until = time.monotonic() + 60 * minutes
    crowd = [
        threading.Thread(target=rate, args=(url, config, f"{number:016x}", until, tally)) for number in range(raters)
    ]
    for rater in crowd:
        rater.start()
    memory = []
    for _ in range(10):
        time.sleep(6 * minutes)
        memory.append(memory_mib(process))
    for rater in crowd:
        rater.join()
    return tally, memory


def wait_for(url: str) -> dict[str, object]:
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
