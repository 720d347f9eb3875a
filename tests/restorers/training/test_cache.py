"""Two runs that are started together share one cache."""

import contextlib
import threading

import pytest

from restorers.training.cache import written_once


def test_two_runs_that_start_together_write_a_shared_file_once(tmp_path):
    """Without the lock both are in `write` at once, and the second finds its half a file gone."""
    path, written, both = tmp_path / "cache" / "faces.npy", [], threading.Barrier(2)

    def write(part):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.2)
        written.append(part.suffix)
        part.write_bytes(b"whole")

    runs = [threading.Thread(target=written_once, args=(path, write)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert (written, path.read_bytes()) == ([".npy"], b"whole")


def test_a_file_that_was_not_finished_is_written_anew(tmp_path):
    path = tmp_path / "faces.npy"

    def killed(part):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written_once(path, killed)
    assert not path.exists()
    written_once(path, lambda part: part.write_bytes(b"whole"))
    written_once(path, lambda part: part.write_bytes(b"again"))
    assert path.read_bytes() == b"whole"
