"""What is tried on a user's own problems, and when an answer is one that can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.attackers.variants import variants
from superalign.critics.protocol import Critic
from superalign.errors import Unreachable
from superalign.records import Episode, Policy, Problem, Verdict

CHUNK = 8
"""Problems per recorded step: what a kill can cost."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """Tries a user's problems and, where `writer` sits, a variant of each that it writes."""

    problems: Sequence[Problem]
    writer: Policy | None

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return the judged answers."""
        written = await self._written(self.writer, table, seed) if self.writer else []
        asked = [*self.problems, *written]
        return await Seeds(asked, chunk=CHUNK).attack(table, budget=budget, seed=seed)

    async def _written(self, writer: Policy, table: Table, seed: int) -> list[Problem]:
        new: dict[str, Problem] = {}
        for chunk in chunks(self.problems):

            async def make(chunk: Sequence[Problem] = chunk) -> list[Any]:
                found = await variants(writer, chunk, seed=seed)
                return [p and p.model_dump(mode="json") for p in found]

            key = [writer.id, seed, [p.id for p in chunk]]
            made = await table.ledger.once("attack", key, make)
            new |= {p["id"]: Problem.model_validate(p) for p in made if p}
        given = {p.id for p in self.problems}
        return [p for p in new.values() if p.id not in given]


@dataclass(frozen=True, slots=True)
class Answered:
    """Judges as `critic` does, and ends the run where `learner` gives no answer at all.

    A step that ends so is not recorded: the run that goes on asks again.
    """

    critic: Critic
    learner: str

    @property
    def id(self) -> str:
        """The critic's."""
        return self.critic.id

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order.

        Raises:
            Unreachable: If not one answer came.
        """
        if episodes and all(e.final.stop == "error" for e in episodes):
            why = episodes[0].final.error
            raise Unreachable(f"{self.learner}: none of {len(episodes)} answers came: {why}")
        return await self.critic.judge(episodes)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the items, so many at a time as a recorded step holds."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
