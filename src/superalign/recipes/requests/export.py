"""What a run of the recipe `requests` leaves for other tools: model, pairs, regression suite."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.learners.pairs import Pair
from superalign.learners.preference import pairs
from superalign.ledger import atomic_folder
from superalign.ledger.folder import read_json, writing
from superalign.policies.checkpoints import locate
from superalign.recipes.regression import confirmed, leave_suite
from superalign.records import Example

PREFERENCES = "preferences.jsonl"


def pairs_made(examples: Sequence[Example], labelled: Set[tuple[str, str]]) -> list[Pair]:
    """Return the pairs that a run made, with the chance that each is the wrong way round.

    Args:
        examples: What the learner was taught.
        labelled: The replies that people judged, by problem and text; a pair in which one stands
            is theirs.
    """
    found: dict[tuple[str, str, str], Pair] = {}
    for best, worst in pairs(examples):
        said = [(e.problem, e.move.reply.text) for e in (best, worst)]
        pair = Pair.of(
            best.problem,
            best.move,
            worst.move,
            weight=min(abs(best.weight), abs(worst.weight)),
            source="samples" if labelled.isdisjoint(said) else "people",
            critic="first",
            flipped=max(best.flipped, worst.flipped),
        )
        found.setdefault((pair.problem, pair.chosen, pair.rejected), pair)
    return list(found.values())


def export_requests(folder: Path, summary: Mapping[str, Any], out: Path) -> dict[str, str]:
    """Write the final learner, its preferences and the suite to `out`.

    `preferences.jsonl` holds every pair that any round made. `regression.jsonl` holds failures
    that people confirmed and the exported learner no longer shows, `still_open.jsonl` those that
    it does. A file that would be empty is not written.

    Raises:
        BadInput: If the run lacks a file, or `out` cannot be written.
    """
    learner, made = _learner(folder, summary), folder / PREFERENCES
    if not made.is_file():
        raise BadInput(f"{made}: no such file; the same run command writes it")
    cases = confirmed(folder, "requests")
    with writing(out), atomic_folder(out) as place:
        shutil.copytree(learner, place / "learner")
        if made.stat().st_size:
            shutil.copy(made, place)
        leave_suite(cases, learner, place)
        return {path.stem: str(out / path.name) for path in sorted(place.iterdir())}


def _learner(folder: Path, summary: Mapping[str, Any]) -> Path:
    """Return the checkpoint of the run, or the organism that no round improved on."""
    own = folder / "policies" / str(summary["learner"])
    return own if own.is_dir() else locate(read_json(folder / "config.json")["organism"])
