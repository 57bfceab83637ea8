"""Checks of the estimators of `superalign.oversight`; each takes the module it checks."""

import math

import numpy as np
import pytest

from superalign.stats import wilson

approx = pytest.approx


def error_rates_with_unscored_bounds(m):
    found = m.counted([True, False, None, True, False, False, None, False])
    assert (found.value, found.scored, found.unscored) == (approx(2 / 6), 6, 2)
    assert (found.worst, found.best) == (4 / 8, 2 / 8)
    assert (found.low, found.high) == approx(wilson(2, 6))
    nothing = m.counted([None, None])
    assert (nothing.value, nothing.low, nothing.scored, nothing.unscored) == (None, None, 0, 2)
    assert (nothing.worst, nothing.best) == (1.0, 0.0)
    assert m.counted([]).worst is None
    low, high = (getattr(m.counted([True] * 3 + [False] * 47), k) for k in ("low", "high"))
    assert (low, high) == (approx(0.021, abs=5e-4), approx(0.162, abs=5e-4))


def horvitz_thompson_weighs_by_inclusion(m):
    labels, inclusion = {"a": 1.0, "b": 0.0, "c": 1.0}, {"a": 0.5, "b": 0.1, "c": 1.0}
    found = m.horvitz_thompson(labels, inclusion, 10)
    assert found.value == approx((1 / 0.5 + 1) / 10)
    with pytest.raises(ValueError, match="3 labels of 2"):
        m.horvitz_thompson(labels, inclusion, 2)
    with pytest.raises(ValueError, match="b has a label and no inclusion"):
        m.horvitz_thompson(labels, inclusion | {"b": 0.0}, 10)
    with pytest.raises(ValueError, match="a has a label and no inclusion"):
        m.horvitz_thompson(labels, inclusion | {"a": 1.5}, 10)


def predictions_are_corrected_by_the_audit(m):
    predictions = {"a": 0.9, "b": 0.2, "c": 0.4, "d": 0.5}
    found = m.prediction_powered(predictions, {"a": 0.0, "c": 1.0}, {"a": 1.0, "c": 0.5})
    assert found.value == approx((2.0 + (0.0 - 0.9) / 1.0 + (1.0 - 0.4) / 0.5) / 4)
    with pytest.raises(ValueError, match="z has a label and no prediction"):
        m.prediction_powered(predictions, {"z": 1.0}, {"z": 1.0})


def the_interval_of_a_uniform_audit_is_the_textbook_one(m):
    rng = np.random.default_rng(0)
    f = rng.random(4000)
    y = (rng.random(4000) < f).astype(float)
    audited = rng.permutation(4000)[:400]
    found = m.prediction_powered(
        {str(i): float(f[i]) for i in range(4000)},
        {str(i): float(y[i]) for i in audited},
        {str(i): 0.1 for i in audited},
    )
    textbook = f.var() / 4000 + (y - f)[audited].var() / 400
    assert (found.high - found.low) / 2 == approx(1.96 * math.sqrt(textbook), rel=0.06)
    assert (found.scored, found.unscored) == (400, 0)


def the_interval_of_the_items_at_hand_is_the_draws_alone(m):
    predictions = {str(i): 0.5 for i in range(100)}
    labels = {str(i): float(i % 2) for i in range(40)}
    inclusion = {str(i): 0.5 if i < 20 else 0.25 for i in range(40)}
    found = m.prediction_powered(predictions, labels, inclusion, finite=True)
    spread = (20 * 0.5 / 0.25 + 20 * 0.75 / 0.0625) * 0.25 / 100**2
    assert found.high - found.value == approx(1.96 * math.sqrt(spread), rel=1e-3)
    every = m.prediction_powered(
        dict.fromkeys("ab", 0.5), {"a": 1.0, "b": 0.0}, dict.fromkeys("ab", 1.0), finite=True
    )
    assert (every.low, every.value, every.high) == (0.5, 0.5, 0.5)


def an_audit_without_an_error_leaves_three_over_n(m):
    names = [str(i) for i in range(1000)]
    found = m.horvitz_thompson(dict.fromkeys(names[:100], 0.0), dict.fromkeys(names, 0.1), 1000)
    assert found.value == found.low == 0.0
    assert found.high == approx(0.03)


