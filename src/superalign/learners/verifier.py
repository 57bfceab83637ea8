"""Trains a verifier on solutions that are known to be right or wrong, problem by problem.

Kirchner et al. 2024 (arXiv 2407.13692), section 3: over the pairs of one problem that differ in
correctness the mean of -log sigma(V(right) - V(wrong)), plus lambda times the mean of V squared,
which puts the middle of V at zero. V is a + b times the mean log-probability of the solution's
tokens (decision 0009). Shape suffixes: B rows, T positions, R right and W wrong rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from superalign.errors import BadInput
from superalign.learners.optimise import IGNORED, Batch, Row, Schedule, optimise
from superalign.learners.reward import SLOPE
from superalign.ledger import atomic_folder
from superalign.policies import rewards
from superalign.policies.checkpoints import save
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import reply_tokens
from superalign.progress import Progress
from superalign.records import Message, digest

START = (SLOPE, 1.0)
"""Slope and offset before training: an ordinary token costs about 0.1, so V starts near zero."""


@dataclass(frozen=True, slots=True)
class Solutions:
    """What the verifier learns of one problem."""

    seen: tuple[Message, ...]
    """The problem, as the verifier sees it."""
    right: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierTraining:
    """How to train a verifier."""

    lr: float = 5e-4
    steps: int = 200
    problems: int = 16
    """Problems a step."""
    squared: float = 0.005
    """lambda, the weight of the mean of V squared (arXiv 2602.23248 has this one)."""

    def train(
        self,
        policy: LocalPolicy,
        shown: Sequence[Solutions],
        folder: Path,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Train from the weights of `policy`; return the folder of a reward checkpoint.

        Raises:
            BadInput: If no problem has a right and a wrong solution.
        """
        usable = [s for s in shown if s.right and s.wrong]
        if not usable:
            raise BadInput(
                f"of {len(shown)} problems none has a right and a wrong solution, and a verifier "
                "learns from both: take more 'samples', or another 'prover'"
            )
        settings = [self.lr, self.steps, self.problems, self.squared, seed]
        content = [[s.seen, s.right, s.wrong] for s in usable]
        target = folder / f"verifier-{digest(policy.id, settings, content)}"
        if target.is_dir():
            return target
        model = rewards.load(policy.folder, "likelihood")
        scale = torch.nn.Parameter(torch.tensor(START, device=model.device))
        model.register_parameter("reward_scale", scale)
        groups = [_rows(policy, s) for s in usable]
        schedule = Schedule(lr=self.lr, steps=self.steps)
        optimise(model, _batches(groups, self.problems, seed), self._loss, schedule, progress)
        slope, offset = (float(x) for x in model.reward_scale.detach())
        del model.reward_scale
        model.config.reward = {"form": "likelihood", "slope": slope, "offset": offset}
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
        return target

    def _loss(self, model: Any, batch: Batch) -> Tensor:
        lengths_B = batch.mask_BT.sum(1)
        starts_B = (batch.targets_BT < 0).long().cumprod(1).sum(1)
        values_B = rewards.rewards(model, "likelihood", batch.tokens_BT, starts_B, lengths_B)
        slope, offset = model.reward_scale
        return verifier_loss(slope * values_B + offset, batch.weights_B, self.squared)


def verifier_loss(values_B: Tensor, marks_B: Tensor, squared: float) -> Tensor:
    """Return the loss of values V; a row's mark is its problem's number, negative where wrong.

    Every problem weighs the same, however many pairs it has.
    """
    found = []
    for problem in marks_B.abs().unique():
        right_R, wrong_W = values_B[marks_B == problem], values_B[marks_B == -problem]
        found.append(-F.logsigmoid(right_R[:, None] - wrong_W[None]).mean())
    return torch.stack(found).mean() + squared * values_B.square().mean()


def _batches(groups: Sequence[list[Row]], n: int, seed: int) -> Iterator[list[Row]]:
    """Yield the rows of `n` problems at a time, without end; marks count from 1 in each batch."""
    rng = random.Random(seed)
    while True:
        order = rng.sample(list(groups), len(groups))
        for start in range(0, len(order), n):
            numbered = enumerate(order[start : start + n], 1)
            yield [Row(r.tokens, r.targets, i * r.weight) for i, group in numbered for r in group]


def _rows(policy: LocalPolicy, shown: Solutions) -> list[Row]:
    """Return the rows of one problem, weight 1 if right and -1 if wrong."""
    prompt = policy.encode(shown.seen)
    rows = []
    for text, mark in [*((t, 1.0) for t in shown.right), *((t, -1.0) for t in shown.wrong)]:
        said = [*reply_tokens(policy.tokenizer, text), policy.tokenizer.eos_token_id]
        rows.append(Row([*prompt, *said], [IGNORED] * len(prompt) + said, mark))
    return rows
