import asyncio

import pytest
from worlds import failing, table

from superalign import credit
from superalign.attackers.bandit import Bandit
from superalign.attackers.held_out import HeldOut, training
from superalign.attackers.mutations import child
from superalign.attackers.policy import TrainedAttacker
from superalign.attackers.protocol import HELD_OUT, marked
from superalign.attackers.refine import Pair
from superalign.attackers.seeds import Seeds
from superalign.policies.scripted import Scripted
from superalign.records import Outcome, Problem

PROBLEMS = [Problem.of(f"p {i}", tags=("risk",)) for i in range(3)]
LEARNER = failing(lambda p: 0.5)


def run(attacker, at, budget=12, seed=0):
    return asyncio.run(attacker.attack(at, budget=budget, seed=seed))


def test_what_a_held_out_attacker_found_is_marked_in_the_ledger_too(ledger):
    played = run(HeldOut(Seeds(PROBLEMS)), table(ledger, LEARNER))
    assert all(e.problem.tags == ("risk", HELD_OUT) for e in played)
    assert ledger.read([e.id for e in played])[0].problem.tags == ("risk", HELD_OUT)
    assert [e.problem.id for e in played[::4]] == [p.id for p in PROBLEMS]


@pytest.mark.parametrize("learns", [credit.accepted, lambda es, c: credit.ranked(es, c, gap=0.1)])
def test_credit_refuses_its_episodes_whatever_their_verdict(ledger, learns):
    at = table(ledger, LEARNER)
    free = run(Seeds(PROBLEMS), at)
    held = run(HeldOut(Seeds(PROBLEMS)), at)
    learns(free, at.critic.id)
    failed = [e for e in held if e.verdicts[-1].outcome is Outcome.FAIL]
    assert failed
    with pytest.raises(ValueError, match="held out: it measures and never trains"):
        learns([*free, failed[0]], at.critic.id)


def test_no_episode_is_both_held_out_and_free(ledger):
    at = table(ledger, LEARNER)
    free, held = run(Seeds(PROBLEMS), at), run(HeldOut(Seeds(PROBLEMS)), at)
    assert not {e.id for e in free} & {e.id for e in held}
    assert [e.problem.tags for e in run(Seeds(PROBLEMS), at)] == [("risk",)] * 12


def test_the_mark_is_set_once_and_children_inherit_it():
    held = marked(marked(PROBLEMS[0]))
    assert held.tags == ("risk", HELD_OUT)
    assert child(held, "other words").tags == ("risk", HELD_OUT)


def test_an_attacker_that_writes_can_be_held_out(ledger):
    said = Scripted(lambda seen, seed: f'{{"prompt": "request {seed}"}}')
    pair = Pair(goals=PROBLEMS, attacker=said, streams=2, iterations=2, stop=False)
    played = run(HeldOut(pair), table(ledger, LEARNER, 1))
    assert len(played) == 12
    assert all(HELD_OUT in e.problem.tags for e in played)


def test_held_out_attackers_are_no_arms_and_their_problems_no_parents():
    free = Seeds(PROBLEMS)
    assert training({"free": free}) == {"free": free}
    with pytest.raises(ValueError, match="never train anything: a, b"):
        training({"a": HeldOut(free), "free": free, "b": HeldOut(free)})
    with pytest.raises(ValueError, match="never train"):
        Bandit(attackers={"a": HeldOut(free)})
    with pytest.raises(ValueError, match="held out"):
        TrainedAttacker(policy=LEARNER, learner=None, parents=[marked(PROBLEMS[0])])
