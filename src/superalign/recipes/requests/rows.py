"""A round of `requests` as its summary carries it, and as a person watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from superalign.loop import Round
from superalign.oversight.overseer import Overseer
from superalign.policies.local import LocalPolicy
from superalign.recipes.requests.measures import critic_error
from superalign.recipes.requests.teach import MIX


def row(
    done: Round[LocalPolicy],
    overseer: Overseer,
    alarms: Sequence[str],
    regression: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a round as JSON.

    `alarms` are the names of the lines it crossed, `regression` what became of confirmed failures.
    """
    return {
        "round": done.number,
        "tried": len(done.tried),
        "pairs": done.examples,
        "mix": _shares(done.parts),
        "unscored": done.unscored,
        "promoted": done.decision.promoted,
        "reasons": list(done.decision.reasons),
        "alarms": list(alarms),
        "labels": sum(done.labels.values()),
        "critic": critic_error(done.tried),
        "estimate": asdict(overseer.estimate(done.tried)),
        "regression": regression,
    }


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the table that a person watches: what the loop itself knows."""
    return {
        "round": row["round"],
        "failures (estimated)": row["estimate"]["value"],
        "pairs": row["pairs"],
        "labels": row["labels"],
        "unscored": row["unscored"],
        "promoted": row["promoted"],
        "alarms": len(row["alarms"]),
    }


def _shares(parts: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return the pairs of each kind in a lesson, and their share of it beside the one meant."""
    total = sum(parts.values())
    return {
        name: {"pairs": n, "share": n / total if total else None, "meant": MIX[name]}
        for name, n in parts.items()
    }
