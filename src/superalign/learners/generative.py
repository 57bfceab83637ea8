"""Generative finetuning: a language model learns to write the texts it will later judge.

Burns et al. (2023), arXiv 2312.09390: the likelihood of everything, the better and
the worse reply alike, so no label enters. What is learnt here is of use to a head trained after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from superalign.learners.losses import next_token
from superalign.learners.optimise import Row, Schedule, epochs, optimise, trained
from superalign.policies.batching import by_length
from superalign.policies.features import Checkpoint
from superalign.policies.local import LocalPolicy
from superalign.records import digest

LR, TOKENS = 5e-4, 2048
"""Learning rate of the one epoch, and padded tokens of a batch."""


def written(start: Checkpoint, texts: Sequence[str], folder: Path, *, seed: int = 0) -> Checkpoint:
    """Return a causal language model after an epoch on every token of `texts`.

    It is kept in `folder`, by content.

    Raises:
        BadInput: If the checkpoint does not load.
    """
    rows = rows_of(start, texts)
    target = folder / digest("written", start.id, [*texts], seed)

    def train(model: Any) -> None:
        steps = len(by_length([len(r.tokens) for r in rows], TOKENS))
        schedule = Schedule(lr=LR, steps=steps, warmup=min(20, steps // 10))
        with torch.random.fork_rng():
            torch.manual_seed(seed)  # Of dropout, where a checkpoint has it.
            optimise(model, epochs(rows, TOKENS, seed), next_token, schedule)

    trained(LocalPolicy(start.folder), target, train)
    return start.at(target)


def rows_of(start: Checkpoint, texts: Sequence[str]) -> list[Row]:
    """Return a row for each text of more than one token; every token is learnt."""
    return [Row(tokens, tokens) for tokens in start.tokens(texts) if len(tokens) > 1]
