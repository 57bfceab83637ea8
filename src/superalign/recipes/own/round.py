"""What the rounds of the loop are on a user's own problems: what is taught, and who is kept.

Every step is recorded in the ledger chunk by chunk, so that a killed run asks nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from superalign import credit
from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics.rubric import Rubric
from superalign.games.solo import Solo
from superalign.learners.pairs import Pair, score, widest
from superalign.learners.protocol import Learner
from superalign.learners.refine import Revised, accepted, refine
from superalign.ledger import Ledger
from superalign.loop import Lesson, Loop, Round, State
from superalign.oversight.gate import Decision
from superalign.oversight.overseer import Overseer
from superalign.oversight.people import People
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.recipes.own.attack import CHUNK, Answered, Given, chunks
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.measures import judged_by
from superalign.recipes.own.seats import Seats
from superalign.records import Episode, Example, Outcome, Policy, Problem, seed_of
from superalign.stats import paired_difference


@dataclass(frozen=True, slots=True)
class Found:
    """What the rounds came to so far."""

    judged: Sequence[Episode] = ()
    """Every answer, with the critic's verdict."""
    revised: Sequence[Revised] = ()
    pairs: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class WhereItCan:
    """Trains a policy whose weights are at hand, and leaves any other as it is."""

    learner: Learner[LocalPolicy]

    def improve(self, policy: Policy, examples: Sequence[Example], *, seed: int = 0) -> Policy:
        """Return the trained policy; `policy` itself where nothing can be learnt."""
        if not (examples and isinstance(policy, LocalPolicy)):
            return policy
        return self.learner.improve(policy, examples, seed=seed)


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """What is particular to one configuration and its seats."""

    config: OwnConfig
    ledger: Ledger
    seats: Seats
    learner: Learner[LocalPolicy]
    problems: Sequence[Problem]
    """What is tried, and learnt from."""
    held: Sequence[Problem]
    """What the gate compares on; none where nothing can be trained."""
    progress: Progress

    @cached_property
    def critic(self) -> Rubric:
        """Who judges the answers."""
        return self._rubric("first")

    @cached_property
    def second(self) -> Rubric:
        """The second look."""
        return self._rubric("second")

    def _rubric(self, look: str) -> Rubric:
        return Rubric(
            self.seats.critic,
            standard=self.config.standard,
            k=self.config.looks,
            seed=seed_of(self.config.seed, look),
        )

    async def play(self) -> tuple[Policy, Found, list[dict[str, Any]]]:
        """Run the loop; return who is left, what was found, and a row a round.

        Raises:
            Unreachable: If not one answer of a whole chunk came.
        """
        rows: list[dict[str, Any]] = []
        critic = Answered(self.critic, self.config.learner)
        state = State(self.seats.learner, critic, memory=Found())
        async for after, done in self._loop().run(state, self.config.rounds):
            state = after
            rows.append(self._row(done))
            self.progress.row(_shown(rows[-1]))
        return state.learner, state.memory, rows

    def _loop(self) -> Loop[Policy, Found]:
        config, writer = self.config, self.seats.attacker
        return Loop(
            ledger=self.ledger,
            game=Solo(),
            attacker=Given(self.problems, writer),
            teach=self._teach,
            learner=WhereItCan(self.learner),
            overseer=Overseer(people=People.nobody(), seed=config.seed),
            gate=self.gate,
            progress=self.progress,
            budget=config.samples * len(self.problems) * (2 if writer else 1),
            samples=config.samples,
            seed=config.seed,
        )

    async def _teach(
        self, table: Table, tried: Sequence[Episode], memory: Found, *, seed: int
    ) -> Lesson[Found]:
        """Teach what passed, revisions included; remember what is preferred to what."""
        revised = await self._refine(tried, table.learner, seed)
        pairs = self.pairs(tried, revised)
        found = Found(
            [*memory.judged, *tried], [*memory.revised, *revised], [*memory.pairs, *pairs]
        )
        return Lesson(self.examples(tried, revised), len(pairs), found)

    async def _refine(self, judged: Sequence[Episode], policy: Policy, seed: int) -> list[Revised]:
        """Return the first failed answer to every problem beside its revision."""
        failed = failures(judged, self.critic.id)
        self.progress.begin("refine", len(failed))
        both: list[Revised] = []
        for chunk in chunks(failed):

            async def make(chunk: Sequence[Episode] = chunk) -> list[Episode]:
                turns = self.config.turns
                revised = await refine(
                    policy, chunk, self.critic, self.second, seed=seed, turns=turns
                )
                return [e for pair in revised for e in pair]

            key = [policy.id, self.critic.id, self.second.id, seed, [e.id for e in chunk]]
            flat = await self.ledger.play("refine", key, make)
            both += zip(flat[::2], flat[1::2], strict=True)
            self.progress.advance(len(chunk))
        return both

    def pairs(self, judged: Sequence[Episode], revised: Sequence[Revised]) -> list[Pair]:
        """Return which answers are preferred to which, by the critic alone."""
        groups: dict[str, list[Episode]] = {}
        credit.trainable(first for first, _ in revised)
        for e in credit.trainable(judged):
            groups.setdefault(e.problem.id, []).append(e)
        best = [widest(group, self.critic.id, gap=self.config.gap) for group in groups.values()]
        return [
            *(p for p in best if p is not None),
            *accepted(revised, self.second.id, gap=self.config.gap),
        ]

    def examples(self, judged: Sequence[Episode], revised: Sequence[Revised]) -> list[Example]:
        """Return the answers that passed, and passed revisions as answers to the first prompt."""
        good = [
            Example(move=e.moves[-1], weight=right, problem=e.problem.id)
            for e in credit.trainable(judged)
            if (right := _passed(e, self.critic.id))
        ]
        credit.trainable(first for first, _ in revised)
        for first, revision in revised:
            if right := _passed(revision, self.second.id):
                move = first.moves[0].model_copy(update={"reply": revision.final})
                good.append(Example(move=move, weight=right, problem=first.problem.id))
        return good

    async def gate(self, table: Table, learner: Policy, candidate: Policy) -> Decision:
        """Promote the candidate unless the second look scores it lower on held-out problems."""
        if candidate is learner:
            return Decision(False, ("nothing was learnt",))
        before, after = [await self.hold(p) for p in (learner, candidate)]
        scores = [
            (score(old, self.second.id), score(new, self.second.id))
            for old, new in zip(before, after, strict=True)
        ]
        both = [(b, a) for b, a in scores if b is not None and a is not None]
        was, now = [b for b, _ in both], [a for _, a in both]
        change = paired_difference(was, now, seed=self.config.seed)
        promoted = change["difference"] is not None and change["difference"] >= 0
        why = f"by the second look on {change['n']} held-out problems: {change['difference']}"
        return Decision(promoted, (why,), {"promoted": promoted, "change": change})

    async def hold(self, policy: Policy) -> list[Episode]:
        """Return one answer to each held-out problem, as the second look sees it; asked once."""
        critic = Answered(self.second, self.config.learner)
        table = replace(self._loop().table(policy, critic), samples=1)
        self.progress.begin("hold", len(self.held))
        held = Seeds(self.held, chunk=CHUNK)
        return await held.attack(table, budget=len(self.held), seed=self.config.seed)

    def _row(self, done: Round[Policy]) -> dict[str, Any]:
        """Return a round as the summary carries it; `gate` where something was learnt."""
        gate = done.decision.measured
        return {
            "round": done.number,
            "answers": len(done.tried),
            **judged_by(self.critic.id, done.tried),
            "pairs": done.examples,
            **({"gate": dict(gate)} if gate else {}),
        }


def failures(judged: Sequence[Episode], critic: str) -> list[Episode]:
    """Return per problem the first answer that `critic` fails."""
    failed: dict[str, Episode] = {}
    for e in judged:
        if e.outcome(critic) is Outcome.FAIL:
            failed.setdefault(e.problem.id, e)
    return list(failed.values())


def _passed(episode: Episode, critic: str) -> float:
    """Return the score of an episode that `critic` passed, else 0."""
    passed = episode.outcome(critic) is Outcome.PASS
    return (score(episode, critic) or 0.0) if passed else 0.0


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a round as one flat row of the run's table."""
    gate = row.get("gate")
    return {
        "round": row["round"],
        "answers": row["answers"],
        "passed": row["pass_rate"]["rate"],
        "unscored": sum(row["unscored"].values()),
        "pairs": row["pairs"],
        "promoted": gate and gate["promoted"],
    }
