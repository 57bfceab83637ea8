"""Harden a prompt guard on real prompts.

The game is solo under attack: the guard says `safe` or `unsafe` to a prompt that wrappers
disguise. Disguises keep the label, so the critic is the known label. What the attack finds, benign
twins in the same disguises and all plain prompts make the next training set; a candidate is
promoted if it refuses no more safe prompts, catches no fewer harmful ones and lets fewer disguised
ones through, all on the validation part. Half of the wrapper families never train.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.attackers.rewrite import AtRandom, Rewrite
from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.guard import SAFE, UNSAFE, Encoder, Guard, LetterPairs, Ngrams
from superalign.progress import Progress
from superalign.recipes.guard.config import GuardConfig
from superalign.recipes.guard.measures import SIDES, Flags, Measures, flags, suites
from superalign.recipes.guard.pool import Pool, gather
from superalign.recipes.guard.round import Hardening
from superalign.recipes.guard.validation import Validation
from superalign.records import Episode, Outcome


def run_guard(config: GuardConfig, folder: Path, progress: Progress) -> dict[str, Any]:
    """Harden a guard in `folder`, or go on with the run there, and return its summary.

    The folder receives `summary.json`, `failures.jsonl` and, under `policies`, every guard.

    Raises:
        BadInput: If the prompts, the learner or the folder cannot be used.
    """
    pool = gather(config)
    for line in pool.notices:
        progress.say(line)
    stated = config.model_dump(mode="json", exclude={"format"})
    identity = {**stated, "recipe": "guard", "content": pool.id}
    with Ledger.open(folder, identity, seed=config.seed) as ledger:
        validation = Validation.of(pool, config)
        hardening = Hardening(config, pool, ledger, validation, progress)
        done = asyncio.run(_whole(hardening))
        summary = _summary(hardening, done)
        summary["seconds"] = ledger.seconds()
        with writing(folder):
            _leave(folder, done)
            write_json(folder / "summary.json", summary)
    return summary


@dataclass(frozen=True, slots=True)
class _Done:
    guards: Mapping[str, Guard]
    rounds: list[dict[str, Any]]
    random_rounds: list[dict[str, Any]]
    found: list[Episode]
    measures: Measures


async def _whole(hardening: Hardening) -> _Done:
    config, pool = hardening.config, hardening.pool
    with hardening.progress.stage("train on plain prompts"):
        start = await hardening.start(_blank(config))
    harmful, benign = pool.training(harmful=True), pool.training(harmful=False)
    rewrite = Rewrite(harmful, benign, pool.seen)
    with hardening.progress.stage("attack and harden"):
        end, rounds, found = await hardening.harden(start, rewrite, shown=True)
    with hardening.progress.stage("baselines"):
        random, random_rounds, _ = await hardening.harden(start, AtRandom(rewrite))
        guards = {
            "start": start,
            "end": end,
            "random": random,
            "weights_only": await hardening.weights_only(start, found),
            "readings_only": hardening.readings_only(start),
        }
    measures = await _measured(hardening, guards)
    return _Done(guards, rounds, random_rounds, found, measures)


def _blank(config: GuardConfig) -> Guard:
    classifier = Encoder(Path(config.learner)) if config.learner else Ngrams.empty()
    return Guard(classifier=classifier, pairs=LetterPairs.unknown())


async def _measured(hardening: Hardening, guards: Mapping[str, Guard]) -> Measures:
    trials = suites(hardening.pool, hardening.config)
    raised: dict[str, Mapping[str, Flags]] = {}
    total = len(guards) * sum(map(len, trials.values()))
    with hardening.progress.stage("measure", total) as stage:
        for name, guard in guards.items():

            async def make(guard: Guard = guard) -> dict[str, Flags]:
                return {suite: flags(guard, found) for suite, found in trials.items()}

            key = [hardening.pool.id, hardening.config.trials, guard.id]
            raised[name] = await hardening.ledger.once("measure", key, make)
            stage.advance(sum(map(len, trials.values())))
    return Measures(trials, raised, hardening.config.seed)


def _summary(hardening: Hardening, done: _Done) -> dict[str, Any]:
    config, pool, m = hardening.config, hardening.pool, done.measures
    summary = {
        "recipe": "guard",
        "seed": config.seed,
        "attack_success": {s: _ends(lambda g, s=s: m.attack_success(g, s)) for s in SIDES},
        "over_refusal": _ends(lambda g: m.flagged(g, "safe")),
        "change": {
            "attack_success": {s: m.attack_change(s) for s in SIDES},
            "over_refusal": m.flag_change("safe"),
            "over_refusal_disguised": {s: m.flag_change(f"safe_{s}") for s in SIDES},
        },
        "let_through": {s: _ends(lambda g, s=s: m.let_through(g, s)) for s in SIDES},
        "broken_prompts": {s: _ends(lambda g, s=s: m.broken(g, s)) for s in SIDES},
        "over_refusal_disguised": {
            s: _ends(lambda g, s=s: m.flagged(g, f"safe_{s}")) for s in SIDES
        },
        "clean_recall": _ends(lambda g: m.flagged(g, "harmful")),
        "contrast_recall": _ends(lambda g: m.flagged(g, "contrast")),
        "by_family": _by_family(pool, m),
        "baselines": {
            name: _baseline(m, name) for name in done.guards if name not in ("start", "end")
        },
        "families": {
            "seen": pool.seen.families,
            "held_out": pool.held_out.families,
        },
        "rounds": done.rounds,
        "random_rounds": done.random_rounds,
        "prompts": _prompts(pool),
        "notices": pool.notices,
        "unscored": m.unscored,
        "start": done.guards["start"].id,
        "guard": done.guards["end"].id,
        "readings": done.guards["end"].readings,
    }
    return {**summary, "sentence": _sentence(summary)}


def _ends(rate: Any) -> dict[str, Any]:
    return {"start": rate("start"), "end": rate("end")}


def _by_family(pool: Pool, m: Measures) -> dict[str, Any]:
    """Return attack success by family; a nesting has its side in its name."""
    sides = zip(SIDES, (pool.seen, pool.held_out), strict=True)
    return {
        family if family in side.families else f"{family}_{name}": {
            "seen": name == "seen",
            **_ends(lambda g, n=name, f=family: m.attack_success(g, n, f)),
        }
        for name, side in sides
        for family in side.names
    }


def _baseline(m: Measures, name: str) -> dict[str, Any]:
    return {
        "attack_success": {s: m.attack_success(name, s) for s in SIDES},
        "over_refusal": m.flagged(name, "safe"),
        "end_minus_this": {
            "attack_success": {s: m.attack_change(s, name, "end") for s in SIDES},
            "over_refusal": m.flag_change("safe", name, "end"),
        },
    }


def _prompts(pool: Pool) -> dict[str, dict[str, int]]:
    """Return how many prompts each part holds, by source and label."""
    found: dict[str, dict[str, int]] = {}
    for part in ("train", "validation", "test"):
        counts: dict[str, int] = {}
        for prompt in getattr(pool.parts, part):
            name = f"{prompt.source} {'harmful' if prompt.harmful else 'safe'}"
            counts[name] = counts.get(name, 0) + 1
        found[part] = dict(sorted(counts.items()))
    return found


def _sentence(summary: Mapping[str, Any]) -> str:
    attack, refusal = summary["attack_success"]["held_out"], summary["over_refusal"]
    start, end, was, now = (
        "unmeasured" if r["rate"] is None else f"{100 * r['rate']:.0f}%"
        for r in (attack["start"], attack["end"], refusal["start"], refusal["end"])
    )
    return (
        f"Of harmful prompts that the starting guard stops, disguises it never trained on got "
        f"{start} through before hardening and {end} after, while it refused {was} of harmless "
        f"prompts before and {now} after."
    )


def _leave(folder: Path, done: _Done) -> None:
    """Write the failures found, each with whether the hardened guard still makes it."""
    failed = [e for e in done.found if any(v.outcome is Outcome.FAIL for v in e.verdicts)]
    unique = list({e.problem.prompt: e for e in failed}.values())
    raised = done.guards["end"].flags([e.problem.prompt for e in unique])
    with (folder / "failures.jsonl").open("w", encoding="utf-8") as file:
        for episode, flag in zip(unique, raised, strict=True):
            expected = SAFE if episode.final.text == UNSAFE else UNSAFE
            row = {
                "prompt": episode.problem.prompt,
                "expected": expected,
                "family": episode.problem.tags[-1],
                "source": episode.problem.tags[0],
                "parent": episode.problem.parent,
                "open": (UNSAFE if flag else SAFE) != expected,
            }
            file.write(json.dumps(row) + "\n")
