"""What every search promises."""

from __future__ import annotations

from typing import Protocol

NOTHING_FOUND = "The search found nothing on this."


class SearchError(RuntimeError):
    """One query brought no answer; the message is one line."""


class Search(Protocol):
    """Answers a query with text."""

    @property
    def id(self) -> str:
        """Names the service, or the method and the content of the corpus."""
        ...

    async def search(self, query: str, k: int) -> str:
        """Return what the first `k` results say, or `NOTHING_FOUND`.

        Raises:
            SearchError: If this query brought no answer.
            BadInput: If no query ever will, for instance because the key is refused.
        """
        ...
