"""Finetuning by adapters: what they learn is merged, and nothing else moves."""

from __future__ import annotations

import math

import pytest

from superalign.learners.sft import Sft
from superalign.records import Example, Message, Move, Reply

SEEN = (Message(role="user", text="a1\nb=a+2\nb?\n"),)
SAID = "b=a+2=a1+2=b3\n#3"


@pytest.fixture
def example():
    return Example(move=Move(seat="learner", policy="p", seen=SEEN, reply=Reply(text=SAID)))


def likely(policy):
    return math.fsum(policy.logprobs(SEEN, SAID))


def test_adapters_learn_and_are_merged_into_the_weights(policy, example, tmp_path):
    tuned = Sft(folder=tmp_path, lora=2, lr=1e-2, steps=4).improve(policy, [example])
    before, after = policy.model.state_dict(), tuned.model.state_dict()
    assert set(before) == set(after), "a checkpoint like any other"
    moved = {name for name in before if not before[name].equal(after[name])}
    assert moved
    assert not [name for name in moved if "embed" in name or "norm" in name]
    assert likely(tuned) > likely(policy)


def test_adapters_are_part_of_what_a_checkpoint_is_named_by(policy, example, tmp_path):
    names = {
        Sft(folder=tmp_path, lora=rank, steps=1).improve(policy, [example]).folder
        for rank in (0, 1, 2, 2)
    }
    assert len(names) == 3
