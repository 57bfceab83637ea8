"""What a study claims: a difference held against a margin, and a verdict that all studies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from superalign import stats
from superalign.records import seed_of

Verdict = Literal["shown", "not shown", "contrary"]
AT_LEAST = -0.02
"""What "at least as good" may fall short by."""
Pair: TypeAlias = tuple[Sequence[float] | None, Sequence[float] | None, float]
"""Values before and after, item by item, and the margin; None where that was not run."""


def verdict(low: float | None, high: float | None, margin: float = 0.0) -> Verdict:
    """Return what the 95% interval of a difference says of its being above a margin."""
    if low is None or high is None:
        return "not shown"
    return "shown" if low > margin else "contrary" if high < margin else "not shown"


def claim(
    before: Sequence[float], after: Sequence[float], margin: float, seed: int
) -> dict[str, Any]:
    """Hold a difference, paired by item, against a margin."""
    found = stats.paired_difference(before, after, seed=seed)
    return {**found, "margin": margin, "verdict": verdict(found["low"], found["high"], margin)}


def held(pairs: Mapping[str, Pair], *, seed: int) -> dict[str, dict[str, Any]]:
    """Return the claims of which both sides were run, by name."""
    return {
        name: claim(before, after, margin, seed_of(seed, name) % 2**32)
        for name, (before, after, margin) in pairs.items()
        if before is not None and after is not None
    }


def sentence(found: Mapping[str, Any]) -> str:
    """Return one sentence: how many claims are shown, and which have which verdict."""
    shown = _named(found, "shown")
    text = f"{len(shown)} of {len(found)} claims are shown"
    text += f": {', '.join(shown)}" if shown else ""
    for kind in ("not shown", "contrary"):
        names = _named(found, kind)
        text += f"; {kind}: {', '.join(names)}" if names else ""
    return f"{text}."


def _named(found: Mapping[str, Any], kind: str) -> list[str]:
    return [name.replace("_", " ") for name, c in found.items() if c["verdict"] == kind]
