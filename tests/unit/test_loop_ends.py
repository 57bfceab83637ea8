"""How the loop ends: after its last round, or before it, with the reason said."""

import asyncio

import pytest

from plays import verdict
from superalign.attackers.seeds import Seeds
from superalign.games import Solo
from superalign.loop import Lesson, Loop, State
from superalign.oversight.gate import Decision
from superalign.oversight.overseer import Overseer
from superalign.oversight.people import People
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Problem

START = Scripted(["yes."], name="start")


class Said(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


class Yes:
    id = "yes"

    async def judge(self, episodes):
        return [verdict("yes", True, 0.9) for _ in episodes]


class Better:
    def improve(self, policy, examples, *, seed=0):
        return Scripted(["yes."], name=f"after {policy.id}")


async def nothing(table, tried, memory, *, seed):
    return Lesson([], 0, memory)


async def promote(table, learner, candidate):
    return Decision(True, ())


def run(ledger, rounds, **changed):
    said = Said()
    loop = Loop(
        ledger=ledger,
        game=Solo(),
        attacker=Seeds([Problem.of("p")]),
        teach=nothing,
        learner=Better(),
        overseer=Overseer(people=People.nobody(), seed=0),
        gate=promote,
        progress=said,
        budget=1,
        samples=1,
        seed=0,
        **changed,
    )

    async def everything():
        return [found async for found in loop.run(State(START, Yes(), None), rounds)]

    return asyncio.run(everything()), said.lines


def after(number):
    asked = []

    async def stop(done):
        asked.append(done.number)
        return "enough" if done.number >= number else None

    return stop, asked


def test_without_a_stop_rule_every_round_is_run_and_each_starts_from_the_one_before(ledger):
    found, lines = run(ledger, 3)
    assert [done.number for _, done in found] == [1, 2, 3]
    learners = [START, *(state.learner for state, _ in found)]
    assert [p.id for p in learners[1:]] == [
        Better().improve(p, []).id for p in learners[:-1]
    ]  # fmt: skip
    assert {done.stopped for _, done in found} == {None}
    assert not lines


@pytest.mark.parametrize("number", [1, 2])
def test_a_reason_ends_the_loop_and_is_said_after_the_round_it_followed(ledger, number):
    stop, asked = after(number)
    found, lines = run(ledger, 4, stop=stop)
    assert asked == [done.number for _, done in found] == [1, 2][:number]
    assert [done.stopped for _, done in found] == [None, "enough"][2 - number :]
    assert lines == [f"ended after round {number} of 4: enough"]


def test_the_last_round_is_shown_to_the_rule_and_is_no_early_end(ledger):
    stop, asked = after(2)
    found, lines = run(ledger, 2, stop=stop)
    assert asked == [1, 2]
    assert [done.stopped for _, done in found] == [None, None]
    assert not lines
