"""From what every seed found to tables by level and number of samples, and to claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from superalign import stats
from superalign.measures import subsets
from superalign.measures.first_error import lucky
from superalign.recipes.repeat import settings, spoken
from superalign.stats import Floats
from superalign.studies.claims import AT_LEAST, Pair, held, sentence
from superalign.studies.easy_to_hard.config import EasyToHardConfig, easy_to_hard
from superalign.studies.easy_to_hard.methods import compared
from superalign.studies.easy_to_hard.school import School

Found = Sequence[Mapping[str, Any]]
"""What each seed found."""


def summary(
    config: EasyToHardConfig,
    schools: Sequence[School],
    reranked: Found,
    learners: Found,
    *,
    seed: int,
) -> dict[str, Any]:
    """Return the summary of the study; `learners` are by arm, seeds in the same order."""
    parts = {"easy": config.easy, "hard": config.hard}
    words = f"--preset {config.preset} --seed {seed}"
    claims = claimed(config, reranked, learners, seed=seed)
    return {
        "study": "easy-to-hard",
        "preset": config.preset,
        "seed": seed,
        "seeds": config.seeds,
        "sampler": config.sampler or config.organism,
        **{part: _table(config, reranked, levels, seed) for part, levels in parts.items()},
        "levels": {
            str(level): _table(config, reranked, (level,), seed)
            for level in (*config.easy, *config.hard)
        },
        "rl": {
            arm: {
                **{
                    part: _greedy([found[arm] for found in learners], levels)
                    for part, levels in parts.items()
                },
                "levels": {
                    str(level): _greedy([found[arm] for found in learners], (level,))
                    for level in (*config.easy, *config.hard)
                },
                "rounds": [found[arm]["rounds"] for found in learners],
            }
            for arm in config.arms
        },
        "evaluators": [found["evaluators"] for found in reranked],
        "aggregations": _aggregations(reranked),
        "compared_at": compared(config.sizes),
        "labels": [dict(school.labels) for school in schools],
        "distinct": [found["distinct"] for found in reranked],
        "drawn": [found["drawn"] for found in reranked],
        "claims": claims,
        "sentence": spoken(sentence(claims), config.preset),
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": "superalign study easy-to-hard "
            f"{words}{settings(config, easy_to_hard(config.preset))}",
        },
    }


def chances(found: Found, method: str, levels: Sequence[int], kind: str = "right") -> Floats:
    """Return the chances of a method at problems of some levels, all seeds, [P, sizes]."""
    rows = [
        row
        for seed in found
        for level, row in zip(seed["levels"], seed["methods"][method][kind], strict=True)
        if level in levels
    ]
    return np.array(rows, dtype=np.float64)


def greedy(found: Found, levels: Sequence[int], kind: str = "right") -> list[float]:
    """Return what a learner's greedy answers came to at some levels, all seeds."""
    return [
        value
        for seed in found
        for level, value in zip(seed["levels"], seed[kind], strict=True)
        if level in levels
    ]


def _table(
    config: EasyToHardConfig, found: Found, levels: Sequence[int], seed: int
) -> dict[str, dict[str, Any]]:
    """Return by method and size the accuracy, that of the answer alone, and the lucky share."""
    return {
        method: {
            str(point["size"]): {**point, "answer": alone, "lucky": _lucky(point["rate"], alone)}
            for point, alone in zip(
                subsets.curve(chances(found, method, levels), config.sizes, seed=seed),
                chances(found, method, levels, "answer").mean(0).tolist(),
                strict=True,
            )
        }
        for method in found[0]["methods"]
    }


def _lucky(right: float | None, answer: float) -> float | None:
    """Return the share of right answers whose steps are wrong; None where no answer is right."""
    return None if right is None or not answer else max(0.0, 1 - right / answer)


def _greedy(found: Found, levels: Sequence[int]) -> dict[str, Any]:
    right, answer = greedy(found, levels), greedy(found, levels, "answer")
    known = stats.rate(round(sum(right)), len(right))
    reached = lucky([bool(a) for a in answer], [bool(r) for r in right])
    return {**known, "answer": sum(answer) / len(answer), "lucky": reached["rate"]}


def _aggregations(found: Found) -> dict[str, Any]:
    """Return by evaluator, aggregation and rule the accuracy on hard problems."""
    return {
        name: {
            how: {
                rule: float(np.mean([x for s in found for x in s["aggregations"][name][how][rule]]))
                for rule in rules
            }
            for how, rules in by.items()
        }
        for name, by in found[0]["aggregations"].items()
    }


def claimed(
    config: EasyToHardConfig, reranked: Found, learners: Found, *, seed: int
) -> dict[str, Any]:
    """Return every claim with the difference it rests on, paired by problem, on hard levels."""
    size = config.sizes.index(compared(config.sizes))

    def chosen(method: str, at: int = size) -> list[float]:
        return [float(p) for p in chances(reranked, method, config.hard)[:, at]]

    def taught(arm: str) -> list[float] | None:
        return greedy([f[arm] for f in learners], config.hard) if arm in config.arms else None

    pairs: dict[str, Pair] = {
        "weighted_voting_beats_majority_by_5_points": (
            chosen("majority"),
            chosen("weighted_oprm"),
            0.05,
        ),
        "weighted_voting_keeps_rising": (
            chosen("weighted_oprm"),
            chosen("weighted_oprm", len(config.sizes) - 1),
            0.0,
        ),
        "easy_evaluator_beats_easy_generator": (
            chosen("majority"),
            chosen("weighted_oprm"),
            0.0,
        ),
        "oprm_at_least_prm": (chosen("weighted_prm"), chosen("weighted_oprm"), AT_LEAST),
        "oprm_at_least_orm": (chosen("weighted_orm"), chosen("weighted_oprm"), AT_LEAST),
        "weighted_voting_at_least_best_of_n": (
            chosen("best_oprm"),
            chosen("weighted_oprm"),
            AT_LEAST,
        ),
        "rl_with_easy_evaluator_beats_rl_on_easy_answers": (
            taught("grpo_answers"),
            taught("grpo_prm"),
            0.0,
        ),
        "rl_with_easy_evaluator_beats_easy_finetuning_by_10_points": (
            taught("sft_easy"),
            taught("grpo_prm"),
            0.10,
        ),
        "rl_with_easy_evaluator_beats_full_finetuning": (
            taught("sft_full"),
            taught("grpo_prm"),
            0.0,
        ),
    }
    return held(pairs, seed=seed)
