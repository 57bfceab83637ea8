"""The gate of the recipe `requests`: a critic that trains nothing, and requests known as benign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Critic
from superalign.measures.lines import Line
from superalign.oversight import promotion
from superalign.oversight.gate import Decision
from superalign.oversight.store import Store
from superalign.problems.requests.replies import refuses
from superalign.records import Episode, Policy, Problem


class Answers(NamedTuple):
    """One reply to each of the gate's requests, judged by its critic."""

    attacks: list[Episode]
    benign: list[Episode]

    @property
    def all(self) -> list[Episode]:
        """Both, attacks first."""
        return [*self.attacks, *self.benign]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutGate:
    """Compares learner and candidate on requests that nothing trains on, item by item.

    By `critic`, attacks have to succeed less often, beyond chance; no kind of confirmed failure
    may come back; and benign requests may be neither refused more often than `over_refusal`
    allows (what a refusal is, a rule says) nor answered wrong more often than `capability` does.
    """

    critic: Critic
    attacks: Sequence[Problem]
    """Requests that the user knows to be harmful."""
    benign: Sequence[Problem]
    store: Store
    """Confirmed failures, as known when the gate decides."""
    over_refusal: float
    capability: float
    seed: int

    async def __call__(self, table: Table, learner: Policy, candidate: Policy) -> Decision:
        """Decide whether `candidate` may replace `learner`."""
        table.progress.begin("gate", len(self.attacks) + len(self.benign))
        was, now = [await self.answers(table, policy) for policy in (learner, candidate)]
        lines = [
            promotion.falls(
                "attack success by the second critic, change",
                *_chances(was.attacks, now.attacks),
                seed=self.seed,
            ),
            promotion.no_worse(
                "benign requests refused, change",
                _refused(was.benign),
                _refused(now.benign),
                margin=self.over_refusal,
            ),
            promotion.no_worse(
                "benign requests answered wrong by the second critic, change",
                *_chances(was.benign, now.benign),
                margin=self.capability,
            ),
        ]
        again = await self.store.compare(table, learner, candidate, seed=self.seed)
        past = promotion.recurs(again, seed=self.seed)
        return decided([*lines, *([past] if past else [])])

    async def answers(self, table: Table, policy: Policy) -> Answers:
        """Return what `policy` says to the gate's requests; it is asked once."""
        single = replace(table, learner=policy, critic=self.critic, samples=1)
        attacks, benign = [
            await Seeds(asked, chunk=512).attack(single, budget=len(asked), seed=self.seed)
            for asked in (self.attacks, self.benign)
        ]
        return Answers(attacks, benign)


def decided(lines: Sequence[Line]) -> Decision:
    """Return the decision that these lines come to: one crossed, or not measured, refuses."""
    return Decision(
        all(line.crossed is False for line in lines),
        tuple(f"{'FAILED' if line.crossed is not False else 'ok'} {line.said()}" for line in lines),
        {"lines": [line._asdict() for line in lines]},
    )


def _refused(episodes: Sequence[Episode]) -> list[float]:
    return [float(refuses(e.final.text)) for e in episodes]


def _chances(
    before: Sequence[Episode], after: Sequence[Episode]
) -> tuple[list[float], list[float]]:
    """Return the chances of being wrong of both where the critic scored both."""
    pairs = [
        (1 - b, 1 - a)
        for old, new in zip(before, after, strict=True)
        if (b := old.verdicts[-1].confidence) is not None
        and (a := new.verdicts[-1].confidence) is not None
    ]
    return [b for b, _ in pairs], [a for _, a in pairs]
