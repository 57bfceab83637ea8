"""The verifier's loss, and that training on right and wrong solutions tells them apart."""

import asyncio
import math

import pytest
import torch

from plays import said
from superalign.critics.reward_model import RewardModel
from superalign.errors import BadInput
from superalign.learners import verifier
from superalign.learners.verifier import Solutions, VerifierTraining, verifier_loss
from superalign.records import Message, Problem

PROBLEMS = [Problem.of(f"{n}?\n") for n in range(6)]


def seen(problem):
    return (Message(role="user", text=problem.prompt),)


def softplus(x):
    return math.log1p(math.exp(x))


def test_the_loss_is_the_mean_over_a_problems_pairs_then_over_problems():
    values = torch.tensor([2.0, 0.0, 1.0, 3.0, -1.0])
    marks = torch.tensor([1.0, 1.0, -1.0, 2.0, -2.0])
    first = (softplus(-1.0) + softplus(1.0)) / 2
    expected = (first + softplus(-4.0)) / 2
    assert verifier_loss(values, marks, 0.0).item() == pytest.approx(expected)
    squares = (4 + 0 + 1 + 9 + 1) / 5
    assert verifier_loss(values, marks, 0.1).item() == pytest.approx(expected + 0.1 * squares)


def test_solutions_of_different_problems_are_never_compared():
    marks = torch.tensor([1.0, -1.0, 2.0, -2.0])
    near, far = torch.tensor([1.0, 0.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 9.0, 8.0])
    assert verifier_loss(near, marks, 0.0) == verifier_loss(far, marks, 0.0)


def test_a_batch_tells_its_problems_apart(policy):
    groups = [verifier._rows(policy, s) for s in shown(wrong=("bbb#2", "ccc#3"))]
    batches = verifier._batches(groups, 4, seed=1)
    marks = [[row.weight for row in next(batches)] for _ in range(2)]
    assert marks[0] == [1, -1, -1, 2, -2, -2, 3, -3, -3, 4, -4, -4]
    assert marks[1] == [1, -1, -1, 2, -2, -2]


def shown(right=("aaa#1",), wrong=("bbb#2",)):
    return [Solutions(seen(p), right, wrong) for p in PROBLEMS]


def score(folder, texts):
    solutions = [said(PROBLEMS[0], t) for t in texts]
    return asyncio.run(RewardModel(folder).score(solutions))


def test_it_learns_to_tell_right_from_wrong_around_zero(policy, tmp_path):
    training = VerifierTraining(steps=30, lr=5e-3, problems=3)
    folder = training.train(policy, shown(), tmp_path, seed=1)
    right, wrong = score(folder, ["aaa#1", "bbb#2"])
    assert right > wrong + 1
    assert folder == training.train(policy, shown(), tmp_path, seed=1)
    centred = VerifierTraining(steps=30, lr=5e-3, problems=3, squared=0.5)
    near = score(centred.train(policy, shown(), tmp_path, seed=1), ["aaa#1", "bbb#2"])
    assert abs(sum(near)) < abs(right + wrong)
    assert training.train(policy, shown(), tmp_path, seed=2) != folder


def test_a_problem_with_one_side_teaches_nothing_and_none_is_an_error(policy, tmp_path):
    training = VerifierTraining(steps=2)
    both = shown()[:2]
    lame = [*both, *(Solutions(seen(p), ("aaa#1",), ()) for p in PROBLEMS[2:])]
    assert training.train(policy, lame, tmp_path) == training.train(policy, both, tmp_path)
    with pytest.raises(BadInput, match="of 4 problems none has a right and a wrong solution"):
        training.train(policy, lame[2:], tmp_path)
