"""Imports go down the floors, never up, never sideways, never round."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "restorers", "comparisons")

FLOORS = {
    "app": 11,
    "comparisons.pages": 10,
    "comparisons.session": 9,
    "comparisons.photographs": 7,
    "comparisons.benchmark": 9,
    "comparisons.benchmark_options": 8.5,
    "comparisons.sweeping": 8,
    "comparisons.sources": 8.5,
    "comparisons.merging": 8.7,
    "comparisons.report": 8,
    "comparisons.measuring": 7,
    "comparisons.tables": 7,
    "comparisons.thumbnails": 7,
    "comparisons.cost": 6,
    "comparisons.charts": 6,
    "comparisons.scores": 6,
    "comparisons.score_rows": 5,
    "comparisons.strip": 7,
    "comparisons.comparison": 6,
    "comparisons.maps": 5,
    "comparisons.runner": 5,
    "comparisons.ranking": 7,
    "comparisons.ranked": 6,
    "comparisons.intervals": 5,
    "comparisons.stability": 5,
    "comparisons.statistics": 4,
    "comparisons.video": 8,
    "comparisons.motion": 7,
    "comparisons.damage": 5,
    "comparisons.extras": 5,
    "comparisons.engines": 4,
    "comparisons.identity": 4,
    "comparisons.recognition": 6,
    "comparisons.ray_engine": 4,
    "comparisons.pictures": 4,
    "comparisons.published": 4,
    "comparisons.scenarios": 4,
    "comparisons.shapes": 4,
    "comparisons.metrics": 4,
    "comparisons.study": 8,
    "comparisons.building": 7,
    "comparisons.rendering": 6,
    "comparisons.votes": 5,
    "comparisons.recipes": 4,
    "comparisons.links": 4,
    "comparisons.provenance": 3.5,
    "comparisons.similarity": 3,
    "comparisons.journal": 2,
    "comparisons.memory": 2,
    "comparisons.plan": 1,
    "comparisons.ballot": 2,
    "comparisons.vote_files": 3,
    "comparisons.forgetting": 4,
    "comparisons.bradley_terry": 4,
    "comparisons.hub": 3,
    "comparisons.limits": 4,
    "comparisons.turns": 2,
    "comparisons.trials": 4,
    "comparisons.agreement": 5,
    "comparisons.exclusions": 5,
    "comparisons.pool": 5,
    "comparisons.scheduling": 5,
    "comparisons.simulation": 7,
    "comparisons.newcomers": 8,
    "comparisons.win_matrix": 7,
    "restorers.catalogue": 3,
    "restorers.training": 3,
    "restorers.methods": 2,
    "restorers.corruptions": 2,
    "restorers.occluder_finder": 2,
    "restorers.mending": 2,
    "restorers.pointing": 2,
    "restorers.faces": 1,
    "restorers.losses": 0,
    "restorers.seams": 0,
    "restorers.detail": 0,
    "restorers.twofold": 1,
    "restorers.sharpening": 1,
    "restorers.objective": 1,
    "restorers.checkpoints": 1,
    "restorers.networks": 0,
    "restorers.images": 0,
    "restorers.decoding_process": 1,
    "restorers.decoding_worker": 0,
    "restorers.archives": -1,
    "restorers.sandbox": -1,
    "restorers.worker": -1,
    "restorers.pipes": -2,
    "restorers.bit_depth": -2,
    "restorers.files": -2,
    "restorers.detectors": 0,
    "restorers.detector_weights": -1,
    "restorers.decoding": -1,
    "restorers.contract": -2,
    "restorers.problems": -3,
}
"""The longest matching prefix counts; members of one package may import each other, methods may not."""


def modules():
    for package in PACKAGES:
        single = ROOT / f"{package}.py"
        yield from [single] if single.is_file() else sorted((ROOT / package).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place_of(module):
    """The floor and the line of the table that a module stands on."""
    candidates = [prefix for prefix in FLOORS if module == prefix or module.startswith(f"{prefix}.")]
    assert candidates, f"{module} stands on no floor; add it to FLOORS and to the README's picture"
    prefix = max(candidates, key=len)
    return FLOORS[prefix], prefix


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
        assert "gradio" not in path.read_text().replace("gradio.app", ""), f"{module} mentions gradio"


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
