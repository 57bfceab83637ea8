"""Invented domains: names and rules that stand in no book, drawn from a seed.

Nothing that a model has read helps with them, and no two seeds share a rule. They need no data, so
KUMO runs on them where no folder is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from superalign.problems.kumo.domain import Domain, State
from superalign.records import seed_of

TRUTHS, ACTIONS = 40, 30
"""Of a domain, unless asked otherwise; the published ones have 49 and 30 in the mean."""

_THEMES = (
    ("minerals", "which mineral a sample is", "ite"),
    ("moths", "which moth was caught", "ella"),
    ("fevers", "which fever a patient has", "osis"),
    ("engines", "which fault an engine has", "ation"),
    ("scripts", "which script a tablet is written in", "ic"),
)
_ONSETS = (
    "b", "br", "c", "d", "dr", "f", "g", "gl", "k", "l", "m", "n", "p", "pr", "r", "s", "sk", "t",
    "tr", "v", "z",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ei", "ou")
_TESTS = (
    "scan", "assay", "probe", "survey", "reading", "test", "trace", "count", "sounding", "check",
)  # fmt: skip
_WORDS = (
    "amber", "faint", "banded", "clear", "rough", "double", "hollow", "pale", "steady", "uneven",
    "bright", "dull",
)  # fmt: skip


def invented(seed: int, *, truths: int = TRUTHS, actions: int = ACTIONS) -> Domain:
    """Return a domain of `truths` and `actions`; equal seeds give equal domains.

    Every truth can be ruled out by some action and none by all outcomes of one; each action knows
    about a third of the truths, and has two to four words or three intervals of a number.
    """
    rng = Random(seed_of(seed, "kumo invented", truths, actions))
    theme, goal, ending = rng.choice(_THEMES)
    known = _names(truths, ending, rng)
    outcomes = {name: _states(known, rng) for name in _test_names(actions, rng)}
    touched = frozenset().union(*(s.excludes for states in outcomes.values() for s in states))
    for truth in (t for t in known if t not in touched):
        action = rng.choice(list(outcomes))
        first, *rest = outcomes[action]
        outcomes[action] = (State(first.value, first.excludes | {truth}), *rest)
    shown = f"Find out {goal}. All names and rules are invented for this game."
    return Domain(f"Invented-{theme}-{seed}", known, outcomes, shown)


def _names(count: int, ending: str, rng: Random) -> tuple[str, ...]:
    found: dict[str, None] = {}
    while len(found) < count:
        stem = "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(2))
        found[(stem + rng.choice(_ONSETS) + ending).capitalize()] = None
    return tuple(found)


def _test_names(count: int, rng: Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        stem = rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ONSETS) + rng.choice(_VOWELS)
        found[f"{stem.capitalize()} {rng.choice(_TESTS)}"] = None
    return list(found)


def _states(truths: Sequence[str], rng: Random) -> tuple[State, ...]:
    """Share a third of the truths out over the outcomes of one action, one of which may be bare."""
    if rng.random() < 0.3:
        edges = sorted(rng.sample(range(1, 100), 2))
        values: list[str | tuple[float, float]] = [
            (0.0, float(edges[0])), (float(edges[0]), float(edges[1])), (float(edges[1]), 100.0)
        ]  # fmt: skip
    else:
        values = list(rng.sample(_WORDS, rng.choice((2, 2, 3, 3, 4))))
    excluded: list[set[str]] = [set() for _ in values]
    for truth in rng.sample(truths, max(1, len(truths) // 3)):
        for state in rng.sample(excluded, rng.randint(1, len(values) - 1)):
            state.add(truth)
    return tuple(State(v, frozenset(e)) for v, e in zip(values, excluded, strict=True))
