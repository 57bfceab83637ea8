import asyncio

import pytest
from worlds import counted, failing, table

from plays import judged
from superalign.attackers.scoring import Estimate, Purse, Shot, asked_of_learner
from superalign.records import Outcome, Problem

PROBLEM = Problem.of("p")


def plays(*passed, confidence=None):
    return [judged(PROBLEM, "x", p, confidence, seed=i) for i, p in enumerate(passed)]


def test_the_unscored_are_no_failures_and_no_passes():
    found = Estimate.of(plays(False, True, Outcome.UNSCORED, False), "c")
    assert (found.failed, found.n, found.unscored) == (2, 3, 1)
    assert Estimate.of(plays(Outcome.UNSCORED), "c").mean is None
    assert Estimate.of(plays(False), "another critic").mean is None


def test_a_confidence_makes_the_failure_rate_probabilistic():
    episodes = plays(True, confidence=0.7) + plays(False, confidence=0.1)
    assert Estimate.of(episodes, "c").mean == pytest.approx((0.3 + 0.9) / 2)
    uncalibrated = judged(PROBLEM, "x", True, raw=0.6)
    assert Estimate.of([uncalibrated], "c").mean == pytest.approx(0.4)


def test_samples_that_all_agree_still_have_an_error():
    few, many = Estimate(4, 4), Estimate(400, 400)
    assert few.error == pytest.approx((5 / 6 * 1 / 6 / 6) ** 0.5)
    assert 0 < many.error < 0.01
    assert Estimate().error == pytest.approx((0.25 / 2) ** 0.5)


def test_fresh_evidence_is_added_to_decayed():
    both = Estimate(4, 4, 1).with_fresh(Estimate(1, 4, 2), decay=0.5)
    assert (both.failed, both.n, both.unscored) == (3, 6, 3)
    assert Estimate(4, 4).with_fresh(Estimate(1, 4), decay=0).mean == 0.25


def test_better_is_better_by_a_margin():
    assert Estimate(80, 100).beats(Estimate(50, 100), margin=1)
    assert not Estimate(80, 100).beats(Estimate(50, 100), margin=10)
    assert not Estimate().beats(Estimate(), margin=0)


def test_a_problem_broke_if_all_that_was_scored_failed():
    def broke(*passed):
        return Shot.of(PROBLEM, plays(*passed, confidence=0.4), "c").broke

    assert broke(False, Outcome.UNSCORED)
    assert not broke(False, True)
    assert not broke(Outcome.UNSCORED)


def test_a_purse_plays_what_it_can_pay(ledger):
    learner = counted(failing(lambda p: 1.0))
    purse = Purse(table(ledger, learner, 2), 7)
    problems = [Problem.of(f"p {i}") for i in range(5)]
    shots = asyncio.run(purse.play(problems, seed=0))
    assert [s.problem for s in shots] == problems[:3]
    assert (purse.left, purse.problems, learner.asked) == (1, 0, 6)
    assert asyncio.run(purse.play(problems, seed=0)) == []
    assert asked_of_learner(purse.tried) == len(purse.tried) == 6
