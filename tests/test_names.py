"""One name means one thing, and no file or function is longer than a reader's patience."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("restorers", "comparisons")
MOST_LINES = 300
MOST_FUNCTION_LINES = 40

BY_DESIGN = ("__init__", "__main__")
KEYED = ("restorers/methods", "restorers/training/objectives")
"""A method and its objective both bear the method's key."""

LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()
"""What is still too long. These two lists only shrink: nothing is added, and what has become short is taken off."""


def modules():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def named(path):
    return path.relative_to(ROOT).as_posix()


def clashes(pairs):
    """Names that stand for several things, with the places."""
    places = defaultdict(list)
    for name, place in pairs:
        places[name].append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def public_classes(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [node.name for node in body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def without_docstring(function):
    first = function.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_functions(paths):
    return {
        f"{named(path)}:{function.name}"
        for path in paths
        for function in functions(path)
        if without_docstring(function) > MOST_FUNCTION_LINES
    }


def test_no_two_modules_have_one_name():
    pairs = [(path.stem, named(path)) for path in modules() if path.stem not in BY_DESIGN]
    unplanned = {
        name: places
        for name, places in clashes(pairs).items()
        if sorted(str(Path(place).parent) for place in places) != sorted(KEYED)
    }
    assert unplanned == {}


def test_no_two_public_classes_have_one_name():
    pairs = [(name, named(path)) for path in modules() for name in public_classes(path)]
    assert clashes(pairs) == {}


def test_files_are_short():
    longer = {named(path) for path in modules() if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES}
    assert longer == LONG_FILES


def test_functions_are_short():
    assert long_functions(modules()) == LONG_FUNCTIONS


def test_each_walk_through_the_house_has_eight_files_at_most_and_all_are_there():
    walks = re.findall(
        r"\*\*From .*?\*\*\n\n(.*?)\n\n", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(walks) == 3
    for walk in walks:
        files = re.findall(r"`([\w/.<>]+\.py)`", walk)
        assert 0 < len(files) <= 8
        for file in files:
            assert list(ROOT.glob(file.replace("<key>", "*"))), file


@pytest.mark.parametrize(("lines", "too_long"), [(MOST_FUNCTION_LINES - 1, False), (MOST_FUNCTION_LINES, True)])
def test_a_long_function_is_found_and_its_docstring_does_not_count(lines, too_long):
    text = "def one():\n" + '    """A.\n\n    B.\n    """\n' + "    print()\n" * lines
    (function,) = ast.parse(text).body
    assert (without_docstring(function) > MOST_FUNCTION_LINES) == too_long
