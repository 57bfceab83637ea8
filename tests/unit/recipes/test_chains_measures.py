"""What the recipe `chains` measures against gold."""

import random

import pytest

from plays import judged, said, verdict
from superalign.critics.oracle import Oracle
from superalign.problems import chains
from superalign.recipes.chains.measures import critic_measures, surviving_failures


def test_a_failure_that_was_cut_off_is_first_wrong_where_it_was_cut():
    problem = chains.draw(5, random.Random(0))
    text = chains.solve(chains.parse(problem.prompt))
    episode = said(problem, text, "length")
    known = episode.judged(Oracle().verdict(episode))
    (found,) = surviving_failures([known], [verdict()])
    assert found["gold_first_error"] == text.count("\n") == 5


def test_calibration_errors_are_told_before_and_after_calibration():
    episodes = []
    for seed in range(4):
        problem = chains.draw(1, random.Random(seed))
        right = chains.solve(chains.parse(problem.prompt))
        episodes.append(judged(problem, right, True, 0.9, raw=0.5))
    found = critic_measures(episodes, [1])
    assert found["ece"]["raw"] == pytest.approx(0.5)
    assert found["ece"]["calibrated"] == pytest.approx(0.1)
