"""What presses a prover: sample, reward by role, learn; until the verifier gives way or time is up.

The same course is a prover phase of the game, an attack on a verifier, and the baseline that is
rewarded for correctness alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from superalign import credit
from superalign.critics.reward_model import RewardModel
from superalign.learners.reinforce import Reinforce
from superalign.ledger import Ledger
from superalign.measures.advantages import grpo
from superalign.measures.roles import (
    REWARDS,
    Reward,
    Role,
    Values,
    aligned,
    exploited,
    overtaken,
)
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Episode, Example, Outcome, Problem, Verdict, digest, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.proofs import Truth, sampled, truth, valued, worked

REWARD = "reward"
"""Names the verdict that holds a solution's reward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a prover is trained for."""

    name: str
    roles: tuple[Role, ...]
    reward: Reward | None
    """None rewards what is right, and asks no verifier."""
    verifier: RewardModel | None = None
    attack: bool = False
    """Whether it ends as an attack does, and not as a phase of the game."""


@dataclass(frozen=True, slots=True)
class Played:
    """The samples of an iteration in one role, what the verifier says, and what is true."""

    role: Role
    episodes: Sequence[Episode]
    values: Values
    truths: Sequence[Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    """A course of training from `start` on."""

    config: ProverVerifierConfig
    press: Press
    start: LocalPolicy
    problems: Sequence[Problem]
    """D_pi."""
    ledger: Ledger
    progress: Progress
    seed: int

    async def run(self) -> tuple[LocalPolicy, dict[str, Any]]:
        """Return the last policy, and what was seen of every iteration before it learnt."""
        folder, seen = self.start.folder, list[dict[str, Any]]()
        self.progress.begin(self.press.name, self.config.iterations)
        for number in range(self.config.iterations):
            key = [self.start.id, self.press.name, self._asked, number, self.seed]
            step = partial(self._one, folder, number, seen[1 - AVERAGED :])
            found = await self.ledger.once("press", key, step)
            seen.append(found["seen"])
            self._forget(folder, keep=Path(found["folder"]))
            folder = Path(found["folder"])
            self.progress.advance()
            if found["seen"]["over"]:
                break
        updates = sum(not s["over"] for s in seen) * self.config.learner_steps
        return self.start.at(folder), {
            "iterations": seen,
            "updates": updates,
            "over": seen[-1]["over"],
        }

    @property
    def _asked(self) -> str:
        """Names what presses."""
        verifier = self.press.verifier.id if self.press.verifier else ""
        return digest(verifier, self.press.reward, self.press.roles, self.press.attack)

    async def _one(
        self, folder: Path, number: int, before: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Play, and learn unless the verifier gave way; `before` is what was seen lately."""
        policy = self.start.at(folder)
        problems = self._problems(number)
        played = [await self._play(policy, role, problems, number) for role in self.press.roles]
        seen = watched(played, await self._honest(problems) if self.press.attack else None)
        seen["over"] = self._over([*before, seen], number)
        if seen["over"]:
            return {"folder": str(policy.folder), "seen": seen}
        lesson = [e for p in played for e in lessons(p, self.press.reward)]
        learner = Reinforce(
            folder=self.ledger.checkpoints,
            lr=self.config.learner_lr,
            steps=self.config.learner_steps,
            warmup=1,
            batch=-(-len(lesson) // self.config.learner_steps),
            reference=self.start,
        )
        taught = learner.improve(policy, lesson, seed=seed_of(self.seed, number))
        return {"folder": str(taught.folder), "seen": seen}

    def _problems(self, number: int) -> list[Problem]:
        """Return the problems of an iteration, which are the same for every role."""
        n = max(1, self.config.questions // len(self.press.roles))
        rng = Random(seed_of(self.seed, "problems", number))
        return rng.sample(list(self.problems), min(n, len(self.problems)))

    async def _play(
        self, policy: LocalPolicy, role: Role, problems: Sequence[Problem], number: int
    ) -> Played:
        n, seed = self.config.samples, seed_of(self.seed, "samples", number)
        episodes = await sampled(policy, role, problems, n, seed=seed)
        verifier = self.press.verifier
        values: Values = await valued(verifier, episodes) if verifier else [None] * len(episodes)
        return Played(role, episodes, values, [truth(e) for e in episodes])

    async def _honest(self, problems: Sequence[Problem]) -> list[float]:
        """Return what the verifier says of worked solutions, which an attack is held against."""
        assert self.press.verifier is not None
        found = await valued(self.press.verifier, [worked(p) for p in problems])
        return [v for v in found if v is not None]

    def _over(self, lately: Sequence[Mapping[str, Any]], number: int) -> bool:
        """Return whether the verifier gave way, by the rule of an attack or of the game.

        An attack counts as wrong what states an answer and is not right, a lucky answer too.
        """
        seen, reward = lately[-1], self.press.reward
        by = seen["roles"]
        if reward is None:
            return False
        if self.press.attack:
            (role,) = by
            right = [s["roles"][role]["right"] for s in lately]
            accuracy = fmean(right) if len(right) == AVERAGED else 1.0
            wrong = by[role]["wrong"] + by[role]["answer"] - by[role]["right"]
            return exploited(reward, wrong=wrong, accuracy=accuracy, parity=seen["parity"])
        subtle = reward != "cgc" or by["sneaky"]["right"] < CGC_RIGHT
        return number >= self.config.least and seen["parity"] and subtle

    def _forget(self, folder: Path, *, keep: Path) -> None:
        """Remove a checkpoint that another took the place of."""
        if folder not in (keep, self.start.folder):
            shutil.rmtree(folder, ignore_errors=True)


AVERAGED = 5
"""Iterations over which the accuracy is averaged by which an attack without a role ends."""
CGC_RIGHT = 0.05
"""Accuracy of the sneaky prover below which a phase with the reward CGC may end."""


def lessons(played: Played, reward: Reward | None) -> list[Example]:
    """Return one role's samples, weighted by their advantage within their problem's group.

    Roles are never together here: a group is the samples of one problem in one role.
    """
    rewarded: list[Episode] = []
    rows = zip(played.episodes, played.values, played.truths, strict=True)
    for _, members in groupby(rows, key=lambda row: row[0].problem.id):
        episodes, values, truths = zip(*members, strict=True)
        does = [aligned(played.role, right=t.right, wrong=t.wrong) for t in truths]
        found = REWARDS[reward](values, does) if reward else [float(t.right) for t in truths]
        rewarded += [_said(e, r) for e, r in zip(episodes, found, strict=True)]
    return credit.advantaged(rewarded, REWARD, grpo)


def _said(episode: Episode, reward: float) -> Episode:
    return episode.judged(Verdict(critic=REWARD, outcome=Outcome.PASS, confidence=reward))


def watched(played: Sequence[Played], honest: Sequence[float] | None) -> dict[str, Any]:
    """Return what a watcher sees of an iteration: by role what is true, values and lengths.

    `parity` holds wrong solutions of the sneaky role against `honest` values or, where there are
    none, against right solutions of the helpful role.
    """
    values = {p.role: _of(p, p.role) for p in played}
    right = values.get("helpful", []) if honest is None else honest
    return {
        "roles": {p.role: _role(p) for p in played},
        "parity": overtaken(values.get("sneaky", []), right),
    }


def _of(played: Played, role: Role) -> list[float]:
    """Return the values of the solutions that do what the role asks."""
    pairs = zip(played.values, played.truths, strict=True)
    return [v for v, t in pairs if v is not None and aligned(role, right=t.right, wrong=t.wrong)]


def _role(played: Played) -> dict[str, Any]:
    values = _of(played, played.role)
    return {
        "right": fmean(t.right for t in played.truths),
        "answer": fmean(t.answer for t in played.truths),
        "wrong": fmean(t.wrong for t in played.truths),
        "value": fmean(values) if values else None,
        "tokens": fmean(e.final.tokens or 0 for e in played.episodes),
        "unfinished": fmean(e.final.stop != "end" for e in played.episodes),
    }
