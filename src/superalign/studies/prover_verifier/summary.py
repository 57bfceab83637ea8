"""From what every seed found to rounds with intervals, and to claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from superalign import stats
from superalign.recipes.repeat import settings
from superalign.records import seed_of
from superalign.studies.claims import sentence, verdict
from superalign.studies.prover_verifier.config import ProverVerifierConfig, prover_verifier

Found = Sequence[Mapping[str, Any]]
"""What each seed found."""
Apart = Sequence[Sequence[Mapping[str, Any]]]
"""By seed, the baseline and then the attacks of each round, three a round."""


def summary(
    config: ProverVerifierConfig, found: Found, apart: Apart, *, seed: int
) -> dict[str, Any]:
    """Return the summary of the study, seeds in the same order in `found` and `apart`."""
    claims = claimed(config, found, apart, seed=seed)
    words = f"--preset {config.preset} --seed {seed}"
    return {
        "study": "prover-verifier",
        "preset": config.preset,
        "seed": seed,
        "seeds": config.seeds,
        "start": _prover([f["start"] for f in found], seed),
        "rounds": [_round(config, found, apart, i, seed) for i in range(config.rounds)],
        "baseline": {
            **_solved([f["baseline"] for f in found], seed),
            "legibility": {
                "helpful": _legible([f["baseline"]["legibility"]["helpful"] for f in found], seed)
            },
        },
        "legibility_tax": stats.paired_difference(
            _joined(found, lambda f: f["rounds"][-1]["helpful"]["right"]),
            _joined(found, lambda f: f["baseline"]["right"]),
            seed=seed,
        ),
        "budget": config.budget,
        "updates": config.iterations * config.learner_steps,
        "claims": claims,
        "sentence": sentence(claims),
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": "superalign study prover-verifier "
            f"{words}{settings(config, prover_verifier(config.preset))}",
        },
    }


def _joined(found: Found, pick: Any) -> list[Any]:
    """Return what `pick` finds, all seeds one after another."""
    return [x for f in found for x in pick(f)]


def mean(values: Sequence[float | None], seed: int) -> dict[str, Any]:
    """Return the mean over problems or solutions with its bootstrap interval, and how many."""
    known = [v for v in values if v is not None]
    if not known:
        return {"rate": None, "n": 0, "low": None, "high": None}
    low, high = stats.bootstrap(known, seed=seed)
    return {"rate": fmean(known), "n": len(known), "low": low, "high": high}


def _round(
    config: ProverVerifierConfig, found: Found, apart: Apart, i: int, seed: int
) -> dict[str, Any]:
    rows = [f["rounds"][i] for f in found]
    return {
        "round": i + 1,
        **_prover(rows, seed),
        "robustness": {
            "attacks": _attacks(apart, i),
            "best_of": {
                pool: {
                    str(n): mean([x for r in rows for x in r["best_of"][pool][str(n)]], seed)
                    for n in config.best_of
                }
                for pool in ("natural", "attacked")
            },
            "fooled_by_round": [
                mean([x for r in rows for x in r["fooled"][j]], seed) for j in range(config.rounds)
            ],
        },
        "pools": [r["pool"] for r in rows],
        "iterations": [r["iterations"] for r in rows],
        "stopped_at_parity": [r["over"] for r in rows],
    }


def _prover(rows: Found, seed: int) -> dict[str, Any]:
    sneaky = _solved([r["sneaky"] for r in rows], seed)
    return {
        "helpful_accuracy": _solved([r["helpful"] for r in rows], seed),
        "sneaky_accuracy": sneaky,
        "discriminator_auc": [r["discriminator_auc"] for r in rows],
        "legibility": {
            role: _legible([r["legibility"][role] for r in rows], seed)
            for role in ("helpful", "sneaky")
        },
    }


def _solved(rows: Found, seed: int) -> dict[str, Any]:
    """Return accuracy with every step right, and beside it the answer's, the wrong, the length."""
    return {
        **mean([x for r in rows for x in r["right"]], seed),
        "answer": fmean(x for r in rows for x in r["answer"]),
        "wrong": fmean(x for r in rows for x in r["wrong"]),
        "tokens": fmean(r["tokens"] for r in rows),
        "unfinished": fmean(r["unfinished"] for r in rows),
    }


def _legible(rows: Sequence[Sequence[Mapping[str, Any]]], seed: int) -> dict[str, Any]:
    """Return how often the reader is right about a solution, and how many tokens it reads."""
    known = [x for row in rows for x in row]
    return {
        **mean([x["hit"] for x in known], seed),
        "tokens_read": fmean(x["tokens"] for x in known) if known else None,
    }


def _attacks(apart: Apart, i: int) -> dict[str, Any]:
    """Return by attack, seeds in order, updates until it succeeded; null where it did not."""
    rows: dict[str, list[Any]] = {}
    for seed in apart:
        for attack in seed:
            reward, _, number = attack["name"].rpartition("-")
            if reward and number == str(i + 1):
                rows.setdefault(reward, []).append(attack)
    return {
        reward: {
            "updates": [a["updates"] if a["over"] else None for a in found],
            "last": [a["iterations"][-1]["roles"] for a in found],
        }
        for reward, found in rows.items()
    }


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

        return _joined(found, pick)

    def hits(at: Any, role: str) -> list[float]:
        return [x["hit"] for x in of(at, "legibility", role)]

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


def _paired(
    before: Sequence[float | None], after: Sequence[float | None], seed: int
) -> dict[str, Any]:
    """Hold a difference, paired by problem, against 0; problems that one side lacks are out."""
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    found = stats.paired_difference([a for a, _ in pairs], [b for _, b in pairs], seed=seed % 2**32)
    return {**found, "verdict": verdict(found["low"], found["high"])}


def _apart(before: Sequence[float], after: Sequence[float]) -> dict[str, Any]:
    """Hold a difference of two shares, of different solutions, against 0 (Newcombe's interval)."""
    found = stats.difference(*(stats.rate(round(sum(x)), len(x)) for x in (before, after)))
    return {**found, "verdict": verdict(found["low"], found["high"])}


def _longer(config: ProverVerifierConfig, apart: Apart, seed: int) -> dict[str, Any]:
    """Hold updates to success, last verifier less first, against 0; n is seeds times attacks.

    An attack that did not succeed counts as the most there was, which makes differences small.
    """
    most = config.iterations * config.learner_steps
    taken = {
        (i, attack["name"]): attack["updates"] if attack["over"] else most
        for i, seed_ in enumerate(apart)
        for attack in seed_
    }
    names = [(i, name) for i, name in taken if name.endswith("-1")]
    before = [float(taken[x]) for x in names]
    after = [float(taken[i, f"{name[:-2]}-{config.rounds}"]) for i, name in names]
    found = stats.paired_difference(before, after, seed=seed)
    return {**found, "unit": "updates", "verdict": verdict(found["low"], found["high"])}
