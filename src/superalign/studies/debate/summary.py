"""From what every seed found to accuracies, gaps recovered, ratings and claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from superalign import stats
from superalign.measures import persuasion
from superalign.measures.persuasion import Orders, won
from superalign.measures.weak_to_strong import recovered
from superalign.recipes.repeat import settings, spoken
from superalign.records import seed_of
from superalign.studies.claims import sentence
from superalign.studies.debate.claims import Found, claimed, matches, of_the_truth, paper
from superalign.studies.debate.config import DebateConfig, debate
from superalign.studies.debate.students import labels

JUDGED = ("blind", "consultancy", "debate", "finetune_ensemble", "debate_ensemble", "oracle")


def summary(config: DebateConfig, schools: Found, students: Found, *, seed: int) -> dict[str, Any]:
    """Return the summary of the study; `students` are chances by arm, seeds in the same order."""
    words = f"--preset {config.preset} --seed {seed}{_settings(config)}"
    right = {name: _judged(config, schools, name) for name in JUDGED}
    taught = {str(arm): _hits(schools, students, arm) for arm in config.arms}
    floor = [won(orders) for orders in right["oracle"]]
    claims = claimed(schools, right, taught, seed=seed)
    return {
        "study": "debate",
        "preset": config.preset,
        "seed": seed,
        "seeds": config.seeds,
        "judge_accuracy": {name: persuasion.accuracy(found) for name, found in right.items()},
        "levels": _levels(schools, right),
        "gap_recovered": {
            arm: {
                **recovered(
                    np.array([floor, hits, taught["ceiling"]]),
                    list(range(len(floor))),
                    seed=seed_of(seed, arm) % 2**31,
                ),
                "accuracy": stats.rate(round(sum(hits)), len(hits)),
                "by_seed": [fmean(part) for part in np.split(np.array(hits), config.seeds)],
                "labels_right": _labels_right(config, schools, arm),
            }
            for arm, hits in taught.items()
        },
        "floor": fmean(floor),
        "persuasion": _persuasion(schools, right),
        "claims": claims,
        "paper": paper(claims),
        "sentence": spoken(_sentence(right, taught, claims), config.preset),
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": f"superalign study debate {words}",
        },
    }


def _settings(config: DebateConfig) -> str:
    """Return what sets the configuration apart from the preset of its world, and that world."""
    preset = debate(config.preset, world=config.world)
    return settings(config, preset.model_copy(update={"world": debate(config.preset).world}))


def _judged(config: DebateConfig, schools: Found, name: str) -> list[list[float | None]]:
    """Return the chances of the right answer, all seeds, by question: every run, in both orders."""
    names = {
        "debate": ["debate 0"],
        "finetune_ensemble": ["debate 0", *(f"again {m}" for m in range(1, config.members))],
        "debate_ensemble": [f"debate {m}" for m in range(config.members)],
    }.get(name, [name])
    found = []
    for school in schools:
        runs = [run for n in names for run in school["judged"][n]]
        rows = [[c for run in runs for c in run[i]] for i in range(len(school["truth"]))]
        if name.endswith("ensemble"):
            rows = [_averaged(row) for row in rows]
        found += [of_the_truth(row, t) for row, t in zip(rows, school["truth"], strict=True)]
    return found


def _averaged(row: Sequence[float | None]) -> list[float | None]:
    """Return the mean of members in either order; what one could not be read for is unknown."""
    orders = row[0::2], row[1::2]
    return [None if None in o else fmean(c for c in o if c is not None) for o in orders]


def _hits(schools: Found, students: Found, arm: str) -> list[float]:
    """Return by question, all seeds, whether a student is right, half where it is undecided."""
    return [
        persuasion.verdict(1 - c if truth else c)
        for school, found in zip(schools, students, strict=True)
        for c, truth in zip(found[arm], school["truth"], strict=True)
    ]


def _labels_right(config: DebateConfig, schools: Found, arm: str) -> float | None:
    """Return the share of labels that lean to the truth."""
    given = [
        persuasion.verdict(None if c is None else (1 - c if truth else c))
        for school in schools
        for c, truth in zip(
            labels(arm, school, config.members, school["seed"]), school["gold"], strict=True
        )
    ]
    return fmean(given)


def _levels(schools: Found, right: Mapping[str, Sequence[Orders]]) -> dict[str, dict[str, Any]]:
    """Return the accuracy of judges by level."""
    levels = [level for school in schools for level in school["levels"]]
    return {
        str(level): {
            name: persuasion.accuracy(
                [o for o, at in zip(orders, levels, strict=True) if at == level]
            )
            for name, orders in right.items()
        }
        for level in sorted(set(levels))
    }


def _persuasion(schools: Found, right: Mapping[str, Sequence[Orders]]) -> dict[str, Any]:
    """Return who persuades, and what the debate judge's word is worth."""
    truths = [not t for school in schools for t in school["truth"]]
    first = [tuple(o) for school in schools for o in school["judged"]["debate 0"][0]]
    verified, quoted = (sum(s["quotes"][i] for s in schools) for i in (0, 1))
    return {
        "win_rate": {
            "first": fmean(map(won, first)),
            "correct": fmean(map(won, right["debate"])),
        },
        "debaters": persuasion.persuasiveness(matches(schools)),
        "calibration": persuasion.calibration(first, truths),
        "flips_of_blind": persuasion.flip_rate(right["debate"], right["blind"]),
        "order_flips": persuasion.order_flips(first),
        "quotes_verified": stats.rate(verified, quoted),
        "forced": {
            side: stats.rate(*(sum(s["forced"][side][i] for s in schools) for i in (0, 1)))
            for side in ("correct", "incorrect")
        },
        "tokens_per_judgement": {
            name: fmean(t for s in schools for t in s["tokens"][name])
            for name in ("blind", "consultancy", "debate 0", "oracle")
        },
        "contest": _contest(schools),
    }


def _contest(schools: Found) -> dict[str, Any]:
    """Return the judge's accuracy by who argues for the truth and who against it."""
    found: dict[str, list[Orders]] = {}
    for right, wrong, orders in matches(schools):
        found.setdefault(f"{right} against {wrong}", []).append(orders)
    return {name: persuasion.accuracy(orders) for name, orders in found.items()}


def _sentence(
    right: Mapping[str, Sequence[Orders]],
    taught: Mapping[str, Sequence[float]],
    claims: Mapping[str, Any],
) -> str:
    """Return one sentence: how right judges are, and which claims are not shown."""
    blind, heard, debated = (fmean(map(won, right[n])) for n in ("blind", "consultancy", "debate"))
    return (
        f"A judge is right on {debated:.0%} of questions after a debate, on {heard:.0%} after a "
        f"consultancy and on {blind:.0%} blind (n {len(right['debate']):,}); {sentence(claims)}"
    )