def unreadable_labels_hand_their_weight_on(m):
    predictions = dict.fromkeys("abcd", 0.0)
    labels = {"a": 1.0, "b": 0.0, "c": None}
    found = m.prediction_powered(predictions, labels, dict.fromkeys("abc", 0.75))
    assert found.value == approx(0.5)
    assert (found.worst, found.best) == (approx(2 / 3), approx(1 / 3))
    assert (found.scored, found.unscored) == (2, 1)
    silent = m.prediction_powered(predictions, {"a": None}, {"a": 0.25})
    assert (silent.value, silent.high, silent.worst, silent.best) == (None, None, 1.0, 0.0)
    assert m.prediction_powered(predictions, {}, {}).value is None


def known_errors_are_taken_out(m):
    assert m.rogan_gladen(0.30, 0.90, 0.95) == approx(0.294, abs=5e-4)
    assert m.rogan_gladen(0.02, 0.90, 0.95) == 0.0
    assert m.rogan_gladen(0.99, 0.90, 0.95) == 1.0
    assert m.rogan_gladen(0.30, 0.50, 0.50) is None
    assert m.rogan_gladen(0.30, 0.20, 0.70) is None


def corrected_rates_carry_all_three_errors(m):
    found = m.corrected((300, 1000), (90, 100), (95, 100))
    assert found.value == approx(0.294, abs=5e-4)
    assert found.low < found.value < found.high
    p, se, sp = 301 / 1002, 91 / 102, 96 / 102
    spread = p * (1 - p) / 1002 + se * (1 - se) / 102 * found.value**2
    spread += sp * (1 - sp) / 102 * (1 - found.value) ** 2
    assert found.high - found.value == approx(1.96 * math.sqrt(spread) / 0.85)
    assert found.value - found.low == approx(found.high - found.value)
    assert m.corrected((3, 10), (5, 10), (5, 10)).value is None
    assert m.corrected((3, 10), (0, 0), (5, 10)).value is None


def trust_has_its_published_bounds(m):
    sure = [0.95] * 100
    found = m.trusted(sure, [False] * 3 + [True] * 97, alpha=0.1)
    assert (found.errors, found.n, found.upper) == (3, 100, approx(0.0757, abs=5e-5))
    clean = m.trusted([0.9] * 59, [True] * 59, alpha=0.05)
    assert clean.upper == approx(0.0495, abs=5e-5)
    assert m.trusted([0.9] * 58, [True] * 58, alpha=0.05) is None
    assert m.trusted(sure, [False] * 3 + [True] * 97, alpha=0.075) is None


def trust_is_tried_from_the_top_and_ends_at_the_first_failure(m):
    sure = [0.9] * 100 + [0.7] * 100 + [0.6] * 800
    right = [True] * 100 + [True] * 60 + [False] * 40 + [True] * 800
    found = m.trusted(sure, right, alpha=0.06)
    assert (found.n, found.errors, found.coverage) == (100, 0, 0.1)
    assert 0.7 < found.threshold <= 0.9
    assert m.trusted(sure, right, alpha=0.06, thresholds=[0.5]).n == 1000
    assert m.trusted([0.9] * 200, [False] * 200, alpha=0.2) is None
    lower = m.trusted([0.9] * 100 + [0.6] * 100, [True] * 200, alpha=0.05)
    assert (lower.n, lower.threshold) == (200, 0.5)
    few = m.trusted([0.99] * 5 + [0.9] * 100, [True] * 105, alpha=0.05)
    assert (few.n, few.threshold) == (105, 0.5)


def a_cascade_stops_at_the_first_tier_that_is_sure(m):
    assert m.tier([0.5, 0.9], [0.8, 0.8]) == 1
    assert m.tier([0.8, 0.9], [0.8, 0.8]) == 0
    assert m.tier([0.9, 0.7], [None, 0.8]) is None
    assert m.tier([None, 0.8], [0.1, 0.8]) == 1


def the_risk_coverage_curve_goes_down_by_confidence(m):
    found = m.risk_coverage([0.2, 0.9, 0.5, 0.7], [False, True, False, True])
    assert found == [(0.25, 0.0), (0.5, 0.0), (0.75, approx(1 / 3)), (1.0, 0.5)]
    assert m.aurc([0.2, 0.9, 0.5, 0.7], [False, True, False, True]) == approx((1 / 3 + 0.5) / 4)
    tied = m.risk_coverage([0.5] * 4, [False, True, True, True])
    assert [r for _, r in tied] == approx([0.25] * 4)
    assert m.aurc([], []) is None
    with pytest.raises(ValueError, match="2 confidences and 1"):
        m.risk_coverage([0.1, 0.2], [True])


