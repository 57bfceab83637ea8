"""The loop on a user's own problems: attack, answer, judge, refine, learn where that is possible.

A local learner is trained on one half of the problems and gated on the other half by the critic's
second look. A remote learner cannot be trained here: the loop does all the rest and exports
preference data for the user's own trainer. Gold answers, where the file has any, measure the
learner and the critic; nothing that is trained, kept or exported depends on them.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from superalign.critics.gold import Gold
from superalign.errors import BadInput
from superalign.learners.pairs import write_pairs
from superalign.learners.protocol import Learner
from superalign.learners.refine import accepted
from superalign.ledger import Ledger, atomic_folder
from superalign.ledger.folder import write_json, write_text, writing
from superalign.policies.local import LocalPolicy
from superalign.problems.rows import read_rows
from superalign.progress import Progress
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.measures import accuracy, against_gold, firsts, judged_by, sentence
from superalign.recipes.own.problems import given
from superalign.recipes.own.round import Found, Rounds, failures
from superalign.recipes.own.seats import Seats, check, fill
from superalign.recipes.regression import SUITE, Case, write_suite
from superalign.records import Episode, Outcome, Problem, digest

PREFERENCES, FAILURES = "preferences.jsonl", "failures.jsonl"


def run_own(
    config: OwnConfig,
    folder: Path,
    progress: Progress,
    *,
    seats: Seats | None = None,
    learner: Learner[LocalPolicy] | None = None,
) -> dict[str, Any]:
    """Run the loop in `folder`, or go on with the run there, and return its summary.

    The folder receives `summary.json`, `preferences.jsonl` (TRL's columns), `failures.jsonl` and
    the ledger. `seats` are policies opened by the caller, in place of those that `config` names;
    `learner` trains a local learner; by default supervised finetuning.

    Raises:
        BadInput: If the problems cannot be used or a model is not there (then nothing is
            written), or a model or the folder cannot be used.
        Unreachable: If an endpoint does not answer usably.
    """
    problems, key, expected = given(config, progress)
    if seats is None:
        check(config)
    identity = {**config.identity(), "content": digest([p.id for p in problems], key.id)}
    with Ledger.open(folder, identity, seed=config.seed) as ledger:
        seats = seats or fill(config, folder / "replies.sqlite")
        tried, held = _halves(problems) if seats.trainable else (problems, [])
        rounds = Rounds(
            config=config,
            ledger=ledger,
            seats=seats,
            learner=learner or _sft(ledger, progress),
            problems=tried,
            held=held,
            progress=progress,
        )
        summary, found = asyncio.run(_whole(rounds, Gold(key)))
        summary["seconds"] = ledger.seconds()
        _leave(folder, summary, found, rounds, expected)
    return summary


def _sft(ledger: Ledger, progress: Progress) -> Learner[LocalPolicy]:
    from superalign.learners.sft import Sft

    return Sft(folder=ledger.checkpoints, progress=progress)


def export_own(folder: Path, summary: Mapping[str, Any], out: Path) -> dict[str, str]:
    """Write preferences, failures and, where one was promoted, the trained learner to `out`.

    `regression.jsonl` holds the failures that the second look confirmed, where there are any.

    Raises:
        BadInput: If a file of the run is missing, or `out` cannot be written.
    """
    with writing(out), atomic_folder(out) as place:
        for name in (PREFERENCES, FAILURES):
            shutil.copy(folder / name, place)
        if cases := _confirmed(folder / FAILURES):
            write_suite(cases, place / SUITE)
        if summary["checkpoint"]:
            shutil.copytree(folder / "policies" / summary["checkpoint"], place / "learner")
        return {path.stem: str(out / path.name) for path in sorted(place.iterdir())}


def _confirmed(failures: Path) -> list[Case]:
    rows = [row.fields for row in read_rows(failures)]
    return [
        Case(
            prompt=row["problem"]["prompt"],
            expected=row.get("expected"),
            failed=row["answer"],
            critique=row["critique"],
            confirmed="second look",
            tags=row["problem"]["tags"],
        )
        for row in rows
        if row.get("confirmed")
    ]


async def _whole(rounds: Rounds, gold: Gold) -> tuple[dict[str, Any], Found]:
    config, seats = rounds.config, rounds.seats
    if not seats.trainable:
        why = "steered" if config.steering else "remote"
        rounds.progress.say(
            f"{config.learner} is {why} and cannot be trained here: the loop attacks, judges, "
            "refines and exports preference data for your own trainer"
        )
    policy, found, rows = await rounds.play()
    if seats.trainable:
        before, now = [await rounds.hold(p) for p in (seats.learner, policy)]
    else:
        before, now = _with_revisions(rounds, found)
    summary = {**await _summary(rounds, found, gold, before, now), "rounds": rows}
    trained_to = None
    if isinstance(policy, LocalPolicy) and policy is not seats.learner:
        trained_to = policy.folder.name
    return {**summary, "sentence": sentence(summary), "checkpoint": trained_to}, found


def _halves(problems: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Return the problems to learn from and those held out: every other one, by id.

    Raises:
        BadInput: If there are too few for both.
    """
    if len(problems) < 2:
        raise BadInput("training needs two problems at least: one half is held out to gate it")
    ordered = sorted(problems, key=lambda p: digest("half", p.id))
    return ordered[::2], ordered[1::2]


def _with_revisions(rounds: Rounds, found: Found) -> tuple[list[Episode], list[Episode]]:
    """Return the first answer to each given problem, and the same after accepted revisions."""
    given = {p.id for p in rounds.problems}
    start = [e for e in firsts(found.judged) if e.problem.id in given]
    second, gap = rounds.second.id, rounds.config.gap
    better = {old.id: new for old, new in found.revised if accepted([(old, new)], second, gap=gap)}
    return start, [better.get(e.id, e) for e in start]


async def _summary(
    rounds: Rounds, found: Found, gold: Gold, before: list[Episode], now: list[Episode]
) -> dict[str, Any]:
    seats, config, critic = rounds.seats, rounds.config, rounds.critic.id
    stops = [e.final.stop for e in found.judged]
    refined = sum(p.source == "refine" for p in found.pairs)
    given = [e for e in found.judged if e.problem.parent is None]
    rewritten = [e for e in found.judged if e.problem.parent is not None]
    return {
        "recipe": "own",
        "learner": config.learner,
        "critic": config.critic,
        "attacker": config.attacker,
        "trainable": seats.trainable,
        "labelled": len(gold.key),
        "answers": {
            "n": len(stops),
            "error": stops.count("error"),
            "refused": stops.count("refused"),
        },
        "gold_accuracy": await _gold(gold, before, now, seats),
        "critic_error": await against_gold(gold, critic, found.judged),
        "passed": {"given": judged_by(critic, given), "rewritten": judged_by(critic, rewritten)},
        "attacks": {
            "asked": len(rounds.problems) * config.rounds if seats.attacker else 0,
            "usable": len(rewritten) // config.samples,
        },
        "revisions": {"n": len(found.revised), "accepted": refined},
        "pairs": {"n": len(found.pairs), "refine": refined},
        "spent": seats.spent(),
    }


async def _gold(
    gold: Gold, before: Sequence[Episode], now: Sequence[Episode], seats: Seats
) -> dict[str, Any]:
    """Return gold accuracy at the start and at the end, and what the end is."""
    trained = "held-out problems, before and after training"
    revised = "first answers, before and after accepted revisions"
    return {
        "start": await accuracy(gold, before),
        "end": await accuracy(gold, now),
        "over": trained if seats.trainable else revised,
    }


def _leave(
    folder: Path,
    summary: dict[str, Any],
    found: Found,
    rounds: Rounds,
    expected: Mapping[str, str],
) -> None:
    """Write what the run leaves behind, and say where."""
    pairs, failed = folder / PREFERENCES, folder / FAILURES
    broken = failures(found.judged, rounds.critic.id)
    write_pairs(found.pairs, pairs, conversational=rounds.seats.chats)
    with writing(folder):
        sure = {e.id for e, _ in found.revised if e.outcome(rounds.second.id) is Outcome.FAIL}
        lines = [json.dumps(_failure(e, rounds.critic.id, sure, expected)) + "\n" for e in broken]
        write_text(failed, "".join(lines))
        write_json(folder / "summary.json", summary)
    rounds.progress.say(f"{len(found.pairs)} preference pairs: {pairs}")
    rounds.progress.say(f"{len(broken)} failed problems: {failed}")


def _failure(
    episode: Episode, critic: str, sure: Set[str], expected: Mapping[str, str]
) -> dict[str, Any]:
    verdict = episode.verdict(critic)
    return {
        "problem": episode.problem.model_dump(mode="json"),
        "answer": episode.final.text,
        "critique": verdict.critique if verdict else "",
        "right": verdict.scores.get("right") if verdict else None,
        "confirmed": episode.id in sure,
        "expected": expected.get(episode.problem.id),
    }
