"""What a run is made of and what its checkpoint holds: networks, their average, optimisers, randomness, what was spent."""

import json
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from restorers import checkpoints
from restorers.contract import Problem
from restorers.training import code_state
from restorers.training.batches import RandomState
from restorers.training.muon import Muon
from restorers.training.objectives.objective import Batch, Objective
from restorers.training.recipes import Phase, Recipe

CHECKPOINT: Final = "last.pt"
WARM: Final = 200
"""Steps over which the rates rise in a run that starts from weights: an optimiser's first steps are as long as later ones, and
know less about where to go."""
GENTLE: Final = 1000
"""Steps of the discriminator over which the adversarial term grows: it is new when it comes, the generator is not, and what it says
at first would undo in minutes what the pixel terms have built."""


@dataclass
class Budget:
    """How long a run may take: minutes spent in steps, steps, or pictures shown, counted over all resumed parts of the run."""

    minutes: float | None = None
    steps: int | None = None
    pictures: int | None = None
    seconds: float = 0.0
    """Spent in steps; validation and saving are not counted."""
    step: int = 0
    shown: int | None = 0
    """Pictures; None where a part of the run did not count them."""

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.minutes, self.steps, self.pictures) if limit is not None]
        if len(limits) != 1:
            raise ValueError("expected one budget, in minutes, in steps or in pictures")
        if limits[0] <= 0:
            raise Problem("expected a budget above 0, got none; give --budget N, --minutes M or --steps N")

    @property
    def progress(self) -> float:
        """Share of the budget that is used up, in [0, 1]."""
        if self.pictures:
            return min((self.shown or 0) / self.pictures, 1.0)
        spent = self.step / self.steps if self.steps else self.seconds / (60 * (self.minutes or inf))
        return min(spent, 1.0)


