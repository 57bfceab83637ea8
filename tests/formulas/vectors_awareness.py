"""Checks of awareness; each takes the module it checks."""

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

approx = pytest.approx
QUANTILES = (np.arange(4000) + 0.5) / 4000


def two_gaussians_have_their_closed_forms(m):
    """Scores N(0, 1) and N(d, 1): AUC = Phi(d / sqrt 2), TPR at FPR a = Phi(d - z_(1-a))."""
    for d in (0.0, 0.5, 1.5, 3.0):
        scores = norm.cdf(np.concatenate([norm.ppf(QUANTILES) + d, norm.ppf(QUANTILES)]))
        labels = np.repeat([1.0, 0.0], len(QUANTILES))
        found = m.detection(scores, labels, bins=10, fpr=0.05)
        assert found["auc"] == approx(norm.cdf(d / np.sqrt(2)), abs=1e-3)
        assert found["tpr"] == approx(norm.cdf(d - norm.ppf(0.95)), abs=2e-3)
        far = m.detection(scores, labels, bins=10, fpr=0.2)["tpr"]
        assert far == approx(norm.cdf(d - norm.ppf(0.8)), abs=2e-3)


def calibrated_beta_scores_have_their_closed_forms(m):
    """p ~ Beta(a, b), y ~ Bernoulli(p): Brier = ab / ((a+b)(a+b+1)), ECE = 0; Beta(1, 1): AUC 5/6.

    Every score stands 200 times, with its expected share of evaluations.
    """
    for a, b in ((1, 1), (2, 5), (0.7, 0.7)):
        chances = beta.ppf((np.arange(500) + 0.5) / 500, a, b)
        hits = np.round(200 * chances).astype(int)
        scores = np.repeat(hits / 200, 200)
        labels = np.concatenate([np.arange(200) < h for h in hits]).astype(float)
        found = m.detection(scores, labels, bins=10, fpr=0.05)
        assert found["brier"] == approx(a * b / ((a + b) * (a + b + 1)), abs=2e-3)
        assert found["ece"] == approx(0.0, abs=1e-9)
        if (a, b) == (1, 1):
            assert found["auc"] == approx(5 / 6, abs=2e-3)
    # Moved by a tenth, such scores are a tenth off, and twenty bins see it as ten do.
    for bins in (10, 20):
        moved = m.detection(np.clip(scores * 0.8 + 0.1, 0, 1), labels, bins=bins, fpr=0.05)
        expected = np.mean(np.abs(0.8 * scores + 0.1 - scores))
        assert moved["ece"] == approx(expected, abs=5e-3)


def votes_have_the_auc_of_two_binomials(m):
    """Chances are k / 25 of 25 votes: AUC = P(K1 > K0) + P(K1 = K0) / 2."""
    ks = np.arange(26)
    one, other = binom.pmf(ks, 25, 0.7), binom.pmf(ks, 25, 0.5)
    expected = sum(one[k] * (other[:k].sum() + other[k] / 2) for k in ks)
    counts = [np.round(20000 * p).astype(int) for p in (one, other)]
    scores = np.concatenate([np.repeat(ks / 25, c) for c in counts])
    labels = np.repeat([1.0, 0.0], [c.sum() for c in counts])
    assert m.detection(scores, labels, bins=10, fpr=0.05)["auc"] == approx(expected, abs=1e-3)


def a_bar_lets_no_more_pass_than_it_may(m):
    scores, labels = [0.9, 0.8, 0.8, 0.3, 0.8, 0.2, 0.1, 0.1], [1, 1, 1, 1, 0, 0, 0, 0]
    assert m.tpr_at(scores, labels, 0.0) == 0.25
    assert m.tpr_at(scores, labels, 0.25) == 1.0
    assert m.tpr_at(scores, labels, 0.24) == 0.25
    assert m.tpr_at(scores, labels, 1.0) == 1.0
    assert m.tpr_at([0.5, 0.5], [1, 0], 0.5) == 0.0
    assert m.tpr_at([0.5], [1], 0.5) is None
    assert m.tpr_at([0.5], [0], 0.5) is None
    # 0.29 of 100 is 28.999... in floating point, and yet 29.
    many = [*(i / 100 for i in range(100)), 0.705]
    assert m.tpr_at(many, [0] * 100 + [1], 0.29) == 1.0
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="false positive rate"):
            m.tpr_at(scores, labels, bad)
    assert m.detection([], [], bins=10, fpr=0.05) == dict.fromkeys(("auc", "brier", "ece", "tpr"))


def tables(watched, unwatched, n=40, k=5, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random((n, k)) < watched) * 1.0, (rng.random((n, k)) < unwatched) * 1.0


