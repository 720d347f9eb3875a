"""The one fit(): draws batches, minimises an objective's terms, averages, validates, saves, stops when told.

Runs on Hugging Face accelerate, so `accelerate launch -m restorers.training ...` gives several GPUs and mixed precision.
"""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import AdamW
from tqdm import tqdm

from restorers.contract import Problem
from restorers.objective import Batch, Objective
from restorers.training import data as faces_data
from restorers.training import validation
from restorers.training.recipes import Phase, Recipe


@dataclass
class Budget:
    """How long a run may take: minutes of wall clock or steps, counted over all resumed parts of the run."""

    minutes: float | None
    steps: int | None
    spent_seconds: float = 0.0
    step: int = 0

    @property
    def progress(self) -> float:
        """Share of the budget that is used up, in [0, 1]."""
        if self.steps is not None:
            return min(self.step / self.steps, 1.0)
        return min(self.spent_seconds / (60 * (self.minutes or 1e-9)), 1.0)


class Stopped:
    """Turns Ctrl-C and SIGTERM into a flag, so that the run saves before it ends."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of a handler
        self.asked = True


def fit(
    key: str,
    objective: Objective,
    recipe: Recipe,
    data: Path,
    runs: Path,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = False,
    device: str = "auto",
    validate_every: float = 300.0,
) -> Path:
    """Train one objective.

    Args:
        key: the method; results go to `runs/key/`.
        objective: networks and loss terms.
        recipe: phases, learning rates, averaging, corruption.
        data: a data set that `prepare` wrote.
        runs: the folder of all runs.
        minutes: wall-clock budget over all resumed parts, or
        steps: budget in steps; exactly one of the two.
        seed: of batches, corruptions and augmentation.
        resume: go on from `runs/key/last.pt`.
        device: "auto", "cpu" or "cuda".
        validate_every: seconds between validations.

    Returns:
        The checkpoint.

    Raises:
        Problem: if there is no data, nothing to resume, or a loss is not finite (the batch is named).
    """
    if (minutes is None) == (steps is None):
        raise ValueError("expected a budget in minutes or in steps, not both")
    folder = runs / key
    folder.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision=recipe.precision)
    state = _State(objective, recipe, accelerator, Budget(minutes, steps), seed)
    if resume:
        state.load(folder / "last.pt")
    stopped = Stopped()
    log = (folder / "log.jsonl").open("a")
    validated = time.monotonic()
    faces: dict[int, faces_data.Faces] = {}
    stream: Iterator[Batch] | None = None
    side = 0
    bar = tqdm(desc=key, unit="picture", disable=not accelerator.is_local_main_process)
    while state.budget.progress < 1.0 and not stopped.asked:
        phase = recipe.phase(state.budget.progress)
        if stream is None or phase.side != side:
            side = phase.side
            faces.setdefault(side, faces_data.load(data, side, runs / "cache"))
            stream = faces_data.batches(faces[side], side, phase.batch, recipe.corruptor, state.generator)
        started = time.monotonic()
        terms = state.step(next(stream), phase)
        state.budget.spent_seconds += time.monotonic() - started
        bar.update(phase.batch)
        if state.budget.step % 20 == 0:
            _report(bar, log_line(state, terms, phase, bar), log)
        if time.monotonic() - validated > validate_every:
            state.save(folder / "last.pt")
            _validate(state, objective, data, runs, side, log)
            validated = time.monotonic()
    state.save(folder / "last.pt")
    _validate(state, objective, data, runs, side or recipe.phases[-1].side, log)
    bar.close()
    log.close()
    return folder / "last.pt"


class _State:
    """Everything that a checkpoint holds."""

    def __init__(
        self, objective: Objective, recipe: Recipe, accelerator: Accelerator, budget: Budget, seed: int
    ) -> None:
        self.objective, self.recipe, self.accelerator, self.budget, self.seed = (
            objective,
            recipe,
            accelerator,
            budget,
            seed,
        )
        self.generator = np.random.default_rng(np.random.SeedSequence([seed, accelerator.process_index]))
        torch.manual_seed(seed)
        network = objective.generator.to(memory_format=torch.channels_last)
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = AdamW(trained, recipe.rate, betas=recipe.betas, weight_decay=recipe.weight_decay)
        objective.generator, self.optimiser = accelerator.prepare(network, self.optimiser)
        self.averaged = {name: value.detach().clone() for name, value in self._network().state_dict().items()}
        self.against: torch.optim.Optimizer | None = None
        if objective.discriminator is not None:
            critic = objective.discriminator.to(memory_format=torch.channels_last)
            self.against = AdamW(
                critic.parameters(), recipe.rate * recipe.against_rate, betas=(0.5, 0.99), weight_decay=0.0
            )
            objective.discriminator, self.against = accelerator.prepare(critic, self.against)

    def _network(self) -> nn.Module:
        network: nn.Module = self.accelerator.unwrap_model(self.objective.generator)
        return network

    def step(self, batch: Batch, phase: Phase) -> dict[str, float]:
        """One step of both halves; returns the terms."""
        progress = self.budget.progress
        for optimiser, factor in ((self.optimiser, 1.0), (self.against, self.recipe.against_rate)):
            for group in optimiser.param_groups if optimiser is not None else ():
                group["lr"] = self.recipe.rate * phase.rate * self.recipe.anneal(progress) * factor
        self.objective.generator.train()
        with self.accelerator.autocast():
            made = self.objective.generator_step(batch, progress, self.budget.step)
        terms = self._descend(self.optimiser, self.objective.generator, made.terms, batch)
        if self.against is not None and self.objective.adversarial(progress):
            # a critic in bf16 has gradients too coarse for R1
            against = self.objective.discriminator_terms(batch, made.restored.detach().float(), self.budget.step)
            if self.objective.discriminator is not None:
                terms |= self._descend(self.against, self.objective.discriminator, against, batch)
        self.budget.step += 1
        self._average()
        return terms

    def _descend(
        self, optimiser: torch.optim.Optimizer, network: nn.Module, terms: dict[str, Tensor], batch: Batch
    ) -> dict[str, float]:
        loss = torch.stack(list(terms.values())).sum()
        if not bool(torch.isfinite(loss)):
            named = {name: float(term) for name, term in terms.items()}
            raise Problem(
                f"expected finite losses, got {named} at step {self.budget.step} on {', '.join(batch.names)};"
                " resume from the last checkpoint with a lower rate"
            )
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(network.parameters(), self.recipe.clip)
        optimiser.step()
        return {name: float(term.detach()) for name, term in terms.items()}

    def _average(self) -> None:
        # a short memory at first, so that the average does not drag the initial weights along
        keep = min(self.recipe.averaging, (1 + self.budget.step) / (10 + self.budget.step))
        for name, value in self._network().state_dict().items():
            mean = self.averaged[name]
            if mean.is_floating_point():
                mean.lerp_(value.detach(), 1 - keep)
            else:
                mean.copy_(value)

    def save(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        if not self.accelerator.is_main_process:
            return
        part = path.with_suffix(".part")
        discriminator = self.objective.discriminator
        torch.save(
            {
                "generator": self._network().state_dict(),
                "averaged": self.averaged,
                "optimiser": self.optimiser.state_dict(),
                "discriminator": None
                if discriminator is None
                else self.accelerator.unwrap_model(discriminator).state_dict(),
                "against": None if self.against is None else self.against.state_dict(),
                "random": json.dumps(self.generator.bit_generator.state),
                "torch": torch.get_rng_state(),
                "step": self.budget.step,
                "seconds": self.budget.spent_seconds,
                "seed": self.seed,
                "recipe": self.recipe.name,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            Problem: if there is none.
        """
        if not path.is_file():
            raise Problem(f"expected a checkpoint at {path.name} to resume from, found none; start without --resume")
        saved = torch.load(path, map_location=self.accelerator.device, weights_only=True)
        self._network().load_state_dict(saved["generator"])
        self.averaged = saved["averaged"]
        self.optimiser.load_state_dict(saved["optimiser"])
        if self.objective.discriminator is not None and saved["discriminator"] is not None:
            self.accelerator.unwrap_model(self.objective.discriminator).load_state_dict(saved["discriminator"])
        if self.against is not None and saved["against"] is not None:
            self.against.load_state_dict(saved["against"])
        self.generator.bit_generator.state = json.loads(saved["random"])
        torch.set_rng_state(saved["torch"].cpu())
        self.budget.step, self.budget.spent_seconds = saved["step"], saved["seconds"]


