"""What strangers send is decoded elsewhere: a file that costs too much costs a sentence, and the next one is read as ever."""

import ast
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from comparisons.arena import comparison_recipe
from restorers import decoding, images
from restorers.contract import Problem, UnreadableImage
from restorers.paths import ROOT
from restorers.problems import BadArchive
from restorers.sandbox import untrusted
from restorers.sandbox.worker_pool import Crashed, Limits, TooCostly, WorkerPool
from tests import bombs
from tests.restorers.test_images import HEIC, animated, matrix_profile

LIMITS = Limits(memory=300_000_000, cpu_seconds=1, wall_seconds=60, reply=100_000_000)
PROBLEMS = {"UnreadableImage": UnreadableImage, "BadArchive": BadArchive}
SENTENCE = r"^Expected [^.]*( GB)?.*: [^:]*\.$"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerPool]:
    """One worker with small limits, and nothing that decodes in this process."""

    def here(*args: object) -> None:
        raise AssertionError("a stranger's file was decoded in the page's own process")

    small = WorkerPool("restorers.sandbox.picture_worker", LIMITS, 1, PROBLEMS)
    monkeypatch.setattr(untrusted, "pool", small)
    monkeypatch.setattr(decoding, "opened", here)
    yield small
    small.close()


def number_of(pool: WorkerPool) -> int:
    """The process's own; there is one."""
    (worker,) = pool._all
    return int(worker._process.pid)


def picture_of(side: int = 64) -> np.ndarray:
    return np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)


def next_one_is_read() -> None:
    pixels = picture_of()
    assert np.array_equal(untrusted.read(images.png_bytes(pixels)), pixels)


def gone(number: int) -> bool:
    """Whether a process has ended; waits for it, since its end is seen a moment later."""
    for _ in range(500):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{number}/stat")
        if state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


needs_kernel = pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")


@pytest.mark.slow
@needs_kernel
@pytest.mark.parametrize(
    "make",
    [
        lambda: bombs.repeated_scans(1000),
        lambda: bombs.saved(Image.new("CMYK", (5000, 5000)), "TIFF", compression="tiff_lzw"),
    ],
    ids=["time", "memory"],
)
def test_what_passes_the_limits_costs_a_sentence_and_a_worker(pool: WorkerPool, make) -> None:
    next_one_is_read()
    before, data = number_of(pool), make()
    with pytest.raises(UnreadableImage, match=r"at most 1 s of work and 0\.3 GB of memory, got one that takes more"):
        untrusted.read(data)
    assert gone(before)
    next_one_is_read()
    assert number_of(pool) != before


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        bombs.giant_profile,
        bombs.giant_texts,
        bombs.one_bit,
        bombs.pages,
        bombs.endless_tiff,
        lambda: bombs.pages(100, "WEBP"),
        lambda: bombs.pages(100, "GIF"),
        lambda: bombs.pages(30, "PNG"),
        lambda: bombs.pages(5, "AVIF"),
    ],
    ids=["profile", "texts", "one bit", "pages", "endless pages", "webp", "gif", "png", "avif"],
)
def test_what_a_header_gives_away_is_refused_by_it(pool: WorkerPool, make) -> None:
    next_one_is_read()
    before = number_of(pool)
    with pytest.raises(UnreadableImage, match=SENTENCE):
        untrusted.read(make())
    next_one_is_read()
    assert number_of(pool) == before


@pytest.mark.parametrize("make", [bombs.giant_exif, bombs.too_much_data], ids=["exif", "data"])
def test_what_lies_beyond_the_picture_is_not_looked_at(pool: WorkerPool, make) -> None:
    assert untrusted.read(make()).shape == (64, 64, 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "megabytes", "lying"),
    [
        (zipfile.ZIP_DEFLATED, 400, False),
        (zipfile.ZIP_DEFLATED, 400, True),
        (zipfile.ZIP_BZIP2, 60, True),
        (zipfile.ZIP_LZMA, 60, True),
    ],
)
def test_no_recipe_is_unpacked_to_more_than_it_may_hold(
    pool: WorkerPool, kind: int, megabytes: int, lying: bool
) -> None:
    with pytest.raises(Problem, match="downloaded from this page"):
        comparison_recipe.read(bombs.archive(comparison_recipe.FILE, megabytes, kind, lying))
    next_one_is_read()


def test_a_zip_of_nothing_but_names_is_refused(pool: WorkerPool) -> None:
    with pytest.raises(Problem, match="downloaded from this page"):
        comparison_recipe.read(bombs.many_members())
    with pytest.raises(Problem, match="downloaded from this page"):
        comparison_recipe.read(b"[" * (2 * 1024**2))


