"""Supervised finetuning on accepted moves: rejection sampling; repeated, expert iteration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.learners.finetuning import adapted
from superalign.learners.losses import next_token
from superalign.learners.optimise import Schedule, epochs, optimise, trained
from superalign.learners.rows import named, reply_row
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Example, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sft:
    """Makes every example with a positive weight likelier, in proportion to its weight."""

    folder: Path
    """Where new checkpoints go."""
    lr: float = 5e-4
    steps: int = 150
    tokens_per_batch: int = 6144
    lora: int = 0
    """Rank of the adapters that learn in place of the weights, into which they are then merged; 0
    trains the weights themselves."""
    progress: Progress | None = None

    def improve(
        self, policy: LocalPolicy, examples: Sequence[Example], *, seed: int = 0
    ) -> LocalPolicy:
        """Return a policy finetuned on the positive examples; without any, `policy` itself.

        Raises:
            BadInput: If adapters are asked for and peft is not installed.
        """
        good = [e for e in examples if e.weight > 0]
        if not good:
            return policy
        settings: list[float] = [self.lr, self.steps, self.tokens_per_batch, seed]
        if self.lora:
            settings.append(self.lora)
        target = self.folder / digest("sft", policy.id, settings, named(good))

        def train(model: Any) -> None:
            rows = [reply_row(policy, e.move, e.weight) for e in good]
            schedule = Schedule(lr=self.lr, steps=self.steps)
            batches = epochs(rows, self.tokens_per_batch, seed)
            adapters = adapted(model, self.lora, seed) if self.lora else None
            optimise(model, batches, next_token, schedule, self.progress)
            if adapters is not None:
                adapters.merge_and_unload()

        return trained(policy, target, train)
