"""The bodies that need nothing downloaded: hashed words and pairs of words.

The narrower ones are exactly simulatable by the wider: a vector of `words-64` is a fixed linear
map of the same text's vector of `words-512` (the first k features of Burns et al. 2023, App. E,
have this property too).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from superalign.errors import BadInput
from superalign.policies.features.body import Vectors
from superalign.records import digest

WIDTHS = (64, 512, 4096)
BUCKETS = 2**18
"""Where n-grams are counted, before they are folded to a width."""
_TOKEN = r"\w+|[^\w\s]"


@dataclass(frozen=True, eq=False)
class Words:
    """Dampened counts, one unit row a text, folded with signs to `width` columns.

    The fold is a count sketch (Weinberger et al. 2009, arXiv 0902.2206): inner products keep their
    expectation at any width.
    """

    width: int

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
        """Names what is counted, and the width."""
        return digest("words", self.width, BUCKETS)

    def features(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; a text without a word is all 0."""
        from sklearn.preprocessing import normalize

        counts = _counts(texts)
        counts.data = 1 + np.log(counts.data)
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
