"""Files of other versions hold keys that nobody here knows: they are shown by their key, or passed over, and break nothing."""

import json

import pytest
from PIL import Image

from comparisons import figures
from comparisons.arena import comparison_recipe, runner
from comparisons.benchmark import __main__ as benchmark
from comparisons.benchmark import cost, imported, tables
from comparisons.benchmark.merging import merge
from comparisons.benchmark.score_rows import FIELDS, line_of
from comparisons.metrics import likeness
from comparisons.pages.parts import cards
from comparisons.pages.results import exports, likeness_section, published_runs, selection
from comparisons.pages.results.faces_behind import faces_at
from comparisons.pages.results.selection import Selection
from comparisons.ranking.standings import rank, read_scores
from comparisons.ranking.summary import report
from comparisons.records import provenance
from comparisons.session import Session
from comparisons.study import pool, vote_log
from comparisons.study import vote as ballot
from restorers import catalogue, images
from restorers.corruptions.corruption import Corruption
from restorers.faces import align
from tests.comparisons.benchmark.test_merging import row, shard
from tests.comparisons.ranking.test_standings import PLAN, cast

FUTURE = "beauty"
"""A word of a version to come, wherever a file may have one."""


@pytest.fixture
def run(tmp_path):
    """A run in whose every file stands something unknown: method, scenario, bin, column, field."""
    folder = tmp_path / "runs" / "run"
    shard(folder, "1.png", "2.png")
    known = [row(image, method) for image in ("1.png", "2.png") for method in ("telea", FUTURE)]
    known += [
        row(image, method, scenario=FUTURE, bin="a bit") for image in ("1.png", "2.png") for method in ("telea", FUTURE)
    ]
    body = b"".join(line_of(one)[:-1] + b",7\n" for one in known)
    (folder / "scores.csv").write_bytes((",".join((*FIELDS, FUTURE)) + "\n").encode() + body)
    for name in ("pictures.jsonl", "corruptions.jsonl"):
        lines = [json.loads(line) | {FUTURE: [7]} for line in (folder / name).read_text().splitlines()]
        if name.startswith("corr"):
            lines += [line | {"scenario": FUTURE, "bin": "a bit"} for line in lines]
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    content = json.loads((folder / "run.json").read_text())
    content["commands"][0][FUTURE] = {FUTURE: 7}
    (folder / "run.json").write_text(json.dumps(content | {FUTURE: 7}))
    one = {"method": FUTURE, "learned": True, "seconds": 1.0, "ratio": 2.0, "giga_macs": None, "parameters": 1}
    one |= {"megabytes": 1.0, "peak_megabytes": None, FUTURE: 7}
    (folder / "cost.json").write_text(json.dumps({"costs": [one], FUTURE: 7}))
    value = {"image": "1.png", "scenario": "rectangle", "bin": "0.20-0.30", "method": FUTURE, "seed": "0"}
    more = {"measure": FUTURE, "value": 7, "better": FUTURE, FUTURE: 7}
    (folder / imported.LIST).write_text(json.dumps(value | more) + "\n")
    (folder / likeness.FILE).write_text(
        f"method_a,method_b,ratio,pictures,state_a,state_b,{FUTURE}\ntelea,{FUTURE},0.5,2,,,7\n"
    )
    return folder


def test_reports_and_tables_show_them_by_their_key(run, tmp_path, capsys):
    assert benchmark.main(["--out", str(run), "--report", str(tmp_path / "report"), "--markdown"]) == 0
    assert f"| `{FUTURE}` | 2 |" in capsys.readouterr().out
    page = (tmp_path / "report" / "report.html").read_text()
    assert f"{FUTURE} (imported)" in page
    assert tables.ordered(tables.read(run / "scores.csv")["method"]) == ["telea", FUTURE]
    assert cost.load(run / cost.FILE)[0].method == FUTURE


def test_the_results_tab_shows_them_by_their_key(run):
    (shown,) = published_runs.runs(run.parent)
    assert "2 faces" in shown.label
    assert published_runs.label_of(FUTURE) == FUTURE
    chosen = Selection(shown, FUTURE, "psnr")
    rows = selection.rows_of(chosen)
    assert FUTURE in set(rows["method"])
    assert FUTURE in figures.svg(selection.figure_of(chosen, rows))
    for text in (
        exports.table(chosen, rows, {}),
        exports.csv(chosen, rows).decode(),
        exports.latex(chosen, rows).decode(),
    ):
        assert FUTURE in text
    assert faces_at(shown, [FUTURE, "a bit", FUTURE], "psnr")
    assert FUTURE in likeness_section.markup(published_runs.alike_of(shown))
    assert published_runs.packed(shown)


def test_runs_with_them_are_merged(run, tmp_path):
    second = shard(tmp_path / "second", "9.png")
    assert merge([run, second], tmp_path / "out") == 9


def test_a_foreign_pool_opens_the_page(tmp_path, drawn_face, monkeypatch):
    monkeypatch.setattr(align, "locate", lambda picture: align.Detection((), "a fake"))
    (tmp_path / "pictures").mkdir()
    Image.fromarray(drawn_face).save(tmp_path / "pictures" / "a.png")
    place = tmp_path / "pool"
    made = pool.gather(tmp_path / "pictures", place, 0)
    manifest = json.loads((place / pool.MANIFEST).read_text())
    manifest |= {FUTURE: 7, "weights": {FUTURE: "0123456789ab"}}
    manifest["faces"][0][FUTURE] = 7
    (place / pool.MANIFEST).write_text(json.dumps(manifest))
    item = made.items[0]
    recipe = item.recipe.replace('"', '""')
    (place / pool.SCORES).write_text(
        f'picture,corruption,method,weights,psnr,{FUTURE}\n{item.name},"{recipe}",{FUTURE},0123456789ab,24.5,so so\n'
    )
    assert read_scores(place) == {(item.name, item.recipe, FUTURE, "0123456789ab"): {"psnr": 24.5}}
    session = Session(tmp_path / vote_log.FILE, catalogue.METHODS[:3], faces_of_study=place)
    assert [method.key for method in session.rated] == [method.key for method in catalogue.METHODS[:3]]


def test_votes_on_them_are_ranked_by_their_key(tmp_path):
    votes = [cast(FUTURE, "telea", "left" if number % 3 else "right", number) for number in range(60)]
    path = tmp_path / vote_log.FILE
    header = ballot.header()[:-1] + f",{FUTURE}\n".encode()
    path.write_bytes(header + b"".join(ballot.row(vote)[:-1] + b",7\n" for vote in votes))
    log = vote_log.read(path)
    assert len(log.votes) == 60
    assert FUTURE in report(rank(log.votes, PLAN), ["telea"])


def test_a_recipe_with_them_runs_what_is_known(tmp_path):
    face = images.resize(images.centre_square(images.read(comparison_recipe.EXAMPLES / "01.png")), 256)
    recipe = comparison_recipe.ComparisonRecipe("01", face, Corruption("rectangle", seed=0), methods=("telea", FUTURE))
    text = json.loads(comparison_recipe.to_json(recipe, {FUTURE: 1}, {FUTURE: 7}))
    (tmp_path / "recipe.json").write_text(json.dumps(text))
    lines, _ = runner.repeat(comparison_recipe.read_path(tmp_path / "recipe.json"))
    assert any(line.startswith("telea") for line in lines)
    assert any(FUTURE in line and "not in the catalogue" in line for line in lines)


def test_a_state_that_nobody_knows_is_no_state():
    assert provenance.identity(FUTURE) == provenance.Identity()
    assert cards.number(float("nan"), "psnr") == "–"
