"""What the study claims: the last round held against the first, and against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from superalign import stats
from superalign.records import seed_of
from superalign.studies.claims import verdict
from superalign.studies.prover_verifier.config import ProverVerifierConfig

Found = Sequence[Mapping[str, Any]]
"""What each seed found."""
Apart = Sequence[Sequence[Mapping[str, Any]]]
"""By seed, the baseline and then the attacks of each round, three a round."""


def unit(config: ProverVerifierConfig) -> str:
    """Return in what an attack is counted: a prover that is not trained takes no steps."""
    return "iterations" if "prover" in config.untrained else "updates"


def joined(found: Found, pick: Any) -> list[Any]:
    """Return what `pick` finds, all seeds one after another."""
    return [x for f in found for x in pick(f)]


def claimed(
    config: ProverVerifierConfig, found: Found, apart: Apart, *, seed: int
) -> dict[str, Any]:
    """Return every claim with the difference it rests on, last round against first."""
    size = str(config.best_of[-1])
    first, last = (lambda f: f["rounds"][0]), (lambda f: f["rounds"][-1])

    def of(at: Any, *path: Any) -> list[Any]:
        def pick(f: Any) -> Any:
            value = at(f)
            for step in path:
                value = value[step]
            return value

        return joined(found, pick)

    def hits(at: Any, role: str) -> list[float]:
        said = [x["hit"] for x in of(at, "legibility", role)]
        return [hit for hit in said if hit is not None]

    paired = {
        "verifier_ranks_attacked_solutions_better": (
            of(first, "best_of", "attacked", size),
            of(last, "best_of", "attacked", size),
        ),
        "verifier_ranks_natural_errors_better": (
            of(first, "best_of", "natural", size),
            of(last, "best_of", "natural", size),
        ),
        "helpful_accuracy_rises": (of(first, "helpful", "right"), of(last, "helpful", "right")),
        "sneaky_stays_wrong": (
            [0.5] * len(of(last, "sneaky", "wrong")),
            of(last, "sneaky", "wrong"),
        ),
        "legibility_is_paid_for_in_accuracy": (
            of(last, "helpful", "right"),
            of(lambda f: f["baseline"], "right"),
        ),
    }
    apart_from = {
        "first_rounds_sneaky_fools_the_last_verifier_less": (
            of(first, "fooled", 0),
            of(last, "fooled", 0),
        ),
        "last_sneaky_fools_its_verifier_less_than_the_first": (
            of(first, "fooled", 0),
            of(last, "fooled", config.rounds - 1),
        ),
    }
    read = {
        "helpful_becomes_easier_to_check": (hits(first, "helpful"), hits(last, "helpful")),
        "sneaky_becomes_harder_to_catch": (hits(last, "sneaky"), hits(first, "sneaky")),
        "helpful_is_easier_to_check_than_the_baseline": (
            hits(lambda f: f["baseline"], "helpful"),
            hits(last, "helpful"),
        ),
    }
    return {
        **{name: _paired(a, b, seed_of(seed, name)) for name, (a, b) in paired.items()},
        **{name: _apart(b, a) for name, (a, b) in apart_from.items()},
        **{name: _apart(a, b) for name, (a, b) in read.items()},
        "attacks_take_longer": _longer(config, apart, seed),
    }


def paired(
    before: Sequence[float | None], after: Sequence[float | None], seed: int
) -> stats.Difference:
    """Return a difference, paired by problem; problems that one side lacks are out."""
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    return stats.paired_difference([a for a, _ in pairs], [b for _, b in pairs], seed=seed)


def _paired(
    before: Sequence[float | None], after: Sequence[float | None], seed: int
) -> dict[str, Any]:
    """Hold a difference, paired by problem, against 0."""
    found = paired(before, after, seed % 2**32)
    return {**found, "verdict": verdict(found["low"], found["high"])}


def _apart(before: Sequence[float], after: Sequence[float]) -> dict[str, Any]:
    """Hold a difference of two shares, of different solutions, against 0 (Newcombe's interval)."""
    found = stats.difference(*(stats.rate(round(sum(x)), len(x)) for x in (before, after)))
    return {**found, "verdict": verdict(found["low"], found["high"])}


def _longer(config: ProverVerifierConfig, apart: Apart, seed: int) -> dict[str, Any]:
    """Hold updates to success, last verifier less first, against 0; n is seeds times attacks.

    An attack that did not succeed counts as the most there was, which makes differences small.
    """
    most = config.attack_iterations * config.updates
    taken = {
        (i, attack["name"]): attack["updates"] if attack["over"] else most
        for i, seed_ in enumerate(apart)
        for attack in seed_
    }
    names = [(i, name) for i, name in taken if name.endswith("-1")]
    before = [float(taken[x]) for x in names]
    after = [float(taken[i, f"{name[:-2]}-{config.rounds}"]) for i, name in names]
    found = stats.paired_difference(before, after, seed=seed)
    return {**found, "unit": unit(config), "verdict": verdict(found["low"], found["high"])}
