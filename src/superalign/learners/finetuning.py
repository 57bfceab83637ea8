"""Finetuning a checkpoint and a head to the labels of a weaker teacher.

Any causal language model or encoder that `AutoModel` loads. What trains sees problems and targets
and nothing else; gold can come in as `gold_stop` alone, by name. A trained model lies in a folder
named by everything it was made from, so the same call again returns the same trained model.
Shape suffixes: N problems, B rows of a batch, C classes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from superalign.errors import BadInput
from superalign.learners.classifier import Classifier, Model
from superalign.learners.confidence_losses import Loss, loss
from superalign.learners.heads import Stop
from superalign.learners.optimise import Schedule
from superalign.ledger import atomic_folder
from superalign.policies.features import Checkpoint, Kind
from superalign.progress import Progress
from superalign.records import Problem, digest, seed_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Everything a student is trained on."""

    problems: Sequence[Problem]
    targets: NDArray[np.floating]
    """[N, 2], the chance of either class."""
    kind: Kind = "classify"
    weights: NDArray[np.floating] | None = None
    """[N], what each problem counts; None means all alike."""
    gold_stop: NDArray[np.floating] | None = None
    """[N, 2]: gold, to stop by. This cheats; it shows what early stopping could give at best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finetuning:
    """How to finetune: AdamW, cosine decay, no dropout.

    `Finetuning.compat` has what openai/weak-to-strong does instead.
    """

    folder: Path | None = None
    """Where `train` keeps models."""
    loss: str = "xent"
    prior: float = 0.5
    """Share of class 1, for the losses that harden by it."""
    lr: float = 5e-4
    epochs: int = 2
    rows: int = 32
    """Rows of a batch; drawn at random, since some losses compare a row with its batch."""
    held_out: float = 0.1
    """Share of problems that only choose when to stop; with 0 the last step stays."""
    looks: int = 4
    """How often the held-out problems are looked at."""
    lora: int = 0
    """Rank of the adapters that are trained in place of the body; 0 trains the whole body."""
    published: bool = False

    @classmethod
    def compat(cls, folder: Path, *, lr: float, loss: str = "xent", rows: int = 32) -> Self:
        """Return the published protocol of openai/weak-to-strong (train_simple, one GPU).

        A head without bias that starts at 0; Adam without decay or clipping; cosine to 0; batches
        in the order given, straddling epochs, the last partial one dropped; no early stopping.
        Unlike there the vector is that of the last real token, and a second call loads what the
        first one trained.
        """
        return cls(folder=folder, lr=lr, loss=loss, rows=rows, held_out=0.0, published=True)

    def train(
        self,
        start: str | Path | Checkpoint,
        labels: Labels,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Classifier:
        """Return `start` finetuned to `labels`; training that was done is not done again.

        Given as a `Checkpoint`, `start` shares its tokens with everything that is trained from it.

        Raises:
            BadInput: If the checkpoint does not load, or there is nothing to learn from.
            ValueError: If there is no folder.
        """
        if self.folder is None:
            raise ValueError("without a folder nothing is kept; `fit` needs none")
        body = start if isinstance(start, Checkpoint) else Checkpoint(start)
        target = self.folder / self._name(body, labels, seed)
        if not target.is_dir():
            model, card = self.fit(body, labels, seed=seed, progress=progress)
            with atomic_folder(target) as place:
                model.save(place, card)
        return Classifier(target, body.at(target))

    def fit(
        self,
        start: Checkpoint,
        labels: Labels,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> tuple[Model, dict[str, Any]]:
        """Return a finetuned model that stays in memory, and what its training ended with.

        Raises:
            BadInput: If the checkpoint does not load, or there is nothing to learn from.
        """
        if not labels.problems or len(labels.problems) != len(labels.targets):
            raise BadInput(f"{len(labels.problems)} problems for {len(labels.targets)} labels")
        model = Model(start, labels.kind, bias=labels.kind == "classify" and not self.published)
        return model, _Run(self, model, labels, seed, progress or Progress()).train()

    def _name(self, body: Checkpoint, labels: Labels, seed: int) -> str:
        how = {k: v for k, v in asdict(self).items() if k != "folder"}
        arrays = (labels.targets, labels.weights, labels.gold_stop)
        numbers = [None if a is None else np.asarray(a, np.float64).tolist() for a in arrays]
        shown = [[p.prompt, p.choices] for p in labels.problems]
        return f"classifier-{digest(body.id, how, labels.kind, shown, numbers, seed)}"


def adapted(inner: Any, rank: int, seed: int) -> Any:
    """Return `inner` frozen, with adapters of a rank at every linear map (Hu et al. 2021).

    Raises:
        BadInput: If peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise BadInput("adapters need peft: pip install 'superalign[lora]'") from None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        settings = LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear")
        return get_peft_model(inner, settings).eval()


