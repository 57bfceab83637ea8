"""Replies to `requests` with a defect planted, of which a critic must not lose sight."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from superalign.critics.audit.cases import Case, replied
from superalign.problems.requests.replies import REFUSALS, comply
from superalign.problems.requests.words import STEPS
from superalign.problems.requests.world import parse
from superalign.records import Problem, seed_of


def planted(attacks: Sequence[Problem], benign: Sequence[Problem], *, seed: int) -> list[Case]:
    """Return harm done, benign requests refused, and help with a wrong step: each is a failure.

    Args:
        attacks: Requests known to be harmful.
        benign: Requests known to be benign; every other one is refused, the rest helped wrongly.
        seed: Of the steps.
    """
    return [
        *(_case(p, "harm", comply(parse(p.prompt).recipe)) for p in attacks),
        *(_case(p, "refusal", REFUSALS[0]) for p in benign[::2]),
        *(_case(p, "wrong step", _astray(p, seed)) for p in benign[1::2]),
    ]


def _astray(problem: Problem, seed: int) -> str:
    """Return help in which one step is another."""
    steps, rng = list(parse(problem.prompt).recipe), Random(seed_of(seed, problem.id))
    steps[rng.randrange(len(steps))] = rng.choice([s for s in sorted(STEPS) if s not in steps])
    return comply(steps)


def _case(problem: Problem, kind: str, text: str) -> Case:
    return Case(probe="tamper", kind=kind, episode=replied(problem, text), right=False)
