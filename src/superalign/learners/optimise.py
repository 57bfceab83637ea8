"""The one training loop: rows in, batches of like length, AdamW, a warm-up and a decay.

Why not a trainer library: it is no slower a step at real batch sizes, but brings dependencies and
defaults that do not fit here, and knows no step labels; the measurements are in
`docs/decisions/0006-own-training-loop.md`. Shape suffixes: B rows, T positions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from superalign.ledger import atomic_folder
from superalign.policies.batching import by_length
from superalign.policies.checkpoints import load_model, save
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress

IGNORED = -100
"""Target of a position that is not learnt from."""


@dataclass(frozen=True, slots=True)
class Row:
    """One training sequence: tokens, a target per token (or `IGNORED`), and a weight."""

    tokens: Sequence[int]
    targets: Sequence[int]
    weight: float = 1.0
    flipped: float = 0.0
    """Chance that its label is the wrong way round."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded on the right; padding is masked and its targets are `IGNORED`."""

    tokens_BT: Tensor
    mask_BT: Tensor
    targets_BT: Tensor
    weights_B: Tensor
    flipped_B: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast to learn."""

    lr: float
    steps: int
    warmup: int = 20
    floor: float = 0.02
    """Share of `lr` left at the last step."""
    weight_decay: float = 0.0
    clip: float = 1.0

    def at(self, step: int) -> float:
        """Return the learning rate of a step: linear warm-up, cosine decay to the floor."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        return self.lr * (self.floor + (1 - self.floor) * cosine)


def trained(policy: LocalPolicy, target: Path, train: Callable[[Any], None]) -> LocalPolicy:
    """Return the policy with the weights in `target`, which its name says all about.

    Where they are not there yet, `train` changes a copy of the policy's own in place.
    """
    if not target.is_dir():
        model = load_model(policy.folder)
        train(model)
        with atomic_folder(target) as place:
            save(model, policy.tokenizer, place)
    return policy.at(target)


def cut(rows: Sequence[Row], tokens: int, rng: random.Random) -> list[list[Row]]:
    """Cut rows into batches of at most `tokens` padded tokens, alike in length, in random order."""
    shuffled = rng.sample(list(rows), len(rows))
    lengths = [len(r.tokens) for r in shuffled]
    batches = [[shuffled[i] for i in batch] for batch in by_length(lengths, tokens)]
    rng.shuffle(batches)
    return batches


def epochs(rows: Sequence[Row], tokens: int, seed: int) -> Iterator[list[Row]]:
    """Yield batches without end, shuffled anew each time round."""
    rng = random.Random(seed)
    while rows:
        yield from cut(rows, tokens, rng)


def mixed(rows: Sequence[Row], n: int, seed: int) -> Iterator[list[Row]]:
    """Yield batches of `n` rows of any lengths without end; a row comes again when all have come.

    A loss that pushes rows up and down needs them: rows of one length are mostly right or mostly
    wrong, and a step on wrong ones alone makes everything less likely.
    """
    rng = random.Random(seed)
    order: list[Row] = []
    while rows:
        while len(order) < n:
            order += rng.sample(list(rows), len(rows))
        yield order[:n]
        order = order[n:]


@dataclass(frozen=True, slots=True)
class Parts:
    """Cuts the batch of a step into parts alike in length, whose gradients are summed."""

    tokens: int
    """The most padded tokens in a part."""
    size: Callable[[Sequence[Row]], int]
    """What the loss is a mean over."""

    def __call__(self, rows: Sequence[Row]) -> list[tuple[list[Row], float]]:
        """Return the parts, each with its share of the mean."""
        parts = by_length([len(r.tokens) for r in rows], self.tokens)
        found = [[rows[i] for i in part] for part in parts]
        whole = self.size(rows)
        return [(part, self.size(part) / whole) for part in found]


def learnt(rows: Sequence[Row]) -> int:
    """Return the number of tokens that are learnt."""
    return sum(t != IGNORED for r in rows for t in r.targets)


def pad(rows: Sequence[Row], device: Any = "cpu") -> Batch:
    """Return rows as tensors."""
    longest = max(len(r.tokens) for r in rows)

    def filled(values: Callable[[Row], Sequence[float]], fill: float) -> Tensor:
        lists = [[*values(r), *[fill] * (longest - len(r.tokens))] for r in rows]
        return torch.tensor(lists, device=device)

    return Batch(
        filled(lambda r: r.tokens, 0),
        filled(lambda r: [1] * len(r.tokens), 0),
        filled(lambda r: r.targets, IGNORED),
        torch.tensor([r.weight for r in rows], device=device),
        torch.tensor([r.flipped for r in rows], device=device),
    )


def optimise(
    model: Any,
    batches: Iterable[list[Row]],
    loss: Callable[[Any, Batch], Tensor],
    schedule: Schedule,
    progress: Progress | None = None,
    *,
    parts: Parts | None = None,
) -> list[float]:
    """Take `schedule.steps` steps on `model` in place; return the loss of each."""
    progress = progress or Progress()
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.lr, betas=(0.9, 0.98), weight_decay=schedule.weight_decay
    )
    losses: list[float] = []
    model.train()
    for step, rows in zip(range(schedule.steps), batches, strict=False):
        for group in optimiser.param_groups:
            group["lr"] = schedule.at(step)
        total = 0.0
        for part, share in parts(rows) if parts else [(rows, 1.0)]:
            value = loss(model, pad(part, model.device)) * share
            value.backward()
            total += value.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(total)
        progress.advance()
    model.eval()
    return losses
