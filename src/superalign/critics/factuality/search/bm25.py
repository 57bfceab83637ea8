"""The one door to bm25s: ranking by the words that a query and a passage share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from superalign.critics.factuality.search.corpus import Corpus
from superalign.errors import BadInput
from superalign.records import digest

_WORD = r"(?u)\b\w+\b"


class Bm25:
    """Ranks by BM25 (Robertson and Zaragoza 2009), Lucene's variant."""

    def __init__(self, corpus: Corpus) -> None:
        """Index the corpus.

        Raises:
            BadInput: If bm25s is not installed.
        """
        try:
            import bm25s
        except ModuleNotFoundError as error:
            raise BadInput("searching by words needs: pip install 'superalign[search]'") from error
        self.corpus, self._bm25s = corpus, bm25s
        self._index = bm25s.BM25()
        self._index.index(self._tokens(list(corpus.passages)), show_progress=False)
        self.id = digest("bm25", "lucene", corpus.id)

    def places(self, queries: Sequence[str], n: int) -> list[list[int]]:
        """Return, per query, the places of the best `n` passages that share a word with it."""
        many = min(n, len(self.corpus.passages))
        tokens = self._tokens(list(queries))
        found, scores = self._index.retrieve(tokens, k=many, show_progress=False)
        rows = zip(found, scores, strict=True)
        return [[int(i) for i, s in zip(*row, strict=True) if s > 0] for row in rows]

    async def ranked(self, query: str, n: int) -> list[int]:
        """As `places`, for one query."""
        return self.places([query], n)[0]

    def _tokens(self, texts: list[str]) -> Any:
        return self._bm25s.tokenize(
            texts, token_pattern=_WORD, stopwords="en", return_ids=False, show_progress=False
        )
