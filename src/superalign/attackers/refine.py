"""PAIR: several attackers, each refining its own request from what the learner answered to it.

Chao et al. 2023, "Jailbreaking black box large language models in twenty queries", arXiv
2310.08419.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from superalign.attackers.protocol import Table
from superalign.attackers.scoring import Purse, shuffled
from superalign.attackers.threads import CHAT, TACTICS, Thread, Voice, Writer, Written
from superalign.attackers.validity import Check, Invalid
from superalign.records import Episode, Policy, Problem, seed_of


@dataclass(slots=True, kw_only=True)
class Pair:
    """Per goal `streams` threads of `iterations` requests each; streams take turns with tactics.

    A goal costs at most streams x iterations x samples of the learner. A request that cannot be
    read after `tries` replies, that leaves the goal or repeats one is not played, and its stream
    goes on from where it was.
    """

    goals: Sequence[Problem]
    attacker: Policy
    streams: int = 3
    iterations: int = 3
    keep: int = 4
    """Exchanges that the attacker is shown, the last ones."""
    tries: int = 5
    on_goal: Check | None = None
    stop: bool = True
    """Whether a goal is left once every sample of a request failed, as in the paper."""
    chunk: int = 4
    """Goals worked on at once."""
    voice: Voice = CHAT
    """How the attacker is asked and read."""
    tally: Counter[str] = field(init=False, default_factory=Counter)

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything played, goals in an order of the seed's."""
        purse, goals = Purse(table, budget), shuffled(self.goals, seed)
        for start in range(0, len(goals), self.chunk):
            threads = self._opened(goals[start : start + self.chunk])
            played: set[str] = set()
            for i in range(self.iterations):
                if not (threads and purse.problems):
                    break
                threads = await self._step(purse, threads, played, seed_of(seed, "pair", start, i))
        return purse.tried

    def _opened(self, goals: Sequence[Problem]) -> list[Thread]:
        tactics = list(TACTICS)
        return [
            Thread(goal, tactics[s % len(tactics)], path=(s,))
            for goal in goals
            for s in range(self.streams)
        ]

    async def _step(
        self, purse: Purse, threads: Sequence[Thread], played: set[str], seed: int
    ) -> list[Thread]:
        """Let every thread write, play what is valid; return the threads that go on."""
        writer = Writer(self.attacker, self.tries, self.on_goal, self.voice)
        threads = threads[: purse.problems]
        written = await writer.write(purse.table.ledger, threads, 1, seed=seed)
        fresh = valid(written, played, self.tally)
        shots = await purse.play([w.problem for w in fresh if w.problem], seed=seed)
        pairs = list(zip(fresh, shots, strict=True))
        after = {id(w): w.thread.after(w, s, keep=self.keep, seed=seed) for w, s in pairs}
        going = [after.get(id(w), w.thread) for w in written]
        broken = {w.thread.goal.id for w, s in pairs if self.stop and s.broke}
        return [t for t in going if t.goal.id not in broken]


def valid(written: Sequence[Written], played: set[str], tally: Counter[str]) -> list[Written]:
    """Return what may be played; count the rest by reason, and note what is played now."""
    fresh: list[Written] = []
    for w in written:
        tally["asked"] += 1
        tally["replies"] += w.asked
        if w.problem is None:
            tally[f"invalid: {Invalid.UNREADABLE}"] += 1
        elif w.on_goal is False:
            tally[f"invalid: {Invalid.OFF_GOAL}"] += 1
        elif w.problem.id in played or w.problem.prompt.split() == w.thread.goal.prompt.split():
            tally[f"invalid: {Invalid.COPY}"] += 1
        else:
            played.add(w.problem.id)
            fresh.append(w)
    return fresh
