"""Checks of step scores, first errors and shaped rewards; each takes the module it checks."""

import math
import random
from itertools import pairwise

import pytest

approx = pytest.approx

STEPS = [0.9, 0.5, 0.8]
BY_HAND = {
    "min": 0.5,
    "max": 0.9,
    "product": 0.36,
    "mean": 2.2 / 3,
    "mean_logit": 1 / (1 + (9 * 1 * 4) ** (-1 / 3)),
    "mean_odds": (9 + 1 + 4) / 3,
    "last": 0.8,
}


def steps_become_one_score(m):
    for name, score in BY_HAND.items():
        assert m.aggregate(name, STEPS) == approx(score)
        assert m.aggregate(name, [0.25]) == approx(1 / 3 if name == "mean_odds" else 0.25)
    for name in BY_HAND:
        with pytest.raises(ValueError, match="without steps"):
            m.aggregate(name, [])
    with pytest.raises(ValueError, match="no aggregation 'median'"):
        m.aggregate("median", STEPS)


def certainty_has_finite_odds(m):
    assert m.odds(0.5) == 1.0
    assert m.odds(1.0) == approx((1 - 1e-9) / 1e-9)
    assert m.odds(0.0) == approx(1e-9)
    assert m.mean_logit([0.0, 1.0]) == approx(0.5)
    assert m.mean_logit([0.2, 0.8]) == approx(0.5)
    assert m.mean_odds([0.0, 0.0]) == approx(0.0, abs=1e-6)
    assert m.mean_odds([0.75, 0.5]) == approx(2.0)


def the_first_error_is_the_first_step_below_the_threshold(m):
    assert m.first_error([0.9, 0.4, 0.1]) == 1
    assert m.first_error([0.9, 0.5]) == -1
    assert m.first_error([0.9, 0.5], 0.51) == 1
    assert m.first_error([]) == -1


def first_errors_count_as_in_process_bench(m):
    # Erroneous: 2 of 3 at the exact index; correct: 1 of 2. F1 = 2 * (2/3 * 1/2) / (2/3 + 1/2).
    found = m.first_errors([0, 2, -1, -1, 0], [0, 2, 1, -1, -1])
    assert (found["erroneous"]["rate"], found["erroneous"]["n"]) == (approx(2 / 3), 3)
    assert (found["correct"]["rate"], found["correct"]["n"]) == (0.5, 2)
    assert found["f1"] == approx(4 / 7)
    assert m.first_errors([0, 1], [1, -1])["f1"] == 0.0
    assert m.first_errors([0], [0])["f1"] is None
    assert m.first_errors([-1], [-1])["f1"] is None
    with pytest.raises(ValueError, match="zip"):
        m.first_errors([0], [0, 1])
    subsets = {"a": found, "b": m.first_errors([0, -1], [0, -1]), "c": m.first_errors([0], [0])}
    assert m.mean_f1(subsets) == approx((4 / 7 + 1) / 2)
    assert m.mean_f1({}) is None


def slow_best(m, chances, true):
    """Return the best F1 over thresholds, tried one by one."""
    edges = sorted({0.0, 1.0, *(p for c in chances for p in c)})
    tried = [(a + b) / 2 for a, b in pairwise(edges)]
    return max(f1_at(m, chances, true, t) for t in tried)


def f1_at(m, chances, true, threshold):
    return m.first_errors([m.first_error(c, threshold) for c in chances], true)["f1"]


def the_best_threshold_is_that_of_a_slow_search(m):
    rng = random.Random(0)
    for _ in range(60):
        n = rng.randint(2, 12)
        chances = [[rng.randint(0, 20) / 20 for _ in range(rng.randint(1, 5))] for _ in range(n)]
        true = [rng.randrange(-1, len(c)) for c in chances]
        threshold = m.best_threshold(chances, true)
        if {t == -1 for t in true} != {True, False}:
            assert threshold == 0.5
            continue
        assert 0 < threshold < 1
        assert f1_at(m, chances, true, threshold) == approx(slow_best(m, chances, true))
    # Any threshold above .3 and up to .7 is right; the middle of the widest stretch is taken.
    assert m.best_threshold([[0.9, 0.3], [0.7, 0.8]], [1, -1]) == approx(0.5)
    assert m.best_threshold([[0.1], [0.7, 0.8]], [0, -1]) == approx(0.4)


