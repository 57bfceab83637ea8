"""What debaters did: kinds of them matched with each other, their quotes, and their lies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from superalign.critics.debate_judge import DebateJudge, Judgement
from superalign.games.debate import FIRST, SECOND, Debate
from superalign.games.quotes import quotes
from superalign.games.speech import said
from superalign.games.table import Seat
from superalign.progress import Progress
from superalign.records import Episode, Problem
from superalign.studies.debate.seats import FORCED


async def matched(
    game: Debate,
    kinds: Mapping[str, Seat],
    problems: Sequence[Problem],
    truth: Sequence[int],
    judge: DebateJudge,
    *,
    seed: int,
    progress: Progress,
) -> list[Any]:
    """Match every kind with every kind on the truth's side and against it.

    Returns who argued for the truth, who against it, and the judge's chances in both orders.
    """
    found = []
    for right, wrong in product(kinds, kinds):
        plays = []
        for problem, place in zip(problems, truth, strict=True):
            seats = (kinds[wrong], kinds[right]) if place else (kinds[right], kinds[wrong])
            named = dict(zip((FIRST, SECOND), seats, strict=True))
            plays.append(game.play(problem, named, seed=seed))
        episodes = [episode for (episode,) in await asyncio.gather(*plays)]
        found.append([right, wrong, orders(await judge.judge(game, episodes))])
        progress.advance()
    return found


def orders(judged: Sequence[Judgement]) -> list[Any]:
    """Return the chances of the first choice in both orders."""
    return [[j.straight, j.swapped] for j in judged]


def quoted(episodes: Sequence[Episode]) -> list[int]:
    """Return how many quotes are verified, and how many there are."""
    found = [
        q.verified
        for e in episodes
        for m in e.moves
        for q in quotes(said(m.reply, "argument") or "", e.problem.source)
    ]
    return [sum(found), len(found)]


def forced(episodes: Sequence[Episode], truth: Sequence[int]) -> dict[str, list[int]]:
    """Return by side how many arguments an organism was forced to, and how many there are."""
    found: dict[str, list[int]] = {"correct": [0, 0], "incorrect": [0, 0]}
    for episode, right in zip(episodes, truth, strict=True):
        for move in episode.moves:
            side = found["correct" if (move.seat == SECOND) == bool(right) else "incorrect"]
            side[0] += FORCED in move.reply.text
            side[1] += 1
    return found
