"""Memory of the open door on many faces: `python -m tests.scale_benchmark [1000 2000] [--steps merge,export,sweep] [--light]`.

For each number of faces it draws that many (one drawn face, shifted), and runs, each in a process of its own: `export` of one corruption,
the sweep with `--results` of finished pictures, and `merge` of two halves of as many faces, whose rows are made up for three methods and
six bins. It prints peak memory and time, and how large the process was after a quarter, half and three quarters of its time: what grows
with the faces grows there too. `--light` leaves LPIPS out, which takes half the time and keeps nothing of a face. Nothing here is a
test: it takes minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from comparisons.benchmark.score_rows import FIELDS, line_of
from comparisons.records import provenance
from comparisons.scenarios import menu
from restorers import paths
from tests.comparisons.benchmark.test_merging import command, corruption, facts, row

CORRUPTION = ("--scenarios", "rectangle", "--bins", "0.20-0.30")
STEPS = ("merge", "export", "sweep")
BINS = menu.scenario(menu.DEFAULT).bin_names
KEYS = ("telea", "eigenface", "mine")
_CHILD = """
import json
import sys
import threading
from comparisons.benchmark.__main__ import main
from restorers.faces import align
align.locate = lambda picture: align.Detection((), "none")  # drawn faces need no detector, and looking takes most of the time
if "--light" in sys.argv:
    import torch
    from comparisons.metrics import lpips_model, scorer
    sys.argv.remove("--light")
    lpips_model.trunk_features = scorer.trunk_features = scorer.truth_features = lambda picture: []
    scorer.lpips_layers = lambda *features: [torch.zeros(1)]
    scorer.lpips_map = lambda layers, side: torch.zeros(1, 1, side, side)
def megabytes(field):
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith(field))
sizes, over = [megabytes("VmRSS")], threading.Event()
def watch():
    while not over.wait(0.5):
        sizes.append(megabytes("VmRSS"))
watching = threading.Thread(target=watch)
watching.start()
try:
    code = main(sys.argv[1:])
finally:
    over.set()
    watching.join()
print("MEMORY", json.dumps([megabytes("VmHWM"), *(sizes[len(sizes) * part // 4] for part in (1, 2, 3))]))
sys.exit(code)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser("python -m tests.scale_benchmark")
    parser.add_argument("faces", type=int, nargs="*", default=[1000, 2000])
    parser.add_argument("--steps", default=",".join(STEPS), help="default: %(default)s")
    parser.add_argument("--light", action="store_true", help="sweep without LPIPS")
    asked = parser.parse_args(arguments)
    sys.stdout.write("| faces | step | peak MB | MB at 1/4, 1/2, 3/4 | s |\n|---|---|---|---|---|\n")
    for number in asked.faces:
        with tempfile.TemporaryDirectory(prefix="unmasked-scale-") as folder:
            for step, sizes, seconds in measured(Path(folder), number, asked.steps.split(","), light=asked.light):
                peak, *quarters = sizes
                sys.stdout.write(f"| {number} | {step} | {peak} | {', '.join(map(str, quarters))} | {seconds:.0f} |\n")
                sys.stdout.flush()
    return 0


def measured(
    folder: Path, number: int, steps: Sequence[str], *, light: bool
) -> Iterator[tuple[str, Sequence[int], float]]:
    """Memory in MB (its peak, then at each quarter of the time) and seconds of every step."""
    pictures, inputs, mine = (folder / name for name in ("pictures", "inputs", "mine"))
    if "merge" in steps:
        halves = [made_up(folder / f"half{part}", range(part, number, 2)) for part in range(2)]
        yield ("merge", *run("merge", *halves, "--out", folder / "joint"))
        assert rows_of(folder / "joint") == number * len(BINS) * len(KEYS)
    if {"export", "sweep"} & set(steps):
        draw(pictures, number)
        exported = run("export", pictures, "--out", inputs, *CORRUPTION)
        if "export" in steps:
            yield ("export", *exported)
    if "sweep" in steps:
        restore(inputs, mine)
        more = ["--methods", "telea", "--measures=", "--workers", "1", *CORRUPTION, "--results", f"mine={mine}"]
        more += ["--light"] if light else []
        yield ("sweep", *run(pictures, "--out", folder / "whole", *more))
        assert rows_of(folder / "whole") == 2 * number


def rows_of(folder: Path) -> int:
    """How many rows a table has."""
    with (folder / "scores.csv").open() as file:
        return sum(1 for _ in file) - 1


def made_up(folder: Path, numbers: Iterable[int]) -> Path:
    """A run's folder whose figures nobody has measured."""
    folder.mkdir(parents=True)
    names = [f"{number:06d}.png" for number in numbers]
    with (folder / "scores.csv").open("wb") as file:
        file.write((",".join(FIELDS) + "\n").encode())
        for name in names:
            for bin_name in BINS:
                file.writelines(line_of(row(name, key, bin=bin_name, lpips="0.1", ssim="0.9")) for key in KEYS)
    with (folder / "pictures.jsonl").open("w") as file:
        file.writelines(json.dumps(facts(name)) + "\n" for name in names)
    with (folder / "corruptions.jsonl").open("w") as file:
        file.writelines(json.dumps(corruption(name, bin=bin_name)) + "\n" for name in names for bin_name in BINS)
    provenance.note(folder / provenance.FILE, command(), "Made up")
    return folder


def run(*words: object) -> tuple[Sequence[int], float]:
    """One command in a process of its own."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, words)], cwd=paths.ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    sizes: list[int] = json.loads(done.stdout.rpartition("MEMORY")[2])
    return sizes, time.perf_counter() - start


def draw(folder: Path, number: int) -> None:
    """Faces of a few ellipses, 64 px, each another one."""
    folder.mkdir(parents=True)
    canvas = Image.new("RGB", (64, 64), (96, 120, 148))
    pen = ImageDraw.Draw(canvas)
    pen.ellipse((12, 6, 52, 60), fill=(222, 178, 150))
    for eye in (24, 40):
        pen.ellipse((eye - 4, 26, eye + 4, 31), fill=(40, 50, 60))
    pen.ellipse((24, 44, 40, 49), fill=(176, 84, 84))
    face = np.asarray(canvas)
    for one in range(number):
        moved = np.roll(face, (one % 64, one // 64 % 64), (0, 1)).copy()
        moved[:2, :4] = np.frombuffer(one.to_bytes(4, "big") * 6, np.uint8).reshape(2, 4, 3)
        Image.fromarray(moved).save(folder / f"{one:06d}.png")


def restore(inputs: Path, out: Path) -> None:
    """What somebody's script does: grey in the hole."""
    for text in (inputs / "inputs.jsonl").open(encoding="utf-8"):
        line = json.loads(text)
        corrupted, mask = (np.asarray(Image.open(inputs / line[kind])) for kind in ("corrupted", "mask"))
        place = out / line["corrupted"].removeprefix("corrupted/")
        place.parent.mkdir(parents=True, exist_ok=True)
        made = np.where(mask[..., None] > 0, 128, corrupted).astype(np.uint8)
        Image.fromarray(made).save(place)


if __name__ == "__main__":
    sys.exit(main())
