"""The recipe `chains`: past what people can label, by a critic trained on what they can.

Easy-to-hard generalisation (Sun et al. 2024, arXiv 2403.09472) inside the attacker-learner-critic
loop (arXiv 2412.11145). People label levels 1 to 3; a process reward model learns from those
labels alone; an attacker escalates to level 8; the learner trains on what the critic accepts. The
same loop runs with no critic, with majority vote, and with an oracle, at the same sampling budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from superalign import stats
from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.recipes.chains.arm import ArmTask, run_arm
from superalign.recipes.chains.config import ChainsConfig, chains
from superalign.recipes.chains.measures import by_level, pooled
from superalign.recipes.repeat import provenance, settings, spoken
from superalign.report.words import sentence
from superalign.scale import spread

HARD = (5, 6, 7, 8)
"""Levels over which the headline is averaged, where the run has any of them."""


def run_chains(
    config: ChainsConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Run every arm and write `summary.json`; a run that was cut off goes on.

    Raises:
        BadInput: If the organism cannot be used (then nothing is written), or the folder holds
            another run, is in use, or cannot be written.
    """
    locate(config.organism)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        tasks = [ArmTask(arm, config, folder / "arms" / arm, seed) for arm in config.arms]
        tell = partial(_tell, ledger, progress, [progress.beside(str(arm)) for arm in config.arms])
        found = spread(run_arm, tasks, workers=workers, on_event=tell)
        arms = {arm["arm"]: arm for arm in found}
        summary = _summary(config, seed, arms)
        summary["seconds"] = ledger.seconds()
        summary["provenance"] = provenance(folder, config, _command(config, seed))
        summary["sentence"] = spoken(sentence(summary), config.preset)
        with writing(folder):
            write_json(folder / "summary.json", summary)
        return summary


def _tell(
    ledger: Ledger,
    main: Progress,
    beside: list[Progress],
    index: int,
    method: str,
    args: tuple[Any, ...],
) -> None:
    """Show the first arm in the table and the others beside it; note the time worked."""
    ledger.tick()
    getattr(main if index == 0 else beside[index], method)(*args)


def _summary(config: ChainsConfig, seed: int, arms: Mapping[str, Any]) -> dict[str, Any]:
    main = arms[config.arms[0]]
    rounds = main["accuracy_by_round"]
    labels = main["labels"]
    levels = _headline(config)
    measured = {name: _arm(arm, levels) for name, arm in arms.items()}
    this = measured[config.arms[0]]
    return {
        "recipe": "chains",
        "arm": config.arms[0],
        "learner": main["learner"],
        "preset": config.preset,
        "seed": seed,
        "accuracy_by_level": {
            "start": this["start"],
            "end": this["end"],
            "change": main["change"],
        },
        "accuracy_by_round": [
            {
                "round": i,
                "promoted": main["rounds"][i - 1]["promoted"] if i else None,
                "by_level": by_level(counts),
            }
            for i, counts in enumerate(rounds)
        ],
        "hard_levels": {"levels": levels, **this["hard_levels"]},
        "human_labels": {
            "total": sum(labels[-1].values()),
            "by_level": {str(k): labels[-1].get(str(k), 0) for k in (*config.easy, *config.hard)},
            "by_round": _increments(labels),
        },
        "critic": main["critic"],
        "gap_recovered": _gap(measured, config),
        "baselines": {k: v for k, v in measured.items() if k != config.arms[0]},
        "rounds": main["rounds"],
        "failures": main["failures"],
        "unscored": sum(r["unscored"] for r in main["rounds"]),
        "seconds_by_stage": main["seconds_by_stage"],
    }


def _headline(config: ChainsConfig) -> tuple[int, ...]:
    return tuple(level for level in config.hard if level in HARD) or config.hard


def _arm(arm: Mapping[str, Any], levels: Sequence[int]) -> dict[str, Any]:
    first, last = arm["accuracy_by_round"][0], arm["accuracy_by_round"][-1]
    return {
        "start": by_level(first),
        "end": by_level(last),
        "hard_levels": {"start": pooled(first, levels), "end": pooled(last, levels)},
        "promoted": [r["promoted"] for r in arm["rounds"]],
        "unscored": sum(r["unscored"] for r in arm["rounds"]),
        "accepted": arm["critic"]["accepted"],
    }


def _gap(measured: Mapping[str, Any], config: ChainsConfig) -> float | None:
    """Return the share of the oracle critic's gain over the headline's levels that the loop got."""
    if "oracle" not in measured:
        return None
    mine = measured[config.arms[0]]["hard_levels"]
    ceiling = measured["oracle"]["hard_levels"]["end"]["rate"]
    return stats.gap_recovered(mine["start"]["rate"], mine["end"]["rate"], ceiling)


def _increments(labels: list[dict[str, int]]) -> list[dict[str, int]]:
    before = [{}, *labels[:-1]]
    return [
        {level: n - was.get(level, 0) for level, n in now.items()}
        for was, now in zip(before, labels, strict=True)
    ]


def _command(config: ChainsConfig, seed: int) -> str:
    changed = settings(config, chains(config.preset))
    return f"superalign run chains --preset {config.preset} --seed {seed}{changed}"
