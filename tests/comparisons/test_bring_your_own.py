"""`restorers/external/README.md` does what it says, from the first command to the ranking."""

import re
import shlex
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from safetensors.torch import save_file

from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import tables
from comparisons.pages.rate import pairs
from comparisons.ranking import __main__ as ranking
from comparisons.records import provenance
from comparisons.session import Session
from comparisons.study import __main__ as study
from comparisons.study import pool, vote_log
from comparisons.study.blind_study import Renderer, Study
from comparisons.study.plan import SPOILT, TRUTH, StudyPlan
from comparisons.study.scheduling import NothingLeft
from restorers import catalogue, paths
from restorers.contract import Problem
from restorers.external import models, plugins, remote
from restorers.faces import align

README = paths.ROOT / "restorers/external/README.md"
PROGRAMS = {"comparisons.benchmark": benchmark, "comparisons.study": study, "comparisons.ranking": ranking}
KEYS = ("telea", "eigenface", "mine")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def commands():
    return [shlex.split(line) for block in blocks("sh") for line in block.splitlines() if line.startswith("python -m")]


def run(command):
    """What a line of the README does; pictures of this repository are found from any folder."""
    words = [str(paths.ROOT / word) if word.startswith("assets/") else word for word in command[3:]]
    if command[2] == "comparisons.benchmark" and "export" not in words:
        words += ["--workers", "1", "--measures=", "--bins", "0.20-0.30"]  # what takes time adds nothing here
    return PROGRAMS[command[2]].main(words)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Everything up to the pool, in a folder of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("walk"))
        # faces are aligned as they lie; looking for them would take most of the time
        patched.setattr(align, "locate", lambda picture: align.Detection((), "a fake"))
        export, sweep, build, rank = commands()
        assert run(export) == 0
        exec(blocks("python")[0], {})
        assert run(sweep) == 0
        assert run(build) == 0
        yield rank


@pytest.mark.slow
def test_the_walk_ends_in_a_ranking(walked, tmp_path, capsys):
    found = tables.read(Path("RUN/scores.csv"))
    assert set(found["method"]) == set(KEYS)
    assert (found["status"] == "ok").all()
    assert "mine" in tables.markdown(found, "rectangle", "0.20-0.30", ("psnr",))
    faces = pool.read(Path("POOL"))
    assert faces.external == ("mine",)
    vote_everything(faces)
    assert run(walked) == 0
    said = capsys.readouterr().out
    assert all(key in said for key in KEYS)


BEST_FIRST = (TRUTH, "eigenface", "mine", "telea", SPOILT)


def vote_everything(faces):
    """Two people who agree on what looks real, by the plan that the page has."""
    now = [0.0]
    log = vote_log.Log(Path("votes") / vote_log.FILE)
    renderer = Renderer(faces)
    known = {renderer.side(item, key).tobytes(): key for item in faces.items for key in BEST_FIRST}
    one = Study(StudyPlan(), renderer, KEYS, log, provenance.VERSION, np.random.default_rng(1), lambda: now[0])
    for number in range(50):
        try:
            shown = one.next_trial(f"{number % 2:016x}")
        except NothingLeft:
            continue
        now[0] += 30
        left, right = (BEST_FIRST.index(known[side.tobytes()]) for side in (shown.left, shown.right))
        told = one.vote(shown.key, f"{number % 2:016x}", "left" if left < right else "right")
        vote = log.read().votes[-1]
        assert ("mine:" + faces.weights["mine"] in vote.weights) == ("mine" in (told.left, told.right))
    one.close()


@pytest.mark.slow
def test_the_pool_shows_what_was_given_and_nothing_is_run_for_it(walked):
    faces = pool.read(Path("POOL"))
    renderer = Renderer(faces)
    for item in faces.items:
        side, truth = renderer.side(item, "mine"), faces.truth(item)
        hidden = faces.corrupted(item).mask[0, 0].numpy() > 0
        assert np.array_equal(side[~hidden], truth[~hidden])
        assert not np.array_equal(side[hidden], truth[hidden])
    gone = pool.rendered_path(faces.folder, faces.items[0], "mine")
    kept = gone.read_bytes()
    gone.unlink()
    with pytest.raises(Problem, match="missing in the pool"):
        Renderer(faces).side(faces.items[0], "mine")
    gone.write_bytes(kept)


