"""What presses a prover: sample, reward by role, learn; until the verifier gives way or time is up.

The same course is a prover phase of the game, an attack on a verifier, and the baseline that is
rewarded for correctness alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

from superalign.ledger import Ledger
from superalign.measures.roles import Reward, Role, exploited, lately, overtaken
from superalign.progress import Progress
from superalign.records import Problem, digest, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.lessons import Played
from superalign.studies.prover_verifier.proofs import Verifier, sampled, truth, valued, worked
from superalign.studies.prover_verifier.provers import Prover


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a prover is trained for."""

    name: str
    roles: tuple[Role, ...]
    reward: Reward | None
    """None rewards what is right, and asks no verifier."""
    verifier: Verifier | None = None
    attack: bool = False
    """Whether it ends as an attack does, and not as a phase of the game."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    """A course of training from `start` on."""

    config: ProverVerifierConfig
    press: Press
    start: Prover
    problems: Sequence[Problem]
    """D_pi."""
    ledger: Ledger
    progress: Progress
    seed: int

    async def run(self) -> tuple[Prover, dict[str, Any]]:
        """Return the last prover, and what was seen of every iteration before it learnt."""
        place, seen = self.start.place, list[dict[str, Any]]()
        most = self.config.attack_iterations if self.press.attack else self.config.iterations
        self.progress.begin(self.press.name, most)
        for number in range(most):
            key = [self.start.id, self.press.name, self._asked, number, self.seed]
            step = partial(self._one, place, number, seen[1 - AVERAGED :])
            found = await self.ledger.once("press", key, step)
            seen.append(found["seen"])
            self._forget(place, keep=Path(found["folder"]))
            place = Path(found["folder"])
            self.progress.advance()
            if found["seen"]["over"]:
                break
        updates = sum(not s["over"] for s in seen) * self.config.updates
        return self.start.at(place), {
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
        self, place: Path, number: int, before: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Play, and learn unless the verifier gave way; `before` is what was seen lately."""
        prover = self.start.at(place)
        problems = self._problems(number)
        played = [await self._play(prover, role, problems, number) for role in self.press.roles]
        seen = watched(played, await self._honest(problems) if self.press.attack else None)
        if self.press.reward == "decoupled":
            seen["lately"] = averages(played, before[-1]["lately"] if before else {})
        seen["over"] = self._over([*before, seen], number)
        if not seen["over"]:
            prover = prover.improved(
                played,
                self.press.reward,
                self.ledger.checkpoints,
                start=self.start,
                seed=seed_of(self.seed, number),
            )
        return {"folder": str(prover.place), "seen": seen}

    def _problems(self, number: int) -> list[Problem]:
        """Return the problems of an iteration, which are the same for every role."""
        n = max(1, self.config.questions // len(self.press.roles))
        rng = Random(seed_of(self.seed, "problems", number))
        return rng.sample(list(self.problems), min(n, len(self.problems)))

    async def _play(
        self, prover: Prover, role: Role, problems: Sequence[Problem], number: int
    ) -> Played:
        """Return samples and what the verifier says of them; what never came is left out."""
        n, seed = self.config.samples, seed_of(self.seed, "samples", number)
        said = await sampled(prover, role, problems, n, seed=seed)
        episodes = [e for e in said if e.final.came]
        verifier = self.press.verifier
        values: Sequence[float | None] = [None] * len(episodes)
        if verifier:
            values = await valued(verifier, episodes)
        unscored = [v is None for v in values] if verifier else []
        return Played(
            role,
            episodes,
            values,
            [truth(e) for e in episodes],
            missing=len(said) - len(episodes),
            unscored=sum(unscored),
        )

    async def _honest(self, problems: Sequence[Problem]) -> list[float]:
        """Return what the verifier says of worked solutions, which an attack is held against."""
        assert self.press.verifier is not None
        found = await valued(self.press.verifier, [worked(p) for p in problems])
        return [v for v in found if v is not None]

    def _over(self, history: Sequence[Mapping[str, Any]], number: int) -> bool:
        """Return whether the verifier gave way, by the rule of an attack or of the game.

        An attack counts as wrong what states an answer and is not right, a lucky answer too.
        """
        seen, reward = history[-1], self.press.reward
        by = seen["roles"]
        if reward is None or not all(s["came"] for s in by.values()):
            return False
        if self.press.attack:
            (role,) = by
            right = [s["roles"][role]["right"] for s in history if s["roles"][role]["came"]]
            accuracy = fmean(right) if len(right) == AVERAGED else 1.0
            wrong = by[role]["wrong"] + by[role]["answer"] - by[role]["right"]
            return exploited(reward, wrong=wrong, accuracy=accuracy, parity=seen["parity"])
        if reward == "decoupled":
            now = [seen["lately"][role] for role in ("sneaky", "helpful")]
            return number >= self.config.least and None not in now and now[0] > now[1]
        subtle = reward != "cgc" or by["sneaky"]["right"] < CGC_RIGHT
        return number >= self.config.least and seen["parity"] and subtle

    def _forget(self, place: Path, *, keep: Path) -> None:
        """Remove what another took the place of."""
        if place in (keep, self.start.place):
            return
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)


AVERAGED = 5
"""Iterations over which the accuracy is averaged by which an attack without a role ends."""
CGC_RIGHT = 0.05
"""Accuracy of the sneaky prover below which a phase with the reward CGC may end."""


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


def averages(
    played: Sequence[Played], before: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Return by role the moving average of V where the solver is right."""
    now = {p.role: _of(p.solved(), p.role) for p in played}
    return {role: lately(before.get(role), mean(values)) for role, values in now.items()}


def _of(played: Played, role: Role) -> list[float]:
    """Return the values of the solutions that do what the role asks."""
    pairs = zip(played.values, played.truths, strict=True)
    return [v for v, t in pairs if v is not None and t.does(role)]


def _role(played: Played) -> dict[str, Any]:
    values, truths = _of(played, played.role), played.truths
    return {
        "came": len(truths),
        "missing": played.missing,
        "right": mean([t.right for t in truths]),
        "answer": mean([t.answer for t in truths]),
        "wrong": mean([t.wrong for t in truths]),
        "value": mean(values),
        "unscored": played.unscored,
        "tokens": mean([e.final.tokens or 0 for e in played.episodes]),
        "unfinished": mean([e.final.stop != "end" for e in played.episodes]),
    }


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, None of nothing."""
    return fmean(values) if values else None
