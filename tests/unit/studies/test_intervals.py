"""Student's interval over seeds, against a table, and the sentence of a study."""

import random

import pytest

from superalign.studies.intervals import paired, spoken_claim


def test_the_interval_is_the_one_of_the_tables():
    """Mean 3, standard deviation sqrt(2.5), t(.975, 4) = 2.776445."""
    found = paired([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (found["mean"], found["n"]) == (3.0, 5)
    half = 2.776445 * (2.5 / 5) ** 0.5
    assert found["low"] == pytest.approx(3 - half, abs=1e-5)
    assert found["high"] == pytest.approx(3 + half, abs=1e-5)


def test_two_seeds_give_a_wide_interval_and_one_none():
    two = paired([0.1, 0.3])
    assert two["high"] - two["low"] == pytest.approx(2 * 12.7062 * 0.1, abs=1e-4)
    assert paired([0.2]) == {"mean": 0.2, "low": None, "high": None, "n": 1}


def test_equal_differences_leave_no_width():
    assert paired([0.5] * 4) == {"mean": 0.5, "low": 0.5, "high": 0.5, "n": 4}


def test_it_covers_the_truth_as_often_as_it_says():
    rng = random.Random(0)
    found = [paired([rng.gauss(0.3, 1.0) for _ in range(5)]) for _ in range(1000)]
    assert sum(x["low"] <= 0.3 <= x["high"] for x in found) == pytest.approx(950, abs=25)


def test_a_study_says_how_many_claims_hold_and_names_the_others():
    assert spoken_claim({"a": True, "b": True}) == "2 of 2 claims hold."
    assert spoken_claim({"a_b": False, "c": True}) == "1 of 2 claims hold; not: a b."