@pytest.mark.slow
def test_the_page_names_finished_pictures_by_their_key(walked, tmp_path):
    methods = tuple(map(catalogue.method, KEYS[:2]))
    session = Session(tmp_path / vote_log.FILE, methods, faces_of_study=Path("POOL"))
    assert [method.key for method in session.methods] == list(KEYS[:2])
    assert [method.key for method in session.rated] == list(KEYS)
    shown = pairs.reveal("left", "mine", "telea", {method.key: method for method in session.rated})
    assert "<b>mine</b>" in shown
    assert "external" in shown


@pytest.mark.slow
def test_a_key_that_became_a_methods_is_refused(walked, tmp_path):
    taken = replace(catalogue.method("telea"), key="mine")
    with pytest.raises(Problem, match="another --results NAME"):
        Session(tmp_path / vote_log.FILE, (taken,), faces_of_study=Path("POOL"))


@pytest.mark.slow
def test_results_of_other_inputs_are_refused(walked, capsys):
    one = Path("MINE/rectangle/0.05-0.10/01.png")
    kept = one.read_bytes()
    one.unlink()
    assert run([*commands()[2], "--out", "OTHER"]) == 2
    assert "rectangle/0.05-0.10/01.png is missing" in capsys.readouterr().err
    one.write_bytes(kept)


def sections():
    """Title and text of each way in."""
    parts = README.read_text(encoding="utf-8").split("\n## ")[1:]
    return dict(part.split("\n", 1) for part in parts)


@pytest.mark.slow
@pytest.mark.parametrize("title", ["Finished pictures", "A package", "A weights file", "Another machine"])
def test_every_way_in_takes_fifteen_lines_at_most(title):
    code = re.findall(r"```\w+\n(.*?)```", sections()[title], re.DOTALL)
    assert 0 < len([line for block in code for line in block.splitlines() if line.strip()]) <= 15


@pytest.mark.slow
def test_the_package_of_the_readme_is_found_and_keeps_the_contract(monkeypatch, tmp_path):
    project, *_ = blocks("toml")
    said = tomllib.loads(project)["project"]
    ((name, value),) = said["entry-points"]["unmasked.methods"].items()
    package = ModuleType("my_method")
    exec(blocks("python")[1], package.__dict__)
    monkeypatch.setitem(sys.modules, "my_method", package)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [EntryPoint(name, value, group)])
    (found,) = plugins.found([])
    assert (found.key, found.origin) == ("my_method", "external")
    (check,) = re.findall(r'python -c "(.*)"', README.read_text(encoding="utf-8"))
    exec(check, {})


@pytest.mark.slow
def test_the_sidecar_of_the_readme_names_a_weights_file(tmp_path):
    spandrel = pytest.importorskip("spandrel", reason="needs restorers/requirements-models.txt")
    network = spandrel.architectures.Compact.Compact(num_feat=4, num_conv=2, upscale=1)
    save_file(network.state_dict(), tmp_path / "gfpgan.safetensors")
    (tmp_path / "gfpgan.toml").write_text(blocks("toml")[1])
    (found,) = models.found(tmp_path, [])
    assert (found.key, found.name, found.paper.year) == ("gfpgan", "GFPGAN 1.4", 2021)
    assert "Apache-2.0" in found.note


@pytest.mark.slow
def test_the_file_of_the_readme_names_another_machine(tmp_path):
    (tmp_path / "lama.toml").write_text(blocks("toml")[2])
    (found,) = remote.found([tmp_path / "lama.toml"], [])
    assert (found.key, found.sends_to) == ("lama", "owner/name")
