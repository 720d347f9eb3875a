"""Imports go down the floors, never up, never sideways, never round."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "restorers", "comparisons")

FLOORS = (
    ("restorers.paths", "restorers.sentences", "restorers.bit_depth", "comparisons.turns", "comparisons.memory"),
    ("restorers.problems",),
    ("restorers.contract", "restorers.files"),
    (
        "restorers.networks",
        "restorers.corruptions",
        "restorers.checkpoints",
        "restorers.decoding",
        "comparisons.limits",
    ),
    ("restorers.images", "restorers.originals", "restorers.compositing"),
    ("restorers.methods", "restorers.faces", "restorers.sandbox"),
    ("restorers.external",),
    ("restorers.catalogue", "restorers.testing", "restorers.training.objectives", "comparisons.metrics"),
    ("restorers.training", "comparisons.records"),
    ("comparisons.scenarios",),
    ("comparisons.strokes",),
    ("comparisons.charts",),
    ("comparisons.arena", "comparisons.figures"),
    ("comparisons.benchmark", "comparisons.study", "comparisons.video"),
    ("comparisons.ranking", "comparisons.restore", "comparisons.published_chart"),
    ("comparisons.opening",),
    ("comparisons.rating", "comparisons.study.publishing"),
    ("comparisons.session", "comparisons.study.commands", "comparisons.pages.text"),
    ("comparisons.pages.shell", "comparisons.study.__main__"),
    ("comparisons.pages.parts", "comparisons.pages.owner"),
    ("comparisons.pages.rate", "comparisons.pages.restore"),
    ("comparisons.pages.compare",),
    (
        "comparisons.pages.about",
        "comparisons.pages.programs",
        "comparisons.pages.results",
        "comparisons.pages.video",
    ),
    ("comparisons.pages.page",),
    ("app",),
)
"""From the ground up. The longest matching prefix counts; members of one package may import each other, methods may not."""


CLIENTS = ("restorers.external.remote",)
"""Ask other people's apps, through gradio's client: the page's library is none of theirs."""

TRAINING = re.compile(r"objective|optim|discriminator|critic|adversar|accelerate|backward|loss(es)?\b", re.IGNORECASE)


def modules():
    for package in PACKAGES:
        single = ROOT / f"{package}.py"
        yield from [single] if single.is_file() else sorted((ROOT / package).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(module):
    """The floor and the line of the table that a module stands on."""
    places = {prefix: floor for floor, prefixes in enumerate(FLOORS) for prefix in prefixes}
    candidates = [prefix for prefix in places if module == prefix or module.startswith(f"{prefix}.")]
    assert candidates, f"{module} stands on no floor; add it to FLOORS and to the README's picture"
    prefix = max(candidates, key=len)
    return places[prefix], prefix


def imports_of(path):
    """Modules of the project that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if known(name) else node.module for name in names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in PACKAGES)


def known(module):
    path = ROOT / Path(*module.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


@pytest.mark.parametrize("path", [path for path in modules() if path.name != "__init__.py"], ids=name_of)
def test_imports_go_down(path):
    here, line = place_of(name_of(path))
    for module in imports_of(path):
        if module in PACKAGES:
            continue
        there, other = place_of(module)
        if other == line:
            assert line != "restorers.methods", f"{name_of(path)} imports another method: {module}"
            continue
        assert there < here, f"{name_of(path)} (floor {here}) imports {module} (floor {there})"


def test_only_the_pages_import_gradio():
    for path in modules():
        module = name_of(path)
        if module == "app" or module.startswith("comparisons.pages"):
            continue
        text = path.read_text().replace("gradio.app", "")
        if module in CLIENTS:
            text = text.replace("gradio_client", "")
        assert "gradio" not in text, f"{module} mentions gradio"


def test_nothing_but_training_imports_training():
    training = "restorers.training"
    for path in modules():
        if not name_of(path).startswith(training):
            leaning = [module for module in imports_of(path) if module.startswith(training)]
            assert not leaning, f"{name_of(path)} imports {leaning}: the app would load it"


def test_methods_hold_nothing_of_training():
    """No module of a method imports an optimiser, an objective, a loss or a discriminator, or names one."""
    for path in (ROOT / "restorers" / "methods").glob("*.py"):
        tree = ast.parse(path.read_text())
        names = {name for node in ast.walk(tree) for name in names_in(node)}
        found = sorted(name for name in names if TRAINING.search(name))
        assert not found, f"{path.name} has {found}; move that to restorers/training/objectives/{path.name}"


def names_in(node):
    """What a node imports, defines or refers to."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names):
            return [f"{module}.{alias.name}" for alias in names]
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name) | ast.Attribute(attr=name):
            return [name]
    return []


def test_packages_have_no_code_in_init():
    for path in modules():
        if path.name == "__init__.py":
            assert len(ast.parse(path.read_text()).body) == 1, f"{path} holds more than its docstring"


def test_no_circles():
    graph = {name_of(path): set(imports_of(path)) for path in modules()}
    done: set[str] = set()
    open_: list[str] = []

    def visit(module):
        if module in done or module not in graph:
            return
        assert module not in open_, f"circle: {' -> '.join([*open_, module])}"
        open_.append(module)
        for other in sorted(graph[module]):
            visit(other)
        open_.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)
