"""What evaluations came to, across models: a table with intervals from the summaries of runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.ledger.folder import read_json
from superalign.report.terminal import cell

SUMMARY = "summary.json"
_NEEDED = {"eval": str, "model": str, "columns": list}


def read_results(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the summaries of evaluations in the folders, at any depth, by evaluation and model.

    Raises:
        BadInput: If a folder holds none, or one cannot be read.
    """
    found: dict[Path, dict[str, Any]] = {}
    for folder in folders:
        inside = {path.resolve(): _summary(path) for path in sorted(folder.rglob(SUMMARY))}
        kept = {path: summary for path, summary in inside.items() if summary}
        if not kept:
            raise BadInput(f"{folder}: holds no results of an evaluation")
        found |= kept
    return sorted(found.values(), key=lambda s: (s["eval"], s["model"]))


def _summary(path: Path) -> dict[str, Any] | None:
    """Return a summary, or None where it is of a run that is no evaluation."""
    try:
        found = read_json(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    if not isinstance(found, dict) or "eval" not in found:
        return None
    for field, kind in _NEEDED.items():
        if not isinstance(found.get(field), kind):
            raise BadInput(f"{path}: field {field!r} is missing or no {kind.__name__}")
    return found


def tables(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return a table for each evaluation, under its name."""
    names = dict.fromkeys(s["eval"] for s in summaries)
    return "\n\n".join(f"{n}\n{table([s for s in summaries if s['eval'] == n])}" for n in names)


def table(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return one row per model and setting: what the summaries name in `columns`, lined up.

    A summary with `rows` has one for each of them. Where there is `NAME_interval` beside `NAME`,
    the 95% interval stands behind the figure.
    """
    heads = ["model", *dict.fromkeys(c for s in summaries for c in s["columns"])]
    rows = [
        heads,
        *(
            [_name(s), *(_shown(row, h) for h in heads[1:])]
            for s in summaries
            for row in s.get("rows", [s])
        ),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _name(summary: Mapping[str, Any]) -> str:
    """Return the model and what was set, without which two rows would not compare."""
    words = (f"{field}={json.dumps(value)}" for field, value in summary.get("set", {}).items())
    return cell("model", " ".join([summary["model"], *words]))


def _shown(summary: Mapping[str, Any], name: str) -> str:
    value, interval = summary.get(name), summary.get(f"{name}_interval")
    if value is None or not interval:
        return cell(name, value)
    low, high = (cell(name, bound) for bound in interval)
    return f"{cell(name, value)} ({low} to {high})"
