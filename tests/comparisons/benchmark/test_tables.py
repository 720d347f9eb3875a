import base64
import json
import math

import numpy as np
import pandas as pd
import pytest

from comparisons.benchmark import published, tables
from comparisons.benchmark.scores import FIELDS, ScoreTable
from comparisons.metrics.extras import ALL
from comparisons.records import statistics
from comparisons.records.journal import BadTable
from restorers import catalogue


def rows(count=12, scenario="rectangle", name="0.20-0.30"):
    """`telea` and `eigenface` on `count` pictures; eigenface is better by 1 dB, give or take, and fails once."""
    generator = np.random.default_rng(0)
    for number in range(count):
        level = generator.normal(25, 3)
        for method, gain in (("telea", 0.0), ("eigenface", generator.normal(1, 0.2))):
            row = dict.fromkeys(FIELDS, "") | {
                "image": f"{number}.png",
                "scenario": scenario,
                "bin": name,
                "ratio": "0.25",
                "method": method,
                "seed": "0",
                "status": "ok",
                "psnr": f"{level + gain:.5f}",
                "sharpness_mask": f"{0.5 if method == 'telea' else 1.2}",
            }
            if number == 0 and method == "eigenface":
                row |= {"status": "failed", "psnr": "", "sharpness_mask": "", "error": "It broke off."}
            yield row


@pytest.fixture
def frame(tmp_path):
    with ScoreTable(tmp_path / "scores.csv") as table:
        for row in (*rows(), *rows(4, "strokes", "0.10-0.15")):
            table.append(row)
    return tables.read(tmp_path / "scores.csv")


def test_reading_keeps_names_and_turns_numbers_into_numbers(frame, tmp_path):
    assert frame["psnr"].dtype == float
    assert set(frame["bin"]) == {"0.20-0.30", "0.10-0.15"}
    assert tables.metrics_in(frame) == ["psnr", "sharpness_mask"]
    older = frame[list(FIELDS[:31])]
    older.to_csv(tmp_path / "older.csv", index=False)
    assert tables.read(tmp_path / "older.csv")["landmarks"].isna().all()
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadTable, match="another kind"):
        tables.read(tmp_path / "other.csv")
    with pytest.raises(BadTable, match="cannot be read"):
        tables.read(tmp_path / "absent.csv")


def test_means_are_over_pictures_with_n(frame):
    found = tables.means(frame, "psnr").set_index(["scenario", "method"])
    own = frame[(frame["scenario"] == "rectangle") & (frame["method"] == "eigenface")]["psnr"].dropna()
    line = found.loc[("rectangle", "eigenface")]
    assert line["n"] == 11
    assert line["mean"] == pytest.approx(own.mean())
    assert line["low"] < line["mean"] < line["high"]
    assert line["low"] == pytest.approx(statistics.mean_interval(own.to_numpy()).low, abs=0.15)


def test_two_seeds_of_a_picture_are_one_picture(frame):
    twice = pd.concat([frame, frame.assign(seed="1")])
    pd.testing.assert_frame_equal(tables.means(twice, "psnr"), tables.means(frame, "psnr"))


def test_differences_are_paired_and_corrected(frame):
    found = tables.against(frame, "psnr").set_index("scenario")
    line = found.loc["rectangle"]
    assert (line["method"], line["n"]) == ("eigenface", 11)
    assert line["difference"] == pytest.approx(1, abs=0.2)
    assert 0.7 < line["low"] < line["high"] < 1.3
    assert (line["wins"], line["ties"], line["losses"]) == (11, 0, 0)
    # Holm over two comparisons: 11 and 3 differences of one sign
    assert line["p"] == pytest.approx(2 * 2 / 2**11)
    assert found.loc["strokes", "p"] == pytest.approx(2 / 2**3)
    assert tables.against(frame, "psnr", "eigenface")["difference"].max() < 0
    assert tables.against(frame, "psnr", "nobody").empty


def test_a_measure_with_a_target_is_won_by_whoever_is_nearer(frame):
    # 1.2 is nearer to 1 than 0.5
    line = tables.against(frame, "sharpness_mask").iloc[0]
    assert line["difference"] == pytest.approx(0.3)
    assert line["wins"] == 11


