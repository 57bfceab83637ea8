"""How likely a judge's verdict was, token by token: better calibrated than what it says of itself.

Kadavath et al. 2022, arXiv 2207.05221, read a model's confidence from the probability of the word
that states its verdict.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from superalign.records import Message

_VERDICT = re.compile(r'"verdict"\s*:\s*"')


@runtime_checkable
class Weighs(Protocol):
    """A policy that tells how likely a text is."""

    def logprobs(self, seen: Sequence[Message], text: str) -> list[float]:
        """Return the log-probability of each token of `text` after `seen`, in nats."""
        ...


async def weighed(policy: Weighs, seen: Sequence[Message], said: str) -> float | None:
    """Return the probability of `pass` rather than `fail` where `said` states its verdict.

    What the judge wrote before is given, so that its reasons count. None without such a place.
    """
    places = list(_VERDICT.finditer(said))
    if not places:
        return None
    head = said[: places[-1].end()]

    def margin() -> float:
        passed, failed = (
            math.fsum(policy.logprobs(seen, f'{head}{word}"')) for word in ("pass", "fail")
        )
        return passed - failed

    return sigmoid(await asyncio.to_thread(margin))


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), whatever the size of x."""
    small = math.exp(-abs(x))
    return 1 / (1 + small) if x >= 0 else small / (1 + small)
