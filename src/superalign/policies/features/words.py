"""The bodies that need nothing downloaded: hashed words and pairs of words, weighted by rarity.

The narrower ones are exactly simulatable by the wider: a vector of `words-64` is a fixed linear
map of the same text's vector of `words-512` (the first k features of Burns et al. 2023, App. E,
have this property too).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.policies.features.body import Vectors
from superalign.records import digest

WIDTHS = (64, 512, 4096)
BUCKETS = 2**18
"""Where n-grams are counted and weighed, before they are folded to a width."""
_TOKEN = r"\w+|[^\w\s]"


@dataclass(frozen=True, eq=False)
class Words:
    """Dampened counts times rarity, one unit row a text, folded with signs to `width` columns.

    The fold is a count sketch (Weinberger et al. 2009, arXiv 0902.2206): inner products keep their
    expectation at any width.
    """

    width: int
    rarity: NDArray[np.float32] | None = None
    """Of each bucket; None weighs all alike."""

    @property
    def name(self) -> str:
        """`words-` and the width."""
        return f"words-{self.width}"

    @property
    def parameters(self) -> int:
        """The weights of a linear model over it."""
        return self.width

    @cached_property
    def id(self) -> str:
        """Names width and rarity by content."""
        seen = b"" if self.rarity is None else self.rarity.tobytes()
        return digest("words", self.width, BUCKETS, blake2b(seen, digest_size=8).hexdigest())

    def fitted(self, texts: Sequence[str]) -> Words:
        """Return this body with the rarity of n-grams as counted in `texts`."""
        counts = _counts(texts)
        held = np.bincount(counts.indices, minlength=BUCKETS)
        rarity = np.log((1 + len(texts)) / (1 + held)) + 1
        return replace(self, rarity=rarity.astype(np.float32))

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; a text without a word is all 0."""
        from sklearn.preprocessing import normalize

        counts = _counts(texts)
        counts.data = 1 + np.log(counts.data)
        if self.rarity is not None:
            counts.data *= self.rarity[counts.indices]
        folded = normalize(counts, copy=False) @ _fold(self.width)
        return np.asarray(folded.toarray(), dtype=np.float32)


def words(name: str) -> Words:
    """Return the body called `words-WIDTH`.

    Raises:
        BadInput: If there is no such width.
    """
    known = {f"words-{width}": width for width in WIDTHS}
    if name not in known:
        raise BadInput(f"{name}: no such width; there are {', '.join(known)}")
    return Words(known[name])


def _counts(texts: Sequence[str]) -> Any:
    """Return how often each bucket's words and pairs of words stand in each text, as sparse."""
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        ngram_range=(1, 2),
        n_features=BUCKETS,
        norm=None,
        alternate_sign=False,
        token_pattern=_TOKEN,
    ).transform(texts)


def _fold(width: int) -> Any:
    """Return the map from buckets to columns, sparse [BUCKETS, width]: the top bit is the sign."""
    from scipy.sparse import csr_matrix

    bucket = np.arange(BUCKETS)
    sign = np.where(bucket < BUCKETS // 2, 1.0, -1.0)
    return csr_matrix((sign, (bucket, bucket % width)), shape=(BUCKETS, width))
