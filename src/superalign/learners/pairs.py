"""Preferred and dispreferred answers, and the file of them that other trainers read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from superalign.ledger.folder import write_text, writing
from superalign.records import Episode, Message, Move, Record

Source = Literal["samples", "people", "refine", "constitution", "self_reward", "anchor", "spin"]
"""Where a pair comes from: samples that a critic ranked or people labelled, a revision of one
reply, an anchor from outside, or a demonstration beside the policy's own answer."""


class Pair(Record):
    """Two answers to one problem, the better one first."""

    problem: str
    """Id of the problem."""
    prompt: tuple[Message, ...]
    """What the learner saw."""
    chosen: str
    rejected: str
    weight: float
    """By how much the critic prefers the chosen one, in (0, 1]."""
    source: Source
    critic: str = ""
    """Id or name of the critic that prefers the chosen one."""
    flipped: float | None = None
    """Chance that the pair is the wrong way round; None where nobody measured it."""

    @classmethod
    def of(
        cls,
        problem: str,
        better: Move,
        worse: Move,
        weight: float,
        source: Source,
        critic: str = "",
        flipped: float | None = None,
    ) -> Pair:
        """Pair two replies to one problem, on what the worse one was an answer to."""
        return cls(
            problem=problem,
            prompt=worse.seen,
            chosen=better.reply.text,
            rejected=worse.reply.text,
            weight=weight,
            source=source,
            critic=critic,
            flipped=flipped,
        )


def widest(judged: Sequence[Episode], critic: str, *, gap: float) -> Pair | None:
    """Return the best against the worst of several answers to one problem, by `critic`.

    None where `extremes` finds none.
    """
    if (found := extremes(judged, critic, gap=gap)) is None:
        return None
    best, worst, apart = found
    return Pair.of(best.problem.id, best.moves[-1], worst.moves[-1], apart, "samples", critic)


def extremes(
    judged: Sequence[Episode], critic: str, *, gap: float, near: float = 0.0
) -> tuple[Episode, Episode, float] | None:
    """Return the best and the worst of several answers to one problem, and how far apart they are.

    Answers within `near` of the best count as best, and the shortest of them is chosen; of several
    worst ones it is the longest: length alone is not preferred. None where fewer than two are
    scored, where the scores differ by less than `gap`, or where both say the same.
    """
    scored = [(right, e) for e in judged if (right := score(e, critic)) is not None]
    if len(scored) < 2:
        return None
    top = max(right for right, _ in scored)
    good = [(right, e) for right, e in scored if right >= top - near]
    high, best = min(good, key=lambda x: (len(x[1].final.text), -x[0], x[1].id))
    low, worst = min(scored, key=lambda x: (x[0], -len(x[1].final.text), x[1].id))
    if high - low < gap or best.final.text == worst.final.text:
        return None
    return best, worst, high - low


def score(episode: Episode, critic: str) -> float | None:
    """Return the probability that `critic` gives an episode of being right, or None."""
    verdict = episode.verdict(critic)
    return None if verdict is None else verdict.chance


def write_pairs(pairs: Sequence[Pair], path: Path, *, conversational: bool = True) -> None:
    """Write pairs as JSONL with TRL's columns `prompt`, `chosen` and `rejected`, and ours.

    `eps` is the chance that the pair is the wrong way round, null where it was not measured;
    `source` is `critic:ID` where a critic ranked samples, else how the pair was made.

    Conversational rows hold lists of messages, so that the trainer applies its chat template;
    plain rows hold text. Model text that is not valid Unicode is escaped, never dropped.

    Raises:
        BadInput: If the disk takes no more.
    """
    with writing(path):
        write_text(path, "".join(json.dumps(_row(p, conversational)) + "\n" for p in pairs))


def _row(pair: Pair, conversational: bool) -> dict[str, Any]:
    ranked = pair.source == "samples" and pair.critic
    ours = {
        "weight": pair.weight,
        "eps": pair.flipped,
        "source": f"critic:{pair.critic}" if ranked else pair.source,
        "problem": pair.problem,
    }
    if not conversational:
        prompt = "".join(m.text for m in pair.prompt)
        return {"prompt": prompt, "chosen": pair.chosen, "rejected": pair.rejected, **ours}
    return {
        "prompt": [{"role": m.role, "content": m.text} for m in pair.prompt],
        "chosen": [{"role": "assistant", "content": pair.chosen}],
        "rejected": [{"role": "assistant", "content": pair.rejected}],
        **ours,
    }
