"""The endpoints for programs, over HTTP (`gradio_client`) and MCP: compare, methods, score.

They stand in the same queue as the page, under the same limits. What is written below each function is what a program is told
about it; the study has no endpoint, so that nobody votes by program.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import numpy as np
from gradio.components import Component

from comparisons.arena import photographs
from comparisons.arena.comparison import DISCLAIMER, VERSION, Comparison, FaceCrop, pack
from comparisons.arena.comparison_recipe import digest
from comparisons.arena.strip import strip
from comparisons.metrics import scorer
from comparisons.pages.compare import choices
from comparisons.pages.compare.showing import query_of
from comparisons.pages.parts.stored_file import StoredFile
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.shell.lanes import RUNS
from comparisons.records import provenance
from comparisons.session import Session
from restorers import images
from restorers.contract import Problem
from restorers.corruptions.corruption import DEGRADATIONS, OCCLUDERS, PLACES
from restorers.sandbox import untrusted

SCORES: Final[dict[str, Any]] = {"concurrency_id": "scores", "concurrency_limit": 1}
LARGEST_SIDE: Final = 1024
"""Of a picture to be scored, in pixels."""

Answer = dict[str, Any]


def build(session: Session) -> None:
    """Connect the endpoints; called inside the page. Nothing of them is to be seen."""
    work = Endpoints(session)
    quietly: dict[str, Any] = {"show_progress": "hidden", **SCORES}
    with gr.Row(visible=False):
        button = gr.Button()
        outcome = [gr.JSON(label="Outcomes"), gr.Image(label="Strip", format="png"), gr.File(label="Everything")]
        button.click(
            guarded(work.compare), _asked_of(session), outcome, api_name="compare", show_progress="hidden", **RUNS
        )
        button.click(guarded(work.methods), None, gr.JSON(label="Methods"), api_name="methods", **quietly)
        restored, truth = StoredFile(label="Restored face"), StoredFile(label="True face")
        asked = [restored, truth, StoredFile(label="Mask")]
        button.click(guarded(score), asked, gr.JSON(label="Scores"), api_name="score", **quietly)


def _asked_of(session: Session) -> list[Component]:
    """What the endpoint `compare` takes, in the order of its arguments."""
    names = [path.stem for path in session.examples]
    return [
        StoredFile(label="Photograph or face"),
        gr.Dropdown(names, value=names[0] if names else None, label="Example face"),
        gr.Dropdown(list(OCCLUDERS), value="rectangle", label="Occluder"),
        gr.Number(25, label="Hidden area in per cent"),
        gr.Dropdown(list(PLACES), value="random", label="Place"),
        gr.Dropdown(list(DEGRADATIONS), value="none", label="Degradation"),
        # not rounded here: half a seed is a mistake, and `corruption_of` has the sentence
        gr.Number(1, label="Seed"),
        StoredFile(label="Mask"),
    ]


@dataclass(frozen=True)
class Endpoints:
    """The endpoints that need the work behind the page."""

    session: Session

    def compare(
        self,
        image: str | None = None,
        face: str = "01",
        occluder: str = "rectangle",
        hidden_percent: float = 25,
        place: str = "random",
        degradation: str = "none",
        seed: float = 1,
        mask: str | None = None,
    ) -> tuple[Answer, str, str]:
        """Corrupt one face and let every method restore it. Hidden parts are invented, not recovered.

        Args:
            image: photograph with a face ({limits}), sent as a file: no address is fetched. The largest face is cut out. Leave
                it out to take an example face.
            face: name of an example face, used where no image is given.
            occluder: what covers the face; `drawn` takes the mask, `none` needs a degradation.
            hidden_percent: area of a rectangle or of strokes in per cent of the picture, 5 to 60.
            place: where a rectangle goes.
            degradation: how bad the camera was.
            seed: of every random choice, a whole number from 0 up; the same seed gives the same pixels.
            mask: picture as large as the image or as the face (256 x 256) for the occluder `drawn`, white = hidden.

        Returns:
            One object with `hidden` (share, 0 to 1), `link` (query of this page that brings it back, where there is one) and
                `outcomes`: method, name, status (ok, failed, no_weights, not_applicable), seconds, scores (psnr, ssim, lpips,
                mse, l1; with _mask inside the mask, with _ring in the 16 px around it), reason, pixels_sha256.
            A PNG of all pictures side by side with captions.
            A zip of every picture, scores.csv and recipe.json.
        """
        chosen = _face(self.session, image, face)
        corruption = choices.corruption_of(occluder, hidden_percent, place, degradation, seed)
        hidden = photographs.read_mask(chosen, mask) if mask and occluder == "drawn" else None
        comparison = self.session.corrupt(chosen, corruption, hidden)
        for step in self.session.compare(comparison):
            comparison = step
        name = f"unmasked-{comparison.face.picture}-{corruption.seed}"
        return (
            _response(self.session, comparison),
            shelved(strip(comparison), f"{name}.png"),
            shelved(pack(comparison), f"{name}.zip"),
        )

    def methods(self) -> list[Answer]:
        """List the restoration methods that `compare` runs.

        Returns:
            One object per method: `method` (its key), name, authors, title, venue, year, link, undoes (what corruption it can
                undo), learned (whether it has trained weights), origin (paper, derived, reference, house or external), shares
                (key of the method whose trunk a derived one shares, or empty), weights (start of their SHA-256, empty where
                there are none).
        """
        return [
            {
                "method": method.key,
                "name": method.name,
                "authors": method.paper.authors,
                "title": method.paper.title,
                "venue": method.paper.venue,
                "year": method.paper.year,
                "link": method.paper.link,
                "undoes": sorted(corruption.value for corruption in method.undoes),
                "learned": method.learned,
                "origin": method.origin,
                "shares": method.shares,
                "weights": provenance.weights_of(method.key),
            }
            for method in self.session.methods
        ]


# a docstring is a literal, and what the limits are is said in one place
Endpoints.compare.__doc__ = (Endpoints.compare.__doc__ or "").replace("{limits}", images.LIMITS)


def score(restored: str, truth: str, mask: str | None = None) -> Answer:
    """Measure how far a restored face is from the true one.

    Args:
        restored: square picture of 32 to 1024 pixels a side.
        truth: the true face, as large.
        mask: as large, white where pixels were missing; leave it out to measure the whole picture only.

    Returns:
        One object: psnr (dB, higher is better), ssim (higher), lpips, mse, l1 (lower), each over the whole picture, with
            _mask inside the mask and with _ring in the 16 px around it; null where there is no such region.
    """
    return scores(restored, truth, mask)


def scores(restored: str, truth: str, mask: str | None) -> Answer:
    """Every measure of one restored picture, from files; None where a region has no pixels.

    Args:
        restored: path.
        truth: path.
        mask: path, or None.

    Raises:
        Problem: if a file is missing or is no picture, or the sizes do not fit.
    """
    if not restored or not truth:
        raise Problem("Expected two pictures, the restored face and the true one; send both.")
    one, other = untrusted.read(restored), untrusted.read(truth)
    side = one.shape[0]
    if one.shape != other.shape or one.shape[1] != side or side > LARGEST_SIDE:
        raise Problem(
            "Expected two square pictures of one size, at most {most} pixels a side, got {width} x {height} "
            "and {other_width} x {other_height}; cut them alike.",
            most=LARGEST_SIDE,
            width=one.shape[1],
            height=side,
            other_width=other.shape[1],
            other_height=other.shape[0],
        )
    hidden = untrusted.read_mask(mask, (side, side)) if mask else np.zeros((side, side), dtype=np.bool_)
    found = scorer.score(images.to_tensor(one), images.to_tensor(other), images.mask_to_tensor(hidden))
    return {key: _plain(value) for key, value in found.items()}


def _response(session: Session, comparison: Comparison) -> Answer:
    """A comparison as JSON can hold it, without its pictures."""
    outcomes = [
        {
            "method": result.method.key,
            "name": result.method.name,
            "status": result.status,
            "seconds": round(result.seconds, 4),
            "scores": {key: _plain(value) for key, value in result.scores.items()},
            "reason": result.reason,
            "pixels_sha256": "" if result.pixels is None else digest(result.pixels),
        }
        for result in comparison.results
    ]
    return {
        "notice": DISCLAIMER,
        "version": VERSION,
        "face": comparison.face.picture,
        "corruption": comparison.corruption.to_dict(),
        "hidden": comparison.ratio,
        "link": query_of(session, comparison),
        "outcomes": outcomes,
    }


def _face(session: Session, image: str | None, example: str) -> FaceCrop:
    if not image:
        names = [path.stem for path in session.examples]
        if example not in names:
            raise Problem(
                "There is no example face {name!r}; choose one of {names}, or send an image.",
                name=str(example)[:40],
                names=", ".join(names),
            )
        return session.example(names.index(example))
    prepared = photographs.prepare(image)
    if not prepared.faces:
        raise Problem("No face was found in the image; send one with a larger, less covered face.")
    return prepared.faces[0]


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
