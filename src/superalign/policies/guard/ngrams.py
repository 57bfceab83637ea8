"""The classifier that needs nothing downloaded: a linear model over character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.policies.guard.classifier import Scores
from superalign.records import digest

NGRAMS = (3, 5)
"""Lengths of the character n-grams, inside words and with their edges."""
BUCKETS = 2**17
INVERSE_PENALTY = 10.0


@dataclass(frozen=True, eq=False)
class Ngrams:
    """A linear model over hashed character n-grams, weighted by how rare they are.

    `weights` and `rarity` have one entry a bucket. The empty model scores everything 0.
    """

    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    bias: float

    @classmethod
    def empty(cls) -> Ngrams:
        """Return the model before training."""
        return cls(np.zeros(BUCKETS, np.float32), np.ones(BUCKETS, np.float32), 0.0)

    @cached_property
    def id(self) -> str:
        """Names the weights by content."""
        name = blake2b(self.weights.tobytes() + self.rarity.tobytes(), digest_size=8)
        return digest("ngrams", name.hexdigest(), self.bias)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        harmful: Sequence[bool],
        weights: Sequence[float],
        *,
        rarity: NDArray[np.float32] | None = None,
    ) -> Ngrams:
        """Fit a logistic regression from scratch; both labels weigh the same in total.

        `rarity` is counted in `texts` if None; models that are to be mixed must share theirs.
        """
        from sklearn.linear_model import LogisticRegression

        found = _counts(texts)
        if rarity is None:
            seen = np.bincount(found.indices, minlength=BUCKETS)
            rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        model = LogisticRegression(C=INVERSE_PENALTY, class_weight="balanced", max_iter=150)
        model.fit(_rows(found, rarity), np.array(harmful), sample_weight=weights)
        return cls(model.coef_[0].astype(np.float32), rarity, float(model.intercept_[0]))

    @property
    def trained(self) -> bool:
        """Whether it was fitted to anything."""
        return bool(self.weights.any())

    def towards(self, other: Ngrams, share: float) -> Ngrams:
        """Return the model whose every score lies `share` of the way from this one to `other`.

        Both must share their rarity.
        """
        weights = self.weights + np.float32(share) * (other.weights - self.weights)
        return Ngrams(weights, self.rarity, self.bias + share * (other.bias - self.bias))

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return one score a text."""
        found = _rows(_counts(texts), self.rarity) @ self.weights.astype(np.float64)
        return np.asarray(found, dtype=np.float64) + self.bias

    def save(self, folder: Path) -> None:
        """Write `ngrams.safetensors`."""
        from safetensors.numpy import save_file

        bias = np.array([self.bias], np.float64)
        tensors: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "rarity": self.rarity,
            "bias": bias,
        }
        save_file(tensors, folder / "ngrams.safetensors")

    @classmethod
    def load(cls, folder: Path) -> Ngrams:
        """Read what `save` wrote.

        Raises:
            BadInput: If the file is missing or holds something else.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        file = folder / "ngrams.safetensors"
        try:
            found = load_file(file)
            weights, rarity, bias = found["weights"], found["rarity"], float(found["bias"][0])
        except (OSError, SafetensorError, KeyError) as error:
            raise BadInput(f"{file}: no guard's weights ({error})") from error
        if weights.shape != (BUCKETS,) or rarity.shape != (BUCKETS,):
            raise BadInput(f"{file}: weights of shape {weights.shape}, not ({BUCKETS},)")
        return cls(weights, rarity, bias)


def _counts(texts: Sequence[str]) -> Any:
    """Return how often each bucket's n-grams stand in each text, as a sparse matrix."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        analyzer="char_wb", ngram_range=NGRAMS, n_features=BUCKETS, norm=None, alternate_sign=False
    ).transform(texts)


def _rows(counts: Any, rarity: NDArray[np.float32]) -> Any:
    """Return one unit row a text: dampened counts times rarity."""
    from sklearn.preprocessing import normalize

    counts.data = (1 + np.log(counts.data)) * rarity[counts.indices]
    return normalize(counts, copy=False)
