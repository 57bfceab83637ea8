"""How likely a model finds each option of a choice."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

from superalign.critics.weighing import Weighs
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import reply_tokens
from superalign.problems.questions import Question
from superalign.progress import Progress
from superalign.records import Message, digest

CHUNK = 64
"""Questions weighed, and written down, at a time."""


async def weigh(
    policy: Weighs,
    name: str,
    questions: Sequence[Question],
    opening: Callable[[Question], str],
    ledger: Ledger,
    progress: Progress,
) -> list[list[float] | str]:
    """Return the log-probability of each option of each question, in nats, or why there is none.

    Each chunk is one idempotent step. The options themselves are not shown: each is weighed as what
    goes on after the question.
    """
    found: list[list[float] | str] = []
    for start in range(0, len(questions), CHUNK):
        chunk = [(opening(q), list(q.options)) for q in questions[start : start + CHUNK]]

        async def make(
            chunk: Sequence[tuple[str, list[str]]] = chunk,
        ) -> list[list[float] | str]:
            return await asyncio.to_thread(lambda: [_weighed(policy, *one) for one in chunk])

        found += await ledger.once("weigh", [name, digest(chunk)], make)
        progress.advance(len(chunk))
    return found


def _weighed(policy: Weighs, opening: str, options: Sequence[str]) -> list[float] | str:
    seen = [Message(role="user", text=opening)]
    said = options
    if isinstance(policy, LocalPolicy):
        if not policy.tokenizer.chat_template:
            said = [f" {option}" for option in options]
        longest = max((reply_tokens(policy.tokenizer, o) for o in said), key=len)
        if why := policy.too_long([*policy.encode(seen), *longest]):
            return why
    return [math.fsum(policy.logprobs(seen, option)) for option in said]
