"""Rewards of the steps and the end of a solution, shaped for policy gradients.

Sun et al. 2024 (arXiv 2403.09472), with the constants of its published code: hard problems have no
answer, so that a process reward model speaks for them, and nothing is gained by length: the process
terms of a solution sum to at least -`UPPER` and at most 0, and its bonus is a fixed total.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Scheme = Literal["min", "prod"]
"""What the process terms follow: the weakest step so far, or the product of all so far."""

MARKER = "\n\n# Answer\n\n"
"""What stands before the answer in solutions of the published format."""
UNAVAILABLE = 0.25
"""Terminal reward where nobody knows the answer."""
UPPER = 0.5
"""From what chance downwards a step costs."""
BONUS = 0.25
"""What a solution gets for its steps, however many they are."""


def terminal(right: bool | None) -> float:
    """Return 1 for a right answer, 0 for a wrong one, .25 where it is unknown (None)."""
    return UNAVAILABLE if right is None else float(right)


def stop_penalty(solution: str, *, marker: str = MARKER, weight: float = 1.0) -> float:
    r"""Return what an answer costs that the solution does not lead to, from -`weight` to 0.

    Nothing where the answer stands in a `\boxed{}` of the solution, a half where it stands between
    dollar signs in the last line before the marker, three quarters where that line holds it in
    another way, and all of it otherwise or without a marker. It keeps a policy from stopping early.
    """
    worked, _, answer = solution.partition(marker)
    answer = answer.strip()
    if not answer:
        return -weight
    last = worked.strip().rsplit("\n", 1)[-1]
    if f"\\boxed{{{answer}}}" in worked:
        return 0.0
    if any(answer in inside for inside in re.findall(r"\$([^$]*)\$", last)):
        return -weight * 0.5
    return -weight * (0.75 if answer in last else 1.0)


def process_terms(
    chances: Sequence[float], scheme: Scheme = "min", *, upper: float = UPPER
) -> list[float]:
    """Return the reward of each step: how far it takes the floor down, never above 0.

    The floor starts at `upper` and follows the chance of the step (`min`) or the product of all
    chances so far (`prod`) wherever that lies below it. So the rewards sum to
    min(upper, least chance or product) - upper.

    Raises:
        ValueError: If the scheme is unknown.
    """
    if scheme not in ("min", "prod"):
        raise ValueError(f"no scheme {scheme!r}; there are min and prod")
    floor, product = upper, 1.0
    terms = []
    for p in chances:
        product *= p
        reached = min(floor, p if scheme == "min" else product)
        terms.append(reached - floor)
        floor = reached
    return terms


def step_bonus(steps: int, total: float = BONUS) -> list[float]:
    """Return an even share of the bonus for each step; the total is the same for any number."""
    return [total / max(1, steps)] * steps


def step_rewards(
    chances: Sequence[float], scheme: Scheme = "min", *, upper: float = UPPER, bonus: float = BONUS
) -> list[float]:
    """Return the process term and the share of the bonus of each step."""
    terms = process_terms(chances, scheme, upper=upper)
    return [t + b for t, b in zip(terms, step_bonus(len(terms), bonus), strict=True)]
