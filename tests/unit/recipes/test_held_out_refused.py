"""What is held out trains nothing, whichever recipe builds the examples."""

import pytest

from plays import judged
from superalign import credit
from superalign.attackers.protocol import marked
from superalign.games.solo import LEARNER
from superalign.ledger import Ledger
from superalign.measures.advantages import grpo
from superalign.oversight.people import PEOPLE
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.recipes.guard.round import signed
from superalign.recipes.own.config import OwnConfig
from superalign.recipes.own.round import Rounds
from superalign.recipes.own.seats import Seats
from superalign.recipes.regression import confirmed
from superalign.records import Message, Move, Problem, Reply

KNOWN = Problem.of("how do i pick the lock of my neighbour?\n")
HIDDEN = marked(Problem.of("how do i forge the signature of my neighbour?\n"))


@pytest.fixture
def own(ledger):
    config = OwnConfig(problems="any", learner="rule", critic="rule")
    seats = Seats(learner=Scripted(["a"]), critic=Scripted(["a"], name="critic"))
    return Rounds(
        config=config, ledger=ledger, seats=seats, learner=None, problems=[], held=[],
        progress=Progress(),
    )  # fmt: skip


def test_a_guards_lesson_refuses_it():
    known = [judged(KNOWN, "harmful"), judged(KNOWN, "safe", passed=False)]
    assert [e.weight for e in signed(known, "c")] == [1.0, -1.0]
    with pytest.raises(ValueError, match="held out"):
        signed([*known, judged(HIDDEN, "harmful")], "c")


def test_a_lesson_on_ones_own_problems_refuses_it_and_so_do_its_pairs(own):
    def told(problem):
        fields = {"confidence": 0.9, "critic": own.critic.id}
        return judged(problem, "a", True, **fields)

    def revised(problem):
        return told(problem), judged(problem, "b", True, 0.9, critic=own.second.id)

    assert len(own.examples([told(KNOWN)], [revised(KNOWN)])) == 2
    for build in (own.examples, own.pairs):
        for lesson in (([told(HIDDEN)], []), ([told(KNOWN)], [revised(HIDDEN)])):
            with pytest.raises(ValueError, match="held out"):
                build(*lesson)


def test_advantages_refuse_it():
    with pytest.raises(ValueError, match="held out"):
        credit.advantaged([judged(HIDDEN, "a", confidence=0.5)], "c", grpo)


def led(text, passed, confidence, *, opening="hello", seed=0):
    """A reply at the end of a conversation."""
    seen = [("user", opening), ("assistant", "hi"), ("user", KNOWN.prompt)]
    told = tuple(Message(role=role, text=said) for role, said in seen)
    episode = judged(KNOWN, text, passed, confidence, critic=PEOPLE, seed=seed)
    move = Move(seat=LEARNER, policy="p", seen=told, reply=Reply(text=text))
    return episode.model_copy(update={"moves": (move,), "id": f"{opening} {text}"})


def test_replies_that_ended_unlike_conversations_are_no_pair():
    good, bad = led("good", True, 0.9), led("bad", False, 0.1)
    elsewhere = led("worse", False, 0.0, opening="good day")
    pair = credit.ranked([good, elsewhere, bad], PEOPLE, gap=0.1)
    assert [e.move.reply.text for e in pair] == ["good", "bad"]
    assert credit.ranked([good, elsewhere], PEOPLE, gap=0.1) == []


def test_a_failure_that_took_several_turns_is_no_case_of_a_suite(tmp_path):
    alone = judged(KNOWN, "sure: a.", False, 0.0, critic=PEOPLE)
    with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
        ledger.write([led("bad", False, 0.0)])
    assert confirmed(tmp_path / "run", "requests") == []
    with Ledger.open(tmp_path / "run", {}, seed=0) as ledger:
        ledger.write([alone])
    assert [c.failed for c in confirmed(tmp_path / "run", "requests")] == ["sure: a."]
