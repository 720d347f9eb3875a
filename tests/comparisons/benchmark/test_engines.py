import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from comparisons.benchmark.engines import WorkerLost, keep_freed_memory, processes, serial
from restorers import paths
from restorers.contract import Problem

ROOT = paths.ROOT


def squares(task):
    """Three results a task: what the worker does is recorded with its process."""
    for number in range(3):
        yield task, number, task**2, os.getpid()


def failing(task):
    yield task
    if task == "problem":
        raise Problem("There is no such picture; choose another.")
    if task == "bug":
        raise OSError("a bug of the work, not of the connection")
    if task == "death":
        os._exit(7)


def slow(task):
    Path(task[0], f"{os.getpid()}.pid").touch()
    while True:
        time.sleep(0.02)
        yield task[1]


def freeing(task):
    """Resident memory that is left of 64 MiB after they were freed."""
    if task == "keep":
        keep_freed_memory()
    before = _resident()
    block = b"x" * 2**26
    del block
    yield _resident() - before


def _resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow  # starts processes
def test_workers_give_what_one_process_gives_each_task_once():
    pulled, counts = [], []

    def tasks():
        for number in range(1000):
            pulled.append(number)
            yield number

    found = []
    for result in processes(squares, tasks(), workers=2):
        found.append(result)
        counts.append(len(pulled) - len({task for task, *_ in found}))
    plain = list(serial(squares, range(1000)))
    assert sorted(result[:3] for result in found) == sorted(result[:3] for result in plain)
    assert len({result[3] for result in found}) == 2
    assert os.getpid() not in {result[3] for result in found}
    # nothing piles up: a task is only asked for when somebody is free
    assert max(counts) <= 4
    for task in range(1000):
        assert [number for one, number, *_ in found if one == task] == [0, 1, 2]


@pytest.mark.slow  # starts processes
@pytest.mark.parametrize(
    ("task", "error", "words"),
    [
        ("problem", Problem, "no such picture"),
        ("bug", RuntimeError, "a bug of the work"),
        ("death", WorkerLost, "exit code 7"),
    ],
)
def test_trouble_in_a_worker_reaches_the_parent(task, error, words):
    landing = processes(failing, [task], workers=1)
    assert next(landing) == task
    with pytest.raises(error, match=words):
        next(landing)


@pytest.mark.slow  # starts processes
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's settings")
def test_a_process_keeps_what_it_frees_where_it_is_asked_to():
    (given_back,) = processes(freeing, ["plain"], workers=1)
    (kept,) = processes(freeing, ["keep"], workers=1)
    assert given_back < 2**25 < kept


PARENT = """
import sys
from tests.comparisons.benchmark.test_engines import slow
from comparisons.benchmark.engines import processes
if __name__ == "__main__":
    for result in processes(slow, [(sys.argv[1], 0), (sys.argv[1], 1)], workers=2):
        pass
"""


@pytest.mark.slow
def test_workers_of_a_killed_parent_go_home(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)], cwd=ROOT, env=environment) as parent:
        limit = time.monotonic() + 180
        while len(list(tmp_path.glob("*.pid"))) < 2:
            assert parent.poll() is None
            assert time.monotonic() < limit, "no workers came"
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
    workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
    limit = time.monotonic() + 60
    while any(_alive(worker) for worker in workers):
        assert time.monotonic() < limit, "a worker outlived its parent"
        time.sleep(0.05)


def _alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