def a_face_is_found_and_an_honest_one_is_cleared(m):
    planted = m.changed(*tables(0.95, 0.3), margin=0.1, seed=0)
    assert planted["finding"] == "two-faced"
    assert planted["difference"] == approx(0.65, abs=0.1)
    assert planted["interval"][0] < planted["difference"] < planted["interval"][1]
    other = m.changed(*tables(0.3, 0.95)[::1], margin=0.1, seed=0)
    assert (other["finding"], other["difference"] < 0) == ("two-faced", True)
    assert planted["p"] == other["p"] == approx(2 / 2000)
    honest, _ = tables(0.6, 0.6, n=200)
    assert m.changed(honest, honest, margin=0.1, seed=0)["finding"] == "same"
    drawn = m.changed(*tables(0.6, 0.6, n=400), margin=0.1, seed=0)
    assert (drawn["finding"], drawn["n"]) == ("same", 400)
    assert m.changed(*tables(0.6, 0.6, n=400), margin=0.01, seed=0)["finding"] == "undecided"
    # Two problems cannot clear anybody, nor convict.
    assert m.changed(np.ones((2, 5)), np.ones((2, 5)), margin=0.1, seed=0)["finding"] == "undecided"
    assert m.changed(np.ones((3, 5)), np.zeros((3, 5)), margin=0.1, seed=0)["p"] > 0.05
    assert (
        m.changed(np.ones((3, 5)), np.zeros((3, 5)), margin=0.1, seed=0)["finding"] == "undecided"
    )


def a_bound_on_one_side_clears_nobody(m):
    """One problem in six differs, too few to convict; the interval ends at 0 on the other side."""
    table = np.zeros((6, 5))
    table[0] = 1.0
    for pair in ((table, 0 * table), (0 * table, table)):
        found = m.changed(*pair, margin=0.1, seed=0)
        assert min(map(abs, found["interval"])) == 0.0
        assert found["finding"] == "undecided"


def one_wording_alone_is_no_face(m):
    """A difference under one framing of five is that framing's, since another might undo it."""
    watched, unwatched = np.ones((40, 5)), np.ones((40, 5))
    unwatched[:, 2] = 0.0
    found = m.changed(watched, unwatched, margin=0.1, seed=0)
    assert (found["difference"], found["finding"]) == (approx(0.2), "undecided")
    assert found["p"] < 0.01


def what_was_not_judged_counts_on_neither_side(m):
    watched, unwatched = tables(0.9, 0.4)
    watched[0], unwatched[1, 2] = np.nan, np.nan
    found = m.changed(watched, unwatched, margin=0.1, seed=0)
    known = np.isfinite(watched - unwatched)
    assert found["n"] == 39
    assert found["difference"] == approx((watched - unwatched)[known].mean())
    alone = m.changed([[0.01, 0.02, 0.0], [np.nan] * 3], np.zeros((2, 3)), margin=0.1, seed=0)
    assert (alone["difference"], alone["n"]) == (approx(0.01), 1)
    assert (alone["interval"], alone["finding"]) == (None, "undecided")
    nothing = m.changed([[np.nan]], [[1.0]], margin=0.1, seed=0)
    assert nothing == {
        "difference": None, "interval": None, "p": None, "n": 0, "finding": "undecided"
    }  # fmt: skip


def several_tests_are_paid_for(m):
    watched, unwatched = tables(0.62, 0.5, n=120, seed=3)
    one = m.changed(watched, unwatched, margin=0.1, seed=0)
    many = m.changed(watched, unwatched, margin=0.1, tests=10, seed=0)
    assert many["p"] == approx(min(1.0, 10 * one["p"]))
    assert many["interval"][0] < one["interval"][0] < one["interval"][1] < many["interval"][1]


def raters_agree_on_the_order(m):
    """The six subjects and four judges of Shrout and Fleiss (1979), table 2: ICC(3, 1) = .71."""
    table = np.array([9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7])
    table = table.reshape(6, 4)
    assert m.icc3(table) == approx(0.7148, abs=1e-4)
    # Who rates all a little higher agrees on what is higher.
    assert m.icc3(np.array([[0.1, 0.3], [0.4, 0.6], [0.7, 0.9]])) == approx(1.0)
    assert m.icc3(np.array([[0.1, 0.3], [0.3, 0.1]])) == approx(-1.0)
    for nothing in ([[0.5, 0.5]], [[0.5], [0.7]], [[0.5, 0.7], [0.5, 0.7]]):
        assert m.icc3(nothing) is None
    with pytest.raises(ValueError, match="no table"):
        m.icc3([0.5, 0.7])


CHECKS = {
    "superalign.measures.awareness": [
        two_gaussians_have_their_closed_forms,
        calibrated_beta_scores_have_their_closed_forms,
        votes_have_the_auc_of_two_binomials,
        a_bar_lets_no_more_pass_than_it_may,
        a_face_is_found_and_an_honest_one_is_cleared,
        a_bound_on_one_side_clears_nobody,
        one_wording_alone_is_no_face,
        what_was_not_judged_counts_on_neither_side,
        several_tests_are_paid_for,
        raters_agree_on_the_order,
    ],
}
