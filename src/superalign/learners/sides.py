"""Trains a judge of two sides by the likelihood of what each says, against soft labels.

The logit of the first side is slope * (log p(what it said) - log p(what the other said)), so it is
antisymmetric: whoever changes places changes the chances and nothing else. A side that is heard
alone is held against a threshold, which is learnt. It starts from what the language model finds
likely, where a fresh head starts from nothing (decision 0009). The losses are those of students of
a weaker teacher (`learners/confidence_losses.py`). Shape suffixes: N cases, B cases of a batch, T
tokens, C sides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from superalign.learners.confidence_losses import loss
from superalign.learners.losses import sequence_logprobs
from superalign.learners.optimise import IGNORED, Row, Schedule, pad
from superalign.learners.process_reward import scaled
from superalign.policies.batching import by_length
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import reply_tokens
from superalign.progress import Progress
from superalign.records import Message, seed_of

Chances: TypeAlias = NDArray[np.float64]
"""[N, 2]: that the first side is right, and that the second is."""
SETTLED = 32
"""Cases that are weighed at once before training."""
TOKENS = 8192
"""Padded tokens that are judged at once."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says, and what it is said to."""

    seen: str
    said: str


@dataclass(frozen=True, slots=True)
class Case:
    """Two sides of a question; without a second one the first is held against a threshold."""

    first: Side
    second: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SidesTraining:
    """How to train: AdamW on batches drawn at random, since some losses compare within a batch."""

    loss: str = "xent"
    lr: float = 5e-4
    steps: int = 100
    cases: int = 16
    """Cases of a batch."""

    def train(
        self,
        start: LocalPolicy,
        cases: Sequence[Case],
        targets: Chances,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Judge:
        """Return a judge taught from the weights of `start`; its weights stay in memory.

        Raises:
            ValueError: If there are no cases, or not as many targets.
        """
        if not cases or len(cases) != len(targets):
            raise ValueError(f"{len(cases)} cases for {len(targets)} targets")
        judge = Judge(start, scaled(start.folder))
        judge.settle(cases)
        weak_NC = torch.tensor(targets, dtype=torch.float32, device=judge.model.device)
        made, rng = loss(self.loss), random.Random(seed_of("order of cases", seed))
        schedule = Schedule(lr=self.lr, steps=self.steps, warmup=min(20, self.steps // 10))
        optimiser = torch.optim.AdamW(judge.model.parameters(), lr=self.lr, weight_decay=0.0)
        judge.model.train()
        order: list[int] = []
        for step in range(self.steps):
            while len(order) < self.cases:
                order += rng.sample(range(len(cases)), len(cases))
            at, order = order[: self.cases], order[self.cases :]
            for group in optimiser.param_groups:
                group["lr"] = schedule.at(step)
            logits_BC = judge.logits([cases[i] for i in at])
            made(logits_BC, weak_NC[at], step / self.steps).mean().backward()
            torch.nn.utils.clip_grad_norm_(judge.model.parameters(), schedule.clip)
            optimiser.step()
            optimiser.zero_grad()
            (progress or Progress()).advance()
        judge.model.eval()
        return judge


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """A language model that weighs sides, with a slope and a threshold of its own."""

    start: LocalPolicy
    model: Any

    def settle(self, cases: Sequence[Case]) -> None:
        """Set slope and threshold such that logits of `cases` have spread 1, and mean 0 if alone.

        Sums of log-probabilities grow with length; without this a judge begins certain of much, and
        hardly moves the threshold.
        """
        scale = self.model.line_scale
        with torch.no_grad():
            scale.copy_(torch.tensor([1.0, 0.0]))
            parts = [cases[i : i + SETTLED] for i in range(0, len(cases), SETTLED)]
            margins_N = torch.cat([2 * self.logits(part)[:, 0] for part in parts])
            slope = 1 / margins_N.std(correction=0).clamp(min=1.0)
            scale.copy_(torch.stack([slope, -slope * margins_N.mean()]))

    def logits(self, cases: Sequence[Case]) -> Tensor:
        """Return logits [B, C]; only their difference means anything."""
        rows = [self._row(s) for c in cases for s in (c.first, c.second) if s is not None]
        slope, offset = self.model.line_scale
        scores = iter(slope * sequence_logprobs(self.model, pad(rows, self.model.device)))
        margins_B = torch.stack(
            [
                next(scores) + offset if c.second is None else next(scores) - next(scores)
                for c in cases
            ]
        )
        return torch.stack([margins_B / 2, -margins_B / 2], -1)

    def chances(self, cases: Sequence[Case]) -> Chances:
        """Return the chance that each side is right, [N, 2]."""
        lengths = [max(map(self._length, filter(None, (c.first, c.second)))) for c in cases]
        found = np.zeros((len(cases), 2))
        with torch.inference_mode():
            for at in by_length([2 * n for n in lengths], TOKENS):
                found[at] = self.logits([cases[i] for i in at]).softmax(-1).double().cpu().numpy()
        return found

    @staticmethod
    def _length(side: Side) -> int:
        return len(side.seen) + len(side.said)

    def _row(self, side: Side) -> Row:
        prompt = self.start.encode([Message(role="user", text=side.seen)])
        said = [*reply_tokens(self.start.tokenizer, side.said), self.start.tokenizer.eos_token_id]
        return Row([*prompt, *said], [IGNORED] * len(prompt) + said)
