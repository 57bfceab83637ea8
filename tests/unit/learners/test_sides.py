import numpy as np
import pytest

from superalign.learners.sides import Case, Side, SidesTraining

CASES = [Case(Side("q?", f"a={i}"), Side("q?", f"b={i}")) for i in range(4)]
TRUTH = np.array([[1.0, 0.0]] * 4)


@pytest.fixture(scope="module")
def judge(policy):
    return SidesTraining(steps=30, lr=3e-3, cases=4).train(policy, CASES, TRUTH)


def test_it_learns_which_side_is_right_and_its_chances_sum_to_one(judge):
    found = judge.chances(CASES)
    assert found.sum(1) == pytest.approx(np.ones(4))
    assert (found[:, 0] > 0.8).all()


def test_sides_that_change_places_change_chances(judge):
    turned = [Case(c.second, c.first) for c in CASES]
    assert judge.chances(turned)[:, 1] == pytest.approx(judge.chances(CASES)[:, 0], abs=1e-5)


def test_a_case_is_judged_alike_alone_and_among_others(judge):
    long = Case(Side("a much longer question?", "a=1" * 9), Side("?", "b"))
    together = judge.chances([CASES[0], long, CASES[1]])
    alone = [judge.chances([c])[0] for c in (CASES[0], long, CASES[1])]
    assert together == pytest.approx(np.array(alone), abs=1e-5)


def test_a_side_heard_alone_is_held_against_a_threshold_that_is_learnt(policy):
    alone = [Case(Side("q?", said)) for said in ("a=1", "b=1")]
    targets = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = SidesTraining(steps=60, lr=3e-3, cases=2).train(policy, alone, targets)
    chances = found.chances(alone)[:, 0]
    assert chances[0] > 0.7
    assert chances[1] < 0.3


def test_soft_targets_are_learnt_as_they_are(policy):
    even = np.full((4, 2), 0.5)
    found = SidesTraining(steps=30, lr=3e-3, cases=4).train(policy, CASES, even)
    assert np.abs(found.chances(CASES)[:, 0] - 0.5).max() < 0.2


def test_the_same_seed_teaches_the_same_and_the_start_stays(policy):
    before = policy.logprobs((), "a=1")
    one, two, other = (
        SidesTraining(steps=3, cases=2).train(policy, CASES, TRUTH, seed=s).chances(CASES)
        for s in (1, 1, 2)
    )
    assert (one == two).all()
    assert (one != other).any()
    assert policy.logprobs((), "a=1") == before


@pytest.mark.parametrize("n", [0, 3])
def test_targets_belong_to_cases(policy, n):
    with pytest.raises(ValueError, match="targets"):
        SidesTraining().train(policy, CASES[:n], TRUTH if n else TRUTH[:0])
