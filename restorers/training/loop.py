"""The one fit(): draws batches, minimises an objective's terms, validates, saves, stops when told.

Runs on Hugging Face accelerate, so `accelerate launch -m restorers.training ...` gives several GPUs.
"""

import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

import torch
from accelerate import Accelerator
from tqdm import tqdm

from restorers.contract import Problem
from restorers.training import code_state, corruptor_menu, curve, data, mining, occluder_masks, precision, validation
from restorers.training.batches import Stream
from restorers.training.corruptors import Corruptor
from restorers.training.data import Faces, Part
from restorers.training.objectives.objective import Objective
from restorers.training.real_covers import RealCoverCorruptor
from restorers.training.recipes import Phase, Recipe
from restorers.training.state import CHECKPOINT, Budget, State, read

REPORTED: Final = 20
"""Steps between two lines of the log."""
BAR: Final = "{desc} {percentage:3.0f}%|{bar:20}| {elapsed} {postfix}"
AHEAD: Final = 3
"""Batches drawn in advance where a GPU computes; on a CPU both would fight for the same cores."""


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended."""

    checkpoint: Path
    progress: float
    """Share of the budget that is used up."""
    signal: int | None
    """The signal that stopped it; None if it came to its end."""


class Interruption:
    """Turns Ctrl-C and SIGTERM into a note, so that the run saves before it ends; handlers are put back on leaving."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interruption":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        self.signal = number


def fit(
    objective: Objective,
    recipe: Recipe,
    folder: Path,
    runs: Path,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    pictures: int | None = None,
    seed: int = 0,
    resume: bool = False,
    start: Path | None = None,
    device: str = "auto",
    validate_every: float = 300.0,
) -> TrainingResult:
    """Train one objective.

    Args:
        objective: networks and loss terms.
        recipe: phases, learning rates, averaging, corruption; results go to `runs/<recipe.run>/`.
        folder: of a data set that `prepare` wrote.
        runs: the folder of all runs; decoded pictures are kept in its `cache`.
        minutes: budget of time spent in steps, over all resumed parts, or
        steps: budget in steps, or
        pictures: budget in pictures shown; exactly one of the three.
        seed: of batches, corruptions and augmentation; a resumed run keeps its own.
        resume: go on from `runs/<recipe.run>/last.pt`.
        start: a weights file of this method to begin a new run with, in place of random weights.
        device: "auto", "cpu" or "cuda".
        validate_every: seconds between validations, each with a checkpoint.

    Raises:
        Problem: if there is no data, nothing to resume, a run that would be overwritten, a start with other weights, no such
            device, or a loss is not finite (the batch is named).
        ValueError: if a run is to be resumed and begun anew.
    """
    if resume and start is not None:
        raise ValueError("expected a run to resume or weights to start from, got both")
    budget = Budget(minutes, steps, pictures)
    results = runs / recipe.run
    if not resume and (results / CHECKPOINT).is_file():
        raise Problem(f"expected no run in {results}, found one; go on with --resume, or delete it to start anew")
    known = read(results / CHECKPOINT, recipe)["about"].get("precision") if resume else None
    state = State(objective, recipe, _accelerator(device, recipe, known), budget, seed)
    if resume:
        state.load(results / CHECKPOINT)
    elif start is not None:
        state.start_from(start)
    results.mkdir(parents=True, exist_ok=True)
    with Interruption() as interruption:
        run = _Run(state, folder, results, runs / "cache", resumed=resume)
        try:
            run.until_done(interruption, validate_every)
        finally:
            run.close()
    return TrainingResult(results / CHECKPOINT, budget.progress, interruption.signal)


