"""Downloads are gone after an hour, whether anybody comes or not."""

import os
import threading
import time
from pathlib import Path

from comparisons.pages import page
from comparisons.pages.shell import downloads


def test_old_ones_go_and_new_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "SHELF", tmp_path / "shelf")
    old, new = (Path(downloads.shelved(b"data", f"{name}.zip")) for name in ("old", "new"))
    before = time.time() - downloads.KEEP_SECONDS - 1
    os.utime(old.parent, (before, before))
    downloads.purge()
    assert not old.parent.exists()
    assert new.read_bytes() == b"data"


def test_the_oldest_go_where_all_together_take_too_much_room(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "SHELF", tmp_path / "shelf")
    monkeypatch.setattr(downloads, "MOST_BYTES", 250)
    put = [Path(downloads.shelved(b"x" * 100, f"{number}.zip")) for number in range(2)]
    now = time.time()
    for age, path in enumerate(put):
        os.utime(path, (now - 10 + age, now - 10 + age))
    last = Path(downloads.shelved(b"x" * 100, "last.zip"))
    downloads.purge()
    assert [path.exists() for path in (*put, last)] == [False, True, True]


def test_a_thread_purges_when_nobody_comes(monkeypatch):
    done: list[float] = []

    class Enough(BaseException):
        pass

    def slept(seconds):
        done.append(seconds)
        if len(done) > 3:
            raise Enough

    def failing():
        raise OSError("full")

    monkeypatch.setattr(time, "sleep", slept)
    monkeypatch.setattr(downloads, "purge", failing)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    downloads.keep_purging(5.0).join(10)
    # one purge that fails does not end the purging
    assert done == [5.0] * 4


def test_uploads_are_gone_within_the_hour():
    assert page.KEEP_SECONDS + page.PURGE_SECONDS <= 3600
