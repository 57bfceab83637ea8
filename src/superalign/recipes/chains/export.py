"""What a finished run of the recipe `chains` leaves for other tools: two models and pairs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superalign import credit
from superalign.critics.process_reward import NAME
from superalign.learners.pairs import Pair, write_pairs
from superalign.ledger import Ledger, atomic_folder
from superalign.ledger.folder import writing
from superalign.policies.checkpoints import locate
from superalign.recipes.regression import confirmed, leave_suite
from superalign.records import Episode

GAP = 0.2
"""Difference in the critic's confidence from which one answer is preferred to another."""
PAIRS = 2
"""Preference pairs per problem, at most."""


def export_chains(folder: Path, summary: Mapping[str, Any], out: Path) -> dict[str, str]:
    """Write the final learner and, where one was trained, the critic and its preferences to `out`.

    The models load in `transformers`. `preferences.jsonl` has TRL's columns; a pair is two answers
    of the learner to one problem, ranked by the trained critic, so no gold is in it. Where the
    critic prefers nothing there is no such file: an empty one does not load. Of the failures that
    people confirmed before the first round, `regression.jsonl` holds those that the learner no
    longer shows, `still_open.jsonl` the others.

    Raises:
        BadInput: If the run lacks a checkpoint, or `out` cannot be written.
    """
    models = {"learner": summary["learner"], "critic": summary["critic"]["checkpoint"]}
    models = {name: _checkpoint(folder, where) for name, where in models.items() if where}
    arm = folder / "arms" / summary["arm"]
    pairs, cases = _pairs(arm), confirmed(arm, "chains")
    with writing(out), atomic_folder(out) as place:
        for name, source in models.items():
            shutil.copytree(source, place / name)
        if pairs:
            write_pairs(pairs, place / "preferences.jsonl", conversational=False)
        leave_suite(cases, models["learner"], place)
        return {path.stem: str(out / path.name) for path in sorted(place.iterdir())}


def _checkpoint(folder: Path, where: str) -> Path:
    """Return a checkpoint of the run, or the organism that no round improved on."""
    own = folder / where
    return locate(own if own.is_dir() else where)


def _pairs(arm: Path) -> list[Pair]:
    """Return the answers to each problem, best against worst, as the trained critic saw them.

    A critic's id changes with its calibration; only confidences under one id are compared.
    """
    with Ledger.read_only(arm) as ledger:
        episodes = ledger.read()
    critics = {v.critic: None for e in episodes for v in e.verdicts if v.critic.startswith(NAME)}
    return [pair for critic in critics for pair in _ranked(episodes, critic)]


def _ranked(episodes: list[Episode], critic: str) -> list[Pair]:
    judged = [e for e in episodes if e.verdict(critic) is not None]
    confidence = {(e.problem.id, e.final.text): _confidence(e, critic) for e in judged}
    found = credit.ranked(judged, critic, gap=GAP, n=PAIRS)
    pairs = []
    for best, worst in zip(found[::2], found[1::2], strict=True):
        high, low = (confidence[e.problem, e.move.reply.text] for e in (best, worst))
        flipped, moves = _flipped(high, low), (best.move, worst.move)
        pairs.append(Pair.of(best.problem, *moves, high - low, "samples", critic, flipped))
    return pairs


def _flipped(high: float, low: float) -> float:
    """Return the chance that of two answers, one right, it is the one the critic prefers less.

    By its calibrated confidences, the answers taken as independent; they are never equal here.
    """
    wrong, right = (1 - high) * low, high * (1 - low)
    return wrong / (wrong + right)


def _confidence(episode: Episode, critic: str) -> float:
    verdict = episode.verdict(critic)
    return (verdict.confidence or 0.0) if verdict else 0.0
