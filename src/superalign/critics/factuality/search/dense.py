"""Ranking by meaning, through a body the user names, and by meaning and words together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from superalign.critics.factuality.search.corpus import Corpus, Ranked
from superalign.critics.together import together
from superalign.policies.batching import Batcher
from superalign.policies.features import Body, Vectors
from superalign.records import digest

ROWS = 256
"""Queries read at once, at most."""
DAMPING, DEPTH = 60, 50
"""Added to every rank before it is inverted; passages that each ranking may name."""


class Dense:
    """Ranks by the cosine of the vectors of query and passage."""

    def __init__(self, corpus: Corpus, body: Body) -> None:
        """Read the corpus with `body`, an encoder for choice (`superalign.policies.features`)."""
        self.corpus, self._body = corpus, body
        self._passages = _unit(body.features(corpus.passages))
        self._queries = Batcher(self._read, rows=ROWS, cost=len, width=lambda _: 1)
        self.id = digest("dense", body.id, corpus.id)

    async def ranked(self, query: str, n: int) -> list[int]:
        """Return the places of the nearest `n` passages; queries that wait are read together."""
        scores = self._passages @ await self._queries.submit(query)
        return [int(i) for i in np.argsort(-scores, kind="stable")[:n]]

    def _read(self, queries: Sequence[str]) -> list[Vectors]:
        return list(_unit(self._body.features(queries)))


class Fused:
    """Ranks by the sum of inverse ranks (reciprocal rank fusion, Cormack et al. 2009)."""

    def __init__(self, *rankings: Ranked) -> None:
        """Take rankings of one corpus."""
        self.corpus, self._rankings = rankings[0].corpus, rankings
        self.id = digest("fused", [r.id for r in rankings])

    async def ranked(self, query: str, n: int) -> list[int]:
        """Return the places of the best `n` passages of all rankings."""
        lists = await together(r.ranked(query, max(n, DEPTH)) for r in self._rankings)
        scores: defaultdict[int, float] = defaultdict(float)
        for places in lists:
            for rank, place in enumerate(places, 1):
                scores[place] += 1 / (DAMPING + rank)
        return sorted(scores, key=lambda place: (-scores[place], place))[:n]


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.maximum(lengths, 1e-12)
    return found