def log_line(state: _State, terms: dict[str, float], phase: Phase, bar: "tqdm[None]") -> dict[str, float]:
    """One line of the log."""
    rate = bar.format_dict.get("rate") or 0.0
    return {
        "step": state.budget.step,
        "seconds": round(state.budget.spent_seconds, 1),
        "side": phase.side,
        "pictures_per_second": round(float(rate), 2),
        **{name: round(value, 5) for name, value in terms.items()},
    }


def _report(bar: "tqdm[None]", line: dict[str, float], log: "json.io.TextIOWrapper") -> None:  # type: ignore[name-defined]
    bar.set_postfix({name: value for name, value in line.items() if name not in {"seconds", "pictures_per_second"}})
    log.write(json.dumps(line) + "\n")
    log.flush()


def _validate(
    state: _State, objective: Objective, data: Path, runs: Path, side: int, log: "json.io.TextIOWrapper"  # type: ignore[name-defined]
) -> None:
    if not state.accelerator.is_main_process:
        return
    network = state._network()
    trained = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(state.averaged)
    try:
        dev = faces_data.load(data, side, runs / "cache", "dev")
        scores = validation.validate(
            objective.restorer(network), dev, state.recipe, runs / log_name(log), state.budget.step
        )
    finally:
        network.load_state_dict(trained)
        network.train()
    line = {"step": state.budget.step, "seconds": round(state.budget.spent_seconds, 1), "side": side, "dev": scores}
    log.write(json.dumps(line) + "\n")
    log.flush()


def log_name(log: "json.io.TextIOWrapper") -> str:  # type: ignore[name-defined]
    """The run's folder name."""
    return Path(log.name).parent.name


def as_header(recipe: Recipe) -> dict[str, str]:
    """A recipe as strings for a weights file's header."""
    return {name: str(value) for name, value in asdict(recipe).items() if not callable(value)}
