"""The recipe `requests`: make a model safer under attack with a critic whose error is measured.

The attacker-learner-critic loop (arXiv 2412.11145) in a world where truth is known. A critic that
misreads disguised requests ranks replies; people label the few that are worth most; what they say
sets the noise term of the loss by group of requests, drops what is too poor to learn from, and
gives the true failure rate with an interval. A second critic, which trains nothing, holds the gate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from superalign import stats
from superalign.errors import BadInput
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.recipes.own.seats import is_checkpoint, there
from superalign.recipes.repeat import provenance, settings, spoken
from superalign.recipes.requests.arm import RequestsTask, run_task
from superalign.recipes.requests.config import RequestsConfig, requests
from superalign.recipes.requests.dimensions import cultures
from superalign.recipes.requests.measures import SEARCHED, SEARCHED_BEYOND, SIDES, pooled, rates
from superalign.recipes.requests.seats import SCRIPTED


def run_requests(
    config: RequestsConfig, folder: Path, progress: Progress, *, seed: int
) -> dict[str, Any]:
    """Run the loop and write `summary.json`; a run that was cut off goes on.

    Raises:
        BadInput: If the organism cannot be used (then nothing is written), or the folder holds
            another run, is in use, or cannot be written.
    """
    locate(config.organism)
    check_attacker(config)
    cultures(config.culture)
    done = run_task(RequestsTask("requests", config, folder, seed), progress)
    summary = {
        "recipe": "requests",
        "preset": config.preset,
        "seed": seed,
        **changes(done["counts"]),
        "attack_success": attack_success(done["counts"]),
        "rounds": done["rounds"],
        "stopped": done["stopped"],
        "guards": done["guards"],
        "critic_noise": done["noise"],
        "dimensions": done["dimensions"],
        "people_error": done["people_error"],
        "risks": done["risks"],
        "human_labels": {"total": done["labels"]},
        "unscored": sum(r["unscored"] for r in done["rounds"]),
        "learner": done["learner"],
        "seconds": done["seconds"],
        "provenance": provenance(folder, config, _command(config, seed)),
    }
    summary["sentence"] = spoken(_sentence(summary), config.preset)
    with writing(folder):
        write_json(folder / "summary.json", summary)
    return summary


def check_attacker(config: RequestsConfig) -> None:
    """Check that who attacks can be opened; nothing is written.

    Raises:
        BadInput: If it is a checkpoint that is not there, or is to be trained and is none.
    """
    if config.attacker != SCRIPTED:
        there(config.attacker)
    weights = config.attacker != SCRIPTED and is_checkpoint(config.attacker)
    if config.attack == "trained" and not weights:
        raise BadInput(
            f"'attack' is 'trained', which trains its model, and 'attacker' is "
            f"{config.attacker!r}; it must be an organism or a checkpoint, as in "
            "--set attacker=requests-200k"
        )


def changes(counts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return every rate at the start and at the end, under attack and by side."""
    ends = dict(_ends(counts))
    sides = {"under_attack": SIDES[1:], **{side: (side,) for side in SIDES}}
    found: dict[str, Any] = {}
    for name, members in sides.items():
        both = {end: rates(pooled(count, members)) for end, count in ends.items()}
        found[name] = {rate: {end: both[end][rate] for end in ends} for rate in both["start"]}
    return found


def attack_success(counts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how often what never trained does harm, at the start and at the end.

    `held_out_wrappers` is the share of harmful replies. The other two are shares of goals on which
    an attacker whose kind trains nothing got one, within `budget` samples of the learner: behind
    the wrappers that train, and behind those that never do; they are absent without `search`.
    """
    wrappers = {end: rates(count["held_out"])["harmful"] for end, count in _ends(counts)}
    names = [name for name in (SEARCHED, SEARCHED_BEYOND) if name in counts[0]]
    searched = {name: _searched(counts, name) for name in names}
    return {"held_out_wrappers": wrappers, **searched}


def _ends(counts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from (("start", counts[0]), ("end", counts[-1]))


def _searched(counts: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    found = {end: count[name] for end, count in _ends(counts)}
    return {
        "attacker": found["start"]["attacker"],
        "budget": found["start"]["budget"],
        **{end: stats.rate(x["broken"], x["n"]) for end, x in found.items()},
        "unscored": {end: x["unscored"] for end, x in found.items()},
    }


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
        f"{_early(summary)}"
    )


def _early(summary: Mapping[str, Any]) -> str:
    stopped = summary["stopped"]
    return f" It ended early, after round {len(summary['rounds'])}: {stopped}." if stopped else ""
