"""A verifier that is asked: V from its verdicts, and what cannot be read."""

import asyncio
import json
from math import log

import pytest

from superalign.critics.asked import Asked, log_odds
from superalign.policies.scripted import Scripted
from superalign.records import Episode, Message, Move, Outcome, Problem, Reply

PROBLEM = Problem.of("PROBLEM")
YES, NO, BABBLE = json.dumps({"right": True}), json.dumps({"right": False}), "maybe"


def said(text="x", stop="end", problem=PROBLEM):
    seen = (Message(role="system", text="ROLE"), Message(role="user", text=problem.prompt))
    move = Move(seat="prover", policy="p", seen=seen, reply=Reply(text=text, stop=stop))
    return Episode.of(problem, "prover-verifier", 0, [move])


def asked(script, episodes=(), asks=4, method="score", **settings):
    critic = Asked(Scripted(script), asks=asks, **settings)
    return asyncio.run(getattr(critic, method)(list(episodes) or [said()]))


@pytest.mark.parametrize(
    ("right", "wrong", "value"),
    [(0, 0, 0.0), (1, 0, log(3)), (0, 1, -log(3)), (3, 1, log(7 / 3)), (5, 0, log(11))],
)
def test_half_a_verdict_is_added_to_either_side(right, wrong, value):
    assert log_odds(right, wrong) == pytest.approx(value)


def test_v_is_the_log_odds_of_the_verdicts_that_can_be_read():
    assert asked([YES, YES, NO, YES]) == [pytest.approx(log(3.5 / 1.5))]
    assert asked([YES, BABBLE, NO, YES]) == [pytest.approx(log(2.5 / 1.5))]
    assert asked([BABBLE]) == [None]


def test_a_verdict_counts_what_it_rests_on_and_what_could_not_be_read():
    (found,) = asked([YES, BABBLE, NO, YES], method="judge")
    assert (found.outcome, found.samples, found.missing) == (Outcome.PASS, 4, 1)
    assert found.raw == pytest.approx(2.5 / 4)
    assert found.scores["right"] == found.raw
    (even,) = asked([YES, NO], method="judge")
    assert even.outcome is Outcome.PASS
    (against,) = asked([NO, NO, YES, NO], method="judge")
    assert against.outcome is Outcome.FAIL
    (nothing,) = asked([BABBLE], method="judge")
    assert (nothing.outcome, nothing.kind, nothing.missing) == (Outcome.UNSCORED, "unreadable", 4)


def test_what_did_not_end_is_asked_about_by_nobody():
    def refused(*_):
        raise AssertionError("asked about what cannot be read")

    found = asked(refused, [said(stop="length"), said("")], method="judge")
    assert [(v.outcome, v.samples) for v in found] == [(Outcome.UNSCORED, 0)] * 2


def test_the_same_words_are_asked_about_once_and_in_their_order():
    shown = []

    def judge(seen, seed):
        shown.append(seen[-1].text)
        return YES if "GOOD" in seen[-1].text else NO

    values = asked(judge, [said("BAD"), said("GOOD"), said("BAD")], asks=1)
    assert values == [pytest.approx(-log(3)), pytest.approx(log(3)), pytest.approx(-log(3))]
    assert len(shown) == 2
    assert not any("ROLE" in text for text in shown)


def test_what_it_is_told_and_how_often_it_is_asked_name_it():
    policy = Scripted([YES])
    ids = {Asked(policy, asks=n, brief=b).id for n in (1, 2) for b in ("", "x")}
    assert len(ids) == 4