def flips_have_a_beta_posterior(m):
    from scipy.stats import beta

    groups = ["a"] * 40 + ["b"] * 10 + ["c"] * 4
    flipped = [True] * 4 + [False] * 36 + [True] * 6 + [False] * 4 + [True] + [False] * 3
    found = m.flip_rates(groups, flipped, known=["d", "a"])
    assert found["a"].mean == approx(5 / 42)
    assert found["a"].upper == approx(beta.ppf(0.95, 5, 37))
    assert found["a"].weight == approx(1 - 2 * found["a"].upper)
    assert (found["a"].n, found["a"].dropped) == (40, False)
    assert (found["b"].upper, found["b"].dropped) == (0.45, True)
    assert (found["c"].mean, found["c"].upper, found["c"].dropped) == (approx(2 / 6), 0.45, True)
    assert (found["d"].mean, found["d"].n, found["d"].dropped) == (0.5, 0, True)
    informed = m.flip_rates(["a"], [True], prior=(1.0, 9.0), level=0.5)["a"]
    assert (informed.mean, informed.upper) == (approx(2 / 11), approx(beta.ppf(0.5, 2, 9)))
    for n in range(8):
        few = m.flip_rates(["a"] * n, [False] * n, known=["a"])["a"]
        assert (few.n, few.effective) == (n, approx(n))
        assert few.dropped == (1 - 0.05 ** (1 / (n + 1)) > 0.45) == (n < 5)
    many = m.flip_rates(["a"] * 2000, [i < 840 for i in range(2000)])["a"]
    assert (many.upper < 0.45, many.dropped) == (True, True)


def a_pair_that_was_seldom_drawn_stands_for_many(m):
    from scipy.stats import beta

    found = m.flip_rates(["a", "a", "b"], [True, False, False], inclusion=[0.5, 0.1, 0.2])
    n, flips = 144 / 104, 144 / 104 * 2 / 12
    assert (found["a"].n, found["a"].effective) == (2, approx(n))
    assert found["a"].mean == approx((1 + flips) / (2 + n))
    assert (found["b"].n, found["b"].effective) == (1, approx(1.0))
    groups, flipped = ["a"] * 60, [i % 3 == 0 for i in range(60)]
    chances = [0.9 if flip else 0.05 for flip in flipped]
    rare = m.flip_rates(groups, flipped, inclusion=chances)["a"]
    weights = 20 / 0.9, 40 / 0.05
    n = sum(weights) ** 2 / (20 / 0.81 + 40 / 0.0025)
    wrong = n * weights[0] / sum(weights)
    assert rare.upper == approx(beta.ppf(0.95, 1 + wrong, 1 + n - wrong))
    equal = m.flip_rates(groups, flipped, inclusion=[0.3] * 60)["a"]
    assert (equal.mean, equal.upper, equal.effective) == (
        approx(21 / 62),
        approx(beta.ppf(0.95, 21, 41)),
        approx(60),
    )


def what_two_people_differ_on_says_how_often_one_errs(m):
    found = m.people_error([True] * 18 + [False] * 82, [1.0] * 100)
    low, high = (1 - (1 - 2 * np.array([0.117006, 0.266732])) ** 0.5) / 2  # Wilson of 18/100
    assert (found["rate"], found["n"]) == (approx(0.1), 100)  # 2 x .1 x .9 = .18
    assert (found["low"], found["high"]) == (approx(low, abs=1e-4), approx(high, abs=1e-4))
    assert m.people_error([False] * 9, [0.5] * 9)["rate"] == 0.0
    assert m.people_error([True] * 9, [0.5] * 9)["rate"] == 0.5
    assert m.people_error([], []) == {"rate": None, "n": 0, "low": None, "high": None}
    seldom = m.people_error([True, False], [0.9, 0.1])
    assert seldom["rate"] == approx((1 - 0.8**0.5) / 2)
    assert seldom["n"] == 2


def second_looks_find_peoples_error_wherever_they_are_taken(m):
    rng, values = np.random.default_rng(4), []
    for _ in range(400):
        wrong = rng.random((2, 200)) < 0.08
        chance = np.where(wrong[0], 0.5, 0.1)  # who errs contradicts the critic
        taken = rng.random(200) < chance
        values.append(m.people_error((wrong[0] != wrong[1])[taken], chance[taken])["rate"])
    assert np.mean(values) == approx(0.08, abs=0.006)


def people_are_doubted_by_bayes_rule(m):
    assert m.doubt(0.1, 0.2, True) == approx(0.1 * 0.2 / (0.1 * 0.2 + 0.9 * 0.8))
    assert m.doubt(0.1, 0.2, False) == approx(0.1 * 0.8 / (0.1 * 0.8 + 0.9 * 0.2))
    assert m.doubt(0.2, 0.2, False) == approx(0.5)
    assert [m.doubt(0.0, c, a) for c in (0.0, 0.3, 1.0) for a in (True, False)] == [0.0] * 6


