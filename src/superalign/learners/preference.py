"""Preference optimisation on ranked pairs, with the policy it starts from as reference."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from superalign.learners import preference_losses as losses
from superalign.learners.losses import sequence_logprobs
from superalign.learners.optimise import IGNORED, Batch, Row, Schedule, optimise, trained
from superalign.learners.rows import named, reply_row
from superalign.policies.checkpoints import load_model
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Example, Message, digest

Loss = Literal["dpo", "cdpo", "rdpo", "ipo", "ropo", "rpo_em", "simpo"]
NOISY: tuple[Loss, ...] = ("cdpo", "rdpo", "rpo_em", "ropo")
"""The losses for pairs that may be the wrong way round; all but `ropo` read how likely that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Widens the margin between chosen and rejected replies to the same prompt.

    The losses are those of `preference_losses`. Each pair brings its own `Example.flipped`, the
    chance that it is the wrong way round as measured of the critic that ranked it (the larger of
    its two examples'), and its own weight, the smaller of their sizes. An anchor on the chosen
    reply's likelihood keeps it from falling with the rejected one's.
    """

    folder: Path
    """Where new checkpoints go."""
    lr: float = 1e-4
    steps: int = 100
    pairs_per_batch: int = 32
    loss: Loss = "dpo"
    beta: float = 0.1
    """Scale of the margin; the tau of `ipo`."""
    alpha: float = 14.0
    """Of `ropo`."""
    gamma: float = 1.0
    """Margin that `simpo` asks for."""
    per_token: bool = False
    """Whether `ipo` takes means per token."""
    anchor: float = 0.2
    """Weight of the chosen reply's negative log-likelihood per token."""
    progress: Progress | None = None

    def improve(
        self, policy: LocalPolicy, examples: Sequence[Example], *, seed: int = 0
    ) -> LocalPolicy:
        """Return a policy trained on the pairs among `examples`; without any, `policy` itself."""
        found = pairs(examples)
        if not found:
            return policy
        if self.loss not in NOISY and any(e.flipped for pair in found for e in pair):
            raise ValueError(f"loss {self.loss!r} would ignore the noise measured of these pairs")
        settings = [self.lr, self.steps, self.pairs_per_batch, self.loss, self.beta, self.alpha]
        settings += [self.gamma, self.per_token, self.anchor, seed]
        said = [named(pair) for pair in found]
        target = self.folder / digest("preference", policy.id, settings, said)

        def train(model: Any) -> None:
            rows = [(_row(policy, w, x), _row(policy, x, w)) for w, x in found]
            loss = _Loss(self, load_model(policy.folder))
            batches = paired_batches(rows, self.pairs_per_batch, seed)
            optimise(model, batches, loss, Schedule(lr=self.lr, steps=self.steps), self.progress)

        return trained(policy, target, train)


def pairs(examples: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Return (chosen, rejected) pairs: a positive and a negative example that saw the same.

    The first positive is paired with the first negative of what was seen, and so on; what is left
    over has no partner and is left out.
    """
    sides: dict[tuple[Message, ...], tuple[list[Example], list[Example]]] = {}
    for example in examples:
        chosen, rejected = sides.setdefault(example.move.seen, ([], []))
        (chosen if example.weight > 0 else rejected).append(example)
    return [pair for w, x in sides.values() for pair in zip(w, x, strict=False)]


def _row(policy: LocalPolicy, example: Example, partner: Example) -> Row:
    weight = min(abs(example.weight), abs(partner.weight))
    return reply_row(policy, example.move, weight, max(example.flipped, partner.flipped))


def paired_batches(rows: Sequence[tuple[Row, Row]], n: int, seed: int) -> Iterator[list[Row]]:
    """Yield batches without end: `n` chosen rows, then their rejected ones."""
    rng = random.Random(seed)
    while True:
        order = rng.sample(list(rows), len(rows))
        for start in range(0, len(order), n):
            batch = order[start : start + n]
            yield [w for w, _ in batch] + [x for _, x in batch]


@dataclass(frozen=True, slots=True)
class _Loss:
    settings: Preference
    reference: Any

    def __call__(self, model: Any, batch: Batch) -> Tensor:
        now_B = sequence_logprobs(model, batch)
        with torch.no_grad():
            was_B = sequence_logprobs(self.reference, batch)
        tokens_B = (batch.targets_BT[:, 1:] != IGNORED).sum(1)
        half = len(now_B) // 2
        weights_B = batch.weights_B[:half]
        ranked_B = self._ranked(now_B, was_B, tokens_B, batch.flipped_B[:half])
        held_B = losses.anchor(now_B[:half], tokens_B[:half])
        return (weights_B * (ranked_B + self.settings.anchor * held_B)).sum() / weights_B.sum()

    def _ranked(self, now_B: Tensor, was_B: Tensor, tokens_B: Tensor, eps_B: Tensor) -> Tensor:
        """Return the loss of each pair; the first half of the rows is chosen."""
        s = self.settings
        (chosen_B, rejected_B), lengths = (now_B - was_B).chunk(2), tokens_B.chunk(2)
        h_B = s.beta * (chosen_B - rejected_B)
        if s.loss == "ipo":
            tokens = (lengths[0], lengths[1]) if s.per_token else None
            return losses.ipo(chosen_B, rejected_B, s.beta, tokens=tokens)
        if s.loss == "simpo":
            return losses.simpo(*(now_B / tokens_B).chunk(2), beta=s.beta, gamma=s.gamma)
        if s.loss == "rpo_em":
            return losses.rpo_em(h_B, 1 - eps_B)
        if s.loss == "ropo":
            return losses.ropo(h_B, s.alpha)
        noisy = {"cdpo": losses.cdpo, "rdpo": losses.rdpo}.get(s.loss)
        return noisy(h_B, eps_B) if noisy else losses.dpo(h_B)
