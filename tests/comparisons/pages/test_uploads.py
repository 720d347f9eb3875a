"""What uploads may take: room on the disk, the oldest out first, and never a file that somebody waits for."""

import os

import pytest

from comparisons.limits import TooFast
from comparisons.pages.shell import uploads
from comparisons.pages.shell.lanes import NoPlace
from comparisons.pages.shell.uploads import Uploads, stored, too_many


@pytest.fixture
def put(tmp_path):
    """Store a file; its path."""

    def put(name, size=100, came=0.0):
        path = tmp_path / name
        path.write_bytes(b"x" * size)
        os.utime(path, (came, came))
        return str(path)

    return put


def there(tmp_path):
    return {str(path) for path in tmp_path.iterdir()}


def names(paths):
    return sorted(path.rpartition("/")[2] for path in paths)


def test_the_oldest_go_until_the_rest_has_room(put):
    found = [stored(put(name, came=came)) for name, came in (("b", 2), ("a", 1), ("c", 3))]
    files = [file for file in found if file]
    assert len(files) == 3
    assert [file.path.name for file in too_many(files, 150)] == ["a", "b"]
    assert too_many(files, 300) == []
    assert [file.path.name for file in too_many(files, 150, {str(files[1].path)})] == ["b", "c"]
    assert stored("/nowhere/at/all") is None


def test_an_address_loses_its_own_oldest_and_nobody_elses(put, tmp_path):
    kept = Uploads(lambda: there(tmp_path), set, most_of_one=200)
    kept.came("198.51.100.1", [put("another's", came=0)])
    for number in range(5):
        kept.came("203.0.113.1", [put(f"mine {number}", came=1 + number)])
    assert names(there(tmp_path)) == ["another's", "mine 3", "mine 4"]


def test_a_file_that_somebody_waits_for_stays(put, tmp_path):
    first = put("first", came=0)
    kept = Uploads(lambda: there(tmp_path), lambda: {first}, most_of_one=200)
    kept.came("203.0.113.1", [first])
    for number in range(3):
        kept.came("203.0.113.1", [put(f"later {number}", came=1 + number)])
    assert names(there(tmp_path)) == ["first", "later 2"]


def test_answers_count_against_the_room_of_all(put, tmp_path):
    kept = Uploads(lambda: there(tmp_path), set, most=250)
    for number in range(4):
        put(f"answer {number}", came=number)
    kept.tidy()
    assert names(there(tmp_path)) == ["answer 2", "answer 3"]


def test_files_that_are_not_the_pages_own_are_left_alone(put, tmp_path):
    foreign = put("foreign")
    kept = Uploads(lambda: there(tmp_path) - {foreign}, set, most=50)
    kept.came("203.0.113.1", [put("mine")])
    assert names(there(tmp_path)) == ["foreign"]


def test_so_many_a_minute_and_so_many_at_once():
    kept = Uploads(set, set, per_minute=uploads.AT_ONCE + 1)
    held = [kept.coming("203.0.113.1") for _ in range(uploads.AT_ONCE)]
    for upload in held:
        upload.__enter__()
    with pytest.raises(NoPlace, match="on their way already"), kept.coming("203.0.113.1"):
        pass
    with kept.coming("203.0.113.2"):
        pass
    for upload in held:
        upload.__exit__(None, None, None)
    with kept.coming("203.0.113.1"):
        pass
    with pytest.raises(TooFast, match=f"more than {uploads.AT_ONCE + 1} uploads in 60 s"), kept.coming("203.0.113.1"):
        pass


def test_all_together_have_so_many_at_once():
    kept = Uploads(set, set)
    held = [kept.coming(f"203.0.113.{number}") for number in range(uploads.AT_ONCE_IN_ALL)]
    for upload in held:
        upload.__enter__()
    with pytest.raises(NoPlace), kept.coming("198.51.100.1"):
        pass
