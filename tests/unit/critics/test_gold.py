import asyncio

import pytest

from superalign.critics.gold import Gold
from superalign.problems.key import Key
from superalign.records import Episode, Message, Move, Outcome, Problem, Reply

PROBLEM = Problem.of("How many?")


def said(text, stop="end", problem=PROBLEM):
    seen = (Message(role="user", text=problem.prompt),)
    move = Move(seat="learner", policy="p", seen=seen, reply=Reply(text=text, stop=stop))
    return Episode.of(problem, "solo", 0, [move])


@pytest.mark.parametrize(
    ("episode", "outcome", "kind"),
    [
        (said("#### 18"), Outcome.PASS, ""),
        (said("18 eggs, so #### 17"), Outcome.FAIL, "wrong"),
        (said("no idea"), Outcome.FAIL, "no_answer"),
        (said("16 and then 18", "length"), Outcome.FAIL, "no_answer"),
        (said("", "error"), Outcome.UNSCORED, "error"),
        (said("", "refused"), Outcome.UNSCORED, "refused"),
        (said("#### 18", problem=Problem.of("Another?")), Outcome.UNSCORED, "no_key"),
    ],
)
def test_an_answer_is_compared_with_the_key(episode, outcome, kind):
    (verdict,) = asyncio.run(Gold(Key({PROBLEM.id: "18"}, "number")).judge([episode]))
    assert (verdict.outcome, verdict.kind) == (outcome, kind)
    assert (verdict.scores["right"] is None) == (outcome is Outcome.UNSCORED)


def test_a_key_does_not_show_its_answers():
    assert "18" not in repr(Key({PROBLEM.id: "18"}, "number"))
