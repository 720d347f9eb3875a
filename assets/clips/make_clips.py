"""Make the test clips again: `python -m assets.clips.make_clips PRIOR [NAME ...]`, from the repository root.

PRIOR is the face prior's weights as `python -m restorers.training prior --source` takes them. Each clip is a walk in the prior's
style space: from one random face, along directions that turn and nod the head, open the mouth and widen the smile, while the
whole picture turns, grows and wanders a little. `directions.npz` holds one standard deviation of each of these four, fitted
by ridge regression to the landmarks of 6,031 of the prior's own faces. None of these people exists. The manifest beside this file
says which seeds; another processor may round a few pixels to the neighbouring grey level.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from comparisons.video.clips import Clip, Writer
from restorers.contract import SIDE
from restorers.networks import style_prior
from restorers.networks.style_blocks import STYLE

FOLDER: Final = Path(__file__).parent
RENDERED: Final = 2 * SIDE
"""Side in pixels that faces are averaged to before they move, so that moving does not blur them."""
ZOOM: Final = 1.05
"""So much closer than the prior's framing, and the border is seldom seen."""
LAYERS: Final = {"turn": (0, 7), "nod": (0, 7), "open": (1, 10), "smile": (1, 10)}
"""Which style layers a direction moves, first and one past the last: pose lies in the coarse ones, and moving them all would
change the person."""
SWINGS: Final = {"turn": (1.1, 0.35), "nod": (0.8, 0.5), "open": (1.6, 0.8), "smile": (1.5, 0.45)}
"""Largest step in standard deviations, and swings a second."""

QUALITY: Final = 24
"""Of H.264: some 90 kB a clip."""

Walk = dict[str, npt.NDArray[np.float64]]


def walk(generator: np.random.Generator, times: npt.NDArray[np.float64]) -> Walk:
    """How far along each direction the face is at each time: two sines of random phase, (T,) each."""
    steps = {}
    for name, (size, rate) in SWINGS.items():
        phases, faster = generator.uniform(0, 2 * np.pi, 2), generator.uniform(1.6, 2.2)
        swing = np.sin(2 * np.pi * rate * times + phases[0])
        steps[name] = size * (0.75 * swing + 0.25 * np.sin(2 * np.pi * rate * faster * times + phases[1]))
    return steps


def sway(generator: np.random.Generator, times: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """(2, 3) from the rendered picture to each frame, pixel centres: 3 degrees, 2 % of size, 2.5 % of place."""
    turn, size, across, down = (
        np.sin(2 * np.pi * generator.uniform(0.25, 0.6) * times + generator.uniform(0, 2 * np.pi)) for _ in range(4)
    )
    found = []
    for number in range(len(times)):
        scale = ZOOM * (1 + 0.02 * size[number]) * SIDE / RENDERED
        affine = np.asarray(cv2.getRotationMatrix2D((RENDERED / 2, RENDERED / 2), 3 * turn[number], scale), np.float64)
        affine[:, 2] += SIDE / 2 - RENDERED / 2 + 0.025 * SIDE * np.array([across[number], down[number]])
        found.append(affine)
    return found


@torch.inference_mode()
def render(prior: style_prior.StylePrior, base: torch.Tensor, steps: Walk, number: int) -> npt.NDArray[np.uint8]:
    """One frame of the face before the picture moves: uint8 (RENDERED, RENDERED, 3)."""
    directions = np.load(FOLDER / "directions.npz")
    styles = base[None, None].repeat(1, style_prior.styles_needed(), 1)
    for name, (first, past) in LAYERS.items():
        styles[:, first:past] += float(steps[name][number]) * torch.from_numpy(directions[name]).float()
    pixels = functional.avg_pool2d(prior.picture(styles), style_prior.PICTURE // RENDERED)[0].clamp(0, 1)
    return (pixels * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


@torch.inference_mode()
def style_of(mapping: style_prior.MappingNetwork, seed: int, truncation: float) -> torch.Tensor:
    """(512,) the style that belongs to a seed."""
    mean = mapping(torch.randn(4096, STYLE, generator=torch.Generator().manual_seed(0))).mean(0)
    z = np.random.default_rng(seed).standard_normal((1, STYLE), np.float32)
    style: torch.Tensor = mean + truncation * (mapping(torch.from_numpy(z))[0] - mean)
    return style


def main(weights: Path, names: list[str]) -> None:
    """Write the clips of the manifest, or those named, beside this file."""
    manifest: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    prior, mapping = style_prior.load(weights), style_prior.load_mapping(weights)
    times = tuple(Fraction(number, manifest["rate"]) for number in range(manifest["rate"] * manifest["seconds"]))
    seconds = np.array(times, np.float64)
    for facts in manifest["clips"]:
        path = FOLDER / facts["name"]
        if names and facts["name"] not in names:
            continue
        generator = np.random.default_rng(facts["seed"])
        base = style_of(mapping, facts["seed"], manifest["truncation"])
        steps, affines = walk(generator, seconds), sway(generator, seconds)
        with Writer(path, Clip(path, SIDE, SIDE, times, Fraction(0), sound=False), QUALITY) as writer:
            for number, time in enumerate(times):
                picture = render(prior, base, steps, number)
                moved = cv2.warpAffine(picture, affines[number], (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
                writer.add(moved.astype(np.uint8, copy=False), time)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
