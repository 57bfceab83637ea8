"""Trains the process reward model on solutions whose steps people have checked.

The model is the learner's own language model, asked of every line how likely it is after what
stands before: the chance that a line is right is sigma(a * log p(line) + b). Training on labelled
lines with binary cross-entropy moves the language model, a and b together. It starts from what the
language model knows about what follows from what, where a fresh classification head starts from
nothing; that a policy's likelihoods can be trained as process rewards is from Yuan et al. 2024
(arXiv 2412.01981).

More is learnt from the same labels, none of which costs one (`labelled`): approved solutions with a
character changed or cut short, whose last line is then wrong, and several solutions put one after
another, so that the critic has seen labels in texts as long as those of the problems that nobody
labels.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from superalign.errors import BadInput
from superalign.learners.labelled import (
    Compose,
    Labelled,
    compositions,
    cut_short,
    places,
    tamper,
)
from superalign.learners.losses import line_labels
from superalign.learners.optimise import Row, Schedule, epochs, optimise
from superalign.learners.rows import line_row
from superalign.ledger import atomic_folder
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.policies.step_scores import UNTRAINED
from superalign.progress import Progress
from superalign.records import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRewardTraining:
    """How to train the critic."""

    lr: float = 5e-4
    steps: int = 200
    tokens_per_batch: int = 6144
    tampered: int = 3
    """Tampered copies per approved solution."""
    composed: int = 0
    """Composed solutions per labelled one."""
    compose: Compose | None = None

    def train(
        self,
        policy: LocalPolicy,
        labelled: Sequence[Labelled],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the new checkpoint's folder.

        Raises:
            BadInput: If there is nothing to train on.
        """
        if not labelled:
            raise BadInput("the critic has no labelled solution to train on")
        shown = self.shown(labelled, random.Random(seed))
        settings = [UNTRAINED, self.lr, self.steps, self.tokens_per_batch, seed]
        content = [[x.seen, x.solution, x.steps] for x in shown]
        target = folder / f"critic-{digest(policy.id, settings, content)}"
        if target.is_dir():
            return target
        model = scaled(policy.folder)
        rows = rows_of(policy, shown)
        schedule = Schedule(lr=self.lr, steps=self.steps)
        optimise(model, epochs(rows, self.tokens_per_batch, seed), line_labels, schedule, progress)
        settled(model)
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    def shown(self, labelled: Sequence[Labelled], rng: random.Random) -> list[Labelled]:
        """Return the labelled, composed, cut-short and tampered solutions, all that is learnt."""
        whole = [*labelled, *self._composed(labelled, rng)]
        return [*whole, *(copy for item in whole for copy in self._spoilt(item, rng))]

    def _spoilt(self, item: Labelled, rng: random.Random) -> Iterator[Labelled]:
        """Yield copies of an approved solution whose last labelled line is made wrong."""
        if not (self.tampered and all(item.steps) and places(item.solution)):
            return
        if "\n" in item.solution:
            kept = cut_short(item.solution, rng)
            yield Labelled(item.seen, kept, (True,) * kept.count("\n") + (False,))
        for _ in range(self.tampered):
            changed, at = tamper(item.solution, rng)
            line = item.solution.count("\n", 0, at)
            yield Labelled(item.seen, changed, (True,) * line + (False,))

    def _composed(self, labelled: Sequence[Labelled], rng: random.Random) -> list[Labelled]:
        if self.compose is None:
            return []
        return compositions(labelled, self.compose, self.composed * len(labelled), rng)


def rows_of(policy: LocalPolicy, shown: Sequence[Labelled]) -> list[Row]:
    """Return labelled solutions as training rows."""
    return [line_row(policy, x.seen, x.solution, dict(enumerate(x.steps))) for x in shown]


def scaled(folder: Path) -> Any:
    """Return a checkpoint's language model with a slope and an offset to train beside it."""
    model = load_model(folder)
    scale = torch.nn.Parameter(torch.tensor(UNTRAINED, device=model.device))
    model.register_parameter("line_scale", scale)
    return model


def settled(model: Any) -> None:
    """Make it an ordinary language model again, slope and offset in its configuration."""
    model.config.line_scale = [float(x) for x in model.line_scale.detach()]
    del model.line_scale
