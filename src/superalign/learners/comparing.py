"""Teaches a language model to prefer one of two replies: as reward model, by DPO, or by SimPO.

The three learners of the weak-to-strong deception study (Yang et al., ICLR 2025, arXiv 2406.11431)
from one starting checkpoint and with one interface: problems and targets in, chances out. Gold
comes in as `Lessons.contradicted` alone, for the loss that rewards going against it. Shape
suffixes: N problems, B pairs, T positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from superalign.learners.losses import next_token, sequence_logprobs
from superalign.learners.optimise import IGNORED, Batch, Row, Schedule, epochs, optimise, pad
from superalign.learners.preference import paired_batches
from superalign.learners.preference_losses import dpo
from superalign.policies import rewards
from superalign.policies.batching import by_length
from superalign.policies.checkpoints import load_model
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import reply_tokens
from superalign.progress import Progress
from superalign.records import Message, Problem

Setting: TypeAlias = Literal["reward", "dpo", "simpo"]
Mean: TypeAlias = Literal["all", "contradicting"]
"""What the loss of a conflict is divided by: every pair of a batch, as in the published code, or
those alone that it bears on."""
LONGEST = 512
"""Tokens of a prompt with its reply, the last."""
TOKENS = 16384
"""Padded tokens that are judged at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """Everything that a model is taught.

    Weights |2p - 1| of a supervisor's chances p make it confidence-weighted preference optimisation
    (CW-PO, ICLR 2026).
    """

    problems: Sequence[Problem]
    """Each with two choices."""
    targets: NDArray[np.floating]
    """[N, 2], the chance of either choice being the better."""
    weights: NDArray[np.floating] | None = None
    """[N], what each pair counts while preferences are learnt; None means 1."""
    contradicted: Sequence[int] | None = None
    """By problem the truly better choice, which an extra loss rewards contradicting: the explicit
    conflict. None is no conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """How to teach. `SETTINGS` has one that suits the organisms for each setting.

    `reward` is a head on the last token, with soft targets. `dpo` and `simpo` take each pair's
    likelier side, learn to say it first, and then to prefer it: `dpo` beside the model that
    has learnt to say it, `simpo` by log-probabilities per token and with a margin.
    """

    setting: Setting
    lr: float
    epochs: int = 1
    pairs: int = 32
    """Pairs of a batch."""
    saying: float = 0.0
    """Learning rate of the epoch before in which the better reply is learnt; 0 is no such epoch."""
    beta: float = 1.0
    gamma: float = 0.0
    alpha: float = 0.5
    """Weight of the conflict's loss."""
    mean: Mean = "all"

    def train(
        self,
        start: LocalPolicy,
        lessons: Lessons,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Comparer:
        """Return a model taught from the weights of `start`; its weights stay in memory.

        Raises:
            ValueError: If there are no lessons.
        """
        if not lessons.problems:
            raise ValueError("a model is taught on pairs, and there are none")
        lessons = lessons if self.setting == "reward" else _hard(lessons)
        pairs = _gold_first(start, lessons)
        model = self._begun(start, pairs, seed, progress)
        reference = deepcopy(model).requires_grad_(False) if self.setting == "dpo" else None
        comparer = Comparer(start, self.setting, model, reference)
        conflict = lessons.contradicted is not None
        optimise(
            model,
            paired_batches(pairs, self.pairs, seed),
            lambda _, batch: self.loss(comparer.margins(batch), batch, conflict=conflict),
            self._schedule(self.lr, self.epochs, len(pairs)),
            progress,
        )
        return comparer

    def _begun(
        self,
        start: LocalPolicy,
        pairs: Sequence[tuple[Row, Row]],
        seed: int,
        progress: Progress | None,
    ) -> Any:
        """Return the weights before preferences are learnt."""
        if self.setting == "reward":
            model = rewards.load(start.folder, "scalar")
            torch.nn.init.zeros_(model.score.weight)
            return model
        model = load_model(start.folder)
        if self.saying:
            likelier = [pair[0] if pair[0].flipped < 0.5 else pair[1] for pair in pairs]
            said = [replace(row, weight=1.0) for row in likelier]
            tokens = self.pairs * max(len(r.tokens) for r in said)
            schedule = self._schedule(self.saying, 1, len(said))
            optimise(model, epochs(said, tokens, seed), next_token, schedule, progress)
        return model

    def _schedule(self, lr: float, times: int, n: int) -> Schedule:
        steps = times * math.ceil(n / self.pairs)
        return Schedule(lr=lr, steps=steps, warmup=min(20, steps // 10))

    def loss(self, margins_B: Tensor, batch: Batch, *, conflict: bool) -> Tensor:
        """Return the mean over a batch of weight times loss, from margins, first side less second.

        Under a conflict the first side is the truly better one, and a pair whose margin says
        otherwise is rewarded for that.
        """
        flipped_B = batch.flipped_B[: len(margins_B)]
        found_B = (1 - flipped_B) * self._away(margins_B) + flipped_B * self._away(-margins_B)
        found_B = batch.weights_B[: len(margins_B)] * found_B
        if not conflict:
            return found_B.mean()
        wrong_B = margins_B.detach() < 0
        against_B = torch.where(wrong_B, self._away(-margins_B), 0.0)
        n = len(margins_B) if self.mean == "all" else max(1, int(wrong_B.sum()))
        return found_B.mean() + self.alpha * against_B.sum() / n

    def _away(self, margins_B: Tensor) -> Tensor:
        """Return -log sigma(beta margin - gamma), which falls as the first side is preferred."""
        return dpo(self.beta * margins_B - self.gamma)


SETTINGS: dict[Setting, Comparing] = {
    "reward": Comparing(setting="reward", lr=3e-3),
    "dpo": Comparing(setting="dpo", lr=1e-3, epochs=3, saying=5e-4, beta=0.1),
    "simpo": Comparing(setting="simpo", lr=1e-3, saying=5e-4, beta=2.0, gamma=1.0),
}
"""Epochs, beta and gamma as published; learning rates are larger, as small models need."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparer:
    """A model that says which of two replies is the better."""

    start: LocalPolicy
    setting: Setting
    model: Any
    reference: Any = None
    """What `dpo` started from."""

    def chances(self, problems: Sequence[Problem]) -> NDArray[np.float64]:
        """Return the chance of either choice being the better, [N, 2].

        It is sigma of the margin: of rewards, of log-probabilities less the reference's (`dpo`),
        or of log-probabilities per token (`simpo`), not scaled by beta, as published.
        """
        rows = [row for p in problems for row in _rows(self.start, p, 0.0)]
        scores = np.zeros(len(rows))
        for at in by_length([len(r.tokens) for r in rows], TOKENS):
            with torch.inference_mode():
                scores[at] = self.scores(pad([rows[i] for i in at], self.model.device)).cpu()
        first = 1 / (1 + np.exp(np.clip(scores[1::2] - scores[0::2], -50, 50)))
        return np.stack([first, 1 - first], 1)

    def margins(self, batch: Batch) -> Tensor:
        """Return score of first less second side, [B]; all first sides come before the second."""
        first_B, second_B = self.scores(batch).chunk(2)
        return first_B - second_B

    def scores(self, batch: Batch) -> Tensor:
        """Return what each reply is worth."""
        if self.setting == "reward":
            lengths_B = batch.mask_BT.sum(1)
            return rewards.rewards(self.model, "scalar", batch.tokens_BT, lengths_B, lengths_B)
        said_B = sequence_logprobs(self.model, batch)
        if self.setting == "simpo":
            return said_B / (batch.targets_BT[:, 1:] != IGNORED).sum(1)
        with torch.no_grad():
            before_B = sequence_logprobs(self.reference, batch)
        return said_B - before_B


def _hard(lessons: Lessons) -> Lessons:
    return replace(lessons, targets=np.eye(2)[np.asarray(lessons.targets).argmax(1)])


def _gold_first(start: LocalPolicy, lessons: Lessons) -> list[tuple[Row, Row]]:
    """Return the sides of each pair: in the problem's order, under a conflict the better first."""
    n = len(lessons.problems)
    turned = lessons.contradicted or [0] * n
    weights = np.ones(n) if lessons.weights is None else lessons.weights
    found = []
    for problem, target, better, weight in zip(
        lessons.problems, lessons.targets, turned, weights, strict=True
    ):
        rows = _rows(start, problem, float(1 - target[better]), float(weight))
        found.append((rows[better], rows[1 - better]))
    return found


def _rows(start: LocalPolicy, problem: Problem, flipped: float, weight: float = 1.0) -> list[Row]:
    """Return a row for each choice, cut on the left; `flipped` is the chance of the second side."""
    prompt = start.encode([Message(role="user", text=problem.prompt)])
    rows = []
    for choice in problem.choices:
        said = [*reply_tokens(start.tokenizer, choice), start.tokenizer.eos_token_id]
        targets = [IGNORED] * len(prompt) + said
        rows.append(Row([*prompt, *said][-LONGEST:], targets[-LONGEST:], weight, flipped))
    return rows
