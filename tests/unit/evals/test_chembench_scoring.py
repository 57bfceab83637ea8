"""Measures by hand, and what is wholly right: put right, and as the original decides."""

from __future__ import annotations

import pytest

from chembench_questions import letters, numeric
from superalign.evals.chembench.scoring import mark


def test_measures_of_letters_by_hand():
    metrics = mark(letters(right="AB"), frozenset("ACD")).metrics
    assert (metrics["correct_classes"], metrics["extra_classes"]) == (1.0, 2.0)
    assert metrics["incorrect_classes"] == 2.0
    assert metrics["missed_classes"] == 1.0
    assert metrics["precision"] == pytest.approx(1 / 3)
    assert metrics["recall"] == 0.5
    assert metrics["f1"] == pytest.approx(0.4)
    assert metrics["hamming"] == 1.5
    assert metrics["multiple_choice_grade"] == 1.0


@pytest.mark.parametrize(("said", "right"), [("AB", True), ("A", False), ("ABC", False)])
def test_all_options_and_no_other_are_right(said, right):
    assert mark(letters(right="AB"), frozenset(said)).right is right


def test_nothing_right_is_measured_too():
    found = mark(letters(right="A"), frozenset("B"))
    assert (found.metrics["f1"], found.metrics["hamming"], found.right) == (0.0, 2.0, False)


def test_half_a_point_is_not_right_but_counts_in_the_grade():
    question = letters("a", "b").model_copy(update={"scores": (1.0, 0.5)})
    both = mark(question, frozenset("AB"))
    assert (both.right, both.metrics["extra_classes"]) == (False, 1.0)
    assert both.metrics["multiple_choice_grade"] == 1.5


def test_a_letter_that_is_no_option_is_wrong():
    found = mark(letters("a", "b", right="A"), frozenset("AE"))
    assert (found.right, found.metrics["extra_classes"]) == (False, 1.0)


NUMBERS = [
    ("5", 5.0, True, True),
    ("5", 5.04, True, True),
    ("5", 5.06, False, False),
    ("-285.8", -285.8, True, False),
    ("-285.8", -284.0, True, False),
    ("-285.8", 285.8, False, False),
    ("0", 0.0, True, False),
    ("0", 0.01, False, False),
    ("3.27E-22", 3.28e-22, True, True),
    ("3.27E-22", 6e-22, False, False),
]


@pytest.mark.parametrize(("target", "said", "ours", "original"), NUMBERS)
def test_a_number_is_right_within_a_percent(target, said, ours, original):
    question = numeric(target)
    assert mark(question, said).right is ours
    assert mark(question, said, compat=True).right is original


def test_a_stated_tolerance_is_relative_and_only_the_original_takes_it_as_absolute():
    question = numeric("200", tolerance=0.05)
    assert mark(question, 209.0).right
    assert not mark(question, 209.0, compat=True).right
    assert not mark(question, 211.0).right


def test_measures_of_numbers_by_hand():
    metrics = mark(numeric("1.5"), 1.0).metrics
    assert metrics == {"mae": 0.5, "mse": 0.25, "exact_str_match": 0.0}
    assert mark(numeric("1.5"), 1.5).metrics["exact_str_match"] == 1.0
    assert mark(numeric("1"), 1.0).metrics["exact_str_match"] == 0.0


def test_letters_do_not_answer_for_a_number():
    with pytest.raises(TypeError, match="count: "):
        mark(numeric(), frozenset("A"))
    with pytest.raises(TypeError, match="gas: "):
        mark(letters(), 1.0)
