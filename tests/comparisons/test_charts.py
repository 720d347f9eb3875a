import json

import numpy as np
import pandas as pd
import pytest

from comparisons import charts
from comparisons.charts import TEXT, ratio_chart
from comparisons.metrics.scorer import COLUMNS
from comparisons.strokes import STROKES, stroke

BINS = ("0.05-0.10", "0.20-0.30", "0.40-0.50")


def frame(methods=("telea", "lightweight_gan"), metric="psnr"):
    generator = np.random.default_rng(0)
    rows = []
    for method in methods:
        for name in BINS:
            low, high = map(float, name.split("-"))
            rows += [
                {
                    "method": method,
                    "bin": name,
                    "ratio": generator.uniform(low, high),
                    metric: generator.normal(30 - 20 * low, 1),
                }
                for _ in range(3)
            ]
    return pd.DataFrame(rows)


def luminance(colour):
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_means_and_spread_are_those_of_the_rows():
    rows = frame()
    figure = ratio_chart(rows, "psnr")
    assert len(figure.data) == 2
    for trace in figure.data:
        key = "telea" if trace.line.color == STROKES["telea"].colour else "lightweight_gan"
        for number, name in enumerate(BINS):
            cell = rows[(rows["method"] == key) & (rows["bin"] == name)]
            assert trace.y[number] == pytest.approx(cell["psnr"].mean())
            assert trace.error_y.array[number] == pytest.approx(cell["psnr"].std())
            assert trace.customdata[number][0] == pytest.approx(100 * cell["ratio"].mean())
            assert trace.customdata[number][2] == 3
            assert trace.x[number] == pytest.approx(100 * cell["ratio"].mean(), abs=1)


def of_means(methods, ratio):
    columns = ["scenario", "bin", "ratio", "method", "n", "mean", "low", "high"]
    return pd.DataFrame([("a", "all", ratio, method, 3, 20.0, 19.0, 21.0) for method in methods], columns=columns)


@pytest.mark.parametrize(
    ("methods", "ratio", "waits"),
    [(("telea", "input"), 0.2, True), (("telea", "input"), 0.0, False), (("input",), 0.2, False)],
)
def test_a_face_with_a_hole_waits_in_the_legend(methods, ratio, waits):
    figure = charts.band_chart(of_means(methods, ratio), "psnr")
    ours = [trace.visible for trace in figure.data if trace.legendgroup == "input"]
    assert ours == ["legendonly" if waits else None] * 2
    assert all(trace.visible is None for trace in figure.data if trace.legendgroup == "telea")
    assert "Corrupted face" in [trace.name for trace in figure.data]


def test_missing_scores_are_left_out_not_drawn_as_zero():
    rows = frame()
    rows.loc[rows["method"] == "telea", "psnr"] = np.nan
    rows.loc[(rows["method"] == "lightweight_gan") & (rows["bin"] == BINS[0]), "psnr"] = np.nan
    figure = ratio_chart(rows, "psnr")
    assert len(figure.data) == 1
    assert len(figure.data[0].y) == 2


def test_one_row_has_no_bar_and_rows_with_nothing_hidden_have_no_place():
    rows = pd.DataFrame({"method": ["telea"] * 2, "bin": [BINS[0], "-"], "ratio": [0.07, 0.0], "psnr": [20.0, 30.0]})
    (trace,) = ratio_chart(rows, "psnr").data
    assert list(trace.y) == [20.0]
    assert list(trace.error_y.array) == [0.0]


def test_no_rows_give_an_empty_chart_that_says_so():
    figure = ratio_chart(frame().iloc[:0], "psnr")
    assert not figure.data
    assert "No scores" in figure.layout.annotations[0].text


@pytest.mark.parametrize("key", sorted(COLUMNS))
def test_axes_say_unit_and_direction(key):
    figure = ratio_chart(frame(metric=key), key)
    title = figure.layout.yaxis.title.text
    metric = COLUMNS[key].metric
    assert metric.label in title
    assert ("higher is better" if metric.higher_is_better else "lower is better") in title
    assert "%" in figure.layout.xaxis.title.text
    assert ("dB" in title) == (metric.name == "psnr")


def test_a_method_looks_the_same_whoever_is_beside_it():
    many = ratio_chart(frame(tuple(STROKES)), "psnr")
    few = ratio_chart(frame(("gan_prior",)), "psnr")
    assert few.data[0].line.color in [trace.line.color for trace in many.data]
    assert len({(trace.line.color, trace.line.dash, trace.marker.symbol) for trace in many.data}) == len(STROKES)
    assert len({one.symbol for one in STROKES.values()}) == len(STROKES)


def test_a_new_method_gets_a_stroke_of_its_own_for_good():
    assert stroke("brand_new") == stroke("brand_new")
    assert stroke("brand_new") not in STROKES.values()
    assert len(ratio_chart(frame(("brand_new",)), "psnr").data) == 1


@pytest.mark.parametrize("page", ["#ffffff", "#0b0f19", "#111827"])
def test_lines_and_text_read_on_light_and_dark(page):
    assert all(contrast(one.colour, page) >= 3 for one in STROKES.values())
    assert contrast(TEXT[None], page) >= 3.5
    assert contrast(TEXT[page != "#ffffff"], page) >= 7


@pytest.mark.parametrize("dark", [True, False, None])
def test_figures_are_see_through_and_plain_json(dark):
    figure = ratio_chart(frame(), "psnr", dark)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color == TEXT[dark]
    drawn = json.loads(figure.to_json())
    assert isinstance(drawn["data"][0]["y"], list)  # binary arrays would need a newer plotly.js
    assert figure.layout.width is None


def test_names_come_from_the_catalogue():
    assert charts.name_of("no_such_method") == "no_such_method"


def test_an_unknown_measure_is_refused():
    with pytest.raises(KeyError):
        ratio_chart(frame(), "fid")
