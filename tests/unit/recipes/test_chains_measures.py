"""What the recipe `chains` measures against gold."""

import random

from plays import said, verdict

from superalign.critics.oracle import Oracle
from superalign.problems import chains
from superalign.recipes.chains_measures import surviving_failures


def test_a_failure_that_was_cut_off_is_first_wrong_where_it_was_cut():
    problem = chains.draw(5, random.Random(0))
    text = chains.solve(chains.parse(problem.prompt))
    episode = said(problem, text, "length")
    judged = episode.judged(Oracle().verdict(episode))
    (found,) = surviving_failures([judged], [verdict()])
    assert found["gold_first_error"] == text.count("\n") == 5
