"""From what every seed found to rounds with intervals, and to claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from superalign import stats
from superalign.recipes.repeat import settings, spoken
from superalign.studies.claims import sentence
from superalign.studies.prover_verifier.claims import Apart, Found, claimed, joined, paired, unit
from superalign.studies.prover_verifier.config import (
    SEATS,
    ProverVerifierConfig,
    prover_verifier,
)


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
        "solver": _solver(config, found, seed),
        "rounds": [_round(config, found, apart, i, seed) for i in range(config.rounds)],
        "baseline": {
            **_solved([f["baseline"] for f in found], seed),
            "legibility": {
                "helpful": _legible([f["baseline"]["legibility"]["helpful"] for f in found], seed)
            },
        },
        "legibility_tax": paired(
            joined(found, lambda f: f["rounds"][-1]["helpful"]["right"]),
            joined(found, lambda f: f["baseline"]["right"]),
            seed,
        ),
        "budget": config.budget,
        "updates": config.attack_iterations * config.updates,
        "unit": unit(config),
        "untrained": config.untrained,
        "claims": claims,
        "sentence": spoken(f"{sentence(claims)} {untrained(config)}".rstrip(), config.preset),
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": "superalign study prover-verifier "
            f"{words}{settings(config, prover_verifier(config.preset))}",
        },
    }


def untrained(config: ProverVerifierConfig) -> str:
    """Return a sentence that says what was not trained, or nothing where all was."""
    seats = config.untrained
    if len(seats) == len(SEATS):
        return "Nothing was trained: every seat played in context."
    return f"Not trained, but playing in context: {' and '.join(seats)}." if seats else ""


def _solver(config: ProverVerifierConfig, found: Found, seed: int) -> dict[str, Any] | None:
    """Return how accurate the solver's one solution of every problem is; None without a solver."""
    if config.variant == "coupled":
        return None
    return _solved([f["solver"] for f in found], seed)


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
            "verdicts": {
                name: sum(r["verdicts"][name] for r in rows) for name in rows[0]["verdicts"]
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
        "faithfulness": {
            role: mean([x for r in rows for x in r["faithful"][role]], seed)
            for role in ("helpful", "sneaky")
        },
    }


def _solved(rows: Found, seed: int) -> dict[str, Any]:
    """Return accuracy with every step right, and beside it the answer's, the wrong, the length."""
    return {
        **mean([x for r in rows for x in r["right"]], seed),
        "answer": _known(x for r in rows for x in r["answer"]),
        "wrong": _known(x for r in rows for x in r["wrong"]),
        "tokens": _known(r["tokens"] for r in rows),
        "unfinished": _known(r["unfinished"] for r in rows),
        "missing": sum(r["missing"] for r in rows),
    }


def _known(values: Iterable[float | None]) -> float | None:
    """Return the mean of what is known, None where nothing is."""
    known = [v for v in values if v is not None]
    return fmean(known) if known else None


def _legible(rows: Sequence[Sequence[Mapping[str, Any]]], seed: int) -> dict[str, Any]:
    """Return how often the reader is right about a solution, and how many tokens it reads."""
    known = [x for row in rows for x in row]
    return {
        **mean([x["hit"] for x in known], seed),
        "tokens_read": _known(x["tokens"] for x in known),
        "unreadable": sum(x["hit"] is None for x in known),
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
