"""`requirements.lock` pins all that `requirements.txt` asks for, within its ranges, as the published run had it."""

import json
import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def lines(name):
    found = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in found if line]


def pinned():
    parts = [line.split("==") for line in lines("requirements.lock")]
    return {canonicalize_name(name): version for name, version in parts}


def test_every_line_is_a_name_and_a_plain_version():
    for line in lines("requirements.lock"):
        assert re.fullmatch(r"[\w.-]+==\d[\w.]*", line), line
    assert len(pinned()) == len(lines("requirements.lock"))


def test_what_is_required_is_pinned_within_its_range():
    versions = pinned()
    for asked in map(Requirement, lines("requirements.txt")):
        version = versions.get(canonicalize_name(asked.name))
        assert version is not None, f"requirements.lock has no {asked.name}"
        assert asked.specifier.contains(version), f"{asked} does not admit {version}"


def test_the_published_run_had_these_versions():
    commands = json.loads((ROOT / "assets" / "benchmark" / "run.json").read_text(encoding="utf-8"))["commands"]
    used = {canonicalize_name(name): version for name, version in commands[-1]["versions"].items() if name != "python"}
    assert used == {name: pinned()[name] for name in used}