def annotators_with_known_confusion_are_found(m):
    rng = np.random.default_rng(1)
    shares = np.array([0.5, 0.3, 0.2])
    truth = rng.choice(3, 1500, p=shares)
    right = {"good": 0.95, "fair": 0.8, "poor": 0.6, "biased": 0.7}
    labels = []
    for name, share in right.items():
        wrong = (truth + (1 if name == "biased" else rng.integers(1, 3, truth.size))) % 3
        said = np.where(rng.random(truth.size) < share, truth, wrong)
        labels += [(i, name, int(c)) for i, c in enumerate(said)]
    found = m.dawid_skene(labels, 3)
    assert found.converged
    for name, share in right.items():
        assert np.diag(found.confusion[name]) == approx([share] * 3, abs=0.07)
        assert found.confusion[name].sum(1) == approx([1, 1, 1])
    assert found.confusion["biased"][0] == approx([0.7, 0.3, 0.0], abs=0.07)
    assert found.prior == approx(shares, abs=0.03)
    best = np.array([found.chances[i].argmax() for i in range(truth.size)])
    assert (best == truth).mean() > 0.96


def a_trusted_annotator_outvotes_two_poor_ones(m):
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 500)
    labels = []
    for name, share in (("good", 0.97), ("poor", 0.55), ("poorer", 0.55), ("fair", 0.8)):
        said = np.where(rng.random(500) < share, truth, 1 - truth)
        labels += [(f"i{i}", name, int(c)) for i, c in enumerate(said)]
    found = m.dawid_skene(labels)
    best = np.array([found.chances[f"i{i}"].argmax() for i in range(500)])
    votes = np.zeros((500, 2))
    for name, _, c in labels:
        votes[int(name[1:]), c] += 1
    assert (best == truth).mean() > (votes.argmax(1) == truth).mean() + 0.05
    for wrong in ([], [("a", "b", 2)]):
        with pytest.raises(ValueError, match=r"0\.\.1"):
            m.dawid_skene(wrong)


def one_round_of_expectation_maximisation_by_hand(m):
    labels = [("x", "a", 0), ("x", "b", 0), ("y", "a", 0), ("y", "b", 1)]
    found = m.dawid_skene(labels, 2, smoothing=1.0, rounds=1)
    # Votes: x (1, 0), y (.5, .5); prior (.75, .25). a: (2.5/3.5, 1/3.5), (1.5/2.5, 1/2.5);
    # b: (2/3.5, 1.5/3.5), (1/2.5, 1.5/2.5).
    assert found.prior == approx([0.75, 0.25])
    assert found.confusion["a"] == approx(np.array([[2.5 / 3.5, 1 / 3.5], [0.6, 0.4]]))
    assert found.confusion["b"] == approx(np.array([[2 / 3.5, 1.5 / 3.5], [0.4, 0.6]]))
    x = np.array([0.75 * 2.5 / 3.5 * 2 / 3.5, 0.25 * 0.6 * 0.4])
    assert found.chances["x"] == approx(x / x.sum())
    assert (found.rounds, found.converged) == (1, False)


ESTIMATES, TRUST, NOISE = (f"superalign.oversight.{m}" for m in ("estimates", "trust", "noise"))
CHECKS = {
    ESTIMATES: [
        error_rates_with_unscored_bounds,
        horvitz_thompson_weighs_by_inclusion,
        predictions_are_corrected_by_the_audit,
        the_interval_of_a_uniform_audit_is_the_textbook_one,
        an_audit_without_an_error_leaves_three_over_n,
        the_interval_of_the_items_at_hand_is_the_draws_alone,
        unreadable_labels_hand_their_weight_on,
        known_errors_are_taken_out,
        corrected_rates_carry_all_three_errors,
    ],
    TRUST: [
        trust_has_its_published_bounds,
        trust_is_tried_from_the_top_and_ends_at_the_first_failure,
        a_cascade_stops_at_the_first_tier_that_is_sure,
        the_risk_coverage_curve_goes_down_by_confidence,
    ],
    NOISE: [
        flips_have_a_beta_posterior,
        a_pair_that_was_seldom_drawn_stands_for_many,
        what_two_people_differ_on_says_how_often_one_errs,
        second_looks_find_peoples_error_wherever_they_are_taken,
        people_are_doubted_by_bayes_rule,
        annotators_with_known_confusion_are_found,
        a_trusted_annotator_outvotes_two_poor_ones,
        one_round_of_expectation_maximisation_by_hand,
    ],
}
