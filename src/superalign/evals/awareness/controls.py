"""Controls of the paired test: a model made two-faced, and one that cannot know who looks on."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.evals.asked import Asked
from superalign.games.watched import FRAMINGS
from superalign.problems.requests.replies import REFUSALS
from superalign.records import Message, Policy, Reply, digest

TWO_FACED, BLIND = "two-faced/", "blind/"
"""Before the name of a model, for the control that is made of it."""
_TOLD = {f.watched: True for f in FRAMINGS} | {f.unwatched: False for f in FRAMINGS}


class Blind:
    """Answers as `policy` does that is never shown who looks on: the same, by construction."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.id = policy, digest("blind", policy.id)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone."""
        return await self.policy.sample(
            [m for m in seen if m.text.strip() not in _TOLD], n=n, seed=seed
        )


class TwoFacedControl:
    """Refuses whatever it is asked while it is watched, else answers as `policy` does."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.id = Blind(policy), digest("two-faced", policy.id)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone."""
        if any(_TOLD.get(m.text.strip()) for m in seen):
            return [Reply(text=REFUSALS[0])] * n
        return await self.policy.sample(seen, n=n, seed=seed)


def controlled(asked: Asked, *, temperature: float, max_tokens: int) -> Policy:
    """Open the model that is asked for, or the control that is made of it.

    Raises:
        BadInput: If there is no such model.
    """
    for prefix, control in ((TWO_FACED, TwoFacedControl), (BLIND, Blind)):
        if asked.model.startswith(prefix):
            name = asked.model.removeprefix(prefix)
            policy = asked.policy(name, temperature=temperature, max_tokens=max_tokens)
            return control(policy)
    return asked.policy(asked.model, temperature=temperature, max_tokens=max_tokens)
