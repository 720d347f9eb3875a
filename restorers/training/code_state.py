"""Where weights come from: the machine, the commit and the runs before, without the names of hosts, people or folders."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch

from restorers.paths import ROOT

HISTORY: Final = (
    "key",
    "recipe",
    "preset",
    "side",
    "data",
    "pictures",
    "steps",
    "minutes",
    "machine",
    "seed",
    "commit",
)
"""What is kept of a run when another goes on from its weights."""


def machine(device: torch.device) -> str:
    """Cores and kind, such as `2 cores, AMD EPYC 9B14`, or the GPU's name."""
    if device.type == "cuda":
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(device)}"
    return (
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores, {_processor()}"
    )


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if table.is_file():
        for line in table.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def runs_behind(header: Mapping[str, str]) -> list[dict[str, str]]:
    """The runs that made a weights file, oldest first: those that its header lists as `before`, then the one that wrote it."""
    earlier: list[dict[str, str]] = json.loads(header.get("before", "[]"))
    return [*earlier, {name: header[name] for name in HISTORY if name in header}]


def in_words(run: Mapping[str, str]) -> str:
    """One run in words, from the facts in a header: how long, on what, shown what."""
    pictures = f", {int(run['pictures']):,} pictures shown" if "pictures" in run else ""
    return (
        f"{run.get('steps', '?')} steps in {run.get('minutes', '?')} minutes on {run.get('machine', '?')}{pictures},"
        f" seed {run.get('seed', '?')}"
    )


def commit() -> str:
    """The commit of this checkout, with `+` where its Python files were changed since; `unknown` outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "--", "*.py"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip() + ("+" if changed.stdout.strip() else "")
