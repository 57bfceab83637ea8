"""Gold for what was made and chosen, and a judge who is told the right answers."""

from __future__ import annotations

import asyncio

import pytest

from superalign.critics.made import TRIES, Exact, Letters, Told
from superalign.policies.scripted import Scripted
from superalign.problems.paradox.item import Item
from superalign.records import Episode, Move, Outcome, Problem, Reply

ITEM = Item(id="i", input="Which gas is lightest?", reference="hydrogen", references=("H2",))
ITEMS = {"p": ITEM}


def said(text, stop="end", id="p"):
    move = Move(seat="learner", policy="p", seen=(), reply=Reply(text=text, stop=stop))
    return Episode.of(Problem(id=id, prompt="?"), "shown", 0, [move])


def judged(critic, *episodes):
    found = asyncio.run(critic.judge(episodes))
    assert {v.critic for v in found} == {critic.id}
    return [(v.outcome, v.kind) for v in found]


@pytest.mark.parametrize(
    ("episode", "outcome", "kind"),
    [
        (said("Answer: h2"), Outcome.PASS, ""),
        (said("Answer: helium"), Outcome.FAIL, "wrong"),
        (said("one\ntwo"), Outcome.FAIL, "no_answer"),
        (said("", "error"), Outcome.UNSCORED, "error"),
        (said("", "refused"), Outcome.UNSCORED, "refused"),
    ],
)
def test_what_was_made_is_compared(episode, outcome, kind):
    assert judged(Exact(ITEMS, "exact"), episode) == [(outcome, kind)]


def test_letters_are_read_and_places_past_the_last_are_none():
    critic = Letters({"p": (1, 3)})
    found = judged(critic, *(said(f"Answer: {x}") for x in "BACD"), said("", "error"))
    assert found == [
        (Outcome.PASS, ""),
        (Outcome.FAIL, "wrong"),
        (Outcome.FAIL, "wrong"),
        (Outcome.FAIL, "unreadable"),
        (Outcome.UNSCORED, "error"),
    ]
    (verdict,) = asyncio.run(critic.judge([said("Answer: C")]))
    assert verdict.critique == "C"


def test_a_judge_is_told_the_right_answers_behind_a_fence():
    seen = []

    def rule(shown, seed):
        seen.append(shown)
        return (
            '{"verdict": "pass"}' if "lightest of all" in shown[1].text else '{"verdict": "fail"}'
        )

    critic = Told(Scripted(rule), ITEMS)
    found = judged(critic, said("the lightest of all"), said("helium"), said("", "error"))
    assert found == [(Outcome.PASS, ""), (Outcome.FAIL, "wrong"), (Outcome.UNSCORED, "error")]
    assert len(seen) == 2
    assert "- hydrogen\n- H2" in seen[0][1].text
    code = seen[0][0].text.partition("the code ")[2][:16]
    assert seen[0][1].text.count(code) == 6


@pytest.mark.parametrize(
    "reply", ["Fine.", '{"verdict": "maybe"}', '{"verdict": "pass"} {"verdict": "fail"}']
)
def test_a_judge_that_cannot_be_read_is_asked_again_and_decides_nothing(reply):
    asked = []

    def rule(shown, seed):
        asked.append(seed)
        return reply

    assert judged(Told(Scripted(rule), ITEMS), said("x")) == [(Outcome.UNSCORED, "unreadable")]
    assert len(set(asked)) == TRIES


def test_critics_are_named_by_what_they_go_by():
    other = {"p": ITEM.model_copy(update={"reference": "helium"})}
    policy = Scripted(["x"])
    critics = [
        Exact(ITEMS, "exact"),
        Exact(ITEMS, "number"),
        Exact(other, "exact"),
        Letters({"p": (0, 2)}),
        Letters({"p": (1, 2)}),
        Told(policy, ITEMS),
        Told(policy, other),
        Told(policy, ITEMS, seed=1),
    ]
    assert len({c.id for c in critics}) == len(critics)
