"""One client floods while others compare and rate: `python -m tests.load_flood [--visitors 30] [--raters 30] [--seconds 120]`.

From the repository root. Starts the real app behind one trusted proxy. Visitors compare and raters vote for as long without the
flood (half of it before, half after) as with it, each under an address of its own. The flood joins without end as fast as it is let,
under another session each time and with a forged `X-Forwarded-For`, to which the proxy appends the one address that it has. It is a
process of its own: in that of the raters it would hold up their clocks, and not the page. Prints one table of what counts with
its targets, and exits with 0 where all of them are met, else with 1.
"""

import argparse
import http.client
import json
import multiprocessing
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
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
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
FLOODERS: Final = 64
"""Connections on which the one client floods: more than the page keeps waiting would only make the clients slow."""
BREATH: Final = 0.01
"""Seconds between two requests of a connection."""
WARM_SECONDS: Final = 40.0
"""Before anything counts: the first pairs are rendered, the methods loaded, and the first round of comparisons is done."""


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

    def joined(self, other: "Phase") -> "Phase":
        """This part and another as one."""
        votes = Tally(
            self.votes.acknowledged + other.votes.acknowledged,
            self.votes.errors + other.votes.errors,
            self.votes.pairs + other.votes.pairs,
            self.votes.answers + other.votes.answers,
        )
        return Phase(votes, self.compared + other.compared, self.faults + other.faults)


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


def flood(url: str, config: dict[str, Any], over: Event, told: "Queue[Counter[int]]") -> None:
    """Join on all connections until it is over; then tell how often each status came."""
    statuses = Counter[int]()
    joining = [threading.Thread(target=joins, args=(url, config, over, statuses, seed)) for seed in range(FLOODERS)]
    for one in joining:
        one.start()
    for one in joining:
        one.join()
    told.put(statuses)


def joins(url: str, config: dict[str, Any], over: Event, statuses: Counter[int], seed: int) -> None:
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
        over.wait(BREATH)


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


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    calm: str
    flooded: str
    target: str = ""
    met: bool = True

    def __str__(self) -> str:
        said = "" if not self.target else "met" if self.met else "MISSED"
        return f"{self.name:<38}{self.calm:>12}{self.flooded:>12}  {self.target:<14}{said}".rstrip()


def figures(calm: Phase, flooded: Phase, lost: int, peak: float) -> list[Figure]:
    """The table; peak memory in MiB."""
    slower = flooded.pair / calm.pair
    parts = (calm, flooded)
    acknowledged = [part.votes.acknowledged.total() for part in parts]
    refused = [_refused(part.votes.errors) for part in parts]
    failed = [part.votes.errors.total() - times for part, times in zip(parts, refused, strict=True)]
    waits = [f"{statistics.median(part.compared):.2f}" if part.compared else "none" for part in parts]
    return [
        Figure("votes acknowledged", str(acknowledged[0]), str(acknowledged[1]), "> 0 each", min(acknowledged) > 0),
        Figure("votes lost", "", str(lost), "0", lost == 0),
        Figure("votes or pairs refused", str(refused[0]), str(refused[1]), "0", not any(refused)),
        Figure("votes or pairs failed otherwise", str(failed[0]), str(failed[1]), "0", not any(failed)),
        Figure("seconds to the next pair (median)", f"{calm.pair:.3f}", f"{flooded.pair:.3f}"),
        Figure("  times as long", "1", f"{slower:.2f}", f"<= {MOST_SLOWER}", slower <= MOST_SLOWER),
        Figure("comparisons done", str(len(calm.compared)), str(len(flooded.compared))),
        Figure("comparisons failed", str(calm.faults.total()), str(flooded.faults.total())),
        Figure("seconds to a comparison (median)", waits[0], waits[1]),
        Figure("peak memory, MiB", "", f"{peak:.0f}", f"< {MOST_MIB:.0f}", peak < MOST_MIB),
    ]


def _refused(errors: Counter[str]) -> int:
    return sum(times for said, times in errors.items() if "429" in said or "503" in said)


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
        before = part(asked.seconds / 2, 0)
        apart = multiprocessing.get_context("spawn")
        over, told = apart.Event(), apart.Queue()
        flooder = apart.Process(target=flood, args=(url, config, over, told))
        flooder.start()
        flooded = part(asked.seconds, 1000)
        over.set()
        statuses = told.get(timeout=120)
        flooder.join()
        # half before and half after it: what grows with the votes must not pass for the flood's doing
        calm = before.joined(part(asked.seconds / 2, 3000))
        peak = peak_mib(process)
        log = votes.read_folder(Path(folder))
    acknowledged = calm.votes.acknowledged + flooded.votes.acknowledged
    lost = (acknowledged - Counter(vote.rater for vote in log.votes)).total()
    table = figures(calm, flooded, lost, peak)
    heading = Figure(f"{asked.raters} raters, {asked.visitors} who compare", "calm", "flooded", "target")
    sys.stdout.write("\n".join([str(heading).removesuffix("met"), *map(str, table)]) + "\n")
    sys.stdout.write(f"answers to the flood, by status: {dict(sorted(statuses.items()))}\n")
    for phase in (calm, flooded):
        for error, times in (phase.votes.errors + phase.faults).most_common(5):
            sys.stdout.write(f"  {times} x {error}\n")
    return int(not all(figure.met for figure in table))


if __name__ == "__main__":
    sys.exit(main())
