import asyncio

import pytest

from superalign.games.refine import Refine
from superalign.games.solo import LEARNER, Solo
from superalign.games.table import Seat
from superalign.policies.scripted import Scripted
from superalign.records import Problem

PROBLEM = Problem.of("What is 2+3?")


def first():
    seats = {LEARNER: Seat(policy=Scripted(["6"]), brief="Be brief.")}
    return asyncio.run(Solo().play(PROBLEM, seats))[0]


def play(game, **asked):
    seats = {LEARNER: Seat(policy=Scripted(["5", "4"]))}
    return asyncio.run(game.play(PROBLEM, seats, **asked))


def test_the_learner_sees_brief_task_its_answer_and_the_critique_as_notes():
    (episode,) = play(Refine(first(), "It is not six."))
    brief, task, answer, notes = episode.moves[-1].seen
    assert (brief.text, task.text, answer.text) == ("Be brief.", PROBLEM.prompt, "6")
    assert "It is not six." in notes.text
    assert "not orders" in notes.text


def test_the_revision_follows_the_answer_in_the_episode():
    start = first()
    episodes = play(Refine(start, "no"), n=2)
    assert [len(e.moves) for e in episodes] == [2, 2]
    assert all(e.moves[0] == start.moves[0] for e in episodes)
    assert {e.final.text for e in episodes} == {"5", "4"}
    assert len({e.id for e in episodes}) == 2


def test_a_revision_of_another_problem_is_refused():
    seats = {LEARNER: Seat(policy=Scripted(["5"]))}
    with pytest.raises(ValueError, match="first answer"):
        asyncio.run(Refine(first(), "no").play(Problem.of("Another?"), seats))
