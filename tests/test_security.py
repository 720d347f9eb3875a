"""SECURITY.md names tests that exist, one for each threat."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in (ROOT / "SECURITY.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| threat")
]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_holds_a_threat_is_tested(row: list[str]) -> None:
    assert len(row) == 3
    assert all(row)
    named = NAMED.fullmatch(row[2])
    assert named, f"expected `tests/...py::test_...`, got {row[2]}"
    path, function = named.groups()
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert function in {part.name for part in tree.body if isinstance(part, ast.FunctionDef)}


def test_threats_are_many_and_none_stands_twice() -> None:
    assert len(ROWS) >= 40
    assert len({row[0] for row in ROWS}) == len(ROWS)
