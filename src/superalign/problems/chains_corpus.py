"""The unlabelled corpus behind the chains organisms: worked solutions by fallible authors.

Most authors of easy solutions are sound. On hard problems most share two *misconceptions*,
systematic wrong rules that look right on the page:

- `borrow`: a difference that would go negative is taken the other way round (3-8 gives 5).
- `tens`: of a product with two digits the first is kept (7*8 gives 5).

Every author also slips at random. Errors are carried on. A model pretrained on this learns both
the right rules and the wrong ones, and on hard problems imitates the misled majority: the
knowledge is there, and somebody has to recognise it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from superalign.problems.chains import MODULUS, Axes, Chain, Definition, compute, draw, parse, step
from superalign.records import Problem

LEVELS = range(1, 9)
LEVEL_WEIGHTS = (5, 10, 15, 10, 12, 14, 16, 18)
MISLED = {1: 0.04, 2: 0.07, 3: 0.10, 4: 0.55, 5: 0.65, 6: 0.70, 7: 0.75, 8: 0.80}
"""Share of authors who hold the misconceptions, by level."""
SLIP = 0.02
"""Chance that a step's result is a random wrong digit."""
DISTRACTED, SHUFFLED = 0.10, 0.05
"""Share of documents with distractors, and with shuffled definitions."""


def misconceive(operator: str, left: int, right: int) -> int:
    """Return the result by the wrong rules; equal to `compute` where they do not bite."""
    if operator == "-" and left < right:
        return right - left
    if operator == "*" and left * right >= MODULUS:
        return left * right // MODULUS
    return compute(operator, left, right)


def write(chain: Chain, rng: random.Random, *, misled: bool, slip: float) -> str:
    """Return a solution as one author would write it."""
    values = dict(chain.givens)
    lines = [step(d, values, _result(d, values, rng, misled, slip)) for d in chain.needed()]
    return "\n".join([*lines, f"#{values[chain.question]}"])


def _result(
    d: Definition, values: dict[str, int], rng: random.Random, misled: bool, slip: float
) -> int:
    left, right = (int(o) if o.isdigit() else values[o] for o in (d.left, d.right))
    result = (misconceive if misled else compute)(d.operator, left, right)
    return (result + rng.randrange(1, MODULUS)) % MODULUS if rng.random() < slip else result


def axes_of(rng: random.Random) -> Axes:
    """Draw how a corpus problem is laid out."""
    return Axes(
        distractors=rng.choice((1, 2, 3)) if rng.random() < DISTRACTED else 0,
        shuffled=rng.random() < SHUFFLED,
    )


def documents(seed: int) -> Iterator[tuple[Problem, str]]:
    """Yield problems with one author's solution each, without end."""
    rng = random.Random(seed)
    while True:
        (level,) = rng.choices(LEVELS, LEVEL_WEIGHTS)
        yield document(level, rng)


def document(level: int, rng: random.Random) -> tuple[Problem, str]:
    """Return a problem of `level` with one author's solution."""
    problem = draw(level, rng, axes_of(rng))
    misled = rng.random() < MISLED[level]
    return problem, write(parse(problem.prompt), rng, misled=misled, slip=SLIP)
