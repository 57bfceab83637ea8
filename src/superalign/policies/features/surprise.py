"""A causal language model as a body that tells how surprised it is, token by token.

Whether a solution is right shows less in what a small model's state holds than in how likely it
finds each token (decision 0009). A text may begin with what the model never learnt to write, for
instance a question; only the end that it could have written itself is read.
Shape suffixes: B rows, T positions, V tokens; N texts, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from superalign.policies.checkpoints import load_model
from superalign.policies.features.body import Vectors
from superalign.policies.features.checkpoint import TOKENS_PER_BATCH, Checkpoint, cut
from superalign.records import digest

KEPT = 12
"""How many of the largest surprises a vector holds."""
USUAL = 1.0
"""Nats a token may surprise on average in what counts as the model's own kind of text."""
MOST = 12.0
"""Nats at which a surprise is cut off."""
PREFIX = "surprise-"


class Surprise:
    """The largest surprises of a text's end, from large to small, then their mean and their sum."""

    def __init__(self, checkpoint: str) -> None:
        self.source = Checkpoint(checkpoint)
        self.name = PREFIX + self.source.name
        self.width = KEPT + 2

    @property
    def id(self) -> str:
        """Names checkpoint and what is read off it."""
        return digest("surprise", self.source.id, KEPT, USUAL, MOST)

    @property
    def parameters(self) -> int:
        """Those of the checkpoint."""
        return self.source.parameters

    @cached_property
    def model(self) -> Any:
        """The weights with the head that predicts tokens."""
        return load_model(self.source.folder)

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        rows = self.source.tokens(texts)
        found = np.zeros((len(rows), self.width), np.float32)
        for at in cut([len(r) for r in rows], TOKENS_PER_BATCH):
            for i, said in zip(at, surprises(self.model, [rows[i] for i in at]), strict=True):
                found[i] = _summed(said[own_from(said) :])
        return found


def surprises(model: Any, rows: Sequence[Sequence[int]]) -> list[NDArray[np.float64]]:
    """Return -log p of every token but the first of each row, in nats."""
    import torch

    longest = max(map(len, rows))
    filled = [[*row, *[0] * (longest - len(row))] for row in rows]
    ids_BT = torch.tensor(filled, device=model.device)
    with torch.inference_mode():
        logits_BTV = model(input_ids=ids_BT).logits[:, :-1].float()
        said_BT = -logits_BTV.log_softmax(-1).gather(2, ids_BT[:, 1:, None]).squeeze(2)
    found = said_BT.double().cpu().numpy()
    return [found[i, : len(row) - 1] for i, row in enumerate(rows)]


def own_from(surprise: NDArray[np.float64]) -> int:
    """Return where the end begins that the model could have written itself.

    It is the end in which the tokens surprise by the most nats less than usual, all in all; with
    none such it is the last token.
    """
    gain = np.cumsum((USUAL - np.minimum(surprise, MOST))[::-1])
    return len(surprise) - 1 - int(gain.argmax()) if len(gain) else 0


def _summed(surprise: NDArray[np.float64]) -> Vectors:
    found = np.zeros(KEPT + 2, np.float32)
    if len(surprise):
        bounded = np.sort(np.minimum(surprise, MOST))[::-1]
        found[: min(KEPT, len(bounded))] = bounded[:KEPT]
        found[KEPT:] = bounded.mean(), bounded.sum()
    return found
