"""Which solutions are read, and how well style alone tells the roles apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np

from superalign import stats
from superalign.learners.heads import Head, Training, train_heads
from superalign.measures.roles import ROLES, Role
from superalign.policies.features import body
from superalign.records import Episode
from superalign.studies.prover_verifier.proofs import truth

STYLE = "words-512"
"""The body of the discriminator: it counts words and pairs of words, and reads no problem."""


def chosen(right_of: Sequence[Episode], wrong_of: Sequence[Episode], rng: Random) -> list[Episode]:
    """Return one right and one wrong solution of every problem, right ones of the first.

    A problem that lacks one of them gives none, as in the study with people.
    """
    right, wrong = _by_problem(right_of, right=True), _by_problem(wrong_of, right=False)
    both = [name for name in right if name in wrong]
    return [rng.choice(side[name]) for name in both for side in (right, wrong)]


def _by_problem(episodes: Sequence[Episode], *, right: bool) -> dict[str, list[Episode]]:
    found: dict[str, list[Episode]] = {}
    for e in episodes:
        known = truth(e)
        if known.right if right else known.wrong:
            found.setdefault(e.problem.id, []).append(e)
    return found


def discriminated(by_role: Mapping[Role, Sequence[Episode]], seed: int) -> float | None:
    """Return how well a small linear model of style alone tells the roles apart, as an AUROC.

    It learns from one half of the problems and is measured on the other; 0.5 is chance.
    """
    rows = [(e, role) for role in ROLES for e in by_role[role] if e.final.text]
    if not rows:
        return None
    names = sorted({e.problem.id for e, _ in rows})
    learnt = set(Random(seed).sample(names, len(names) // 2))
    features = body(STYLE).features([_plain(e.final.text) for e, _ in rows])
    sneaky = np.array([float(role == "sneaky") for _, role in rows])
    inside = np.array([e.problem.id in learnt for e, _ in rows])
    if not inside.any() or inside.all():
        return None
    targets = np.stack([1 - sneaky, sneaky], 1)
    place = np.flatnonzero(inside)
    head = Head(targets=targets[place], rows=place, seed=seed)
    heads = train_heads(features, [head], Training(epochs=100, batch=32))
    scores = heads.probabilities(features)[0, ~inside, 1]
    return stats.auroc(scores, sneaky[~inside])


def _plain(text: str) -> str:
    """Return the text with every name as one letter and all signs apart, so that style is left."""
    return " ".join("v" if c.isalpha() else c for c in text.replace("\n", ";"))
