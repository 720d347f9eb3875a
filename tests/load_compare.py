"""Many visitors comparing at once, or one comparing on and on, on the real app with a few quick methods.

    python -m tests.load_compare --visitors 20
    python -m tests.load_compare --soak 500

from the repository root. The visitors send different faces over the endpoint `compare`, all at the same time; each looks at every
picture it gets: its visible pixels must be those of its own face, to the last bit. The soak opens links to examples on one open page
after the other, as a person does who never closes the tab. Exits with 1 if anything is wrong.
"""

import argparse
import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final
from unittest.mock import patch

import httpx
import numpy as np
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import app
from comparisons.arena import photographs
from comparisons.session import EXAMPLES, Session
from comparisons.study.pool import SHIPPED
from restorers import catalogue
from restorers.images import Array
from tests.comparisons.pages.test_visit import Tab
from tests.load import ROOT, memory_mib, wait_for

QUICK: Final = ("telea", "navier_stokes", "patchmatch")
MOST_MIB: Final = 4096.0
"""Resident memory that a crowd may cost."""
MOST_GROWTH_MIB: Final = 100.0
"""By which a soak may grow the resident memory between its first tenth and its end."""
PAUSE_SECONDS: Final = 1.05
"""From one start to the next in a soak: just slower than the page's limit of 60 a minute."""


@dataclass(frozen=True)
class Answer:
    """What one visitor got."""

    visitor: int
    asked: float
    answered: float
    fault: str
    """Empty where everything was right."""


def different_faces(count: int) -> Iterator[tuple[Path, Array]]:
    """Photographs of different people, and how each is cut out, uint8 (256, 256, 3)."""
    found = ((path, photographs.prepare(path).faces) for path in sorted((SHIPPED / "faces").iterdir()))
    return islice(((path, faces[0].pixels) for path, faces in found if faces), count)


def fault_of(own: Array, everything: Path) -> str:
    """Why a zip is not of this visitor's face; empty if it is."""
    with zipfile.ZipFile(everything) as archive:
        pictures = {
            name: np.asarray(Image.open(io.BytesIO(archive.read(name))))
            for name in archive.namelist()
            if re.fullmatch(r"\w+\.png", name)
        }
    visible = pictures.pop("mask.png") == 0
    restored = pictures.keys() - {"truth.png", "occluded.png"}
    if not restored:
        return "no method gave a picture"
    strange = sorted(name for name, pixels in pictures.items() if not np.array_equal(pixels[visible], own[visible]))
    return f"another's pixels in {', '.join(strange)}" if strange else ""


def visit(url: str, number: int, photograph: Path, own: Array, start: threading.Barrier, answers: list[Answer]) -> None:
    """One visitor: wait for all the others, ask once, look at what came."""
    with tempfile.TemporaryDirectory() as folder:
        client = Client(url, verbose=False, download_files=folder)
        start.wait()
        asked = time.monotonic()
        try:
            _, _, everything = client.predict(
                image=handle_file(str(photograph)), hidden_percent=25, seed=number, api_name="/compare"
            )
            fault = fault_of(own, Path(everything))
        except (AppError, OSError, ValueError, httpx.HTTPError) as error:
            fault = repr(error)
        answers.append(Answer(number, asked, time.monotonic(), fault))


def crowd(url: str, process: int, visitors: int) -> bool:
    """Let everybody ask at once, and say what came of it; whether all was right."""
    faces = list(different_faces(visitors))
    if len(faces) < visitors:
        raise SystemExit(f"There are {len(faces)} different faces to send; ask for at most as many visitors.")
    answers: list[Answer] = []
    start = threading.Barrier(visitors)
    threads = [
        threading.Thread(target=visit, args=(url, number, *face, start, answers)) for number, face in enumerate(faces)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits = sorted(answer.answered - answer.asked for answer in answers)
    peak = peak_mib(process)
    wrong = [answer for answer in answers if answer.fault]
    sys.stdout.write(
        f"{visitors} visitors at once: {len(answers) - len(wrong)} answered with their own face, {len(wrong)} wrong\n"
        f"an answer came after {waits[0]:.1f} s (first), {waits[len(waits) // 2]:.1f} s (median), {waits[-1]:.1f} s (last)\n"
        f"peak memory {peak:.0f} MiB\n"
    )
    for answer in wrong[:5]:
        sys.stdout.write(f"  visitor {answer.visitor}: {answer.fault}\n")
    return not wrong and peak < MOST_MIB


def soak(url: str, process: int, comparisons: int) -> bool:
    """Compare on and on in one tab, and look at the memory after a tenth and at the end; whether all was right."""
    tab = Tab(url)
    names = sorted(path.stem for path in EXAMPLES.glob("*.png"))
    first, failed, before = max(1, comparisons // 10), 0, 0.0
    for number in range(1, comparisons + 1):
        start = time.monotonic()
        run = tab.linked(f"?face={names[number % len(names)]}&hidden=25&seed={number}")
        failed += tab.answers(run) != [True]
        if number == first:
            before = memory_mib(process)
        time.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - start)))
    after = memory_mib(process)
    sys.stdout.write(
        f"{comparisons} comparisons one after the other: {failed} failed\n"
        f"resident memory {before:.0f} MiB after {first}, {after:.0f} MiB after {comparisons}: {after - before:+.0f} MiB\n"
    )
    return not failed and after - before < MOST_GROWTH_MIB


def peak_mib(process: int) -> float:
    """Most resident memory that a process has had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def served(methods: Sequence[str], votes_in: Path | None = None) -> Iterator[tuple[str, int]]:
    """The app in a process of its own: its address and its process id; `votes_in` is where it logs votes, if anybody asks."""
    with tempfile.TemporaryDirectory() as own:
        folder = str(votes_in or own)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "tests.load_compare", "--serve", str(port), "--methods", ",".join(methods)]
        environment = {**os.environ, "UNMASKED_VOTES": folder, "UNMASKED_OFFLINE": "1"}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
            try:
                wait_for(f"http://127.0.0.1:{port}/config")
                yield f"http://127.0.0.1:{port}", process.pid
            finally:
                process.terminate()


def main() -> int:
    """Run the load and print what came of it; 1 if anything went wrong."""
    parser = argparse.ArgumentParser("python -m tests.load_compare", description="Comparing visitors on the real app.")
    parser.add_argument("--visitors", type=int, default=20, help="who compare at once; 0 for none")
    parser.add_argument("--soak", type=int, default=0, help="comparisons one after the other, instead of the visitors")
    parser.add_argument("--methods", default=",".join(QUICK), help="keys of the methods that run")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    methods = asked.methods.split(",")
    # whoever looks for the faces here and there must be the same detector
    os.environ["UNMASKED_OFFLINE"] = "1"
    if asked.serve:
        with patch.object(app, "Session", partial(Session, methods=tuple(map(catalogue.method, methods)))):
            app.main(["--port", str(asked.serve)])
        return 0
    with served(methods) as (url, process):
        right = soak(url, process, asked.soak) if asked.soak else crowd(url, process, asked.visitors)
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
