"""One seed up to its students: solutions, debates, judges, and what judges say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from superalign.critics.debate_judge import DebateJudge, Judgement
from superalign.games.consultancy import CONSULTANT, Consultancy
from superalign.games.debate import FIRST, SECOND, Debate
from superalign.games.judged import JUDGE, Judged
from superalign.games.picked import Picked
from superalign.games.table import Seat
from superalign.games.unaided import Unaided
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.policies.refining import Refining
from superalign.problems.key import Key
from superalign.progress import Progress
from superalign.records import Episode, Policy, seed_of
from superalign.studies.debate.config import DebateConfig
from superalign.studies.debate.contest import forced, matched, orders, quoted
from superalign.studies.debate.judging import Played, Reads, Seats, decider, organism
from superalign.studies.debate.seats import Rows
from superalign.studies.debate.worlds import WORLDS

PARTS = ("gold", "unlabelled", "test")
CHUNK = 64
"""Problems worked out, and written down, at a time."""


@dataclass(frozen=True, slots=True)
class Task:
    """A seed of the study, as it travels to another process."""

    config: DebateConfig
    folder: Path
    seed: int

    def ledger(self, name: str) -> Ledger:
        """Open the record of one part of this seed."""
        config = {**self.config.model_dump(mode="json"), "part": name}
        return Ledger.open(self.folder / name, config, seed=self.seed)


def schooled(task: Task, progress: Progress) -> dict[str, Any]:
    """Play, train judges and ask them; return what students and the summary need."""

    async def run(ledger: Ledger) -> dict[str, Any]:
        found: dict[str, Any] = await ledger.once("school", [], _School(task, ledger, progress).run)
        return found

    with task.ledger("school") as ledger:
        return asyncio.run(run(ledger))


class _School:
    def __init__(self, task: Task, ledger: Ledger, progress: Progress) -> None:
        self.task, self.config = task, task.config
        self.ledger, self.progress = ledger, progress
        self.world = WORLDS[self.config.world]
        self.seed = partial(seed_of, task.seed)
        sizes = [getattr(self.config, part) for part in PARTS]
        problems, self.key = self.world.drawn(self.config.levels, sum(sizes), self.seed("problems"))
        ends = [0, *accumulate(sizes)]
        self.parts = {p: problems[a:b] for p, (a, b) in zip(PARTS, pairwise(ends), strict=True)}
        known = {p.id: self.key.look_up(p.id) or "" for p in self.parts["gold"]}
        self.gold = Key(known, self.key.mode)
        self.seats = Seats(self.config, ledger.folder)
        settings = {"sequential": self.config.sequential}
        self.debate = Debate(self.config.rounds, **settings)
        self.consultancy = Consultancy.both(self.config.rounds)

    async def run(self) -> dict[str, Any]:
        """Return what was found, as JSON."""
        debater = await self._debater()
        reads = await self._reader(self.seats.judge, PARTS, "judge")
        debates = [await self._debates(debater, m) for m in range(self.config.members)]
        consulted = [
            await self._played(g, {CONSULTANT: Seat(policy=debater)}) for g in self.consultancy
        ]
        blind, told = [await self._played(Unaided(told=t), {}) for t in (False, True)]
        judges = {
            "blind": self._judge(blind),
            "oracle": self._judge(told, reads=reads),
            "consultancy": self._judge(*consulted),
            **{f"debate {m}": self._judge(d, member=m) for m, d in enumerate(debates)},
            **{
                f"again {m}": self._judge(debates[0], member=m)
                for m in range(1, self.config.members)
            },
        }
        self.ledger.write(e for _, e in debates[0]["test"])
        runs: dict[str, list[dict[str, list[Played]]]] = {
            "blind": [blind],
            "oracle": [told],
            "consultancy": consulted,
            **{f"debate {m}": [d] for m, d in enumerate(debates)},
            **{f"again {m}": [debates[0]] for m in range(1, self.config.members)},
        }
        asked = {
            (name, part): [await self._asked(judges[name], run[part]) for run in plays]
            for name, plays in runs.items()
            for part in ("unlabelled", "test")
        }
        tested = [e for _, e in debates[0]["test"]]
        return {
            "seed": self.task.seed,
            "levels": [p.level for p in self.parts["test"]],
            "truth": self._truth("test"),
            "judged": {n: [orders(j) for j in asked[n, "test"]] for n in runs},
            "labels": {n: [[x.chance for x in j] for j in asked[n, "unlabelled"]] for n in runs},
            "gold": self._truth("unlabelled"),
            "lessons": await self._lessons(),
            "contest": await self._contest(debater, judges["debate 0"], judges["debate 1"]),
            "quotes": quoted(tested),
            "forced": forced(tested, self._truth("test")),
            "tokens": {n: [x.tokens for j in asked[n, "test"] for x in j] for n in runs},
        }

    def _truth(self, part: str) -> list[int]:
        return [int(self.key.look_up(p.id) or 0) for p in self.parts[part]]

    async def _debater(self) -> Policy:
        """Return who argues; an organism with what it works out of every problem."""
        policy, config = self.seats.debater, self.config
        if (plain := organism(policy)) is None:
            return policy
        known = await self._worked(plain, PARTS, "debater", self.world.work_out)
        seed = self.seed("pool", "debater")
        return self.world.arguing(plain, known, pool=config.pool, draws=config.draws, seed=seed)

    async def _reader(self, policy: Policy, parts: Sequence[str], who: str) -> Reads:
        """Return how one who sees the source reads it."""
        if (plain := organism(policy)) is None:
            return self.world.read
        own = await self._worked(plain, parts, who, self.world.ponder)
        return partial(self.world.read, own=own)

    async def _worked(
        self, policy: LocalPolicy, parts: Sequence[str], who: str, works: Callable[..., Any]
    ) -> Rows:
        """Return what an organism works out of problems; it resumes by chunks of them."""
        problems = [p for part in parts for p in self.parts[part]]
        n, seed, found = self.config.pool, self.seed("pool", who), dict[str, Any]()
        with self.progress.stage(f"{who} works problems out", len(problems)):
            for start in range(0, len(problems), CHUNK):
                part = problems[start : start + CHUNK]
                make: Callable[[], Any] = partial(works, policy, part, n, seed)
                key = [policy.id, works.__name__, n, seed, [p.id for p in part]]
                found |= await self.ledger.once("pools", key, make)
                self.progress.advance(len(part))
        return found

    async def _debates(self, debater: Policy, member: int) -> dict[str, list[Played]]:
        seats = {FIRST: Seat(policy=debater), SECOND: Seat(policy=debater)}
        return await self._played(self.debate, seats, member)

    async def _played(
        self, game: Judged, seats: dict[str, Seat], member: int = 0
    ) -> dict[str, list[Played]]:
        """Return a play of every problem, by part."""
        seed = self.seed("play", game.name, member)
        found = {}
        for part, problems in self.parts.items():
            plays = await asyncio.gather(*(game.play(p, seats, seed=seed) for p in problems))
            found[part] = [(game, episode) for (episode,) in plays]
        return found

    def _judge(
        self, *runs: dict[str, list[Played]], reads: Reads | None = None, member: int = 0
    ) -> DebateJudge:
        """Return a judge of plays of the kind that it is trained on."""
        seed = self.seed("judge", member)
        with self.progress.stage("train judges"):
            plays = [play for run in runs for play in run["gold"]]
            steps = self.config.judge_steps
            policy = self.seats.judge
            how = reads or self.world.read
            found = decider(policy, plays, self.gold, steps=steps, reads=how, seed=seed)
        return DebateJudge(found, seed=seed)

    async def _asked(self, judge: DebateJudge, plays: Sequence[Played]) -> list[Judgement]:
        with self.progress.stage("judge"):
            return await judge.judge(plays[0][0], [episode for _, episode in plays])

    async def _lessons(self) -> dict[str, list[Any]]:
        """Return what a student sees of its problems: the source, and what it works out itself."""
        parts = PARTS[1:]
        reads, game = await self._reader(self.seats.student, parts, "student"), Unaided(told=True)
        found = {}
        for part in parts:
            views = [game.view(Episode.of(p, game.name, 0, ()), JUDGE) for p in self.parts[part]]
            cases = [reads(seen).case for seen in views]
            found[part] = [
                [[s.seen, s.said] for s in (c.first, c.second) if s is not None] for c in cases
            ]
        return found

    async def _contest(
        self, debater: Policy, judge: DebateJudge, prefers: DebateJudge
    ) -> list[Any]:
        """Match debaters with others that take pains; they try to please another judge."""
        n, most = self.config.candidates, self.config.contest
        kinds = {
            "plain": Seat(policy=debater),
            "best_of_n": Picked(policy=debater, n=n, prefers=prefers),
            "refined": Picked(policy=Refining(debater), n=n, prefers=prefers),
        }
        with self.progress.stage("match debaters", len(kinds) ** 2):
            return await matched(
                self.debate,
                kinds,
                self.parts["test"][:most],
                self._truth("test")[:most],
                judge,
                seed=self.seed("contest"),
                progress=self.progress,
            )
