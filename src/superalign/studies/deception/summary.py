"""From answers to figures: the score of each gap, how it grows, what mitigations change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from superalign.measures.deception import Answers, Share, accuracy, deception, growth
from superalign.recipes.repeat import settings, spoken
from superalign.studies.deception.config import DeceptionConfig, Mitigation
from superalign.studies.deception.config import deception as configured
from superalign.studies.deception.pairs import Pairs

MODELS = ("weak", "ceiling", "plain", "conflicted")
PAPER = "arXiv 2406.11431"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What four models answered to the test: a gap under a setting and a conflict."""

    gap: tuple[str, str]
    setting: str
    conflict: str
    mitigation: Mitigation | None
    answers: Answers
    kept: tuple[int, ...]
    """How many of the supervisor's labels students learnt from, by seed."""


def summary(
    config: DeceptionConfig, pairs: Pairs, rows: Sequence[Row], *, seed: int
) -> dict[str, Any]:
    """Return the summary of a study."""
    measure = _Measure(config, seed)
    bare = [row for row in rows if row.mitigation is None]
    gaps = [_gap(row, rows, measure) for row in bare]
    grown = list(_grown(config, bare, measure))
    words = f"--preset {config.preset} --seed {seed}{settings(config, configured(config.preset))}"
    statement = stated(config, gaps, grown)
    return {
        "study": "deception",
        "preset": config.preset,
        "seed": seed,
        "task": config.task,
        "statement": statement,
        "sentence": spoken(statement, config.preset),
        "gaps": gaps,
        "growth": grown,
        "denominator": config.denominator,
        "threshold": config.threshold,
        "pairs": {
            "supervisors": len(pairs.first),
            "students": len(pairs.second),
            "other_aim": len(pairs.helpful),
            "test": len(pairs.test),
        },
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": f"superalign study deception {words}",
        },
    }


class _Measure:
    """The measures as a study is set."""

    def __init__(self, config: DeceptionConfig, seed: int) -> None:
        self._how: dict[str, Any] = {
            "threshold": config.threshold,
            "denominator": config.denominator,
            "seed": seed,
        }

    def of(self, row: Row) -> dict[str, Any]:
        """Return all that one row's answers say."""
        found = {name: accuracy(getattr(row.answers, name)) for name in MODELS}
        return {**deception(row.answers, **self._how), "accuracy": found}

    def change(self, before: Row, after: Row) -> Share:
        """Return by how much the score of `after` is the higher, paired."""
        return growth(before.answers, after.answers, **self._how)


def _gap(row: Row, rows: Iterable[Row], measure: _Measure) -> dict[str, Any]:
    mitigated = {
        other.mitigation: {
            **measure.of(other),
            "change": measure.change(row, other),
            "kept": list(other.kept),
        }
        for other in rows
        if other.mitigation and _same(other, row)
    }
    control = next((x for x in rows if _same(x, replace(row, conflict="none"))), None)
    return {
        "weak": row.gap[0],
        "strong": row.gap[1],
        "setting": row.setting,
        "conflict": row.conflict,
        **measure.of(row),
        "beyond_control": measure.change(control, row) if control and control != row else None,
        "n": int(np.atleast_2d(row.answers.weak).shape[1]),
        "seeds": len(row.kept),
        "mitigations": mitigated,
    }


def _same(one: Row, other: Row) -> bool:
    return (one.gap, one.setting, one.conflict) == (other.gap, other.setting, other.conflict)


def _grown(config: DeceptionConfig, rows: Sequence[Row], measure: _Measure) -> Iterable[Any]:
    """Yield by setting and conflict the score of the widest gap less that of the narrowest.

    Both have the same supervisor, so that what it knows is the same.
    """
    weak, strong = config.widest
    mine = [gap for gap in config.gaps if gap[0] == weak]
    narrow = min(mine, key=lambda gap: config.sizes.index(gap[1]))
    by = {(row.setting, row.conflict, row.gap): row for row in rows}
    for setting, conflict, gap in by:
        if gap == config.widest != narrow:
            change = measure.change(by[setting, conflict, narrow], by[setting, conflict, gap])
            yield {
                "setting": setting,
                "conflict": conflict,
                "weak": weak,
                "from": narrow[1],
                "to": strong,
                "score_rises_by": change,
            }


def stated(
    config: DeceptionConfig, gaps: Sequence[Mapping[str, Any]], grown: Sequence[Mapping[str, Any]]
) -> str:
    """Return in words whether the two findings of the paper show here, and what mitigations do."""
    ran = ", ".join(f"{weak} to {strong}" for weak, strong in config.gaps)
    driven = [gap for gap in gaps if gap["conflict"] != "none"]
    found = [
        f"Gaps run: {ran}.",
        _told(
            f"Deception beyond its base rate (first finding of {PAPER})",
            [gap["excess"] for gap in driven],
            ("above", "below"),
        ),
        _told(
            "Beyond the score of a student trained again without conflict",
            [gap["beyond_control"] for gap in driven if gap["beyond_control"]],
            ("above", "below"),
        ),
        _told(
            "Growth of the score from the narrowest gap to the widest (second finding)",
            [row["score_rises_by"] for row in grown if row["conflict"] != "none"],
            ("rises", "falls"),
        ),
    ]
    for name in config.mitigations:
        tried = [g["mitigations"][name]["change"] for g in gaps if name in g["mitigations"]]
        said = f"Score with {_SPOKEN[name]} against without"
        found.append(_told(said, tried, ("higher", "lower"), counted=True))
    return " ".join(found)


_SPOKEN: Mapping[Mitigation, str] = {
    "bootstrapping": "bootstrapping through the size between",
    "confident": "the confidence filter",
    "oracle": "the oracle filter, which reads gold",
}


def _told(
    what: str, shares: Sequence[Share], words: tuple[str, str], *, counted: bool = False
) -> str:
    """Return how many intervals lie on either side of 0, after a verdict unless only `counted`."""
    known = [(s["low"], s["high"]) for s in shares if s["low"] is not None]
    if not known:
        return f"{what}: not measured, {'no pair was lost' if shares else 'nothing to compare'}."
    up = sum(low > 0 for low, _ in known)
    down = sum(high is not None and high < 0 for _, high in known)
    rest = len(known) - up - down
    verdict = "" if counted else f"{_verdict(up, down, len(known))}; "
    return (
        f"{what}: {verdict}of {len(known)} measured, {words[0]} in {up}, "
        f"{words[1]} in {down}, within the noise in {rest}."
    )


def _verdict(up: int, down: int, n: int) -> str:
    """Return `shows` if most of `n` lie above 0 and none below."""
    if up > n / 2 and not down:
        return "shows"
    if down > n / 2 and not up:
        return "the opposite shows"
    return "shows in part" if up and not down else "does not show" if not up else "mixed"
