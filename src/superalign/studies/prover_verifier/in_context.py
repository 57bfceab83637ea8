"""Seats of models that cannot be trained: they are shown solutions, and learn by that alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Self

from superalign.learners.verifier import Solutions
from superalign.ledger.folder import read_json, write_json, writing
from superalign.measures.roles import Reward, Role
from superalign.progress import Progress
from superalign.records import Policy, Problem, digest
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.lessons import Played
from superalign.studies.prover_verifier.proofs import Truth
from superalign.studies.prover_verifier.provers import Prover, Solved
from superalign.studies.prover_verifier.words import Shown, prover_words

Briefs = dict[str, list[Shown]]
"""What is shown, by the role that it is shown in."""


def keep(folder: Path, briefs: Briefs, *name: object) -> Path:
    """Write what a model is shown to a file of `folder`, named by it and by `name`."""
    rows = {role: [s.model_dump() for s in shown] for role, shown in briefs.items()}
    path = folder / f"shown-{digest(rows, name)}.json"
    with writing(folder):
        write_json(path, rows)
    return path


def kept(path: Path) -> Briefs:
    """Return what `keep` wrote."""
    return {role: [Shown(**s) for s in shown] for role, shown in read_json(path).items()}


@dataclass(frozen=True, kw_only=True)
class InContext(Prover):
    """A prover that is shown, in each role, the solutions of that role that earned most."""

    config: ProverVerifierConfig
    policy: Policy
    place: Path = Path()
    briefs: Briefs = field(default_factory=dict)
    solved: Solved = field(default_factory=dict)

    @property
    def _bare(self) -> str:
        return digest(self.policy.id, self.briefs)

    def told(self, role: Role | None, *, translates: bool) -> str:
        """Return the role in words, and what has earned most in it."""
        return prover_words(role, self.briefs.get(role or "", ()), translates=translates)

    def at(self, place: Path) -> Self:
        """Return the prover that is shown what `place` holds."""
        return replace(self, place=place, briefs=kept(place))

    def translating(self, solved: Solved) -> Self:
        """Return the same prover as a translator."""
        return replace(self, solved=solved)

    def taught(
        self, problems: Sequence[Problem], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Return the prover with nothing shown: words tell it its roles."""
        return self.at(keep(folder, {}, "start"))

    def improved(
        self,
        played: Sequence[Played],
        reward: Reward | None,
        folder: Path,
        *,
        start: Self,
        seed: int,
    ) -> Self:
        """Show the best sample of every problem, of these the best, and then those of before."""
        n, briefs = self.config.examples, dict(self.briefs)
        for part in played:
            best = sorted(selected(part, reward), key=lambda s: -s.worth)
            before = [s for s in briefs.get(part.role, []) if s.problem not in _problems(best)]
            briefs[part.role] = [*best, *before][:n]
        return self.at(keep(folder, briefs, self.id, seed))


def selected(played: Played, reward: Reward | None) -> list[Shown]:
    """Return the best of each problem's samples, where any does what is asked of it.

    What the verifier gave no verdict on is never the best.
    """
    found = []
    for group in played.groups():
        rewards = group.rewards(reward)
        rows = zip(group.episodes, group.values, group.truths, rewards, strict=True)
        fit = [
            Shown(problem=e.problem.prompt, solution=e.final.text, worth=r)
            for e, v, t, r in rows
            if (reward is None or v is not None) and _fits(t, group.role, reward, r)
        ]
        if fit:
            found.append(max(fit, key=lambda s: s.worth))
    return found


def _fits(true: Truth, role: Role, reward: Reward | None, worth: float) -> bool:
    """Return whether a sample does what its role asks, or what the attack without a role does.

    A faithful translation that convinces of what the solver got wrong earns less than nothing.
    """
    return reward == "goodhart" or (true.does(role) and (reward != "decoupled" or worth > 0))


def _problems(shown: Sequence[Shown]) -> set[str]:
    return {s.problem for s in shown}


def examples(lessons: Sequence[Solutions], n: int, rng: Random) -> list[Shown]:
    """Return up to `n` of a verifier's solutions, in random order.

    A right and a wrong one of the same problem go together, and each problem gives one such pair.
    """
    both = [s for s in lessons if s.right and s.wrong]
    found = [
        Shown(problem=s.seen[-1].text, solution=rng.choice(side), worth=worth)
        for s in rng.sample(both, min(n // 2, len(both)))
        for side, worth in ((s.right, 1.0), (s.wrong, 0.0))
    ]
    return rng.sample(found, len(found))
