"""The game of one seed: verifier and prover in turn, each from its start anew in every round."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from superalign.games.prover_verifier import role_of
from superalign.learners.verifier import Solutions
from superalign.ledger import Ledger
from superalign.measures.roles import ROLES, Role
from superalign.progress import Progress
from superalign.records import Episode, Problem, seed_of
from superalign.studies.prover_verifier.attacks import Apart, trained
from superalign.studies.prover_verifier.pool import SHARES, Solution, Source, lesson, mixed
from superalign.studies.prover_verifier.pressing import Press, Pressing
from superalign.studies.prover_verifier.proofs import sampled, truth
from superalign.studies.prover_verifier.provers import Prover, by_prompt
from superalign.studies.prover_verifier.school import Parts, Task, parts


def game(task: Task, progress: Progress) -> dict[str, Any]:
    """Play the rounds of a seed; return folders, pools and what was seen of every phase."""
    with task.ledger("game") as ledger:
        problems, folder = parts(task.config, task.seed).taught, ledger.checkpoints
        start = task.prover().taught(problems, folder, progress, seed=task.seed)
        solver = None
        if task.config.variant == "decoupled":
            solver = trained(Apart(task, str(start.place)), progress)["folder"]
        return asyncio.run(_Rounds(task, ledger, progress).run(start, solver))


class _Rounds:
    def __init__(self, task: Task, ledger: Ledger, progress: Progress) -> None:
        self.task, self.config, self.ledger, self.progress = task, task.config, ledger, progress
        self.parts: Parts = parts(task.config, task.seed)

    async def run(self, start: Prover, solver: str | None) -> dict[str, Any]:
        """Return where everything is kept that later parts need."""
        folder = self.ledger.checkpoints
        solved = await self._solved(self.task.prover(solver)) if solver else []
        start = start.translating(by_prompt(solved)) if solved else start
        base = await self._drawn("base", start, (None,))
        reader = self.task.reader.taught(base, folder, self.progress, seed=self.task.seed)
        found: dict[str, Any] = {
            "start": str(start.place),
            "reader": str(reader.place),
            "solved": [e.model_dump(mode="json") for e in solved],
            "rounds": [],
        }
        earlier: list[list[Episode]] = []
        for number in range(self.config.rounds):
            verifier, pool = self._verifier(base, earlier, number)
            prover, seen = await self._prover(start, verifier, number)
            earlier.append(await self._drawn(f"round {number}", prover, ROLES))
            row = {"verifier": str(verifier), "prover": str(prover.place), "pool": pool, **seen}
            found["rounds"].append(row)
        return found

    async def _solved(self, solver: Prover) -> list[Episode]:
        """Return one solution of every problem, which is all that translators ever see of it."""
        problems = [*self.parts.prover, *self.parts.verifier, *self.parts.test]
        seed = seed_of(self.task.seed, "solved")

        async def draw() -> list[Episode]:
            return await sampled(solver, "helpful", problems, 1, seed=seed)

        with self.progress.stage("solve"):
            return await self.ledger.play("solved", [solver.id, seed], draw)

    async def _drawn(
        self, name: str, prover: Prover, roles: Sequence[Role | None]
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
        """Teach the verifier of a round from its start; return it and what it learnt from."""
        sources = [_by_problem(episodes) for episodes in (base, *earlier)]
        rng = Random(seed_of(self.task.seed, "pool", number))
        chosen = {
            p: mixed(
                sources[0].get(p.id, []),
                [s.get(p.id, []) for s in sources[1:]],
                self.config.solutions,
                rng,
                SHARES[self.config.variant],
            )
            for p in self.parts.verifier
        }
        shown: list[Solutions] = [lesson(p, found) for p, found in chosen.items()]
        steps = self.config.verifier_steps
        with self.progress.stage(f"round {number + 1}: train the verifier", steps):
            place = self.task.verifier.taught(
                shown,
                self.ledger.checkpoints,
                self.progress,
                seed=seed_of(self.task.seed, "verifier", number),
            )
        return place, _counted(chosen)

    async def _prover(
        self, start: Prover, verifier: Path, number: int
    ) -> tuple[Prover, dict[str, Any]]:
        """Train the prover of a round from its start, both roles at once."""
        press = Press(
            name=f"round {number + 1}: train the prover",
            roles=ROLES,
            reward="decoupled" if start.solved else self.config.reward,
            verifier=self.task.verifier.at(verifier),
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
