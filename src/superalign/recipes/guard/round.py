"""The rounds of hardening: what the loop needs to know of guards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from superalign import credit
from superalign.attackers.protocol import Attacker, Table
from superalign.attackers.wrappers import NESTED
from superalign.critics.label import Label
from superalign.games.solo import Solo
from superalign.learners.guard import HardenGuard
from superalign.ledger import Ledger, atomic_folder
from superalign.loop import Lesson, Loop, State
from superalign.oversight.gate import Decision
from superalign.oversight.overseer import Overseer
from superalign.oversight.people import People
from superalign.policies.guard import READINGS, Guard, load_guard
from superalign.progress import Progress
from superalign.recipes.guard.config import GuardConfig
from superalign.recipes.guard.pool import Pool
from superalign.recipes.guard.validation import COUNTS, STRENGTHS, Validation, mildest
from superalign.records import Episode, Example, Outcome, digest, seed_of


@dataclass(frozen=True)
class Hardening:
    """What the steps of a guard run share; every step is recorded once."""

    config: GuardConfig
    pool: Pool
    ledger: Ledger
    validation: Validation
    progress: Progress
    families: dict[str, str] = field(default_factory=dict)
    """The wrapper family of every problem that was asked, by id."""

    async def start(self, blank: Guard) -> Guard:
        """Return the guard trained on plain prompts only."""

        async def make() -> str:
            lesson = await self._lesson(blank, [])
            plain = self.learner(take_up=False).candidates(blank, lesson, seed=self._seed("start"))
            return self.keep(self.validation.first(plain[-1], self.config.allowed))

        return self.open(await self.ledger.once("start", [self.pool.id, blank.id], make))

    async def harden(
        self, start: Guard, attacker: Attacker, *, shown: bool = False
    ) -> tuple[Guard, list[dict[str, Any]], list[Episode]]:
        """Run the rounds of the loop with `attacker`.

        Returns:
            The last guard promoted, a row a round, and everything asked.
        """
        loop = self._loop(start, attacker)
        first, rows = State(start, self._critic(), memory=list[Episode]()), []
        async for state, done in loop.run(first, self.config.rounds):
            row = {"round": done.number, "pairs": len(state.memory) // 2, **done.decision.measured}
            rows.append({**row, "guard": self.keep(done.learner)})
            if shown:
                self.progress.row(_shown(row))
        return state.learner, rows, state.memory

    def _loop(self, start: Guard, attacker: Attacker) -> Loop[Guard, list[Episode]]:
        return Loop(
            ledger=self.ledger,
            game=Solo(),
            attacker=attacker,
            teach=self._teach,
            learner=_Validated(self, start),
            overseer=Overseer(people=People.nobody(), seed=self.config.seed),
            gate=self._gate,
            progress=self.progress,
            budget=self.config.queries,
            samples=1,
            seed=self.config.seed,
        )

    async def _teach(
        self, table: Table, tried: Sequence[Episode], memory: list[Episode], *, seed: int
    ) -> Lesson[list[Episode]]:
        """Teach all plain prompts and everything asked so far, as the guard answers it now.

        What it gets right beside its failures tells it what not to unlearn.
        """
        found = [*memory, *tried]
        guard = table.learner
        assert isinstance(guard, Guard)
        return Lesson(await self._lesson(guard, found), len(tried), found)

    async def _lesson(self, guard: Guard, found: Sequence[Episode]) -> list[Example]:
        self.families.update({e.problem.id: e.problem.tags[-1] for e in found})
        table = self._table(guard)
        replay = await table.play(self.pool.training(), seed=self.config.seed)
        again = await table.play([e.problem for e in found], seed=self.config.seed)
        return signed([*replay, *again], table.critic.id)

    async def _gate(self, table: Table, learner: Guard, candidate: Guard) -> Decision:
        async def make() -> dict[str, Any]:
            return self.validation.gate(learner, candidate, self.config.allowed)

        key = [self.pool.id, learner.id, candidate.id]
        row = await self.ledger.once("gate", key, make)
        counts = tuple(f"{name} {row[name][0]} -> {row[name][1]}" for name in COUNTS)
        return Decision(row["promoted"], counts, {**row, "readings": candidate.readings})

    async def weights_only(self, start: Guard, found: Sequence[Episode]) -> Guard:
        """Return the start trained on the same examples without any reading: an ablation."""

        async def make() -> str:
            lesson = await self._lesson(start, found)
            learner = self.learner(take_up=False)
            learnt = learner.improve(start, lesson, seed=self._seed("weights only"))
            return self.keep(self.validation.like(learnt, start))

        key = [self.pool.id, start.id, [e.id for e in found]]
        return self.open(await self.ledger.once("weights only", key, make))

    def readings_only(self, start: Guard) -> Guard:
        """Return the start with every reading and no training: the other ablation."""
        return self.validation.like(start.reading(*READINGS), start)

    def learner(self, *, take_up: bool) -> HardenGuard:
        return HardenGuard(folder=self.ledger.checkpoints, take_up=take_up)

    def _critic(self) -> Label:
        return Label(self.pool.labels())

    def _seed(self, step: str) -> int:
        return seed_of(self.config.seed, step) % 2**31

    def _table(self, guard: Guard) -> Table:
        return Table(
            learner=guard,
            game=Solo(),
            critic=self._critic(),
            ledger=self.ledger,
            samples=1,
            progress=self.progress,
        )

    def keep(self, guard: Guard) -> str:
        """Save `guard` among the run's policies and return its folder's name."""
        with atomic_folder(self.ledger.checkpoints / guard.id) as place:
            guard.save(place)
        return guard.id

    def open(self, name: str) -> Guard:
        """Return a guard that was kept."""
        return load_guard(self.ledger.checkpoints / name)


@dataclass(frozen=True, slots=True)
class _Validated:
    """Trains as strongly as pays on families that were left out of the training.

    A guard that learns the seen families by heart looks better on them and is worse elsewhere; so
    the strength is chosen in two folds, each validated on the half of the seen families that it
    did not learn from. What is returned then learns from all.
    """

    hardening: Hardening
    start: Guard

    def improve(self, policy: Guard, examples: Sequence[Example], *, seed: int = 0) -> Guard:
        """Return a guard trained on `examples`, as strict as the start; made once."""
        h = self.hardening
        said = [[e.problem, e.move.reply.text, e.weight] for e in examples]
        target = h.ledger.checkpoints / digest("hardened", policy.id, self.start.id, said, seed)
        if not target.is_dir():
            caught = [0] * STRENGTHS
            for fold in _halves(h.pool.seen.families):
                apart = [e for e in examples if h.families.get(e.problem) not in fold]
                for i, guard in enumerate(self._alike(policy, apart, seed)):
                    caught[i] += h.validation.caught(guard, fold)
            n = sum(h.validation.disguised_in(f) for f in _halves(h.pool.seen.families))
            strength = mildest(caught, n)
            learnt = self._alike(policy, examples, seed)
            with atomic_folder(target) as place:
                learnt[min(strength, len(learnt) - 1)].save(place)
        return load_guard(target)

    def _alike(self, policy: Guard, examples: Sequence[Example], seed: int) -> list[Guard]:
        """Return guards trained ever more strongly, each as strict as the start."""
        h = self.hardening
        learnt = h.learner(take_up=True).candidates(policy, examples, seed=seed % 2**31)
        return [h.validation.like(c, self.start) for c in learnt]


def _halves(families: Sequence[str]) -> list[frozenset[str]]:
    """Return the families of each fold; nestings, which may hold any, are in both."""
    return [frozenset({*families[i::2], NESTED}) for i in range(2)]


def signed(episodes: Sequence[Episode], critic: str) -> list[Example]:
    """Return the moves of judged episodes: right ones with weight 1, wrong ones with -1.

    Raises:
        ValueError: If one is held out.
    """
    weights = {Outcome.PASS: 1.0, Outcome.FAIL: -1.0}
    judged = [(e, e.verdict(critic)) for e in credit.trainable(episodes)]
    return [
        Example(move=e.moves[-1], weight=weights[v.outcome], problem=e.problem.id)
        for e, v in judged
        if v is not None and v.outcome is not Outcome.UNSCORED
    ]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    _, caught, n = row["disguised_caught"]
    return {
        "round": row["round"],
        "pairs": row["pairs"],
        "let through": f"{1 - caught / n:.0%}",
        "promoted": row["promoted"],
    }