class State:
    """Everything that a checkpoint holds, and the step that changes it.

    The networks are not wrapped for several processes: each runs inside the other's loss, and methods call more of them than
    `forward`. Their gradients are averaged over the processes instead.
    """

    def __init__(
        self, objective: Objective, recipe: Recipe, accelerator: Accelerator, budget: Budget, seed: int
    ) -> None:
        self.objective, self.recipe, self.accelerator, self.budget = objective, recipe, accelerator, budget
        self.seed = seed
        self.about: dict[str, str] = {}
        self.before = code_state.runs_behind(objective.started) if objective.started else []
        """The runs whose weights this one started from, oldest first."""
        self.judged = 0
        """Steps of the discriminator."""
        self.random: RandomState = {}
        self._scatter()
        objective.to(accelerator.device)
        network = objective.generator.to(memory_format=objective.layout)
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser: Optimizer = (
            Muon(trained, recipe.rate, betas=recipe.betas)
            if recipe.optimiser == "muon"
            else AdamW(trained, recipe.rate, recipe.betas, weight_decay=recipe.weight_decay)
        )
        self.averaged = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.discriminator_optimiser: Optimizer | None = None
        if objective.discriminator is not None:
            critic = objective.discriminator.to(memory_format=objective.layout)
            rate = recipe.rate * recipe.discriminator_lr_ratio
            self.discriminator_optimiser = AdamW(
                critic.parameters(), rate, recipe.discriminator_betas, weight_decay=0.0
            )

    def start_from(self, path: Path) -> None:
        """Begin with exported weights in place of random ones; optimisers and discriminator stay new.

        Raises:
            MissingWeights: if the file is missing or damaged, or its weights do not fit.
            Problem: if they are another method's.
        """
        _, header = checkpoints.read(path)
        if header.get("key") != self.recipe.key:
            raise Problem(
                f"expected weights of {self.recipe.key} in {path.name}, got those of {header.get('key', 'an unknown method')};"
                " name another file with --from-weights"
            )
        network = self.objective.generator
        checkpoints.load(network, path)
        for name, value in network.state_dict().items():
            self.averaged[name].copy_(value)
        self.before = code_state.runs_behind(header)

    def step(self, batch: Batch, phase: Phase) -> dict[str, Tensor]:
        """One step of both halves; returns the terms, detached.

        Raises:
            Problem: if a loss or a gradient is not finite.
        """
        progress, step = self.budget.progress, self.budget.step
        warm = min((step + 1) / WARM, 1.0) if self.before else 1.0
        self._set_rates(self.recipe.rate * phase.rate * self.recipe.anneal(progress) * warm)
        self.objective.generator.train()
        with self.accelerator.autocast():
            made = self.objective.generator_step(batch, progress, step)
        terms = self._descend(self.optimiser, self.objective.generator, self._gently(made.terms), batch)
        critic = self.objective.discriminator
        if critic is not None and self.discriminator_optimiser is not None and self.objective.adversarial(progress):
            with nullcontext() if self.objective.precise(step) else self.accelerator.autocast():
                against = self.objective.discriminator_terms(batch, made.restored.detach().float(), step)
            terms |= self._descend(self.discriminator_optimiser, critic, against, batch)
            self.judged += 1
        self.budget.step += 1
        if self.budget.shown is not None:
            self.budget.shown += len(batch.truth) * self.accelerator.num_processes
        self._average()
        return terms

    @contextmanager
    def average_in_use(self) -> Iterator[nn.Module]:
        """The generator with its averaged weights, for as long as the context lasts."""
        network = self.objective.generator
        trained = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict(self.averaged)
        try:
            yield network
        finally:
            network.load_state_dict(trained)
            network.train()

    def save(self, path: Path) -> None:
        """Write everything, whole or not at all; the main process only."""
        if not self.accelerator.is_main_process:
            return
        critic = self.objective.discriminator
        part = path.with_suffix(".part")
        torch.save(
            {
                "generator": self.objective.generator.state_dict(),
                "averaged": self.averaged,
                "optimiser": self.optimiser.state_dict(),
                "discriminator": None if critic is None else critic.state_dict(),
                "against": None if self.discriminator_optimiser is None else self.discriminator_optimiser.state_dict(),
                "random": json.dumps(self.random),
                "torch": torch.get_rng_state(),
                "cuda": torch.cuda.get_rng_state() if self.accelerator.device.type == "cuda" else None,
                "step": self.budget.step,
                "seconds": self.budget.seconds,
                "seed": self.seed,
                "recipe": self.recipe.run,
                "about": self.about,
                "before": self.before,
                "pictures": self.budget.shown,
                "judged": self.judged,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            Problem: if there is none, or it is damaged or another recipe's.
        """
        saved = read(path, self.recipe)
        try:
            self._restore(saved)
        except (KeyError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[-1].strip()
            raise Problem(
                f"expected a checkpoint of {self.recipe.run} in {path.name}, it does not fit ({reason}); delete it to start anew"
            ) from error

    def _restore(self, saved: Mapping[str, Any]) -> None:
        self.objective.generator.load_state_dict(saved["generator"])
        for name, mean in self.averaged.items():
            mean.copy_(saved["averaged"][name])
        self.optimiser.load_state_dict(saved["optimiser"])
        if self.objective.discriminator is not None and self.discriminator_optimiser is not None:
            self.objective.discriminator.load_state_dict(saved["discriminator"])
            self.discriminator_optimiser.load_state_dict(saved["against"])
        self.seed, self.about = saved["seed"], dict(saved.get("about", {}))
        self.before, self.judged = list(saved.get("before", [])), saved.get("judged", 0)
        self.budget.shown = saved.get("pictures")
        self.budget.step, self.budget.seconds = saved["step"], saved["seconds"]
        if self.budget.pictures and self.budget.shown is None:
            raise Problem(
                "expected a run that counts its pictures for --budget, got an older one; give --minutes or --steps"
            )
        if not self.accelerator.is_main_process:
            # a checkpoint knows the randomness of the main process; copied to all, they would draw the same batches
            self._scatter()
            return
        self.random = json.loads(saved["random"])
        torch.set_rng_state(saved["torch"])
        if saved.get("cuda") is not None and self.accelerator.device.type == "cuda":
            torch.cuda.set_rng_state(saved["cuda"])

    def _scatter(self) -> None:
        """Give every process randomness of its own: from the seed, its number and the step."""
        process = self.accelerator.process_index
        entropy = [self.seed, process, self.budget.step] if self.budget.step else [self.seed, process]
        self.random = dict(np.random.default_rng(np.random.SeedSequence(entropy)).bit_generator.state)
        torch.manual_seed(self.seed + 1000 * process + self.budget.step)

    def _gently(self, terms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The same terms, the adversarial one as heavy as a new discriminator deserves."""
        share = min(self.judged / GENTLE, 1.0)
        return {name: share * term if name == "adversarial" and share < 1 else term for name, term in terms.items()}

    def _set_rates(self, rate: float) -> None:
        steady = self.recipe.against_steady
        against = rate * self.recipe.discriminator_lr_ratio if steady is None else steady
        for optimiser, own in ((self.optimiser, rate), (self.discriminator_optimiser, against)):
            for group in () if optimiser is None else optimiser.param_groups:
                group["lr"] = own

    def _descend(
        self, optimiser: Optimizer, network: nn.Module, terms: Mapping[str, Tensor], batch: Batch
    ) -> dict[str, Tensor]:
        loss = torch.stack([term.float() for term in terms.values()]).sum()
        optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self._share_gradients(network)
        norm = nn.utils.clip_grad_norm_(network.parameters(), self.recipe.clip)
        if not bool(torch.isfinite(loss) & torch.isfinite(norm)):
            named = ", ".join(f"{name} {float(term.detach()):.4g}" for name, term in terms.items())
            raise Problem(
                f"expected finite losses and gradients, got {named} (gradient {float(norm):.4g}) at step {self.budget.step}"
                f" on {', '.join(batch.names)}; look at these pictures, or resume from the last checkpoint with a lower rate"
            )
        optimiser.step()
        return {name: term.detach() for name, term in terms.items()}

    def _share_gradients(self, network: nn.Module) -> None:
        if self.accelerator.num_processes == 1:
            return
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter.grad = self.accelerator.reduce(parameter.grad, "mean")

    def _average(self) -> None:
        # a short memory at first, so that the average does not drag random weights along
        young = 1.0 if self.before else (1 + self.budget.step) / (10 + self.budget.step)
        keep = min(self.recipe.ema_decay, young)
        for name, value in self.objective.generator.state_dict().items():
            mean = self.averaged[name]
            if mean.is_floating_point():
                mean.lerp_(value.detach(), 1 - keep)
            else:
                mean.copy_(value)


def read(path: Path, recipe: Recipe) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU.

    Raises:
        Problem: if there is none, or it is damaged or another recipe's.
    """
    if not path.is_file():
        raise Problem(
            f"expected a checkpoint at {path}, found none; train first: python -m restorers.training {recipe.key} --data DATA"
        )
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise Problem(f"expected a whole checkpoint in {path}, it is damaged; delete it to start anew") from error
    if saved["recipe"] != recipe.run:
        raise Problem(
            f"expected a checkpoint of {recipe.run} in {path}, got one of {saved['recipe']}; delete it to start anew"
        )
    return saved
