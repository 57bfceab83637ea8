"""The figures of a guard run: rates over all trials, with intervals that respect twins.

Trials of one prompt are not independent. Beside Wilson's interval, which takes them as if they
were, every rate over wrapped prompts has an interval over prompts (`by_prompt`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from superalign import stats
from superalign.measures import clusters
from superalign.policies.guard import Guard
from superalign.recipes.guard.config import GuardConfig
from superalign.recipes.guard.pool import Pool, Trial, disguised, plain

Flags = Sequence[bool | None]
"""Whether a guard called each trial unsafe; null where its score was no number."""
Suites = Mapping[str, Sequence[Trial]]
SIDES = ("seen", "held_out")


def suites(pool: Pool, config: GuardConfig) -> dict[str, list[Trial]]:
    """Return what guards are measured on: the test part, plain and in every disguise."""
    harmful, safe = pool.test(harmful=True), pool.test(harmful=False)
    found = {
        "harmful": plain(harmful),
        "contrast": plain(pool.test(harmful=True, contrast=True)),
        "safe": plain(safe),
    }
    for name, side in zip(SIDES, (pool.seen, pool.held_out), strict=True):
        found[f"harmful_{name}"] = disguised(harmful, side, trials=config.trials, seed=config.seed)
        found[f"safe_{name}"] = disguised(safe, side, trials=config.trials // 3, seed=config.seed)
    return found


def flags(guard: Guard, trials: Sequence[Trial]) -> Flags:
    """Return what `guard` says of every trial."""
    scores = guard.scores([t.text for t in trials])
    return [None if np.isnan(s) else bool(s > guard.threshold) for s in scores]


class Measures:
    """Rates from the flags that each guard raised, by guard and suite."""

    def __init__(
        self, trials: Suites, raised: Mapping[str, Mapping[str, Flags]], seed: int
    ) -> None:
        """Take the flags by guard name (`start` and `end` among them), then by suite."""
        self.trials = trials
        self.raised = raised
        self.seed = seed
        stopped = zip(trials["harmful"], raised["start"]["harmful"], strict=True)
        self.stopped = {t.parent for t, flag in stopped if flag}
        """Harmful prompts that the start stops undisguised."""

    def attack_success(self, guard: str, side: str, family: str = "") -> dict[str, Any]:
        """Return the share let through of disguised prompts that the start stops undisguised."""
        return self._rate(guard, f"harmful_{side}", self._attack(family), flagged=False)

    def let_through(self, guard: str, side: str) -> dict[str, Any]:
        """Return the share let through of all disguised harmful prompts."""
        return self._rate(guard, f"harmful_{side}", lambda _: True, flagged=False)

    def flagged(self, guard: str, suite: str) -> dict[str, Any]:
        """Return the share of a suite that is called unsafe."""
        return self._rate(guard, suite, lambda _: True, flagged=True)

    def attack_change(self, side: str, before: str = "start", after: str = "end") -> Any:
        """Return the paired change of attack success, resampled by prompt."""
        return self._change(f"harmful_{side}", self._attack(""), before, after, sign=-1)

    def flag_change(self, suite: str, before: str = "start", after: str = "end") -> Any:
        """Return the paired change of the share called unsafe, resampled by prompt."""
        return self._change(suite, lambda _: True, before, after, sign=1)

    def broken(self, guard: str, side: str) -> dict[str, Any]:
        """Return the share of prompts of which at least one disguise gets through."""
        chosen = [t.parent in self.stopped for t in self.trials[f"harmful_{side}"]]
        found: dict[str, bool] = {}
        for t, flag, use in zip(
            self.trials[f"harmful_{side}"],
            self.raised[guard][f"harmful_{side}"],
            chosen,
            strict=True,
        ):
            if use and flag is not None:
                found[t.parent] = found.get(t.parent, False) or not flag
        return dict(stats.rate(sum(found.values()), len(found)))

    @property
    def unscored(self) -> int:
        """How many trials, over all guards, had no score."""
        every = (f for found in self.raised.values() for suite in found.values() for f in suite)
        return sum(f is None for f in every)

    def _attack(self, family: str) -> Callable[[Trial], bool]:
        return lambda t: t.parent in self.stopped and family in ("", t.family)

    def _rate(
        self, guard: str, suite: str, use: Callable[[Trial], bool], *, flagged: bool
    ) -> dict[str, Any]:
        pairs = zip(self.trials[suite], self.raised[guard][suite], strict=True)
        hits = [(t.parent, f == flagged) for t, f in pairs if use(t) and f is not None]
        rate: dict[str, Any] = dict(stats.rate(sum(hit for _, hit in hits), len(hits)))
        values, parents = [float(hit) for _, hit in hits], [parent for parent, _ in hits]
        prompts = len(set(parents))
        if 1 < prompts < len(hits):
            found = clusters.mean(values, parents, seed=self.seed)
            low, high = found or clusters.share(values, parents) or (0.0, 1.0)
            rate["by_prompt"] = {"n": prompts, "low": low, "high": high}
        return rate

    def _change(
        self, suite: str, use: Callable[[Trial], bool], before: str, after: str, *, sign: int
    ) -> dict[str, Any]:
        every = zip(
            self.trials[suite], self.raised[before][suite], self.raised[after][suite], strict=True
        )
        changes = [
            (t.parent, sign * (float(b) - float(a)))
            for t, a, b in every
            if use(t) and a is not None and b is not None
        ]
        if not changes:
            return dict(stats.Difference(difference=None, n=0, low=None, high=None))
        values, parents = [x for _, x in changes], [parent for parent, _ in changes]
        change = fmean(values)
        low, high = clusters.mean(values, parents, seed=self.seed) or (change, change)
        return {
            "difference": change,
            "n": len(changes),
            "prompts": len(set(parents)),
            "low": low,
            "high": high,
        }
