"""Groups of rewrites by a policy that is trained on them: written and checked in ledger steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from superalign.attackers import variants
from superalign.attackers.validity import Invalid, Validity
from superalign.games.dialogue import ATTACKER
from superalign.ledger import Ledger
from superalign.records import Message, Move, Policy, Problem, Reply, digest, seed_of

Prompted = Callable[[Problem], Sequence[Message]]
"""What the attacker is shown of a problem; always the same, so that a group saw the same."""
Read = Callable[[Reply, Problem], Problem | None]
"""Makes a problem of a reply and its parent, or None."""


def asked(problem: Problem) -> list[Message]:
    """Return the request for a variant."""
    return variants.asked(problem, digest("fence", problem.id))


class Rewritten(NamedTuple):
    """A rewrite: the move that made it, and the problem, if it can be read."""

    parent: Problem
    move: Move
    problem: Problem | None
    invalid: str = ""
    """Why it is not played."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A policy that rewrites parents, `group` times each."""

    policy: Policy
    group: int
    prompted: Prompted
    read: Read

    async def write(
        self, ledger: Ledger, parents: Sequence[Problem], *, seed: int
    ) -> list[Rewritten]:
        """Return the rewrites, parent by parent."""
        seen = [tuple(self.prompted(p)) for p in parents]

        async def once() -> list[list[dict[str, Any]]]:
            plays = [
                self.policy.sample(shown, n=self.group, seed=seed_of(seed, p.id))
                for p, shown in zip(parents, seen, strict=True)
            ]
            said = await asyncio.gather(*plays)
            return [[r.model_dump(mode="json") for r in replies] for replies in said]

        key = [self.policy.id, seen, [p.id for p in parents], self.group, seed]
        rows = await ledger.once("rewrites", key, once)
        return [
            self._rewritten(parent, shown, Reply.model_validate(row))
            for parent, shown, replies in zip(parents, seen, rows, strict=True)
            for row in replies
        ]

    def _rewritten(self, parent: Problem, seen: tuple[Message, ...], reply: Reply) -> Rewritten:
        move = Move(seat=ATTACKER, policy=self.policy.id, seen=seen, reply=reply)
        return Rewritten(parent, move, self.read(reply, parent))


async def checked(
    ledger: Ledger,
    written: Sequence[Rewritten],
    valid: Validity,
    known: Sequence[str],
    *,
    seed: int,
) -> list[Rewritten]:
    """Return the rewrites, each with why it is not played, if so; siblings count as known."""

    async def once() -> list[str]:
        texts, reasons = list(known), list[str]()
        for i, w in enumerate(written):
            why = Invalid.UNREADABLE if w.problem is None else None
            if w.problem is not None:
                why = await valid.reject(w.problem, w.parent, texts, seed=seed_of(seed, i))
                texts += [] if why else [w.problem.prompt]
            reasons.append(why.value if why else "")
        return reasons

    key = [valid.id, [[w.parent.id, w.problem] for w in written], known, seed]
    reasons = await ledger.once("valid", key, once)
    return [w._replace(invalid=why) for w, why in zip(written, reasons, strict=True)]
