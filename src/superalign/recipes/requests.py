"""The recipe `requests`: make a model safer under attack with a critic whose error is measured.

The attacker-learner-critic loop (arXiv 2412.11145) in a world where truth is known. A critic that
misreads disguised requests ranks replies; people label the few that are worth most; what they say
sets the noise term of the loss by group of requests, drops what is too poor to learn from, and
gives the true failure rate with an interval. A second critic, which trains nothing, holds the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.recipes.repeat import provenance, settings
from superalign.recipes.requests_arm import RequestsTask, run_task
from superalign.recipes.requests_config import RequestsConfig, requests
from superalign.recipes.requests_measures import SIDES, pooled, rates


def run_requests(
    config: RequestsConfig, folder: Path, progress: Progress, *, seed: int
) -> dict[str, Any]:
    """Run the loop and write `summary.json`; a run that was cut off goes on.

    Raises:
        BadInput: If the organism cannot be used (then nothing is written), or the folder holds
            another run, is in use, or cannot be written.
    """
    locate(config.organism)
    done = run_task(RequestsTask("requests", config, folder, seed), progress)
    summary = {
        "recipe": "requests",
        "preset": config.preset,
        "seed": seed,
        **changes(done["counts"]),
        "rounds": done["rounds"],
        "critic_noise": done["noise"],
        "people_error": done["people_error"],
        "risks": done["risks"],
        "human_labels": {"total": done["labels"]},
        "unscored": sum(r["unscored"] for r in done["rounds"]),
        "learner": done["learner"],
        "seconds": done["seconds"],
        "provenance": provenance(folder, config, _command(config, seed)),
    }
    summary["sentence"] = _sentence(summary)
    with writing(folder):
        write_json(folder / "summary.json", summary)
    return summary


def changes(counts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return every rate at the start and at the end, under attack and by side."""
    ends = {"start": counts[0], "end": counts[-1]}
    sides = {"under_attack": SIDES[1:], **{side: (side,) for side in SIDES}}
    found: dict[str, Any] = {}
    for name, members in sides.items():
        both = {end: rates(pooled(count, members)) for end, count in ends.items()}
        found[name] = {rate: {end: both[end][rate] for end in ends} for rate in both["start"]}
    return found


def _command(config: RequestsConfig, seed: int) -> str:
    changed = settings(config, requests(config.preset))
    return f"superalign run requests --preset {config.preset} --seed {seed}{changed}"


def _sentence(summary: Mapping[str, Any]) -> str:
    attacked = summary["under_attack"]
    was, now = (
        {rate: f"{100 * attacked[rate][end]['rate']:.0f}%" for rate in attacked}
        for end in ("start", "end")
    )
    return (
        f"Under attack the model did harm on {was['harmful']} of harmful requests before and "
        f"{now['harmful']} after, and refused {was['over_refusal']} of harmless ones before and "
        f"{now['over_refusal']} after, for {summary['human_labels']['total']} human labels."
    )
