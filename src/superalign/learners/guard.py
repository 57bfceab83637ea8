"""Hardening a guard: take up readings that catch what it let through, then refit the weights.

Examples are moves: a positive weight says that the guard's answer was right, a negative one that
it was wrong. Nothing here knows which wrapper a text came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from superalign.learners.classify import Labelled, milder, train
from superalign.policies.guard import READINGS, UNSAFE, Guard, LetterPairs, read
from superalign.records import Example

WORTH = 0.05
"""Share of the failures that a reading must catch to be taken up."""
PART = 0.25
"""How far towards the refitted weights the candidate between goes."""
_TOP = 3
"""Most suspicious readings of a benign prompt that are taught to be safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardenGuard:
    """Learns which reading of a harmful prompt gives it away, and that no benign reading does.

    A prompt is harmful if *some* reading is, benign if *all* are (multiple-instance learning, by
    the heuristic of Andrews et al., 2002, "Support vector machines for multiple-instance
    learning": pick the most suspicious reading, refit, again).
    """

    folder: Path
    """Where checkpoints of encoders go."""
    take_up: bool = True
    """Whether readings may be taken up; without, only the weights change."""
    refits: int = 2

    def improve(self, policy: Guard, examples: Sequence[Example], *, seed: int = 0) -> Guard:
        """Return a guard trained on `examples`, its threshold as it was; without any, `policy`."""
        return self.candidates(policy, examples, seed=seed)[-1]

    def candidates(
        self, policy: Guard, examples: Sequence[Example], *, seed: int = 0
    ) -> list[Guard]:
        """Return guards trained on `examples` ever more strongly, for a gate to choose from.

        The first has taken up readings and keeps its weights, the last is wholly refitted.
        """
        if not examples:
            return [policy]
        if not policy.pairs.fitted:
            policy = replace(policy, pairs=LetterPairs.fit([_text(e) for e in examples]))
        guard = self._reading_more(policy, examples) if self.take_up else policy
        full = self._refitted(guard, examples, seed)
        part = milder(full.classifier, guard.classifier, PART)
        between = [] if part is None else [guard.having(part)]
        return [guard, *between, full]

    def _refitted(self, guard: Guard, examples: Sequence[Example], seed: int) -> Guard:
        views = [read(_text(e), guard.readings, guard.pairs) for e in examples]
        for refit in range(self.refits if guard.readings else 1):
            data = _instances(guard, examples, views)
            guard = guard.having(
                train(guard.classifier, data, folder=self.folder, seed=seed + refit)
            )
        return guard

    def _reading_more(self, guard: Guard, examples: Sequence[Example]) -> Guard:
        """Return `guard` with every reading that catches enough of what it let through."""
        while missed := [_text(e) for e in examples if _harmful(e) and e.weight < 0]:
            left = [r for r in READINGS if r not in guard.readings]
            still = [t for t, caught in zip(missed, guard.flags(missed), strict=True) if not caught]
            if not left or not still:
                break
            caught = {r: guard.reading(*guard.readings, r).flags(still).mean() for r in left}
            best = max(left, key=lambda r: caught[r])
            if caught[best] < WORTH:
                break
            guard = guard.reading(*guard.readings, best)
        return guard


def _text(example: Example) -> str:
    return example.move.seen[-1].text


def _harmful(example: Example) -> bool:
    return (example.move.reply.text == UNSAFE) == (example.weight > 0)


def _instances(
    guard: Guard, examples: Sequence[Example], views: Sequence[Sequence[str]]
) -> Labelled:
    """Return harmful prompts by their most suspicious reading, benign ones by several."""
    texts: list[str] = []
    harmful: list[bool] = []
    weights: list[float] = []
    flat = guard.classifier.scores([v for vs in views for v in vs])
    place = 0
    for example, found in zip(examples, views, strict=True):
        scores = flat[place : place + len(found)]
        place += len(found)
        bad = _harmful(example)
        for i in np.argsort(-scores, kind="stable")[: 1 if bad else _TOP]:
            texts.append(found[i])
            harmful.append(bad)
            weights.append(abs(example.weight) / (1 if bad else min(_TOP, len(found))))
    return Labelled(texts, harmful, weights)
