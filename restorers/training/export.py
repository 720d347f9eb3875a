"""From a run's checkpoint to the weights that ship: averaged, in fp16, with their provenance, curve and card."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from restorers import checkpoints, images
from restorers.contract import Corrupted, Problem
from restorers.corruptions import masks
from restorers.training import card, code_state, corruptors, curve, data, state, validation
from restorers.training.objectives.objective import Objective
from restorers.training.recipes import Recipe

CURVES: Final = checkpoints.WEIGHTS.parent / "training"
EXAMPLES: Final = checkpoints.WEIGHTS.parent / "examples"
"""Faces of nobody, in FFHQ's frame."""
LARGEST_CHANGE: Final = 1e-2
"""How far a pixel in [0, 1] may move when weights are stored as fp16."""
MOVED: Final = 1e-3
"""Share of the pixels that may move further: a method that copies the best match takes another one where two are almost equal."""


@dataclass(frozen=True)
class Places:
    """Where an export reads and writes."""

    runs: Path
    weights: Path = checkpoints.WEIGHTS
    curves: Path = CURVES


@dataclass(frozen=True)
class Scored:
    """Scores on `dev` and what they are of."""

    side: int
    scores: dict[str, float]


def export(recipe: Recipe, objective: Objective, places: Places, faces: Path | None = None) -> Path:
    """Write the weights file, the curve and the section of the model card.

    Args:
        recipe: whose run is exported.
        objective: of that recipe; its generator is given the averaged weights.
        places: where to read and write.
        faces: a data set to score the weights on; None takes the scores of the run's last validation.

    Returns:
        The weights file.

    Raises:
        Problem: if there is no run, it was not validated with these weights and there is no data set, or fp16 changes what
            the network paints.
    """
    folder = places.runs / recipe.run
    saved = state.read(folder / state.CHECKPOINT, recipe)
    generator = objective.generator
    generator.load_state_dict(saved["averaged"])
    generator.to(memory_format=torch.channels_last)
    lines = curve.read(folder / curve.LOG)
    side = recipe.phases[-1].side
    scored = _measured(objective, side, faces, places) if faces else _validated(lines, saved["step"])
    check_half(objective, side)
    header = header_of(recipe, saved, scored, faces)
    size = sum(parameter.numel() for parameter in generator.parameters())
    path = publish(recipe.run, generator.state_dict(), header, f"{size / 1e6:.2f} M parameters", places)
    curve.write_curve(curve.curve(lines), places.curves / f"{recipe.run}.csv")
    return path


def publish(name: str, tensors: Mapping[str, Tensor], header: Mapping[str, str], size: str, places: Places) -> Path:
    """Write a weights file and its section of the model card.

    Args:
        name: of the file, without its suffix.
        tensors: the weights.
        header: key, preset, recipe, side, data, steps, seed, minutes, machine, dev (JSON: side and scores), commit; where they
            are known, pictures, and before (JSON: the runs whose weights this one started from).
        size: of the model, in words.
        places: where to write.
    """
    path = places.weights / f"{name}.safetensors"
    checkpoints.save(path, tensors, header)
    scores = json.loads(header["dev"])
    facts = {
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB, {size}",
        "native side": f"{header['side']} px",
        "preset, recipe": f"{header['preset']}, {header['recipe']}",
        "trained on": f"{header['data']} faces",
        "training": code_state.in_words(header),
        **before(header),
        "commit": header["commit"],
        "scored at": f"{scores.pop('side')} px",
    }
    card.write(places.weights, name, facts, kinds(header), scores)
    return path


def before(header: Mapping[str, str]) -> dict[str, str]:
    """What the card says about the runs whose weights this one started from, oldest first; nothing where there are none."""
    runs = code_state.runs_behind(header)[:-1]
    said = [
        f"{_other(run, header)}{code_state.in_words(run)}, at {run.get('side', '?')} px on {run.get('data', '?')} faces"
        f" (commit {run.get('commit', '?')})"
        for run in runs
    ]
    return {"before that": "; ".join(said)} if said else {}


def _other(run: Mapping[str, str], header: Mapping[str, str]) -> str:
    """Names the method of a run if that is another one."""
    return f"as `{run['key']}`: " if "key" in run and run["key"] != header.get("key") else ""


