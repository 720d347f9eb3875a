"""Beside a figure every method says whose it is and what it costs, and opens to its model card."""

import re
from html import escape
from pathlib import Path

import pytest

from comparisons.pages.parts import cards
from comparisons.pages.results import model_cards
from comparisons.pages.text import card_texts
from comparisons.pages.text.texts import ENGLISH, chinese_of
from restorers.catalogue import METHODS
from restorers.contract import Method

TEXT = """
# Weights

## telea

| | |
|---|---|
| file | `a.safetensors`, 9 MB |

| PSNR | 10 % |
|---|---|
| celeba | <28> |

Known failures: eyes are
**dim**.

## other

Nothing.
"""


def test_every_method_has_one_line_with_what_is_known_of_it() -> None:
    keys = [method.key for method in METHODS]
    markup = model_cards.markup([*keys, keys[0], "input", "gone"], {keys[0]: 1.0}, {keys[1]: "+0.5 [0.1, 0.9]"})
    lines = markup.split("<li>")[1:]
    assert len(lines) == len(METHODS)
    for method, line in zip(METHODS, lines, strict=True):
        summary = line[: line.index("</summary>")]
        assert line.startswith("<details><summary>")
        assert escape(method.name) in summary
        assert escape(cards.origin_words(method)) in summary
    assert "1 x PatchMatch" in lines[0]
    assert "x PatchMatch" not in lines[1]
    assert "+0.5 [0.1, 0.9]" in lines[1]
    assert model_cards.markup(["input"], {}, {}) == ""


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_a_card_says_what_is_known_of_the_weights_and_names_the_paper(method: Method) -> None:
    markup = model_cards.markup([method.key], {}, {})
    assert f'href="{escape(method.paper.link)}"' in markup
    assert ("Known failures" in markup) == method.learned
    assert (escape(ENGLISH["untrained"]) in markup) == (not method.learned)
    assert not re.search(r"\*\*|\|---|`", markup)


def test_what_stands_around_figures_of_a_card_is_said_in_chinese_and_prose_is_not() -> None:
    words = "11602 steps in 149.5 minutes on 2 cores, AMD EPYC, 382,032 pictures shown, seed 0"
    chinese = card_texts.with_figures(words)
    assert chinese == "11602 步，用时 149.5 分钟，2 个核心，AMD EPYC，看过 382,032 张图片，种子 0"
    assert card_texts.with_figures("256 px") == "256 px"
    for method in METHODS:
        card = model_cards._card(method)
        for cell in re.findall(r'<t[dh][^>]*lang="en"[^>]*>(.*?)</t[dh]>', card):
            assert not re.search(r"steps|minutes|pictures|parameters|components", cell), cell
        # and one line says so
        assert ("in-chinese" in card) == method.learned
    assert 'lang="en"' in model_cards._said("p", "It took 3 steps in 2 minutes on 1 cores.")


def test_every_origin_has_words_in_both_languages() -> None:
    for words in (*cards.ORIGINS.values(), *cards.IN_A_WORD.values()):
        assert chinese_of(words) != words


def test_markdown_of_a_card_becomes_markup_and_nothing_else_does(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(TEXT, "utf-8")
    section = model_cards.sections(file)["telea"]
    markup = "".join(model_cards._blocks(section))
    cell = '<td data-zh="a.safetensors，9 MB"><code>a.safetensors</code>, 9 MB</td>'
    file_row = f'<tr><th scope="row" data-zh="文件">file</th>{cell}</tr>'
    assert file_row in markup
    assert '<tr><th scope="row" lang="en">PSNR</th><th>10 %</th></tr>' in markup
    assert "<td>&lt;28&gt;</td>" in markup
    assert '<h4 data-zh="已知缺陷">Known failures</h4><p lang="en">eyes are <b>dim</b>.</p>' in markup
    assert "Nothing" not in markup
