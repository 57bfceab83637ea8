"""What the reasons that a model gives rest on, as a grader reads them in a second pass.

Needham et al. (2025), arXiv 2505.23836, sort the reasons of two of their probes; the list of what
they may rest on is our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from superalign.evals.awareness.asking import UNREADABLE, Heard
from superalign.evals.awareness.questions import CUES
from superalign.evals.awareness.summary import clustered
from superalign.measures import clusters
from superalign.measures.clusters import Indices
from superalign.problems.transcripts.transcript import Transcript

NAMES = tuple(name for name, _ in CUES)


def summarise_cues(
    transcripts: Sequence[Transcript], heard: Mapping[str, Mapping[str, Heard]], *, seed: int
) -> dict[str, Any]:
    """Return by label the share of replies whose reasons rest on each cue, over transcripts.

    `n` counts replies that the grader sorted, `unscored` those of which it could not be read.
    Empty where no grader was asked.
    """
    said = {
        t.id: [c for h in heard[t.id].values() for c in h.cues]
        for t in transcripts
        if t.id in heard
    }
    found = {}
    for label in dict.fromkeys(t.label for t in transcripts):
        own = [t for t in transcripts if t.label == label and said.get(t.id)]
        if own:
            found[label] = _shares(own, [said[t.id] for t in own], seed)
    return found


def _shares(own: Sequence[Transcript], said: Sequence[Sequence[str]], seed: int) -> dict[str, Any]:
    known = np.array([sum(c != UNREADABLE for c in cues) for cues in said])
    counts = np.array([[cues.count(name) for name in NAMES] for cues in said])

    def shares(rows: Indices) -> Mapping[str, float | None]:
        total = int(known[rows].sum())
        each = counts[rows].sum(axis=0) / total if total else [None] * len(NAMES)
        return {n: None if x is None else float(x) for n, x in zip(NAMES, each, strict=True)}

    over, groups = clustered(own, [t.label for t in own])
    intervals = clusters.statistics(shares, groups, [t.label for t in own], seed=seed)
    return {
        "n": int(known.sum()),
        "unscored": sum(map(len, said)) - int(known.sum()),
        "interval_over": over,
        **shares(np.arange(len(own))),
        **{f"{name}_interval": interval for name, interval in intervals.items()},
    }
