"""Direct preference optimisation on ranked pairs, with the policy it starts from as reference."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from superalign.learners.losses import preference, sequence_logprobs
from superalign.learners.optimise import Batch, Row, Schedule, optimise
from superalign.learners.rows import reply_row
from superalign.ledger import atomic_folder
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Example, Message, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Widens the margin between chosen and rejected replies to the same prompt.

    Rafailov et al. 2023, arXiv 2305.18290. `flipped` is the chance that a pair is the wrong way
    round, as measured of the critic that ranked it. An anchor on the chosen reply's likelihood
    keeps it from falling with the rejected one's.
    """

    folder: Path
    """Where new checkpoints go."""
    lr: float = 1e-4
    steps: int = 100
    pairs_per_batch: int = 32
    beta: float = 0.1
    flipped: float = 0.0
    robust: bool = False
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
        settings = [self.lr, self.steps, self.pairs_per_batch, self.beta, self.flipped]
        settings += [self.robust, self.anchor, seed]
        said = [[w.problem, w.move.reply.text, x.move.reply.text] for w, x in found]
        target = self.folder / digest("preference", policy.id, settings, said)
        if not target.is_dir():
            model = load_model(policy.folder)
            rows = [(reply_row(policy, w.move), reply_row(policy, x.move)) for w, x in found]
            loss = _Loss(self, load_model(policy.folder))
            batches = paired_batches(rows, self.pairs_per_batch, seed)
            optimise(model, batches, loss, Schedule(lr=self.lr, steps=self.steps), self.progress)
            with atomic_folder(target) as place:
                save(model, policy.tokenizer, place)
        return policy.at(target)


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
        ratio_B = now_B - was_B
        half = len(ratio_B) // 2
        s = self.settings
        ranked = preference(
            ratio_B[:half] - ratio_B[half:], beta=s.beta, flipped=s.flipped, robust=s.robust
        )
        tokens = (batch.targets_BT[:half, 1:] >= 0).sum()
        return ranked - s.anchor * now_B[:half].sum() / tokens
