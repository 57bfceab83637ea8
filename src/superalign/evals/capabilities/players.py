"""Players without a model: the key, a guesser, and one that always takes the first option."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from superalign.evals.capabilities.forms import FORMS, judged
from superalign.evals.capabilities.gold import Scored
from superalign.problems.questions import Question
from superalign.records import Episode, Move, Problem, Reply

Player: TypeAlias = Callable[[Question, Random], str]
SEAT = "learner"


def key(question: Question, rng: Random) -> str:
    """Return a right reply."""
    return FORMS[question.form].ideal(question)


def guess(question: Question, rng: Random) -> str:
    """Return one of the possible replies at random."""
    return FORMS[question.form].guess(question, rng)


def first(question: Question, rng: Random) -> str:
    """Return the first option; `A` where there is none."""
    return question.options[0] if question.options and not question.listed else "A"


PLAYERS: Mapping[str, Player] = {"oracle": key, "random": guess, "first-option": first}


def answered(question: Question, text: str) -> Scored:
    """Return what a reply to a question comes to."""
    problem = Problem(id=question.id, prompt=question.prompt)
    move = Move(seat=SEAT, policy="player", seen=(), reply=Reply(text=text))
    episode = Episode.of(problem, "solo", 0, [move])
    return Scored(question=question, verdict=judged(question, episode))
