"""One round on a user's own problems: attack, answer, judge, refine, learn, gate.

Every step is recorded in the ledger chunk by chunk, so that a killed run asks nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from superalign import credit
from superalign.attackers.variants import variants
from superalign.critics.protocol import Critic, Judge
from superalign.critics.rubric import Rubric
from superalign.errors import Unreachable
from superalign.games.solo import LEARNER, Solo
from superalign.games.table import Seat
from superalign.learners.pairs import Pair, score, widest
from superalign.learners.protocol import Learner
from superalign.learners.refine import Revised, accepted, refine
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.recipes.own_config import OwnConfig
from superalign.recipes.own_measures import judged_by
from superalign.recipes.own_seats import Seats
from superalign.records import Episode, Example, Outcome, Policy, Problem, seed_of
from superalign.stats import paired_difference

CHUNK = 8
"""Problems per recorded step: what a kill can cost."""

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Found:
    """What the rounds came to."""

    judged: list[Episode] = field(default_factory=list)
    """Every answer, with the critic's verdict."""
    revised: list[Revised] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    written: int = 0
    """Problems that the attacker was asked to rewrite."""
    usable: int = 0
    rounds: list[dict[str, Any]] = field(default_factory=list)


class Round:
    """The steps of a round, for one configuration and its seats."""

    def __init__(
        self,
        config: OwnConfig,
        ledger: Ledger,
        seats: Seats,
        learner: Learner[LocalPolicy],
        progress: Progress,
    ) -> None:
        self.config, self.ledger, self.seats = config, ledger, seats
        self.learner, self.progress = learner, progress
        self.critic, self.second = self._rubric("first"), self._rubric("second")

    def _rubric(self, look: str) -> Rubric:
        return Rubric(
            self.seats.critic,
            standard=self.config.standard,
            k=self.config.looks,
            seed=seed_of(self.config.seed, look),
        )

    async def play(
        self,
        i: int,
        problems: Sequence[Problem],
        policy: Policy,
        held: list[Episode],
        found: Found,
    ) -> tuple[Policy, list[Episode]]:
        """Play round `i`; return who goes on, and its answers to the held-out problems."""
        seed = seed_of(self.config.seed, "round", i)
        asked = [*problems, *await self._attack(problems, seed, found)]
        judged = await self.answers("answer", asked, policy, self.critic, seed=seed)
        revised = await self._refine(judged, policy, seed)
        pairs = self._pairs(judged, revised)
        found.judged += judged
        found.revised += revised
        found.pairs += pairs
        row = {
            "round": i + 1,
            "answers": len(judged),
            **judged_by(self.critic.id, judged),
            "pairs": len(pairs),
        }
        examples = self._examples(judged, revised)
        if isinstance(policy, LocalPolicy) and examples:
            self.progress.begin("learn")
            candidate = self.learner.improve(policy, examples, seed=seed)
            policy, held, row["gate"] = await self._gate(policy, candidate, held)
        found.rounds.append(row)
        self.progress.row(_shown(row))
        return policy, held

    async def _attack(self, parents: Sequence[Problem], seed: int, found: Found) -> list[Problem]:
        """Return rewritten problems; without an attacker, none."""
        attacker = self.seats.attacker
        if attacker is None:
            return []
        self.progress.begin("attack", len(parents))
        new: dict[str, Problem] = {}
        for chunk in _chunks(parents):

            async def make(chunk: Sequence[Problem] = chunk) -> list[Any]:
                written = await variants(attacker, chunk, seed=seed)
                return [p and p.model_dump(mode="json") for p in written]

            key = [attacker.id, seed, [p.id for p in chunk]]
            made = await self.ledger.once("attack", key, make)
            new |= {p["id"]: Problem.model_validate(p) for p in made if p}
            self.progress.advance(len(chunk))
        usable = [p for p in new.values() if p.id not in {parent.id for parent in parents}]
        found.written += len(parents)
        found.usable += len(usable)
        return usable

    async def answers(
        self,
        stage: str,
        problems: Sequence[Problem],
        policy: Policy,
        critic: Critic,
        *,
        seed: int,
        n: int | None = None,
    ) -> list[Episode]:
        """Return `n` answers to each problem, judged by `critic`.

        Raises:
            Unreachable: If not one answer of a whole chunk came.
        """
        n = n or self.config.samples
        self.progress.begin(stage, len(problems))
        answers: list[Episode] = []
        for chunk in _chunks(problems):

            async def make(chunk: Sequence[Problem] = chunk) -> list[Episode]:
                seats = {LEARNER: Seat(policy=policy)}
                played = [Solo().play(p, seats, n=n, seed=seed) for p in chunk]
                episodes = [e for group in await asyncio.gather(*played) for e in group]
                self._require_answers(episodes)
                return await Judge(critic)(episodes)

            key = [policy.id, critic.id, n, seed, [p.id for p in chunk]]
            answers += await self.ledger.play(stage, key, make)
            self.progress.advance(len(chunk))
        return answers

    def _require_answers(self, episodes: Sequence[Episode]) -> None:
        if all(e.final.stop == "error" for e in episodes):
            why = episodes[0].final.error
            raise Unreachable(f"{self.config.learner}: none of {len(episodes)} answers came: {why}")

    async def _refine(self, judged: Sequence[Episode], policy: Policy, seed: int) -> list[Revised]:
        """Return the first failed answer to every problem beside its revision."""
        failed = failures(judged, self.critic.id)
        self.progress.begin("refine", len(failed))
        both: list[Revised] = []
        for chunk in _chunks(failed):

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

    def _pairs(self, judged: Sequence[Episode], revised: Sequence[Revised]) -> list[Pair]:
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

    def _examples(self, judged: Sequence[Episode], revised: Sequence[Revised]) -> list[Example]:
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

    async def _gate(
        self, policy: Policy, candidate: Policy, held: list[Episode]
    ) -> tuple[Policy, list[Episode], dict[str, Any]]:
        """Promote the candidate unless the second look scores it lower on held-out problems."""
        problems = [e.problem for e in held]
        seed = self.config.seed
        after = await self.answers("hold", problems, candidate, self.second, seed=seed, n=1)
        scores = [
            (score(old, self.second.id), score(new, self.second.id))
            for old, new in zip(held, after, strict=True)
        ]
        both = [(b, a) for b, a in scores if b is not None and a is not None]
        change = paired_difference([b for b, _ in both], [a for _, a in both], seed=seed)
        promoted = change["difference"] is not None and change["difference"] >= 0
        gate = {"promoted": promoted, "change": change}
        return (candidate, after, gate) if promoted else (policy, held, gate)


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


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


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