def test_counts_and_reasons(frame):
    found = tables.counts(frame).set_index(["scenario", "method"])
    assert found.loc[("rectangle", "eigenface"), ["ok", "failed", "not_applicable"]].tolist() == [11, 1, 0]
    assert tables.reasons(frame)["rows"].tolist() == [2]


def test_groups_are_terciles_and_turns(frame, tmp_path):
    lines = [
        {"image": f"{number}.png", "ita": float(number), "yaw": (-1) ** number * 4.0 * number} for number in range(11)
    ]
    lines.append({"image": "11.png", "ita": None, "yaw": None})
    (tmp_path / "pictures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"torn')
    known = tables.facts(tmp_path / "pictures.jsonl")
    found = tables.groups(known).set_index("image")
    assert found["skin"].value_counts().sort_index().tolist() == [4, 4, 3]
    assert found["yaw"].value_counts().tolist() == [4, 4, 3]
    assert found.loc["11.png"].isna().all()
    broken = tables.breakdown(frame, known, "psnr", "yaw")
    own = broken[(broken["scenario"] == "rectangle") & (broken["method"] == "telea")]
    assert own["n"].sum() == 11  # one picture shows no face
    assert tables.breakdown(frame, tables.facts(tmp_path / "absent"), "psnr", "skin").empty


def test_kernel_distances_of_small_sets_are_not_given(tmp_path):
    generator = np.random.default_rng(0)

    def line(image, scenario, method, shift):
        values = generator.normal(shift, 1, 8).astype(np.float16)
        named = {"image": image, "scenario": scenario, "bin": "-", "method": method, "seed": "0"}
        return json.dumps(named | {"values": base64.b64encode(values.tobytes()).decode()}) + "\n"

    text = "".join(line(f"{number}", "-", "truth", 0) for number in range(30))
    text += "".join(
        line(f"{number}", "thick", "near", 0) + line(f"{number}", "thick", "far", 2) for number in range(30)
    )
    text += "".join(line(f"{number}", "thick", "few", 0) for number in range(5))
    (tmp_path / "embeddings.jsonl").write_text(text)
    found = tables.kernel_distances(tmp_path / "embeddings.jsonl").set_index("method")
    assert set(found.index) == {"near", "far"}
    assert found.loc["far", "distance"] > 5 * abs(found.loc["near", "distance"])
    assert found.loc["far", "n"] == 30


def test_wide_tables_hold_n_and_intervals(frame):
    found = tables.wide(tables.means(frame, "psnr")).set_index("scenario")
    assert list(found.columns) == ["bin", "n", "telea", "eigenface"]
    assert found.loc["rectangle", "n"] == "11-12"
    assert found.loc["rectangle", "telea"].count(".") == 3
    assert tables.interval(0.01234, math.nan, math.nan) == "0.0123"
    assert tables.wide(tables.means(frame.iloc[:0], "psnr")).empty


def test_the_table_of_the_readme(frame):
    assert tables.headline_cell(frame) == ("rectangle", "0.20-0.30")
    head, rule, telea, eigenface = tables.markdown(frame, "rectangle", "0.20-0.30", ("psnr", "sharpness_mask")).split(
        "\n"
    )
    assert head.startswith("| method | n | PSNR dB ↑ |")
    assert rule.count("---") == 4
    assert telea.startswith("| `telea` | 12 | ") or telea.startswith("| `eigenface`")
    assert any(line.startswith("| `eigenface` | 11 | ") for line in (telea, eigenface))
    with pytest.raises(BadTable, match="No row"):
        tables.headline_cell(frame[frame["status"] == "failed"])


def test_printed_figures_name_source_and_difference():
    known = {method.key for method in catalogue.METHODS} | {
        "shift_net",
        "picnet",
        "dual_stage",
        "jsfm_gan",
        "gan_prior",
    }
    labels = {column.metric.label for column in ALL.values()}
    for figure in published.FIGURES:
        assert figure.method in known | {"PSFR-GAN"}
        assert figure.source
        assert figure.differs
        assert figure.metric.split(" (")[0] in labels | {"diversity"}