def labels_stop_at_the_first_error(m):
    assert m.labels_up_to(-1, 3) == [True, True, True]
    assert m.labels_up_to(1, 3) == [True, False]
    assert m.labels_up_to(0, 3) == [False]


def step_calibration_counts_labelled_steps_alone(m):
    found = m.step_calibration([[0.9, 0.2, 0.7], [0.8]], [[True, False], [True]])
    assert (found["n"], found["right"], found["auroc"]) == (3, 2, 1.0)
    assert found["brier"] == approx((0.1**2 + 0.2**2 + 0.2**2) / 3)
    # Three bins of one step each: off by .1, .2 and .2.
    assert found["ece"] == approx((0.1 + 0.2 + 0.2) / 3)
    with pytest.raises(ValueError, match="zip"):
        m.step_calibration([[0.9], [0.8]], [[True]])
    empty = m.step_calibration([[0.9]], [[]])
    assert (empty["n"], empty["ece"], empty["auroc"]) == (0, None, None)


def luck_is_a_share_of_right_answers(m):
    found = m.lucky([True, True, True, False], [True, False, True, False])
    assert (found["rate"], found["n"]) == (approx(1 / 3), 3)
    assert m.lucky([False], [False])["rate"] is None
    with pytest.raises(ValueError, match="zip"):
        m.lucky([True], [])


def the_end_is_rewarded_as_published(m):
    assert (m.terminal(True), m.terminal(False), m.terminal(None)) == (1.0, 0.0, 0.25)
    answer = "\n\n# Answer\n\n7"
    costs = {
        "So \\boxed{7}.\n\nThat is it" + answer: 0.0,
        "So\n\nwe have $x = 7$." + answer: -0.5,
        "So $7$ first\n\nwe have 7." + answer: -0.75,
        "Seven is 7\n\nthat is it." + answer: -1.0,
        "We have $x = 7$.": -1.0,
        "We have $x = 7$.\n\n# Answer\n\n": -1.0,
    }
    assert {text: m.stop_penalty(text) for text in costs} == costs
    assert m.stop_penalty("is $7$" + answer, weight=2.0) == -1.0
    assert m.stop_penalty("is $7$\n#7", marker="\n#") == -0.5
    assert m.stop_penalty("is $7$" + answer + answer) == -1.0


def process_terms_telescope(m):
    assert m.process_terms([0.9, 0.4, 0.6, 0.1]) == approx([0.0, -0.1, 0.0, -0.3])
    assert m.process_terms([0.9, 0.5, 0.6], "prod") == approx([0.0, -0.05, -0.18])
    assert m.process_terms([0.7, 0.4], upper=0.8) == approx([-0.1, -0.3])
    assert m.process_terms([]) == []
    rng = random.Random(0)
    for n in range(1, 30):
        chances = [rng.random() for _ in range(n)]
        for scheme, least in (("min", min(chances)), ("prod", math.prod(chances))):
            terms = m.process_terms(chances, scheme)
            assert max(terms) <= 0
            assert sum(terms) == approx(min(0.5, least) - 0.5)
    with pytest.raises(ValueError, match="no scheme 'mean'"):
        m.process_terms([0.5], "mean")


def no_length_earns_more(m):
    for n in (1, 3, 50):
        assert m.step_bonus(n) == approx([0.25 / n] * n)
        assert sum(m.step_rewards([0.9] * n)) == approx(0.25)
    assert m.step_rewards([0.9, 0.4]) == approx([0.125, 0.025])
    assert m.step_rewards([0.9, 0.4], "prod", upper=0.4, bonus=1.0) == approx([0.5, 0.46])
    assert m.step_rewards([]) == []
    assert m.step_bonus(0) == []


CHECKS = {
    "superalign.measures.steps": [steps_become_one_score, certainty_has_finite_odds],
    "superalign.measures.first_error": [
        the_first_error_is_the_first_step_below_the_threshold,
        first_errors_count_as_in_process_bench,
        the_best_threshold_is_that_of_a_slow_search,
        labels_stop_at_the_first_error,
        step_calibration_counts_labelled_steps_alone,
        luck_is_a_share_of_right_answers,
    ],
    "superalign.measures.shaping": [
        the_end_is_rewarded_as_published,
        process_terms_telescope,
        no_length_earns_more,
    ],
}
