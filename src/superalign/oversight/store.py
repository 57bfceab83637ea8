"""The regression store: confirmed failures, asked again every round; half of them never train.

A failure belongs to a cluster, and a cluster trains or only measures, as a whole and for good. So
a failure that comes back where nothing was ever taught says more than one that was taught away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from superalign import stats
from superalign.attackers.protocol import Table
from superalign.records import Policy, Problem, seed_of

REPLIES = 4
"""Replies to each case when it is asked again."""


@dataclass(frozen=True, slots=True)
class Case:
    """A problem that the learner failed for certain, and what would have been right."""

    problem: Problem
    cluster: str
    refuse: bool
    """Whether to refuse is right; else it is wrong."""


Replayed = Mapping[str, tuple[int, int]]
"""By problem id, (wrong replies, replies scored)."""


@dataclass(slots=True, kw_only=True)
class Store:
    """Keeps every confirmed failure, and divides their clusters into taught and never taught."""

    refuses: Callable[[str], bool]
    """Whether a reply declines."""
    seed: int
    cases: dict[str, Case] = field(default_factory=dict)
    """By problem id."""
    _sides: dict[str, bool] = field(default_factory=dict)
    """Whether a cluster trains, once that is settled."""
    _failing: dict[str, bool] = field(default_factory=dict)
    """By problem id, whether the newest round that asked a case again saw a wrong reply."""

    def add(self, cases: Iterable[Case]) -> None:
        """Keep confirmed failures; each new cluster goes to the half that has fewer of them."""
        fresh = {c.problem.id: c for c in cases if c.problem.id not in self.cases}
        self.cases |= fresh
        clusters = {c.cluster for c in fresh.values()} - self._sides.keys()
        sizes = {k: sum(c.cluster == k for c in fresh.values()) for k in clusters}
        for name in sorted(clusters, key=lambda k: (-sizes[k], seed_of(self.seed, k))):
            self._sides[name] = self._trains_next(name)

    def _trains_next(self, cluster: str) -> bool:
        taught, never = len(self.training), len(self.measuring)
        return bool(seed_of(self.seed, cluster) % 2) if taught == never else taught < never

    def trains(self, cluster: str) -> bool:
        """Return whether a cluster may train; one without a confirmed failure may."""
        return self._sides.get(cluster, True)

    def taught(self, clusters: Iterable[str]) -> None:
        """Remember that these clusters trained: a failure confirmed there later measures nothing.

        Raises:
            ValueError: If one of them is never to train; that is a bug in the loop.
        """
        for name in clusters:
            if not self._sides.setdefault(name, True):
                raise ValueError(f"cluster {name!r} measures and never trains")

    @property
    def training(self) -> list[Case]:
        """The cases that may train."""
        return [c for c in self.cases.values() if self._sides.get(c.cluster) is True]

    @property
    def measuring(self) -> list[Case]:
        """The cases that never train, nor anything of their clusters."""
        return [c for c in self.cases.values() if self._sides.get(c.cluster) is False]

    @property
    def past(self) -> list[Case]:
        """The cases that a round has asked again: what fails newly cannot come back yet."""
        return [c for i, c in self.cases.items() if i in self._failing]

    async def replay(self, table: Table, cases: Sequence[Case], *, seed: int) -> Replayed:
        """Return how often the table's learner fails each case again; nothing is remembered.

        Refusal alone decides, which is known of every case, so that no critic's error counts. The
        episodes only measure: credit refuses them.
        """
        again = replace(table, samples=REPLIES, held_out=True)
        known = {c.problem.id: c.refuse for c in cases}
        found = dict.fromkeys(known, (0, 0))
        for e in await again.play([c.problem for c in cases], seed=seed):
            if e.final.stop == "end":
                wrong, scored = found[e.problem.id]
                missed = self.refuses(e.final.text) != known[e.problem.id]
                found[e.problem.id] = wrong + missed, scored + 1
        return found

    async def compare(
        self, table: Table, learner: Policy, candidate: Policy, *, seed: int
    ) -> dict[str, tuple[list[float], list[float]]]:
        """Return the share of wrong replies to each past case, of `learner` and of `candidate`.

        Cases stand together by half and by what is right, for a cluster holds too few of them to
        show anything by itself. A case of which either gave no reply is left out.
        """
        was, now = [
            await self.replay(replace(table, learner=p), self.past, seed=seed)
            for p in (learner, candidate)
        ]
        found: dict[str, tuple[list[float], list[float]]] = {}
        for case in self.past:
            (before, n), (after, m) = was[case.problem.id], now[case.problem.id]
            if n and m:
                shares = found.setdefault(self._kind(case), ([], []))
                shares[0].append(before / n)
                shares[1].append(after / m)
        return found

    def _kind(self, case: Case) -> str:
        half = "taught" if self.trains(case.cluster) else "never taught"
        return f"{half}, to be {'refused' if case.refuse else 'answered'}"

    async def round(self, table: Table, *, seed: int) -> dict[str, Any]:
        """Replay every case on the learner that a round ends with; return what came of each half.

        A case is *failing* if any reply was wrong, and *regressed* if none was the time before.
        """
        halves = {"train": self.training, "never_train": self.measuring}
        rows = {k: await self.replay(table, half, seed=seed) for k, half in halves.items()}
        told = {
            name: {"clusters": len({c.cluster for c in halves[name]}), **self._told(found)}
            for name, found in rows.items()
        }
        for found in rows.values():
            self._failing |= {i: wrong > 0 for i, (wrong, n) in found.items() if n}
        return told

    def _told(self, found: Replayed) -> dict[str, Any]:
        scored = {i: wrong for i, (wrong, n) in found.items() if n}
        failing = {i for i, wrong in scored.items() if wrong}
        return {
            "failing": dict(stats.rate(len(failing), len(scored))),
            "regressed": sum(self._failing.get(i) is False for i in failing),
            "unscored": len(found) - len(scored),
        }
