"""Game of 24: its steps, the published test set, and the searches' exact figures."""

from __future__ import annotations

from random import Random
from statistics import median_high

import pytest

from superalign.errors import BadInput
from superalign.problems.goexplore.game24 import (
    Game24,
    after,
    drawn,
    operations,
    read_puzzles,
    solution,
)
from superalign.problems.goexplore.play import Limits, Play
from superalign.problems.goexplore.player import by_rule
from superalign.problems.goexplore.published24 import PUZZLES


@pytest.mark.parametrize(
    ("state", "operation", "made"),
    [
        ((4, 5, 6, 10), "10 + 4", (5, 6, 14)),
        ((4, 5, 6, 10), "10 - 4", (5, 6, 6)),
        ((4, 5, 6, 10), "6 * 4", (5, 10, 24)),
        ((3, 3, 12), "12 / 3", (3, 4)),
        ((3, 3, 12), "3 / 3", (1, 12)),
        ((4, 5), "5 / 4", None),
        ((0, 5), "5 / 0", None),
        ((0, 5), "5 - 0", (5,)),
    ],
)
def test_an_operation_is_on_whole_numbers_the_larger_first(state, operation, made):
    assert operation in operations(state)
    assert after(state, operation) == made


def test_as_many_operations_as_published_equal_ones_included():
    assert [len(operations(s)) for s in ((1, 1, 4, 6), (1, 2, 3), (1, 2), (1,))] == [24, 12, 4, 0]
    assert len(set(operations((1, 1, 4, 6)))) == 20 - 4


@pytest.mark.parametrize(
    ("rule", "median", "last", "in_150"), [("dfs", 103, 550, 65), ("bfs", 295, 613, 1)]
)
def test_the_searches_take_the_published_operations(rule, median, last, in_150):
    """Lu et al. 2025's own search code, run again on the same rows."""
    plays = [by_rule(rule, Play(Game24(p), Limits()), Random(0)).result for p in PUZZLES]
    steps = [r.steps for r in plays if r.won]
    assert len(steps) == 100
    assert (median_high(steps), max(steps)) == (median, last)
    assert sum(s <= 150 for s in steps) == in_150


def test_chance_comes_near_the_published_share():
    """70 of 100 within 700 operations, in one run; here three."""
    won = [
        by_rule("random", Play(Game24(p), Limits()), Random(f"{seed} {p}")).result.won
        for seed in range(3)
        for p in PUZZLES
    ]
    assert 0.66 < sum(won) / len(won) < 0.84


def test_every_puzzle_of_the_test_set_has_a_walkthrough():
    for numbers in PUZZLES:
        play = by_rule("oracle", Play(Game24(numbers), Limits()), Random(0))
        assert (play.result.won, play.result.steps) == (True, 3)
    assert len(PUZZLES) == len(set(PUZZLES)) == 100


def test_some_puzzles_need_a_fraction():
    assert solution((3, 3, 8, 8)) is None
    assert solution((4, 4, 6, 8)) is not None


def test_a_result_that_is_not_whole_ends_the_trial_and_costs_a_step():
    play = Play(Game24((4, 5, 6, 10)), Limits())
    play.goto()
    view = play.step("5 / 4")
    assert (view.actions, play.steps, view.won) == ((), 1, False)


def test_equal_generators_draw_equal_puzzles_that_can_be_solved():
    once, again = (drawn(Random(3)) for _ in range(2))
    assert once == again
    assert solution(once)


def test_the_published_file_is_read_in_its_order(tmp_path):
    path = tmp_path / "24.csv"
    path.write_text("Rank,Puzzles,AMT (s)\n1,1 1 4 6,4.4\n2,13 1 11 11,4.41\n")
    assert read_puzzles(path) == [(1, 1, 4, 6), (1, 11, 11, 13)]
    path.write_text("Rank,Puzzles\n1,1 1 4 6\n2,1 1 x 6\n")
    with pytest.raises(BadInput, match=r"24\.csv, row 2: field 'Puzzles'"):
        read_puzzles(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_puzzles(tmp_path / "none.csv")