class _Run:
    """The state, the faces it is shown, and what is written down."""

    def __init__(self, state: State, data: Path, folder: Path, cache: Path, *, resumed: bool) -> None:
        self._state, self._data, self._folder, self._cache = state, data, folder, cache
        self._accelerator = state.accelerator
        self._stream: Stream | None = None
        self._corruptor: Corruptor | None = None
        self._faces: dict[Part, Faces] = {}
        self._mined: Phase | None = None
        self._means = curve.Means()
        self._pictures, self._reported = 0, state.budget.seconds
        main = self._accelerator.is_main_process
        self._journal = curve.TrainingLog(folder, resumed=resumed) if main else None
        self._bar = tqdm(desc=state.recipe.run, total=100, bar_format=BAR, disable=not main)

    def until_done(self, interruption: Interruption, validate_every: float) -> None:
        """Steps until the budget is used up or somebody asks to stop; saves either way."""
        state, path = self._state, self._folder / CHECKPOINT
        due = time.monotonic() + validate_every
        while state.budget.progress < 1.0 and not self._agreed(interruption.signal is not None):
            phase = state.recipe.phase(state.budget.progress)
            if phase.mined and phase is not self._mined:
                self._mine(phase)
            self._step(phase)
            if self._agreed(time.monotonic() > due):
                state.save(path)
                self._validate()
                due = time.monotonic() + validate_every
        state.save(path)
        if not self._agreed(interruption.signal is not None):
            self._validate()

    def close(self) -> None:
        """Let the bar, the log and the drawing thread go."""
        self._bar.close()
        if self._journal is not None:
            self._journal.close()
        if self._stream is not None:
            self._stream.close()

    def _step(self, phase: Phase) -> None:
        state = self._state
        stream = self._batches(phase)
        started = time.monotonic()
        batch = next(stream).to(self._accelerator.device)
        state.random = stream.state
        self._means.add(state.step(batch, phase))
        state.budget.seconds = self._mean(state.budget.seconds + time.monotonic() - started)
        self._pictures += len(batch.truth) * self._accelerator.num_processes
        if state.budget.step % REPORTED == 0:
            self._report(phase)

    def _mine(self, phase: Phase) -> None:
        """Take what the averaged network finds in the training faces, once a phase; a run resumed in it reads what was found."""
        corruptor, faces = self._chosen_corruptor(), data.load(self._data, phase.side, self._cache, "train")
        if not isinstance(corruptor, RealCoverCorruptor):
            raise TypeError(f"expected a corruptor that takes what was found, got {type(corruptor).__name__}")
        path = self._folder / f"mined-{self._state.recipe.phases.index(phase)}.npz"
        begun = self._mined is None and self._stream is None and path.is_file()
        if self._accelerator.is_main_process and not begun:
            with self._state.average_in_use() as network:
                mining.save(mining.mine(network, faces), path)
        self._accelerator.wait_for_everyone()
        found = mining.read(path)
        corruptor.found, self._mined = found.covers, phase
        self._faces["train"] = faces.only(found.kept)

    def _batches(self, phase: Phase) -> Stream:
        """The stream of a phase; a new phase's goes on with the randomness of the one before."""
        faces = self._load("train", phase.side)
        gpu = self._accelerator.device.type != "cpu"
        size = phase.batch * (self._state.recipe.gpu_batches if gpu else 1)
        if self._stream is None or self._stream.faces is not faces or self._stream.size != size:
            if self._stream is not None:
                self._stream.close()
            self._stream = Stream(
                faces,
                size,
                self._chosen_corruptor(),
                self._state.random,
                device=self._accelerator.device,
                augmented=self._state.recipe.augmented,
                photographs=self._state.recipe.photographs,
                ahead=AHEAD if gpu else 0,
            )
        return self._stream

    def _chosen_corruptor(self) -> Corruptor:
        if self._corruptor is None:
            # one process renders objects into the cache, the others read them
            with self._accelerator.main_process_first():
                self._corruptor = corruptor_menu.of(self._state.recipe, self._cache, self._data)
        return self._corruptor

    def _load(self, part: Part, side: int) -> Faces:
        known = self._faces.get(part)
        if known is not None and known.side == side:
            return known
        limit = self._state.recipe.pictures if part == "train" else None
        # one process decodes into the cache, the others read it
        with self._accelerator.main_process_first():
            faces = data.load(self._data, side, self._cache, part, limit)
        self._faces[part] = faces
        if part == "train":
            self._state.about = {
                "data": data.summary(self._data, limit=limit),
                "machine": code_state.machine(self._accelerator.device),
                "commit": code_state.commit(),
                "precision": self._accelerator.mixed_precision,
            }
        return faces

    def _report(self, phase: Phase) -> None:
        budget, means = self._state.budget, self._means.take()
        speed = self._pictures / max(budget.seconds - self._reported, 1e-9)
        self._pictures, self._reported = 0, budget.seconds
        line = {"step": budget.step, "seconds": round(budget.seconds, 1), "side": phase.side}
        self._write({**line, "pictures_per_second": round(speed, 2), **means})
        losses = ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())
        self._bar.set_postfix_str(
            f"step {budget.step}, {phase.side} px, {speed:.1f} pictures/s, {losses}", refresh=False
        )
        self._bar.update(100 * budget.progress - self._bar.n)

    def _validate(self) -> None:
        """Score the averaged weights; the networks that are trained are as before when it is done."""
        state, side = self._state, self._state.recipe.phase(self._state.budget.progress).side
        dev = self._load("dev", side)
        if self._accelerator.is_main_process:
            sheet = self._folder / f"sheet-{state.budget.step:07d}.png"
            with state.average_in_use() as network:
                restorer = state.objective.restorer(network)
                score = occluder_masks.validator(self._data) if state.recipe.scored == "iou" else validation.validate
                scores = score(restorer, dev, sheet, device=self._accelerator.device)
            self._write(
                {"step": state.budget.step, "seconds": round(state.budget.seconds, 1), "side": side, "dev": scores}
            )
            curve.write_curve(curve.curve(curve.read(self._folder / curve.LOG)), self._folder / curve.CURVE)
        self._accelerator.wait_for_everyone()

    def _write(self, line: Mapping[str, object]) -> None:
        if self._journal is not None:
            self._journal.write(line)

    def _agreed(self, here: bool) -> bool:
        """Whether any process says so: all have to leave a loop at the same step."""
        return self._mean(float(here)) > 0

    def _mean(self, here: float) -> float:
        if self._accelerator.num_processes == 1:
            return here
        shared = self._accelerator.reduce(torch.tensor(here, device=self._accelerator.device), "mean")
        return float(shared)


def _accelerator(device: str, recipe: Recipe, known: str | None) -> Accelerator:
    """A resumed run keeps the precision that it is `known` to have."""
    if device == "cuda" and not torch.cuda.is_available():
        raise Problem("expected a CUDA device for --device cuda, found none; use --device auto or cpu")
    wanted = known or recipe.precision
    if wanted == "auto":
        gpu = device != "cpu" and torch.cuda.is_available()
        wanted, why = precision.chosen(torch.device("cuda" if gpu else "cpu"))
        tqdm.write(f"{'bfloat16' if wanted == 'bf16' else 'float32'}: {why}", file=sys.stderr)
    return Accelerator(cpu=device == "cpu", mixed_precision=wanted)
