"""What an arm of `chains` learns from: the critic where nobody can check, people where they can."""

import asyncio
from types import SimpleNamespace

from plays import at_level, judged
from superalign.recipes.chains.arm import Accepted


def played(level, text, passed=True):
    return judged(at_level(level, text), text, passed)


def lesson(tried, memory=(), anchor=()):
    teach = Accepted(checkable=(1, 2, 3), per_problem=4, anchor=anchor)
    table = SimpleNamespace(critic=SimpleNamespace(id="c"))
    return asyncio.run(teach(table, tried, list(memory), seed=0))


def texts(examples):
    return [e.move.reply.text for e in examples]


def test_the_critics_word_teaches_only_beyond_what_people_can_check():
    found = lesson([played(3, "easy"), played(4, "hard"), played(8, "wrong", passed=False)])
    assert texts(found.examples) == ["hard"]
    assert texts(found.memory) == ["hard"]
    assert found.fresh == 1


def test_the_anchor_and_a_share_of_the_memory_are_learnt_again():
    before = lesson([played(5, f"old {i}") for i in range(6)]).memory
    anchor = lesson([played(4, "approved")]).memory
    found = lesson([played(6, "a"), played(7, "b")], before, anchor)
    said = texts(found.examples)
    assert said[:2] == ["a", "b"]
    assert said[-1] == "approved"
    assert len(said) == 4
    assert len(found.memory) == 8
