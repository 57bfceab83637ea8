"""What choosing among samples comes to: accuracy by method, level and number of samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from superalign import stats
from superalign.measures import first_error as first
from superalign.measures import subsets
from superalign.measures.steps import Aggregation, aggregate
from superalign.measures.voting import Pool, Rule
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.studies.easy_to_hard.config import KINDS, EasyToHardConfig, Evaluator
from superalign.studies.easy_to_hard.pools import (
    Sampled,
    checked,
    pool,
    sampled,
    scored,
    truth,
)
from superalign.studies.easy_to_hard.school import School, Task
from superalign.studies.easy_to_hard.worlds import world

SCORED: tuple[Rule, ...] = ("weighted", "best")
"""The rules that read an evaluator's scores."""
COMPARED = 64
"""Number of samples at which claims and aggregations are compared, or the most there are."""


def compared(sizes: Sequence[int]) -> int:
    """Return the number of samples at which methods are compared."""
    return max(n for n in sizes if n <= max(COMPARED, sizes[0]))


async def reranked(task: Task, school: School, ledger: Any, progress: Progress) -> dict[str, Any]:
    """Sample, score and choose; return per test problem the chance that each choice is right."""
    config, place = task.config, world(task.config)
    policy = task.sampler().at(school.sampler)
    problems = place.test(config.test, seed_of(task.seed, "test"))
    n, seed = config.sizes[-1], seed_of(task.seed, "samples")
    with progress.stage("sample", n * len(problems)):
        drawn = await sampled(policy, problems, n, ledger, progress, seed=seed)
    with progress.stage("score and choose"):
        samples = scored(checked(place, drawn), school.evaluators, task.judge())
        return {
            "levels": [p.level for p in problems],
            "methods": _methods(config, samples, seed),
            "aggregations": _aggregations(config, samples, seed),
            "evaluators": {
                name: {part: _quality(config, samples, name, part) for part in ("easy", "hard")}
                for name in KINDS
            },
            "distinct": sum(len(s.texts) for s in samples),
            "drawn": n * len(samples),
        }


def how(config: EasyToHardConfig, evaluator: Evaluator, rule: Rule) -> Aggregation:
    """Return how the chances of steps become a score: of outcomes the last is read."""
    if KINDS[evaluator] == "outcome":
        return "last"
    return config.voting if rule == "weighted" else config.ranking


def _methods(
    config: EasyToHardConfig, samples: Sequence[Sampled], seed: int
) -> dict[str, dict[str, list[list[float]]]]:
    """Return per method, of `right` and `answer`, the chance per problem and size."""
    rules: dict[str, tuple[Rule, Pool]] = {"majority": ("majority", pool(samples, None, "last"))}
    for evaluator in KINDS:
        for rule in SCORED:
            rules[f"{rule}_{evaluator}"] = (
                rule,
                pool(samples, evaluator, how(config, evaluator, rule)),
            )
    found: dict[str, dict[str, list[list[float]]]] = {}
    for kind in ("right", "answer"):
        true = truth(samples, kind)
        for name, (rule, scores) in rules.items():
            chances = subsets.chances(scores, rule, true, config.sizes, seed=seed)
            found.setdefault(name, {})[kind] = chances.tolist()
        found.setdefault("any", {})[kind] = subsets.pass_at(true, config.sizes).tolist()
    return found


def _aggregations(config: EasyToHardConfig, samples: Sequence[Sampled], seed: int) -> Any:
    """Return by evaluator, aggregation and rule the chance per hard problem, one size."""
    hard = [s for s in samples if s.problem.level in config.hard]
    true, size = truth(hard, "right"), [compared(config.sizes)]
    return {
        name: {
            agg: {
                rule: subsets.chances(pool(hard, name, agg), rule, true, size, seed=seed)[
                    :, 0
                ].tolist()
                for rule in SCORED
            }
            for agg in get_args(Aggregation)
        }
        for name in KINDS
        if KINDS[name] != "outcome"
    }


def _quality(
    config: EasyToHardConfig, samples: Sequence[Sampled], name: Evaluator, part: str
) -> dict[str, Any]:
    """Return how well an evaluator tells right from wrong on distinct finished solutions.

    The first error and the calibration of steps are measured where steps have a truth, and of
    evaluators that read steps.
    """
    levels = getattr(config, part)
    rows = [
        (s.chances[name][i], s.right[i], s.first_errors[i] if s.first_errors else None)
        for s in samples
        if s.problem.level in levels
        for i in range(len(s.texts))
        if s.chances[name][i]
    ]
    scores = [pool_score(config, name, c) for c, _, _ in rows]
    steps = [(c, e) for c, _, e in rows if e is not None]
    read = KINDS[name] != "outcome" and bool(steps)
    chances, errors = [c for c, _ in steps], [e for _, e in steps]
    return {
        "n": len(rows),
        "auroc": stats.auroc(scores, [r for _, r, _ in rows]),
        "first_errors": first.first_errors([first.first_error(c) for c in chances], errors)
        if read
        else None,
        "steps": first.step_calibration(chances, [first.labels_up_to(e, len(c)) for c, e in steps])
        if read
        else None,
    }


def pool_score(config: EasyToHardConfig, name: Evaluator, chances: Sequence[float]) -> float:
    """Return the score by which votes are weighed."""
    return aggregate(how(config, name, "weighted"), chances)
