"""One client floods while others compare and rate: `python -m tests.load_flood [--visitors 30] [--raters 30] [--seconds 120]`.

From the repository root. Starts the real app behind one trusted proxy. Visitors compare and raters vote for as long without the
flood as with it, each under an address of its own. The flood joins without end as fast as it is let, under another session each
time and with a forged `X-Forwarded-For`, to which the proxy appends the one address that it has. Says how many votes were
acknowledged, lost and refused, how long the next pair took with and without it, and the memory. Exits with 1 if a vote was lost
or refused, the next pair took more than half as long again, or memory passed its limit.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from comparisons.pages.shell.addresses import PROXIES
from comparisons.study import vote_log as votes
from tests.comparisons.study.test_blindness import Browser
from tests.load import FAULTS, Tally, from_address, rate, wait_for
from tests.load_compare import QUICK, peak_mib, served

MOST_SLOWER: Final = 1.5
"""Times as long as without the flood that the next pair may take."""
MOST_MIB: Final = 3072.0
"""Memory that the app may ever have."""
FLOODERS: Final = 8
"""Connections on which the one client floods."""
WARM_SECONDS: Final = 10.0
"""Before anything counts: the first pairs are rendered, and the methods loaded."""


@dataclass
class Phase:
    """What came of one part of the run."""

    votes: Tally = field(default_factory=Tally)
    compared: list[float] = field(default_factory=list)
    """Seconds from asking for a comparison to having it."""
    faults: Counter[str] = field(default_factory=Counter)
    """What went wrong with comparisons."""

    @property
    def pair(self) -> float:
        """Median of the seconds until the next pair was there; not a number where there was none."""
        return statistics.median(self.votes.pairs) if self.votes.pairs else float("nan")


def compare(url: str, config: dict[str, Any], visitor: int, until: float, phase: Phase) -> None:
    """One visitor: compare on and on, until the time is over."""
    browser = Browser(url, config, from_address(visitor))
    event = named(config, "compare")
    while time.monotonic() < until:
        asked = time.monotonic()
        try:
            told = browser.call(event, None, "01", "rectangle", 25, "random", "none", visitor, None)
            fault = "" if told["success"] else json.dumps(told["output"])
        except FAULTS as error:
            fault = repr(error)
        if fault:
            phase.faults[fault] += 1
            time.sleep(1)
        else:
            phase.compared.append(time.monotonic() - asked)


def flood(url: str, config: dict[str, Any], over: threading.Event, statuses: Counter[int], seed: int) -> None:
    """Join as fast as it goes, and never fetch an answer."""
    chance = Random(seed)
    events = [named(config, "compare"), clip_of(config)]
    while not over.is_set():
        event = chance.choice(events)
        values = [None, "01", "rectangle", 25, "random", "none", 1, None] if event is events[0] else [None] * 6
        body = {"data": values, "fn_index": event["id"], "session_hash": uuid.uuid4().hex[:11]}
        forged = f"{chance.randrange(1, 224)}.{chance.randrange(256)}.{chance.randrange(256)}.1, 203.0.113.66"
        asked = urllib.request.Request(
            f"{url}/gradio_api/queue/join",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-Forwarded-For": forged},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as reply:
                statuses[reply.status] += 1
        except urllib.error.HTTPError as refusal:
            statuses[refusal.code] += 1
        except (OSError, http.client.HTTPException):
            statuses[0] += 1


def named(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The event that programs call by a name."""
    return next(event for event in config["dependencies"] if event["api_name"] == name)


def clip_of(config: dict[str, Any]) -> dict[str, Any]:
    """The event that restores a clip: the one that follows the Video tab's button."""
    ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
    begun = next(
        event
        for event in config["dependencies"]
        if [ids["video-run"], "click"] in [list(target) for target in event["targets"]] and event["backend_fn"]
    )
    return next(event for event in config["dependencies"] if event["trigger_after"] == begun["id"])


def phase_of(url: str, config: dict[str, Any], visitors: int, raters: int, seconds: float, first: int) -> Phase:
    """Let everybody go for so long; what came of it."""
    phase = Phase()
    until = time.monotonic() + seconds
    crowd = [
        threading.Thread(target=compare, args=(url, config, number, until, phase)) for number in range(visitors)
    ] + [
        threading.Thread(
            target=rate,
            args=(url, config, f"{first + number:016x}", until, phase.votes, from_address(visitors + number)),
        )
        for number in range(raters)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return phase


def told(name: str, phase: Phase) -> str:
    """A phase in a line."""
    refused = sum(times for said, times in phase.votes.errors.items() if "429" in said or "503" in said)
    waited = f"{statistics.median(phase.compared):.2f} s" if phase.compared else "nothing"
    return (
        f"{name}: {phase.votes.acknowledged.total()} votes acknowledged, {refused} refused, "
        f"{phase.votes.errors.total() - refused} other errors; the next pair after {phase.pair:.2f} s (median); "
        f"{len(phase.compared)} comparisons after {waited} (median), {phase.faults.total()} failed\n"
    )


def main() -> int:
    """Run both parts and print what came of them; 1 if the flood cost anybody more than it may."""
    parser = argparse.ArgumentParser("python -m tests.load_flood", description="One client floods the real app.")
    parser.add_argument("--visitors", type=int, default=30, help="who compare")
    parser.add_argument("--raters", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=120.0, help="without the flood, and as long with it")
    parser.add_argument("--methods", default=",".join(QUICK), help="keys of the methods that run")
    asked = parser.parse_args()
    os.environ[PROXIES] = "1"
    with tempfile.TemporaryDirectory() as folder, served(asked.methods.split(","), Path(folder)) as (url, process):
        config = wait_for(f"{url}/config")
        part = partial(phase_of, url, config, asked.visitors, asked.raters)
        part(min(WARM_SECONDS, asked.seconds), 2000)
        calm = part(asked.seconds, 0)
        over, statuses = threading.Event(), Counter[int]()
        flooders = [
            threading.Thread(target=flood, args=(url, config, over, statuses, seed)) for seed in range(FLOODERS)
        ]
        for one in flooders:
            one.start()
        flooded = part(asked.seconds, 1000)
        over.set()
        for one in flooders:
            one.join()
        peak = peak_mib(process)
        log = votes.read_folder(Path(folder))
    acknowledged = calm.votes.acknowledged + flooded.votes.acknowledged
    lost = (acknowledged - Counter(vote.rater for vote in log.votes)).total()
    slower = flooded.pair / calm.pair
    sys.stdout.write(
        told("without the flood", calm) + told("with the flood", flooded) + f"the flood: {dict(statuses)} by status\n"
        f"{lost} votes lost; the next pair took {slower:.2f} times as long; peak memory {peak:.0f} MiB\n"
    )
    for phase in (calm, flooded):
        for error, times in (phase.votes.errors + phase.faults).most_common(5):
            sys.stdout.write(f"  {times} x {error}\n")
    good = not lost and not flooded.votes.errors and slower <= MOST_SLOWER and peak < MOST_MIB
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