def kinds() -> Iterator[tuple[str, bytes]]:
    """A file of every kind that is read, or refused in words."""
    pixels = picture_of(96)[:64]
    smooth = Image.fromarray(pixels).resize((640, 480), Image.Resampling.BICUBIC)
    for kind, how in (("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("TIFF", {}), ("AVIF", {"quality": 80})):
        yield kind, bombs.saved(smooth, kind, **how)
        if kind != "AVIF":
            yield f"{kind} profile", bombs.saved(smooth, kind, icc_profile=matrix_profile())
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        yield f"orientation {turn}", bombs.saved(smooth, "JPEG", exif=exif)
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield f"PNG {mode}", bombs.saved(smooth.convert(mode), "PNG")
    sixteen = np.asarray(smooth.convert("L")).astype(np.uint16) * 257
    yield "16 bit", bombs.saved(Image.fromarray(sixteen), "PNG")
    yield "CMYK", bombs.saved(smooth.convert("CMYK"), "JPEG")
    yield "transparent palette", bombs.saved(smooth.convert("P"), "PNG", transparency=3)
    yield "progressive", bombs.saved(smooth, "JPEG", progressive=True)
    yield "MPO", bombs.saved(smooth, "MPO", save_all=True, append_images=[smooth.resize((64, 48))])
    yield "HEIC", HEIC
    yield "cut short", bombs.saved(smooth, "JPEG")[:5000]
    yield "animated", animated(smooth, "WEBP")
    yield "Lab", bombs.saved(Image.new("LAB", (64, 64)), "TIFF")
    yield "too small", bombs.saved(Image.new("RGB", (20, 20)), "PNG")
    yield "text", b"no picture"
    yield "nothing", b""


def outcome(call: Callable[[], np.ndarray]) -> np.ndarray | str:
    """Pixels, or the kind of a problem, its sentence and the template of that."""
    try:
        return call()
    except Problem as problem:
        return f"{type(problem).__name__}: {problem} ({problem.sentence.template})"


def same(one: np.ndarray | str, other: np.ndarray | str) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.flags.writeable and np.array_equal(one, other)
    return isinstance(one, str) and one == other


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in kinds()])
def test_pixels_and_sentences_are_those_of_this_process(data: bytes, tmp_path: Path) -> None:
    there = tmp_path / "upload"
    there.write_bytes(data)
    expected = outcome(lambda: images.read(data))
    assert same(outcome(lambda: untrusted.read(there)), expected)
    assert same(outcome(lambda: untrusted.read(data)), expected)
    height, width = expected.shape[:2] if isinstance(expected, np.ndarray) else (9, 9)
    for size in ((height, width), (width, height)):
        hidden = outcome(partial(images.read_mask, data, size))
        assert same(outcome(partial(untrusted.read_mask, data, size)), hidden)


def test_many_threads_share_a_few_workers(pool: WorkerPool) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        pixels = picture_of(40 + number)
        try:
            same = np.array_equal(untrusted.read(images.png_bytes(pixels)), pixels)
        except Problem:
            same = False
        if not same:
            wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(pool._all) == 1


def test_a_worker_that_crashes_is_replaced(pool: WorkerPool) -> None:
    next_one_is_read()
    before = number_of(pool)
    os.kill(before, 11)
    with pytest.raises(UnreadableImage, match="decoder breaks down"):
        untrusted.read(images.png_bytes(picture_of()))
    next_one_is_read()
    assert number_of(pool) != before


def test_bugs_are_not_taken_for_problems(pool: WorkerPool) -> None:
    with pytest.raises(RuntimeError, match="KeyError"):
        pool.once("picture", {}, images.png_bytes(picture_of()))
    next_one_is_read()
    absent = WorkerPool("restorers.no_such_module", LIMITS, 1, {})
    with pytest.raises(RuntimeError, match="did not start"):
        absent.once("picture", {})
    absent.close()


def test_a_worker_that_waits_instead_of_working_is_stopped() -> None:
    slow = WorkerPool("restorers.sandbox.picture_worker", replace(LIMITS, wall_seconds=0.0), 1, PROBLEMS)
    with pytest.raises(TooCostly):
        slow.once("unpacked", {"names": [], "most_bytes": 1}, bombs.many_members(20_000))
    slow.close()
    with pytest.raises(Crashed):
        slow.once("unpacked", {"names": [], "most_bytes": 1})


def test_workers_end_with_the_page(pool: WorkerPool) -> None:
    code = (
        "import os; from restorers.sandbox.worker_pool import Limits, WorkerPool;"
        "pool = WorkerPool('restorers.sandbox.picture_worker', Limits(10**9, 9, 99, 9), 1, {});"
        "pool.once('unpacked', {'names': [], 'most_bytes': 1}, bytes([80, 75, 5, 6]) + bytes(18));"
        "print(*(worker._process.pid for worker in pool._all), flush=True);"
    )
    for end in ("", "os._exit(1)", "os.kill(os.getpid(), 9)"):
        done = subprocess.run([sys.executable, "-c", code + end], cwd=ROOT, stdout=subprocess.PIPE, check=False)
        (number,) = map(int, done.stdout.split())
        assert gone(number), end


def test_workers_know_neither_the_network_nor_the_secrets(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    next_one_is_read()
    if Path("/proc/self/environ").is_file():
        assert b"HF_TOKEN" not in Path(f"/proc/{number_of(pool)}/environ").read_bytes()
    code = "import restorers.sandbox.picture_worker, sys, json; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    assert not {"torch", "gradio", "cv2"} & set(json.loads(loaded))


def test_the_page_reads_no_file_of_a_stranger_itself() -> None:
    """`images.read` and its like stand in no module that is handed uploads, but where the file is the project's own."""
    # `photographs.example`, and a mask's pixels, which a worker has read
    own = {("photographs.py", "images.read"): 1, ("photographs.py", "images.read_mask"): 1}
    handed = [*(ROOT / "comparisons" / "pages").rglob("*.py"), ROOT / "comparisons" / "arena" / "photographs.py"]
    found: dict[tuple[str, str], int] = {}
    for path in handed:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            reads = (
                "images.read",
                "images.read_mask",
                "decoding.decoded",
                "Image.open",
                "clips.read",
                "av.open",
                "cv2.imread",
            )
            if called in reads:
                found[path.name, called] = found.get((path.name, called), 0) + 1
    assert found == own | {("video_tab.py", "clips.read"): 1}  # an example clip
