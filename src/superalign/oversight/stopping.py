"""Stop rules: when another round is not worth its cost, and why.

A function of what the rounds recorded, so that a run that was killed and goes on ends where it
would have ended.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from superalign.measures.discovery import chao1, unseen_mass
from superalign.oversight.estimates import Estimate

IDLE, ALARMS = 2, 2
"""Rounds in a row without improvement, and rounds in which the same line is crossed."""
UNSEEN, FOUND = 0.05, 0.95
"""Chance that the next failure is of a new kind, and share of Chao's number of kinds found."""
RARE = 0.05
"""Failure rate that every cell's upper bound has to lie below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a round leaves for the rules."""

    improved: bool
    """Whether it replaced the learner by a better one, or people's audit shows fewer failures."""
    found: Mapping[str, int]
    """Failures by kind; kinds as fine as failures can be told apart."""
    bounds: Mapping[str, float]
    """Upper 95% bound on the failure rate, by cell."""
    crossed: tuple[str, ...]
    """Names of the lines crossed."""
    spent: tuple[str, ...] = ()
    """Budgets of which nothing is left."""


def stopped(history: Sequence[Standing]) -> str | None:
    """Return every reason to end after the last of these rounds; None to go on."""
    rules = (_idle, _dry, _spent, _alarmed, _rare)
    return "; ".join(why for rule in rules if (why := rule(history))) or None


def fell(before: Estimate, now: Estimate) -> bool:
    """Whether a rate fell between two independent estimates, by the interval of the difference.

    Newcombe's: the half-widths that face each other, added in squares.
    """
    if before.value is None or before.low is None or now.value is None or now.high is None:
        return False
    half = math.hypot(now.high - now.value, before.value - before.low)
    return now.value - before.value + half < 0


def _idle(history: Sequence[Standing]) -> str | None:
    last = history[-IDLE:]
    if len(last) < IDLE or any(s.improved for s in last):
        return None
    return f"{IDLE} rounds in a row improved nothing, by the held-out critic or by people"


def _dry(history: Sequence[Standing]) -> str | None:
    """Good and Turing's unseen mass, and Chao's bound on the kinds there are."""
    counts = list(sum((Counter(s.found) for s in history), Counter[str]()).values())
    unseen = unseen_mass(counts)
    if unseen is None or unseen >= UNSEEN or len(counts) < FOUND * chao1(counts):
        return None
    return (
        f"discovery has run dry: the next failure is of a new kind with chance {unseen:.3f}, and "
        f"{len(counts)} of about {chao1(counts):.0f} kinds are found"
    )


def _spent(history: Sequence[Standing]) -> str | None:
    spent = history[-1].spent
    return f"nothing is left of {' and '.join(spent)}" if spent else None


def _alarmed(history: Sequence[Standing]) -> str | None:
    counts = Counter(name for s in history for name in set(s.crossed))
    twice = [name for name in history[-1].crossed if counts[name] >= ALARMS]
    return f"a red line was crossed in {ALARMS} rounds: {', '.join(twice)}" if twice else None


def _rare(history: Sequence[Standing]) -> str | None:
    bounds = history[-1].bounds
    if not bounds or max(bounds.values()) >= RARE:
        return None
    return f"failures are rarer than {RARE:g} in every cell ({len(bounds)}), with 95% confidence"
