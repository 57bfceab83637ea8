"""Checks of generation beside understanding; each takes the module it checks."""

import pytest

approx = pytest.approx


def chance_is_taken_off(m):
    assert m.understanding(1.0, 4) == 1.0
    assert m.understanding(0.25, 4) == 0.0
    assert m.understanding(0.5, 2) == 0.0
    assert m.understanding(0.7, 4) == approx(0.6)
    assert m.understanding(0.0, 2) == -1.0
    with pytest.raises(ValueError, match="1 options"):
        m.understanding(1.0, 1)


def correlations_are_those_worked_out_by_hand(m):
    # Two by two: 3 both, 1 left alone, 1 right alone, 2 neither: (3*2 - 1*1) / sqrt(4*3*4*3).
    left, right = [1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 0, 0]
    assert m.phi(left, right) == approx(5 / 12)
    assert m.correlation(left, right) == approx(5 / 12)
    assert m.phi([0.5, 0.75, 0.25], [1, 1, 0]) == approx(1.0)
    assert m.phi([0.5, 0.49], [1, 0]) == approx(1.0)
    assert m.phi([1, 1], [1, 0]) is None
    assert m.phi([1, 0], [0, 0]) is None
    assert m.phi([], []) is None
    with pytest.raises(ValueError, match="pair up"):
        m.correlation([1, 0], [1])


def ranks_share_what_is_equal(m):
    assert m.spearman([1, 2, 3, 4], [10, 20, 400, 3000]) == approx(1.0)
    assert m.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == approx(-1.0)
    # Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, squares 1.5 and 2.
    assert m.spearman([0, 0, 1], [0.1, 0.2, 0.3]) == approx(1.5 / (1.5 * 2) ** 0.5)
    # Ranks 1.5 1.5 3 4 against 1 2 3 4: covariance 4.5, squares 4.5 and 5.
    assert m.spearman([0, 0, 1, 2], [1, 2, 3, 4]) == approx(4.5 / (4.5 * 5) ** 0.5)
    assert m.spearman([2, 2], [1, 3]) is None


def a_firm_choice_never_flips(m):
    assert m.flips([1, 1, 1, 1]) == 0.0
    assert m.flips([0, 1, 2, 3]) == 1.0
    assert m.flips([0, 0, 1]) == approx(2 / 3)
    assert m.flips([0]) is None
    assert m.flips([None, None]) == 0.0


def agreement_beyond_chance_is_cohens(m):
    # 20 both yes, 5 and 10 apart, 15 both no: (.7 - .5) / (1 - .5).
    one = [True] * 25 + [False] * 25
    other = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert m.kappa(one, other) == approx(0.4)
    assert m.kappa([True, False], [False, True]) == approx(-1.0)
    assert m.kappa([True], [True]) is None
    assert m.kappa([], []) is None
    with pytest.raises(ValueError, match="2 and 1"):
        m.kappa([True, False], [True])


CHECKS = {
    "superalign.measures.paradox": [
        chance_is_taken_off,
        correlations_are_those_worked_out_by_hand,
        ranks_share_what_is_equal,
        a_firm_choice_never_flips,
        agreement_beyond_chance_is_cohens,
    ]
}
