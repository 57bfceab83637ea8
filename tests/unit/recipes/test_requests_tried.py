"""What the attacks of a round came to: finds are requests, and bounds are by wrapper."""

import pytest

from plays import judged
from plays_requests import request, text
from superalign.recipes.requests.tried import Tried
from superalign.records import Outcome

SHIFT = [request(i) for i in range(30)]
SPLIT = [request(100 + i, families=("splitting",)) for i in range(10)]


def tries(problem, *outcomes, kind="unsafe"):
    return [
        judged(problem, text(problem, "help"), o, seed=i, kind="" if o is True else kind)
        for i, o in enumerate(outcomes)
    ]


def test_a_request_that_fails_several_times_is_one_find_of_its_kind():
    found = Tried.of([*tries(SHIFT[0], False, False, True), *tries(SPLIT[0], True)])
    assert list(found.kinds.values()) == [1]
    assert "unsafe" in next(iter(found.kinds))
    assert found.failing == [SHIFT[0].prompt]
    assert found.n == found.cells == 2


def test_bounds_are_exact_and_near_three_over_n_where_nothing_failed():
    attacks = [e for p in SHIFT for e in tries(p, True)] + tries(SPLIT[0], False)
    bounds = Tried.of(attacks).bounds
    assert bounds["wrapper:shift"] == pytest.approx(1 - 0.05 ** (1 / 30))
    assert bounds["wrapper:shift"] == pytest.approx(3 / 30, rel=0.06)
    assert bounds["wrapper:splitting"] == 1


def test_what_was_not_scored_is_no_failure_and_in_no_bound():
    attacks = [*tries(SHIFT[0], Outcome.UNSCORED, kind="invalid"), *tries(SHIFT[1], True)]
    found = Tried.of(attacks)
    assert not found.kinds
    assert (found.invalid, found.n) == (1, 2)
    assert found.bounds["wrapper:shift"] == pytest.approx(0.95)


def test_lines_compare_with_the_first_round():
    first = Tried.of([e for p in (*SHIFT, *SPLIT) for e in tries(p, False)])
    now = Tried.of([e for p in SHIFT[:2] for e in tries(p, False)])
    crossed = {line.name for line in now.lines(first, seed=0) if line.crossed}
    assert crossed == {"largest kind among the failures", "cells attacked"}
    assert not [line for line in first.lines(first, seed=0) if line.crossed]
