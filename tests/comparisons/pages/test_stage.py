"""What the stage shows: badges, outlines, error maps, stages and samples, history; without a browser."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from comparisons.arena.brought import with_brought
from comparisons.arena.comparison import Comparison, FaceCrop, Result, best, pack
from comparisons.metrics.scorer import COLUMNS
from comparisons.pages.compare import scoring, sheets
from comparisons.pages.compare.showing import View, caption, thumbnails
from comparisons.pages.compare.visit import MOST_KEPT, Visit
from comparisons.pages.parts import cards, viewer
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import CorruptionKind, Method, MissingWeights, Paper, Problem, Restored, Restorer
from restorers.corruptions.corruption import Corruption

PAPER = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")


class Plural(Restorer):
    """Imagines three faces, on the way of two stages."""

    def restore(self, corrupted, seeds):
        grey = torch.full_like(corrupted.pixels, 0.5)
        samples = torch.stack([grey * share for share in (0.2, 0.5, 0.8)], 1)
        return Restored(grey, stages={"stage 1": grey[..., ::2, ::2], "<parsing>": grey}, samples=samples)


def untrained(preset):
    raise MissingWeights("No weights for 'untrained'; train them first.")


@pytest.fixture
def session(tmp_path, monkeypatch):
    fakes = (
        Method(
            "plural", "Plural & Co", PAPER, frozenset({CorruptionKind.MISSING}), lambda preset: Plural(), learned=False
        ),
        Method("untrained", "Untrained", PAPER, frozenset({CorruptionKind.MISSING}), untrained, learned=True),
        Method(
            "deblurring", "Deblurring", PAPER, frozenset({CorruptionKind.DEGRADED}), lambda p: Plural(), learned=False
        ),
    )
    known = (*fakes, catalogue.method("telea"))
    monkeypatch.setattr(catalogue, "METHODS", known)
    monkeypatch.setattr(catalogue, "_LOADED", {})
    return Session(tmp_path / vote_log.FILE, known)


@pytest.fixture
def comparison(session, drawn_face):
    start = session.corrupt(FaceCrop("drawn", drawn_face, None, "drawn"), Corruption(seed=3, low=0.2, high=0.2))
    *_, last = session.compare(start)
    return last


def result(key, **scores):
    pixels = np.zeros((256, 256, 3), np.uint8)
    return Result(catalogue.method(key), "ok", pixels, 0.1, dict.fromkeys(COLUMNS, float("nan")) | scores, "")


def test_the_best_follows_the_measure_and_its_direction():
    one, other = result("telea", psnr=20.0, lpips=0.1), result("patchmatch", psnr=30.0, lpips=0.2)
    assert best([one, other], "psnr") == (other,)
    assert best([one, other], "lpips") == (one,)
    assert best([one, one], "psnr") == (one, one)
    assert best([one, other], "psnr_mask") == ()
    assert best([], "psnr") == ()
    assert best([replace(one, scores={}), other], "psnr") == (other,)


def test_the_crown_says_who_is_best_and_lights_that_badge_alone():
    results = [result("telea", psnr=20.0, lpips_mask=0.1), result("patchmatch", psnr=30.0, lpips_mask=0.2)]
    by_psnr, by_lpips = cards.crown(results, "psnr"), cards.crown(results, "lpips_mask")
    assert "<b>PatchMatch</b>, 30.00 dB" in by_psnr
    assert "#card-patchmatch .badge" in by_psnr
    assert "#card-telea" not in by_psnr
    assert "dl[data-region='whole']" in by_psnr
    assert "<b>Telea</b>, 0.100" in by_lpips
    assert "dl[data-region='mask']" in by_lpips
    assert "badge" not in cards.crown([], "psnr")


def test_cards_say_why_there_is_no_picture(comparison):
    plural, untrained_, deblurring, telea = map(cards.result_card, comparison.results)
    assert [r.status for r in comparison.results] == ["ok", "no_weights", "not_applicable", "ok"]
    assert "No weights yet" in untrained_
    assert "train them first" in untrained_
    assert "Does not apply" in deblurring
    for grey in (untrained_, deblurring):
        assert "<img" not in grey
        assert 'class="card grey"' in grey
    assert 'data-picture="Plural &amp; Co"' in plural
    assert telea.count("<dl ") == 3
    assert "dB" in telea


def test_a_card_without_a_truth_has_no_scores(comparison):
    card = cards.result_card(replace(comparison.results[3], scores={}))
    assert "no ground truth" in card
    assert "<dl" not in card


def test_stages_and_samples_are_shown_and_can_be_chosen_in_the_viewer(comparison):
    shown = sheets.steps(comparison.results)
    names = re.findall(r'data-picture="([^"]*)"', shown)
    assert names == [
        f"Plural &amp; Co, {step}" for step in ("stage 1", "&lt;parsing&gt;", *(f"sample {n}" for n in (1, 2, 3)))
    ]
    assert "Telea" not in shown
    assert "data-picture" not in sheets.steps(comparison.results[1:])


def test_samples_and_stages_are_in_the_download(comparison):
    names = zipfile.ZipFile(io.BytesIO(pack(comparison))).namelist()
    assert {"plural.png", "plural.stage_1.png", "plural._parsing_.png", "plural.sample_3.png"} <= set(names)
    assert not any(name.startswith("untrained") for name in names)


def test_error_maps_share_one_scale(comparison):
    for kind in ("absolute", "perceptual"):
        shown = sheets.error_maps(comparison, kind)
        assert shown.count("<img") == 2
        assert shown.count('role="img"') == 1
        assert "the same for every method" in shown
    assert sheets.error_maps(comparison, None) == sheets.error_maps(None, "absolute") == ""
    hidden = replace(comparison, face=replace(comparison.face, truth=False))
    assert "no ground truth" in sheets.error_maps(hidden, "absolute")


def test_the_outline_runs_along_the_edge_of_the_mask():
    mask = np.zeros((6, 8), np.uint8)
    mask[1:3, 2:5] = 255
    assert sorted(re.findall(r"M\d+ \d+[HV]\d+", viewer.outline(mask))) == ["M2 1H5", "M2 1V3", "M2 3H5", "M5 1V3"]
    assert viewer.outline(np.zeros((6, 8), np.uint8)) == ""
    # a mask up to the border is closed there
    assert len(re.findall("M", viewer.outline(np.ones((6, 8), np.uint8)))) == 4


def test_the_outline_is_as_long_as_the_edge():
    mask = np.random.default_rng(0).random((40, 40)) > 0.6
    padded = np.pad(mask, 1)
    length = sum(int((np.diff(padded.astype(int), axis=axis) != 0).sum()) for axis in (0, 1))
    runs = re.findall(r"M(\d+) (\d+)([HV])(\d+)", viewer.outline(mask))
    assert sum(int(stop) - int(x if way == "H" else y) for x, y, way, stop in runs) == length


def test_the_viewer_holds_no_picture_until_the_page_gives_it_some():
    shell = viewer.shell()
    assert shell.count("<img") == 3
    assert "src=" not in shell
    assert "data-picture" not in shell
    assert "<script" not in viewer.SCRIPT.read_text(encoding="utf-8")


def test_the_visit_keeps_a_few_with_their_captions(comparison):
    visit = Visit()
    for seed in range(MOST_KEPT + 1):
        visit.remember(replace(comparison, corruption=replace(comparison.corruption, seed=seed)))
    assert [kept.corruption.seed for kept in visit.kept] == list(range(MOST_KEPT, 0, -1))
    assert {picture.size for picture, _ in thumbnails(visit.kept)} == {(96, 96)}
    assert caption(comparison) == "Black box, 20%"
    worse = Comparison(comparison.face, Corruption("sunglasses", "light"), comparison.corrupted)
    assert caption(worse) == "Sunglasses, 20%, light"


def test_the_table_has_a_row_for_everybody_and_stands_out_where_judged(session, comparison):
    table = scoring.table(session.methods, comparison, "lpips", "_mask")
    names = re.findall(r'scope="row">.*?</svg> (.*?) <', table)
    assert names == ["Plural &amp; Co", "Untrained", "Deblurring", "Telea"]
    assert table.count("data-judged") == 1 + 4
    scored = comparison.results[3].scores
    assert f"{scored['lpips_mask']:.4g}" in table
    # where nothing is hidden there is no inside: the whole picture is judged
    clear = replace(comparison, corrupted=replace(comparison.corrupted, mask=0 * comparison.corrupted.mask))
    assert f"{scored['lpips']:.4g}" in scoring.table(session.methods, clear, "lpips", "_mask")
    assert "no ground truth" in scoring.table(
        session.methods, replace(comparison, face=replace(comparison.face, truth=False)), "lpips", ""
    )
    assert View("psnr", "", "absolute", Visit()).map == "absolute"
    assert View("psnr", "", "", Visit()).map is None


def test_results_are_listed_as_the_catalogue_lists_them(comparison):
    backwards = replace(comparison, results=comparison.results[::-1])
    assert [result.method.key for result in backwards.listed] == ["plural", "untrained", "deblurring", "telea"]
    assert list(backwards.pictures) == ["Truth", "Occluded", "Plural & Co", "Telea"]
    maps = sheets.error_maps(backwards, "absolute")
    assert maps.index("Plural") < maps.index("Telea")


def test_a_picture_that_somebody_brings_is_scored_beside_the_others(session, comparison, drawn_face):
    perfect = with_brought(comparison, drawn_face)
    hidden = images.mask_to_array(comparison.corrupted.mask) > 0
    assert perfect.brought is not None
    assert perfect.brought.scores["psnr"] == 100
    assert [result.method.name for result in perfect.listed][-1] == "Yours"
    assert "<b>Yours</b>" in scoring.crown(perfect, "psnr", "_mask")
    assert "Yours" in scoring.table(session.methods, perfect, "psnr", "")
    # visible pixels are put back for it as for every method, and no download or link takes it for a method's
    grey = with_brought(comparison, np.full_like(drawn_face, 128))
    assert grey.brought is not None
    assert grey.brought.pixels is not None
    assert np.array_equal(grey.brought.pixels[~hidden], comparison.occluded[~hidden])
    assert (grey.brought.pixels[hidden] == 128).all()
    assert grey.recipe == replace(comparison.recipe, truth=grey.recipe.truth, landmarks=grey.recipe.landmarks)
    with pytest.raises(Problem, match="256 x 256"):
        with_brought(comparison, drawn_face[:100])
