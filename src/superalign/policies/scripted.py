"""A policy that answers by rule: a baseline without weights, and the double that tests speak to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from superalign.records import Message, Reply, digest, seed_of

Said = str | Reply
Rule = Callable[[Sequence[Message], int], Said]
"""From what the seat sees and the sample's own seed to what it says."""


class Scripted:
    """Says what a list or a function tells it to.

    A list is gone through in order and round again: sample `i` of seed `s` is its item `s + i`.
    """

    def __init__(self, script: Sequence[Said] | Rule, *, name: str = "scripted") -> None:
        """Take a script; a function cannot be named by content, so `name` tells two apart.

        Raises:
            ValueError: If the list is empty.
        """
        self._rule: Rule | None = script if callable(script) else None
        self._lines: tuple[Said, ...] = () if callable(script) else tuple(script)
        if self._rule is None and not self._lines:
            raise ValueError("a script needs at least one line")
        self.id = digest("scripted", name, self._lines)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone."""
        return [self._say(seen, seed, i) for i in range(n)]

    def _say(self, seen: Sequence[Message], seed: int, i: int) -> Reply:
        if self._rule is None:
            said = self._lines[(seed + i) % len(self._lines)]
        else:
            said = self._rule(seen, seed_of(seed, i))
        return said if isinstance(said, Reply) else Reply(text=said)
