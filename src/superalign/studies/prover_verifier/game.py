"""The game of one seed: verifier and prover in turn, each from its start anew in every round."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from superalign.critics.reward_model import RewardModel
from superalign.games.prover_verifier import role_of
from superalign.learners.verifier import Solutions, VerifierTraining
from superalign.ledger import Ledger
from superalign.measures.roles import ROLES, Role
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Episode, Problem, seed_of
from superalign.studies.prover_verifier.pool import Solution, Source, lesson, mixed
from superalign.studies.prover_verifier.pressing import Press, Pressing
from superalign.studies.prover_verifier.proofs import sampled, truth
from superalign.studies.prover_verifier.school import Parts, Task, first_prover, parts, reader


def game(task: Task, progress: Progress) -> dict[str, Any]:
    """Play the rounds of a seed; return folders, pools and what was seen of every phase."""
    with task.ledger("game") as ledger:
        return asyncio.run(_Rounds(task, ledger, progress).run())


class _Rounds:
    def __init__(self, task: Task, ledger: Ledger, progress: Progress) -> None:
        self.task, self.config, self.ledger, self.progress = task, task.config, ledger, progress
        self.parts: Parts = parts(task.config, task.seed)

    async def run(self) -> dict[str, Any]:
        """Return the folder of everything that later parts need."""
        folder = self.ledger.checkpoints
        start = first_prover(self.task, self.parts.taught, folder, self.progress)
        base = await self._drawn("base", start, (None,))
        found: dict[str, Any] = {"start": str(start.folder), "rounds": []}
        found["reader"] = str(reader(self.task, base, folder, self.progress))
        earlier: list[list[Episode]] = []
        for number in range(self.config.rounds):
            verifier, pool = self._verifier(base, earlier, number)
            prover, seen = await self._prover(start, verifier, number)
            earlier.append(await self._drawn(f"round {number}", prover, ROLES))
            row = {"verifier": str(verifier), "prover": str(prover.folder), "pool": pool, **seen}
            found["rounds"].append(row)
        return found

    async def _drawn(
        self, name: str, prover: LocalPolicy, roles: Sequence[Role | None]
    ) -> list[Episode]:
        """Return solutions of D_V, of each role as many, whatever the roles."""
        n, seed = self.config.drawn // len(roles), seed_of(self.task.seed, "drawn", name)

        async def draw() -> list[Episode]:
            found = [await sampled(prover, r, self.parts.verifier, n, seed=seed) for r in roles]
            return [e for episodes in found for e in episodes]

        with self.progress.stage(f"solutions of {name}"):
            return await self.ledger.play("drawn", [prover.id, list(roles), n, seed], draw)

    def _verifier(
        self, base: Sequence[Episode], earlier: Sequence[Sequence[Episode]], number: int
    ) -> tuple[Path, dict[str, Any]]:
        """Train the verifier of a round from its start; return it and what it learnt from."""
        sources = [_by_problem(episodes) for episodes in (base, *earlier)]
        rng = Random(seed_of(self.task.seed, "pool", number))
        chosen = {
            p: mixed(
                sources[0].get(p.id, []),
                [s.get(p.id, []) for s in sources[1:]],
                self.config.solutions,
                rng,
            )
            for p in self.parts.verifier
        }
        training = VerifierTraining(steps=self.config.verifier_steps, squared=self.config.squared)
        shown: list[Solutions] = [lesson(p, found) for p, found in chosen.items()]
        with self.progress.stage(f"round {number + 1}: train the verifier", training.steps):
            folder = training.train(
                LocalPolicy(self.config.verifier),
                shown,
                self.ledger.checkpoints,
                seed=seed_of(self.task.seed, "verifier", number) % 2**31,
                progress=self.progress,
            )
        return folder, _counted(chosen)

    async def _prover(
        self, start: LocalPolicy, verifier: Path, number: int
    ) -> tuple[LocalPolicy, dict[str, Any]]:
        """Train the prover of a round from its start, both roles at once."""
        press = Press(
            name=f"round {number + 1}: train the prover",
            roles=ROLES,
            reward=self.config.reward,
            verifier=RewardModel(verifier),
        )
        return await Pressing(
            config=self.config,
            press=press,
            start=start,
            problems=self.parts.prover,
            ledger=self.ledger,
            progress=self.progress,
            seed=seed_of(self.task.seed, "prover", number),
        ).run()


def _by_problem(episodes: Sequence[Episode]) -> dict[str, Source]:
    """Return finished solutions that state an answer, by problem."""
    found: dict[str, list[Solution]] = {}
    for e in episodes:
        known = truth(e)
        if known.answer or known.wrong:
            role: Role | None = None if e.game == "solo" else role_of(e)
            found.setdefault(e.problem.id, []).append(Solution(e.final.text, known.right, role))
    return dict(found)


def _counted(chosen: Mapping[Problem, Sequence[Solution]]) -> dict[str, Any]:
    """Return how many problems a verifier learnt from, and how many solutions by role and side."""
    counts: dict[str, int] = {}
    for s in (s for found in chosen.values() for s in found):
        name = f"{s.role or 'base'} {'right' if s.right else 'wrong'}"
        counts[name] = counts.get(name, 0) + 1
    return {"problems": sum(bool(found) for found in chosen.values()), "solutions": counts}
