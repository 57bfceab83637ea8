"""Prompts divided into train, validation and test parts so that no twin stands on two sides."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from superalign.problems.prompts import SEEDS, Prompt
from superalign.records import seed_of

SHARES = {"train": 0.3, "validation": 0.3, "test": 0.4}
SEED_SHARES = {"train": 0.8, "validation": 0.2}
"""Of the prompts that ship with the project: they never measure a result."""
NEAR = 0.6
"""Share of content words (Jaccard) from which two prompts count as near-duplicates."""
_FRAMES = (
    "a an the of to for in on with and or by from at as is are be do does did how what why can "
    "could i me my you your it its that this which who without into about give write create "
    "provide develop explain describe tell make step instructions detailed tutorial guide way "
    "best help should would will s t"
)
_STOPWORDS = frozenset(_FRAMES.split())


@dataclass(slots=True)
class Parts:
    """The three parts, and what had to be left out."""

    train: list[Prompt] = field(default_factory=list)
    validation: list[Prompt] = field(default_factory=list)
    test: list[Prompt] = field(default_factory=list)
    left_out: int = 0
    """Prompts that resemble an evaluation-only row: training on them would be training on it."""


def divide(prompts: Sequence[Prompt], *, seed: int) -> Parts:
    """Divide `prompts` by groups of twins; evaluation-only rows go to the test part alone.

    Prompts of a group with an evaluation-only row are left out.
    Repeated prompts are kept once. The same seed gives the same parts.
    """
    unique = list({(p.text, p.harmful): p for p in sorted(prompts, key=_open_first)}.values())
    rng = random.Random(seed_of(seed, "parts"))
    found = groups(unique)
    rng.shuffle(found)
    parts = Parts()
    placed: dict[tuple[str, bool], dict[str, int]] = {}
    for group in sorted(found, key=len, reverse=True):
        if any(p.evaluation_only for p in group):
            parts.test += [p for p in group if p.evaluation_only]
            parts.left_out += sum(not p.evaluation_only for p in group)
            continue
        name = _emptiest(group, placed)
        for prompt in group:
            counts = placed.setdefault((prompt.source, prompt.harmful), dict.fromkeys(SHARES, 0))
            counts[name] += 1
        getattr(parts, name).extend(group)
    return parts


def _open_first(prompt: Prompt) -> bool:
    return prompt.evaluation_only


def _emptiest(group: Sequence[Prompt], placed: dict[tuple[str, bool], dict[str, int]]) -> str:
    """Return the part that lags furthest behind its share for the prompts in `group`."""
    seeded = any(p.source == SEEDS for p in group)
    shares = SEED_SHARES if seeded else SHARES
    lag = dict.fromkeys(shares, 0.0)
    for prompt in group:
        counts = placed.get((prompt.source, prompt.harmful), {})
        total = sum(counts.values()) + 1
        for name in lag:
            lag[name] += shares[name] * total - counts.get(name, 0)
    return max(lag, key=lambda name: lag[name])


def groups(prompts: Sequence[Prompt]) -> list[list[Prompt]]:
    """Return the connected components of `same twin key` and `near-duplicate`."""
    leader = list(range(len(prompts)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    first: dict[str, int] = {}
    for i, prompt in enumerate(prompts):
        if prompt.twin:
            leader[find(i)] = find(first.setdefault(prompt.twin, i))
    for i, j in _near_pairs([p.text for p in prompts]):
        leader[find(int(i))] = find(int(j))
    united: dict[int, list[Prompt]] = {}
    for i, prompt in enumerate(prompts):
        united.setdefault(find(i), []).append(prompt)
    return list(united.values())


def _near_pairs(texts: Sequence[str]) -> Sequence[tuple[int, int]]:
    bags = [set(re.findall(r"[a-z0-9]+", t.lower())) - _STOPWORDS for t in texts]
    place = {word: i for i, word in enumerate(sorted(set().union(*bags)))}
    has = np.zeros((len(bags), len(place) + 1), dtype=np.float32)
    for i, bag in enumerate(bags):
        has[i, [place[w] for w in bag]] = 1
    sizes = has.sum(axis=1)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(bags), 512):
        shared = has[start : start + 512] @ has.T
        union = sizes[start : start + 512, None] + sizes[None, :] - shared
        rows, columns = np.nonzero(shared >= NEAR * np.maximum(union, 1))
        pairs += [
            (int(r) + start, int(c)) for r, c in zip(rows, columns, strict=True) if r + start < c
        ]
    return pairs
