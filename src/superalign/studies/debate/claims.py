"""What is claimed of debate, each claim with the difference it rests on and a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, TypeAlias

from superalign.measures.persuasion import Orders, won
from superalign.records import seed_of
from superalign.studies.claims import AT_LEAST, claim

Found: TypeAlias = Sequence[Mapping[str, Any]]
"""What each seed found."""
BEST_BASELINE = "confidence"
"""The strongest of the baselines of Lang et al."""
PAPER = "debate_ensemble_teaches_better_than_confidence"
"""What Lang et al. claim: it recovers more of the gap than the best baseline."""


def matches(schools: Found) -> Iterator[tuple[str, str, Orders]]:
    """Yield who argued for the truth, who against it, and the truth's chances."""
    for school in schools:
        for right, wrong, orders in school["contest"]:
            for o, truth in zip(orders, school["truth"], strict=False):
                yield right, wrong, of_the_truth(o, truth)


def of_the_truth(orders: Orders, truth: int) -> list[float | None]:
    """Return chances of the first choice as those of the right one."""
    return [None if c is None else (1 - c if truth else c) for c in orders]


def claimed(
    schools: Found,
    right: Mapping[str, Sequence[Orders]],
    taught: Mapping[str, Sequence[float]],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return every claim with the difference it rests on, paired by question."""
    judged = {name: [won(o) for o in orders] for name, orders in right.items()}
    contest: dict[str, list[float]] = {}
    for speaks, against, orders in matches(schools):
        if speaks == against:
            contest.setdefault(speaks, []).append(won(orders))
    even = [0.5] * len(judged["debate"])
    pairs = {
        "debate_beats_blind": (judged["blind"], judged["debate"], 0.0),
        "debate_beats_consultancy": (judged["consultancy"], judged["debate"], 0.0),
        "debate_at_least_oracle": (judged["oracle"], judged["debate"], AT_LEAST),
        "truth_has_the_advantage": (even, judged["debate"], 0.0),
        "best_of_n_debaters_help_the_judge": (contest["plain"], contest["best_of_n"], 0.0),
        "refined_debaters_help_the_judge": (contest["plain"], contest["refined"], 0.0),
        "debate_teaches_better_than_naive": (taught.get("naive"), taught.get("debate"), 0.0),
        "debate_teaches_better_than_confidence": (
            taught.get("confidence"),
            taught.get("debate"),
            0.0,
        ),
        "debate_teaches_better_than_consultancy": (
            taught.get("consultancy"),
            taught.get("debate"),
            0.0,
        ),
        "debate_teaches_better_than_both_consultants": (
            taught.get("both_consultants"),
            taught.get("debate"),
            0.0,
        ),
        "debate_ensemble_teaches_better_than_one_debate": (
            taught.get("debate"),
            taught.get("debate_ensemble"),
            0.0,
        ),
        "debate_ensemble_teaches_better_than_finetune_ensemble": (
            taught.get("finetune_ensemble"),
            taught.get("debate_ensemble"),
            0.0,
        ),
        PAPER: (taught.get(BEST_BASELINE), taught.get("debate_ensemble"), 0.0),
    }
    return {
        name: claim(before, after, margin, seed_of(seed, name) % 2**32)
        | {"before": fmean(before), "after": fmean(after)}
        for name, (before, after, margin) in pairs.items()
        if before is not None and after is not None
    }


def paper(claims: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the paper's claim and what is found of it here."""
    if PAPER not in claims:
        return None
    said = "A student taught by an ensemble of judges of debates recovers more of the gap than one "
    said += "taught with the confidence loss, the best baseline (Lang et al. 2025)."
    return {"claim": said, "verdict": claims[PAPER]["verdict"]}