class _Run:
    """One training from start to end."""

    def __init__(
        self, how: Finetuning, model: Model, labels: Labels, seed: int, progress: Progress
    ) -> None:
        self.how, self.model, self.progress = how, model, progress
        if how.lora:
            model.inner = adapted(model.inner, how.lora, seed_of("adapters", seed))
        self.trained = [p for p in model.parameters() if p.requires_grad]
        self.kept: tuple[float, int, list[Tensor]] | None = None
        device = model.head.weight.device
        self.rows = model.read(labels.problems)
        self.weak_NC = torch.tensor(np.asarray(labels.targets), dtype=torch.float32, device=device)
        weights = np.ones(len(self.rows)) if labels.weights is None else labels.weights
        self.weights_N = torch.tensor(np.asarray(weights), dtype=torch.float32, device=device)
        judged = labels.targets if labels.gold_stop is None else labels.gold_stop
        self.right_N = np.asarray(judged).argmax(1)
        self.random = random.Random(seed_of("order of problems", seed))
        places = list(range(len(self.rows)))
        if not how.published:
            self.random.shuffle(places)
        held = round(len(places) * how.held_out)
        self.learnt, self.held = places[held:], places[:held]
        self.stopped_on: Stop = "end"
        if held:
            self.stopped_on = "weak" if labels.gold_stop is None else "gold"

    def train(self) -> dict[str, Any]:
        """Train the model in place, to the step that was best; say which."""
        made = loss(self.how.loss, self.how.prior)
        batches = list(self._published() if self.how.published else self._batches())
        if not batches:
            raise BadInput(f"{len(self.learnt)} problems are less than a batch of {self.how.rows}")
        warmup = 0 if self.how.published else min(20, len(batches) // 10)
        schedule = Schedule(lr=self.how.lr, steps=len(batches), warmup=warmup, floor=0.0)
        optimiser = torch.optim.AdamW(self.trained, lr=self.how.lr, weight_decay=0.0, fused=True)
        looks = {round((i + 1) * len(batches) / self.how.looks) for i in range(self.how.looks)}
        for i, at in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = schedule.at(i)
            self._loss(made, at, i / len(batches)).backward()
            clip = math.inf if self.how.published else schedule.clip
            torch.nn.utils.clip_grad_norm_(self.trained, clip)
            optimiser.step()
            optimiser.zero_grad()
            self.progress.advance()
            if self.held and i + 1 in looks:
                self._look(i + 1)
        return {"step": self._settle(len(batches)), "stopped_on": self.stopped_on}

    def _look(self, step: int) -> None:
        """Keep the weights if no look found better agreement on the held-out problems."""
        chances = self.model.probabilities([self.rows[i] for i in self.held])
        found = float((chances.argmax(1) == self.right_N[self.held]).mean())
        if not self.kept or found >= self.kept[0]:
            self.kept = found, step, [p.detach().clone() for p in self.trained]

    def _settle(self, steps: int) -> int:
        """Return to the weights that were kept, if any; return the step they are of."""
        if not self.kept:
            return steps
        _, step, values = self.kept
        with torch.no_grad():
            for parameter, value in zip(self.trained, values, strict=True):
                parameter.copy_(value)
        return step

    def _batches(self) -> Iterator[list[int]]:
        """Yield every epoch's batches, in an order of the epoch's own."""
        for _ in range(self.how.epochs):
            mixed = self.random.sample(self.learnt, len(self.learnt))
            yield from (mixed[k : k + self.how.rows] for k in range(0, len(mixed), self.how.rows))

    def _published(self) -> Iterator[list[int]]:
        """Yield whole batches of the epochs laid end to end, each in the order given."""
        places = self.learnt * self.how.epochs
        size = self.how.rows
        yield from (places[k * size : (k + 1) * size] for k in range(len(places) // size))

    def _loss(self, made: Loss, at: list[int], done: float) -> Tensor:
        found_B = made(self.model([self.rows[i] for i in at]), self.weak_NC[at], done)
        weights_B = self.weights_N[at]
        return (found_B * weights_B).sum() / weights_B.sum().clamp(min=1e-6)
