"""Golden values: what every method scores on one example face under fixed corruptions, kept beside the tests.

    python -m tests.golden [METHOD ...]     paints and scores anew and writes `FILE`; all methods, or these alone

To be run by hand, when a method is meant to paint something else: after training, or with a raised `Method.revision`.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from comparisons.metrics import scorer
from comparisons.records import provenance
from restorers import catalogue, images, paths
from restorers.contract import SIDE, Method
from restorers.corruptions.corruption import Corruption, apply

FILE: Final = Path(__file__).with_name("restorers") / "methods" / "golden.json"
COMMAND: Final = "python -m tests.golden"
FACE: Final = "01.png"
"""Of `assets/examples`, nobody's face."""
SEED: Final = 1
CORRUPTIONS: Final = {
    "box": Corruption("rectangle", seed=SEED, low=0.25, high=0.25),
    "sunglasses": Corruption("sunglasses", seed=SEED),
    "degraded": Corruption("none", "medium", seed=SEED),
}
TOLERANCES: Final = {"psnr": 0.05, "lpips": 0.001}
"""In dB and in LPIPS. One or two threads, AVX-512 or SSE4 alone move no value by more than 0.0001 dB and 0.00002."""


def state(method: Method) -> dict[str, Any]:
    """What the values of a method hold for: its revision and the hash of its weights."""
    return {"revision": method.revision, "weights": provenance.weights_of(method.key)}


def truth() -> Tensor:
    """The clean face, (1, 3, SIDE, SIDE) in [0, 1]."""
    return images.to_tensor(images.resize(images.read(paths.EXAMPLES / FACE), SIDE))


def values(method: Method, names: Iterable[str] = CORRUPTIONS) -> Iterator[tuple[str, dict[str, float]]]:
    """PSNR in dB and LPIPS of the whole picture under each corruption of these names that the method undoes."""
    face = truth()
    for name in names:
        corrupted = apply(CORRUPTIONS[name], face)
        if method.applies_to(corrupted):
            found = scorer.score(catalogue.load(method.key)(corrupted, [SEED]).pixels, face, corrupted.mask)
            yield name, {key: round(found[key], 5) for key in TOLERANCES}


def read() -> dict[str, dict[str, Any]]:
    """The values that are kept, by method."""
    kept: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["methods"]
    return kept


def main(arguments: Sequence[str] | None = None) -> None:
    """Renew the values of all methods, or of some; an unknown key raises `UnknownMethod`."""
    keys = [method.key for method in catalogue.METHODS]
    parser = argparse.ArgumentParser(
        COMMAND, description="Renew the golden values; say in the commit why they changed."
    )
    parser.add_argument("methods", nargs="*", metavar="METHOD", help="default: all")
    wanted = parser.parse_args(arguments).methods or keys
    kept = read() if FILE.exists() else {}
    methods = map(catalogue.method, wanted)
    made = {method.key: state(method) | dict(values(method)) for method in methods}
    together = {key: (kept | made)[key] for key in keys if key in kept or key in made}
    content = {"made by": COMMAND, "torch": torch.__version__.partition("+")[0], "methods": together}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
