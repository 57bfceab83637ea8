"""Learners that go on from the easy generator: what each is rewarded for, round by round.

The answers of easy questions may be known to all; of hard questions only `grpo_full` knows them,
the ceiling. Elsewhere a process reward model trained on easy labels speaks for hard questions.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from superalign import credit
from superalign.critics.process_reward import ProcessReward
from superalign.learners.preference import Preference
from superalign.learners.protocol import Learner
from superalign.learners.reinforce import Reinforce
from superalign.learners.sft import Sft
from superalign.ledger import Ledger
from superalign.measures import shaping
from superalign.measures.advantages import grpo
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Episode, Example, Outcome, Problem, Verdict, seed_of
from superalign.studies.easy_to_hard.config import Arm
from superalign.studies.easy_to_hard.school import (
    School,
    Task,
    examples,
    played,
    right_answers,
    sound,
)
from superalign.studies.easy_to_hard.worlds import world

STARTS: tuple[Arm, ...] = ("base", "sft_easy", "sft_full")
ROUNDS: Mapping[Arm, int] = {"rest_em": 2, "dpo_prm": 3}
"""Rounds of the arms that take great steps (Singh et al. 2023; iterative DPO of Sun et al.)."""
EASY_ONLY: tuple[Arm, ...] = ("rest_em", "grpo_answers")
GAP, GAP_HARD, PAIRS = 1.0, 0.5, 3
"""A pair's scores differ by more than 1 where an answer is known, half of it where only the
reward model speaks; at most 3 pairs a question."""
PER_QUESTION = 4
"""Right solutions of a question that ReST-EM learns from."""
WATCHED = 64
"""Samples a round from which the divergence from the start is estimated."""


@dataclass(frozen=True, slots=True)
class ArmTask:
    """A learner of one seed, as it travels to another process."""

    task: Task
    arm: Arm
    school: School

    @property
    def name(self) -> str:
        """What it is called while it runs."""
        return f"{self.task.seed} {self.arm}"


async def learnt(job: ArmTask, ledger: Ledger, progress: Progress) -> dict[str, Any]:
    """Teach a learner, then have it answer the test greedily."""
    course = _Course(job, ledger, progress)
    policy = course.start
    rounds = []
    for number in range(course.rounds):
        policy, seen = await course.round(policy, number)
        rounds.append(seen)
    return {**await course.measure(policy), "rounds": rounds}


class _Course:
    def __init__(self, job: ArmTask, ledger: Ledger, progress: Progress) -> None:
        self.arm, self.config, self.seed = job.arm, job.task.config, job.task.seed
        self.school, self.ledger, self.progress = job.school, ledger, progress
        self.base, self.world = job.task.generator(), world(job.task.config)
        self.judge = job.task.judge()

    @cached_property
    def start(self) -> LocalPolicy:
        """The policy that the arm starts from."""
        if self.arm == "base":
            return self.base
        school = self.school
        return self.base.at(school.sft_full if self.arm == "sft_full" else school.sft_easy)

    @cached_property
    def critic(self) -> ProcessReward:
        """The process reward model of easy labels."""
        return ProcessReward(
            self.school.evaluators["prm"], self.judge, aggregation=self.config.voting
        )

    @property
    def rounds(self) -> int:
        """How often the arm samples and learns."""
        return 0 if self.arm in STARTS else ROUNDS.get(self.arm, self.config.iterations)

    async def round(self, policy: LocalPolicy, number: int) -> tuple[LocalPolicy, dict[str, Any]]:
        """Sample, reward, learn; return the new policy and what a watcher sees."""
        tried = await self._tried(policy, number)
        judged = await self._judged(tried)
        lesson = self._lesson(judged)
        seen = await self._seen(policy, judged)
        learner = self._learner(f"round {number + 1}: learn")
        return learner.improve(policy, lesson, seed=seed_of(self.seed, number)), seen

    async def _tried(self, policy: LocalPolicy, number: int) -> list[Episode]:
        config, seed = self.config, seed_of(self.seed, self.arm in EASY_ONLY, "questions", number)
        levels = config.easy if self.arm in EASY_ONLY else (*config.easy, *config.hard)
        n = config.questions * (config.iterations // self.rounds or 1)
        problems = self.world.train(levels, n, seed)
        with self.progress.stage("sample", config.samples * len(problems)):
            return await played(
                policy, problems, self.ledger, self.progress, samples=config.samples, seed=seed
            )

    async def _judged(self, tried: Sequence[Episode]) -> list[Episode]:
        """Return the samples as the reward model judges them, where the arm has one."""
        if self.arm not in ("dpo_prm", "grpo_prm"):
            return list(tried)

        async def make() -> list[Any]:
            verdicts = await self.critic.judge(tried)
            return [v.model_dump(mode="json") for v in verdicts]

        kept = await self.ledger.once("judged", [self.critic.id, [e.id for e in tried]], make)
        verdicts = [Verdict.model_validate(v) for v in kept]
        return [e.judged(v) for e, v in zip(tried, verdicts, strict=True)]

    def _known(self, episodes: Sequence[Episode]) -> list[bool | None]:
        """Return whether answers are right; None where the arm may not know."""
        open_to = [e for e in episodes if self.arm == "grpo_full" or self._easy(e.problem)]
        right = right_answers(self.world, open_to)
        by_id = {e.id: ok for e, ok in zip(open_to, right, strict=True)}
        return [by_id.get(e.id) for e in episodes]

    def _easy(self, problem: Problem) -> bool:
        return problem.level in self.config.easy

    def _lesson(self, judged: Sequence[Episode]) -> list[Example]:
        known = self._known(judged)
        if self.arm == "rest_em":
            right = [bool(k) for k in known]
            return credit.at_most(examples(judged, right), PER_QUESTION)
        if self.arm == "dpo_prm":
            return self._pairs(judged, known)
        rewards = [self._reward(e, k) for e, k in zip(judged, known, strict=True)]
        return credit.advantaged(_said(judged, rewards), "reward", grpo)

    def _reward(self, episode: Episode, known: bool | None) -> float:
        """Return the answer's reward, its penalty, and what the reward model says of the steps."""
        ended = episode.final.stop == "end"
        reward = shaping.terminal(known)
        reward += self.world.penalty(episode.final.text) if ended else -1.0
        if self.arm == "grpo_prm":
            verdict = episode.verdict(self.critic.id)
            reward += sum(shaping.step_rewards((verdict and verdict.steps) or (0.0,)))
        return reward

    def _pairs(self, judged: Sequence[Episode], known: Sequence[bool | None]) -> list[Example]:
        """Return the best before the worst by the reward model, and the answer where known."""
        scores = [
            (((v := e.verdict(self.critic.id)) and v.confidence) or 0.0) + bool(k)
            for e, k in zip(judged, known, strict=True)
        ]
        parts = []
        for easy, gap in ((True, GAP), (False, GAP_HARD)):
            part = [
                (e, s) for e, s in zip(judged, scores, strict=True) if self._easy(e.problem) is easy
            ]
            said = _said([e for e, _ in part], [s for _, s in part])
            parts += credit.ranked(said, "reward", gap=gap, n=PAIRS)
        return parts

    def _learner(self, name: str) -> Learner[LocalPolicy]:
        config, folder = self.config, self.ledger.checkpoints
        steps = config.learner_steps * config.iterations // self.rounds
        self.progress.begin(name, steps)
        match self.arm:
            case "rest_em":
                return Sft(folder=folder, steps=steps, progress=self.progress)
            case "dpo_prm":
                return Preference(folder=folder, steps=steps, progress=self.progress)
        return Reinforce(
            folder=folder,
            lr=config.learner_lr,
            steps=steps,
            warmup=2,
            reference=self.start,
            progress=self.progress,
        )

    async def _seen(self, policy: LocalPolicy, judged: Sequence[Episode]) -> dict[str, Any]:
        """Return length, divergence from the start, reward and, in hindsight, what was right."""
        said = [v.confidence or 0.0 for e in judged if (v := e.verdict(self.critic.id))]
        right = right_answers(self.world, judged)
        honest = [sound(self.world, e) for e in judged]
        return {
            "tokens": fmean(e.final.tokens or 0 for e in judged),
            "unfinished": fmean(e.final.stop != "end" for e in judged),
            "kl": await self._divergence(policy, judged),
            "reward_model": fmean(said) if said else None,
            "right": fmean(a and s for a, s in zip(right, honest, strict=True)),
            "by_level": self._by_level(judged, right, honest),
        }

    def _by_level(
        self, judged: Sequence[Episode], right: Sequence[bool], honest: Sequence[bool]
    ) -> dict[str, float]:
        found: defaultdict[str, list[bool]] = defaultdict(list)
        for episode, answer, steps in zip(judged, right, honest, strict=True):
            found[str(episode.problem.level)].append(answer and steps)
        return {level: fmean(values) for level, values in sorted(found.items())}

    async def _divergence(self, policy: LocalPolicy, judged: Sequence[Episode]) -> float:
        """Return the mean of log pi / pi_start over some samples, in nats a sample (k1)."""
        watched = [e for e in judged if e.final.stop == "end"][:: max(1, len(judged) // WATCHED)]

        async def make() -> list[float]:
            return [
                sum(p.logprobs(e.moves[-1].seen, e.final.text, ended=True))
                for e in watched
                for p in (policy, self.start)
            ]

        if policy.folder == self.start.folder or not watched:
            return 0.0
        key = [policy.id, self.start.id, [e.id for e in watched]]
        found = await self.ledger.once("divergence", key, make)
        return fmean(a - b for a, b in zip(found[::2], found[1::2], strict=True))

    async def measure(self, policy: LocalPolicy) -> dict[str, Any]:
        """Return by test problem whether the greedy answer, and every step of it, is right."""
        problems = self.world.test(self.config.greedy, seed_of(self.seed, "greedy test"))
        with self.progress.stage("measure", len(problems)):
            found = await played(
                policy.sampled(temperature=0.0),
                problems,
                self.ledger,
                self.progress,
                samples=1,
                seed=0,
            )
        answer = right_answers(self.world, found)
        honest = [sound(self.world, e) for e in found]
        return {
            "levels": [p.level for p in problems],
            "answer": [float(a) for a in answer],
            "right": [float(a and s) for a, s in zip(answer, honest, strict=True)],
            "folder": str(policy.folder),
        }


def _said(episodes: Sequence[Episode], rewards: Sequence[float]) -> list[Episode]:
    """Return episodes whose verdict is their reward."""
    pairs = zip(episodes, rewards, strict=True)
    return [
        e.judged(Verdict(critic="reward", outcome=Outcome.PASS, confidence=r)) for e, r in pairs
    ]


def arm(job: ArmTask, progress: Progress) -> dict[str, Any]:
    """Run one learner of one seed, with a record of its own."""
    with job.task.ledger(job.arm) as ledger:
        return asyncio.run(learnt(job, ledger, progress))
