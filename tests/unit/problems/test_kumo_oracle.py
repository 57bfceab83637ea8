"""The optimum: values by hand, against the plain recursion, and the player who attains it."""

from __future__ import annotations

import itertools
import sys

import pytest

from kumo_reference import value as plain
from kumo_worlds import SCAN, scan_task, task
from superalign.errors import BadInput
from superalign.problems.kumo import oracle as oracles
from superalign.problems.kumo.difficulty import Wanted, difficulty, least
from superalign.problems.kumo.generate import Size, generate
from superalign.problems.kumo.invented import invented
from superalign.problems.kumo.oracle import Oracle, optimum
from superalign.problems.kumo.play import oracle_player


def test_the_best_first_action_leaves_two_truths_two_times_in_three():
    # scan: low leaves b and c, weight 2; high leaves a, weight 1: 1 + 2/3 * 1. probe first: 2.
    assert optimum(scan_task()) == pytest.approx(5 / 3, abs=1e-8)


def test_probing_first_costs_two_since_either_outcome_leaves_two_truths():
    oracle = Oracle.of(scan_task())
    assert oracle._after(1, oracle.all_truths, oracle.all_actions) == pytest.approx(2, abs=1e-8)


@pytest.mark.parametrize(
    ("rules", "truths", "expected"),
    [
        ({"x": {"1": "a", "2": "b"}}, "ab", 1.0),
        ({"x": {"1": "a", "2": ""}}, "ab", 0.0),
        ({"x": {"1": "ab", "2": "ab"}}, "ab", 1.0),
        ({"x": {"1": "a"}}, "a", 0.0),
        ({"x": {"1": "a", "2": "b", "3": ""}}, "ab", 1.0),
        ({"x": {"1": "a", "2": "b", "3": ""}, "y": {"1": "a", "2": "b"}}, "ab", 1.0),
    ],
    ids=["tells", "untouched-is-valid", "kills-all", "one-truth", "may-say-nothing", "prefers-y"],
)
def test_values_of_single_questions(rules, truths, expected):
    made = task(rules, {a: next(iter(s)) for a, s in rules.items()}, truths=truths)
    assert optimum(made) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [(3, 4), (4, 6), (5, 7)], ids=str)
def test_values_are_those_of_the_plain_recursion(seed, size):
    tasks = generate(invented(seed), Size(truths=size[0], actions=size[1]), seed=seed)
    for made in itertools.islice(tasks, 3):
        assert abs(optimum(made) - plain(made)) < 1e-9


def test_states_that_recur_in_other_orders_are_computed_once():
    made = next(generate(invented(0), Size(truths=6, actions=9), seed=0))
    oracle = Oracle.of(made)
    before = oracle.value()
    size = oracle.size
    assert oracle.value() == before
    assert oracle.size == size > 0


def test_a_full_table_grows_and_gives_the_same_value():
    made = next(generate(invented(3), Size(truths=7, actions=10), seed=1))
    roomy, cramped = Oracle.of(made), Oracle.of(made)
    roomy._room(1 << 16)
    cramped._room(4)
    assert cramped.value() == roomy.value()
    assert cramped.size == roomy.size > 4


def test_the_player_takes_the_first_of_equal_actions():
    rules = {"x": {"1": "a", "2": "b"}, "y": {"1": "a", "2": "b"}}
    play = oracle_player(task(rules, {"x": "2", "y": "2"}, truths="ab"))
    assert (play.taken, play.named) == (["x"], "a")


def test_the_player_takes_the_better_action_wherever_it_stands():
    rules = {"probe": {"red": "b", "blue": "c"}, "scan": {"low": "a", "high": "bc"}}
    play = oracle_player(task(rules, {"scan": "high", "probe": "red"}))
    assert (play.taken, play.named) == (["scan"], "a")


def test_the_player_names_what_no_action_left_can_rule_out():
    rules = {"x": {"1": "a", "2": ""}, "y": {"1": "a", "2": "c"}}
    play = oracle_player(task(rules, {"x": "1", "y": "2"}, valid="b"))
    assert (play.taken, play.named) == ([], "b")


@pytest.mark.parametrize("seed", range(5))
def test_the_player_is_right_on_every_task_that_keeps_the_promise(seed):
    tasks = generate(invented(seed), Size(truths=5, actions=8), seed=seed)
    assert all(oracle_player(t).success for t in itertools.islice(tasks, 10))


def test_the_mean_of_outcomes_counts_in_proportion_to_what_they_leave():
    # 1: leaves b, c, d (3); 2: leaves a (1). Then b, c, d: y tells d from b and c, z b from c.
    rules = {
        "x": {"1": "a", "2": "bcd"},
        "y": {"1": "bc", "2": "d"},
        "z": {"1": "b", "2": "c"},
    }
    shown = {"x": "2", "y": "2", "z": "1"}
    made = task(rules, shown, truths="abcd")
    assert optimum(made) == pytest.approx(plain(made), abs=1e-9)
    assert optimum(made) == pytest.approx(1 + 3 / 4 * (1 + 2 / 3), abs=1e-7)


def test_difficulty_by_hand():
    found = difficulty(scan_task())
    assert (found.length, found.least, found.redundancy) == (1, 1, 0.5)
    assert found.expected == pytest.approx(5 / 3, abs=1e-8)
    rules = {**SCAN, "idle": {"1": "", "2": "b"}}
    three = task(rules, {"scan": "high", "probe": "red", "idle": "1"})
    assert difficulty(three).redundancy == pytest.approx(2 / 3)
    assert Wanted(redundancy=(0.6, 0.7)).takes(three)
    assert not Wanted(redundancy=(0.3, 0.4)).takes(three)


def test_the_least_set_of_observations_is_no_greedy_one():
    rules = {
        "big": {"1": "bcd", "2": ""},
        "left": {"1": "be", "2": ""},
        "right": {"1": "cdf", "2": ""},
        "rest": {"1": "ef", "2": ""},
    }
    made = task(rules, dict.fromkeys(rules, "1"), truths="abcdef")
    assert least(made) == 2


def test_bounds_hold_at_both_ends():
    made = scan_task()
    assert Wanted(length=(1, 1), redundancy=(0.5, 0.5)).takes(made)
    assert not Wanted(length=(2, 9)).takes(made)
    assert not Wanted(redundancy=(0.6, 1)).takes(made)


def test_a_task_too_wide_for_a_key_is_bad_input():
    with pytest.raises(BadInput, match="62 truths and actions, 63 came"):
        Oracle([[1]] * 40, 23)


def test_a_task_that_just_fits_a_key_is_solved():
    assert Oracle([[1, 2]] * 60, 2).value() == 1.0


def test_without_the_compiler_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "superalign.problems.kumo.kernel", None)
    with pytest.raises(BadInput, match=r"pip install 'superalign\[evals\]'"):
        oracles.kernel()
