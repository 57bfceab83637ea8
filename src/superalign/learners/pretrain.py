"""Pretrains an organism from scratch on the corpus of its world."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from superalign.learners.losses import next_token
from superalign.learners.optimise import IGNORED, Row, Schedule, cut, optimise
from superalign.learners.worlds import WORLDS, World
from superalign.policies.checkpoints import save
from superalign.policies.organisms import SHAPES, new_model, world_of
from superalign.policies.steps import reply_tokens
from superalign.progress import Progress

TOKENS_PER_BATCH = 4096
POOL = 512
"""Documents drawn at a time, then cut into batches of like length."""


def pretrain(
    name: str, folder: Path, *, seed: int, progress: Progress, tokens: float | None = None
) -> dict[str, Any]:
    """Pretrain the organism `name` and write its checkpoint; return what the card says of it.

    `tokens` replaces the organism's own budget.
    """
    shape = SHAPES[name]
    world = WORLDS[world_of(name)]
    tokenizer = world.new_tokenizer()
    model = new_model(shape, len(tokenizer), seed=seed)
    corpus = _Corpus(world, tokenizer, seed)
    steps = max(1, int((tokens or shape.tokens) // corpus.tokens_per_step()))
    schedule = Schedule(lr=shape.lr, steps=steps, warmup=100, weight_decay=0.05)
    with progress.stage(f"pretrain {name}", steps):
        losses = optimise(model, corpus.batches(), next_token, schedule, progress)
    half = model.half()
    save(half, tokenizer, folder)
    return {
        "organism": name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": seed,
        "tokens": corpus.shown,
        "documents": corpus.documents,
        "loss": {"first": losses[0], "last": sum(losses[-50:]) / len(losses[-50:])},
    }


class _Corpus:
    """The documents of a world as batches."""

    def __init__(self, world: World, tokenizer: Any, seed: int) -> None:
        self.world, self.tokenizer = world, tokenizer
        self.rng = random.Random(seed)
        self.shown = 0
        self.documents = 0

    def tokens_per_step(self) -> float:
        """Estimate the tokens of one batch, padding left out."""
        rng = random.Random(0)
        rows = [self._row(*text) for text in self.world.typical(rng, POOL)]
        return sum(len(r.tokens) for r in rows) / len(cut(rows, TOKENS_PER_BATCH, rng))

    def batches(self) -> Iterator[list[Row]]:
        """Yield batches without end."""
        while True:
            rows = [self._row(*text) for text in self.world.draw(self.rng, POOL, self.shown)]
            for batch in cut(rows, TOKENS_PER_BATCH, self.rng):
                self.shown += sum(len(r.tokens) for r in batch)
                self.documents += len(batch)
                yield batch

    def _row(self, read: str, written: str) -> Row:
        prompt = [self.tokenizer.bos_token_id, *reply_tokens(self.tokenizer, read)]
        said = [*reply_tokens(self.tokenizer, written), self.tokenizer.eos_token_id]
        return Row([*prompt, *said], [IGNORED] * len(prompt) + said)
