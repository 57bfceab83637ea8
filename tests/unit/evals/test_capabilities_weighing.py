"""How likely a checkpoint finds each option."""

from __future__ import annotations

import asyncio
import math

import pytest

from superalign.evals.capabilities.weighing import weigh
from superalign.problems.questions.question import choice
from superalign.progress import Progress
from superalign.records import Message

SUM = choice("a1?", ["a1", "a12"], [0])
LONG = choice("a" * 2000, ["a1", "b"], [0])


def opening(question):
    return f"{question.prompt}\nAnswer:"


def weights(policy, questions, ledger):
    work = weigh(policy, policy.id, questions, opening, ledger, Progress())
    return asyncio.run(work)


def test_an_option_goes_on_behind_a_space(policy, ledger):
    (found,) = weights(policy, [SUM], ledger)
    seen = [Message(role="user", text="a1?\nAnswer:")]
    expected = [math.fsum(policy.logprobs(seen, f" {option}")) for option in SUM.options]
    assert found == pytest.approx(expected)
    assert found[0] > found[1], "more tokens are less likely"


def test_what_is_longer_than_the_model_reads_has_a_reason(policy, ledger):
    first, second = weights(policy, [LONG, SUM], ledger)
    assert "this model reads" in first
    assert len(second) == 2


def test_what_was_weighed_is_not_weighed_again(policy, ledger, monkeypatch):
    found = weights(policy, [SUM], ledger)
    monkeypatch.setattr(type(policy), "logprobs", None)
    assert weights(policy, [SUM], ledger) == found


def test_the_longest_option_has_to_fit(policy, ledger):
    (found,) = weights(policy, [choice("a1?", ["a" * 2000, "a1"], [1])], ledger)
    assert "this model reads" in found


def test_other_questions_are_weighed_anew(policy, ledger):
    first, second = (weights(policy, [choice("a1?", o, [0])], ledger) for o in (["a1"], ["b7"]))
    assert first != second
