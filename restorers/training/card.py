"""The model card: one section per weights file in the README beside them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from restorers.contract import Problem
from restorers.training.validation import BINS

CARD: Final = "README.md"
FAILURES: Final = "Known failures:"
VARIANT: Final = re.compile(r"^\| origin \| variant: .* \|$", re.MULTILINE)
"""The row that says how a method stands to its paper; the catalogue decides, and a test holds the card to it."""
NOT_LOOKED_AT: Final = "nobody has looked through its pictures and written down what goes wrong yet."
LICENCES: Final[dict[str, str]] = {
    "celeba": "CelebA (non-commercial research only)",
    "synthetic": "faces from a StyleGAN generator trained on FFHQ (non-commercial)",
    "pictures": "a folder of photographs of the person who trained it (their licences decide)",
}
"""By the kind of faces, the first part of a face's name."""


def write(folder: Path, name: str, facts: Mapping[str, str], kinds: Sequence[str], scores: Mapping[str, float]) -> Path:
    """Put a section into the card, in place of the one of this name; what it says of failures, and that it is a variant, is kept.

    Args:
        folder: of the weights files; its README.md is the card.
        name: the weights file without its suffix.
        facts: what a reader wants to know, in order.
        kinds: of the faces it was trained on.
        scores: as `validation.validate` gives them; may be empty.

    Raises:
        Problem: if the folder has no card.
    """
    card = folder / CARD
    if not card.is_file():
        raise Problem(f"expected a model card at {card}, found none; check out the repository's own")
    head, *sections = ("\n" + card.read_text("utf-8")).split("\n## ")
    titled = {section.splitlines()[0].strip(): section for section in sections}
    before = titled.get(name, "")
    failures, variant = _failures(before), VARIANT.search(before)
    titled[name] = "\n".join(
        [
            name,
            "",
            *_table(facts),
            *([variant[0]] if variant else []),
            "",
            *_scores(scores),
            f"{FAILURES} {failures}",
            "",
            _licence(kinds),
            "",
        ]
    )
    text = "\n## ".join([head.rstrip() + "\n", *(section.rstrip() + "\n" for section in titled.values())])
    card.write_text(text.lstrip("\n"), "utf-8")
    return card


def _failures(section: str) -> str:
    """The paragraph about failures, over as many lines as somebody gave it."""
    for paragraph in section.split("\n\n"):
        if paragraph.strip().startswith(FAILURES):
            return paragraph.strip().removeprefix(FAILURES).strip()
    return NOT_LOOKED_AT


def _table(facts: Mapping[str, str]) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())]


def _scores(scores: Mapping[str, float]) -> list[str]:
    """Rows by kind and measure, columns by ratio bin."""
    if not scores:
        return []
    split = [(*name.rsplit("_", 1)[0].split("_", 1), name.rsplit("_", 1)[1]) for name in scores]
    bins = sorted({low for _, _, low in split}, key=int)
    ranges = {f"{100 * low:.0f}": f"{100 * low:.0f}-{100 * high:.0f} %" for low, high in BINS}
    rows = dict.fromkeys((kind, measure) for measure, kind, _ in split)
    lines = [f"| PSNR in dB on `dev`, black rectangles | {' | '.join(ranges.get(low, low) for low in bins)} |"]
    lines.append("|---|" + "---|" * len(bins))
    for kind, measure in rows:
        where = "whole picture" if measure == "psnr" else "inside the mask"
        cells = " | ".join(f"{scores[f'{measure}_{kind}_{low}']:.2f}" for low in bins)
        lines.append(f"| {kind}, {where} | {cells} |")
    return [*lines, ""]


def _licence(kinds: Sequence[str]) -> str:
    sources = ", ".join(LICENCES.get(kind, f"`{kind}`") for kind in kinds)
    bound = any(kind in ("celeba", "synthetic") for kind in kinds)
    verdict = " These weights: **non-commercial research only**." if bound else ""
    return f"Licence: trained on {sources}.{verdict}"