def kinds(header: Mapping[str, str]) -> list[str]:
    """Every kind of faces that the weights have seen, in the runs before, too: each one's licence binds them."""
    data = [run["data"] for run in code_state.runs_behind(header) if "data" in run]
    return list(dict.fromkeys(part.split(" ", 1)[1] for faces in reversed(data) for part in faces.split(", ")))


def history(saved: Mapping[str, Any]) -> dict[str, str]:
    """What a checkpoint knows of pictures shown and of the runs before, for a header."""
    known = {} if saved.get("pictures") is None else {"pictures": str(saved["pictures"])}
    return known | ({"before": json.dumps(saved["before"])} if saved.get("before") else {})


def check_half(objective: Objective, side: int) -> None:
    """Hold the generator to painting the same with the weights as a file has them, running statistics included.

    The generator keeps these weights, as float32, afterwards.

    Raises:
        Problem: if more than MOVED of the pixels move by more than LARGEST_CHANGE, or any is not finite.
    """
    exact = _painted(objective, side)
    generator = objective.generator
    generator.load_state_dict(
        {
            name: checkpoints.stored(value).float() if value.is_floating_point() else value
            for name, value in generator.state_dict().items()
        }
    )
    changes = (_painted(objective, side) - exact).abs()
    # written so that NaN is refused, too
    moved = float((~(changes <= LARGEST_CHANGE)).float().mean())
    if moved > MOVED or not bool(changes.isfinite().all()):
        raise Problem(
            f"expected weights that paint the same in fp16 within {LARGEST_CHANGE}, got a change of {float(changes.max()):.3g}"
            f" and {moved:.2%} of the values beyond; train longer or at a lower rate"
        )


def _painted(objective: Objective, side: int) -> Tensor:
    """What the generator makes of four example faces with rectangles missing, (4, 3, side, side) not clamped."""
    names = sorted(EXAMPLES.glob("*.png"))[:4]
    truth = torch.cat([images.to_tensor(images.resize(images.read(name), side)) for name in names])
    mask = masks.rectangles_batch(corruptors.seeded(0), 4, side, 0.1, 0.5)
    five = torch.tensor([(0.38, 0.47), (0.62, 0.47), (0.5, 0.61), (0.39, 0.73), (0.61, 0.73)]).expand(4, 5, 2)
    with torch.inference_mode():
        restorer = objective.restorer(objective.generator)
        painted: Tensor = restorer.restore(Corrupted(truth * (1 - mask), mask, False, five), [0, 1, 2, 3]).pixels
    return painted


def _measured(objective: Objective, side: int, faces: Path, places: Places) -> Scored:
    dev = data.load(faces, side, places.runs / "cache", "dev")
    return Scored(side, validation.validate(objective.restorer(objective.generator), dev))


def _validated(lines: list[curve.Line], step: int) -> Scored:
    last = next((line for line in reversed(lines) if "dev" in line), None)
    if last is None or last["step"] != step:
        seen = "none" if last is None else f"one of step {last['step']}"
        raise Problem(
            f"expected a validation of step {step} in the run's log, found {seen}; score it now with --data DATA"
        )
    return Scored(last["side"], last["dev"])


def header_of(recipe: Recipe, saved: dict[str, Any], scored: Scored, faces: Path | None) -> dict[str, str]:
    """Where weights come from.

    Args:
        recipe: of the run.
        saved: its checkpoint.
        scored: the weights on `dev`.
        faces: the data set, asked where the checkpoint does not say what it was trained on.

    Raises:
        Problem: if nobody knows what it was trained on.
    """
    about = dict(saved.get("about", {}))
    if "data" not in about and faces is not None:
        about["data"] = data.summary(faces, limit=recipe.pictures)
    if "data" not in about:
        raise Problem(
            "expected a checkpoint that says what it was trained on, got none; name the data set with --data DATA"
        )
    return {
        "key": recipe.key,
        "preset": recipe.preset,
        "recipe": recipe.variant,
        "side": str(recipe.phases[-1].side),
        "data": about["data"],
        "steps": str(saved["step"]),
        "seed": str(saved["seed"]),
        "minutes": f"{saved['seconds'] / 60:.1f}",
        **history(saved),
        "machine": about.get("machine") or code_state.machine(torch.device("cpu")),
        "dev": json.dumps({"side": scored.side, **scored.scores}),
        "commit": about.get("commit") or code_state.commit(),
        "settings": json.dumps(asdict(recipe)),
    }
