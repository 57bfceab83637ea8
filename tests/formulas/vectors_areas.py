"""Checks of measures over areas: bias, choices, groups of rows; each takes the module it checks."""

import math

import pytest

from superalign.stats import wilson

approx = pytest.approx


def bias_by_hand(m):
    assert m.sdis([True, True, False, None]) == approx(1 / 3)
    assert m.sdis([True, True]) == 1.0
    assert m.sdis([False, None, None]) == -1.0
    assert m.sdis([None, None]) is None
    assert m.sdis([]) is None


def bias_where_nothing_is_told_is_scaled_by_error(m):
    assert m.samb([True, True, False, None], 0.25) == approx(0.25)
    assert m.samb([False, None, None, None], 0.75) == approx(-0.25)
    assert m.samb([True, True, True, True], 0.0) == 1.0
    assert m.samb([None, None], 1.0) == 0.0
    assert m.samb([True], 1.0) == 0.0
    assert m.samb([None], 0.5) is None
    assert m.samb([], None) is None
    assert m.samb([True], None) is None


def chances_of_options(m):
    assert m.option_chances([0.0, math.log(3)]) == approx([0.25, 0.75])
    assert m.option_chances([-2000.0, -2000.0]) == approx([0.5, 0.5])
    assert m.option_chances([900.0, 900.0]) == approx([0.5, 0.5])
    assert m.true_mass([0.0, math.log(2), 0.0], [0, 2]) == approx(0.5)
    assert m.true_mass([0.0, math.log(2), 0.0], [1]) == approx(0.5)
    assert m.true_mass([0.0, math.log(3)], [1]) == approx(0.75)


def the_likeliest_option(m):
    assert m.likeliest([-2.0, -1.0]) == 1
    assert m.likeliest([-2.0, -2.0]) == 0
    assert m.likeliest([-3.0, -4.0], [1, 4]) == 1
    assert m.likeliest([-3.0, -1.0], [2, 0]) == 1
    with pytest.raises(ValueError, match="zip"):
        m.likeliest([-1.0, -2.0], [1])


def classes_count_alike(m):
    assert m.balanced_accuracy([(0, 0), (0, 0), (0, 1), (1, 1)]) == approx(5 / 6)
    assert m.balanced_accuracy([(0, None), (1, 1)]) == 0.5
    assert m.balanced_accuracy([(1, 1)]) == 1.0
    assert m.balanced_accuracy([]) is None


def f1_by_class(m):
    assert m.macro_f1([(0, 0), (0, 1), (1, 1), (1, None)]) == approx(7 / 12)
    assert m.macro_f1([(0, 0), (0, 0), (0, 0), (1, 0)]) == approx(3 / 7)
    assert m.macro_f1([(0, 1), (1, 0)]) == 0.0
    assert m.macro_f1([]) is None


def independent_rows_have_wilsons_interval(m):
    assert m.grouped_share([[1.0], [0.0], [1.0], [1.0]]) == approx(wilson(3, 4))
    assert m.grouped_share([[1.0], [1.0], [1.0]]) == approx(wilson(3, 3))
    assert m.grouped_share([[0.0], [], [0.0]]) == approx(wilson(0, 2))
    assert m.grouped_share([]) is None
    assert m.grouped_share([[]]) is None


def rows_of_a_cluster_count_once_where_they_are_alike(m):
    assert m.grouped_share([[1.0, 1.0], [0.0, 0.0]]) == approx(wilson(1, 2))
    assert m.grouped_share([[1.0, 1.0], [1.0, 1.0]]) == approx(wilson(2, 2))
    assert m.grouped_share([[1.0, 0.0]]) == approx(wilson(0.5, 1))
    mixed = m.grouped_share([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert mixed == approx(wilson(4, 6))
    partly = [[1.0] * 4, [1.0, 0.0], [0.0] * 3, [0.0, 1.0]]
    variance = (4 * 5 / 11) ** 2 + (1 - 12 / 11) ** 2 * 2 + (3 * 6 / 11) ** 2
    variance *= 4 / 3 / 121
    n = 1 + 6 / 11 * 5 / 11 / variance
    assert n < 11
    assert m.grouped_share(partly) == approx(wilson(6 / 11 * n, n))


def a_mean_of_shares_has_a_width_at_its_bounds(m):
    assert m.mean_interval([(1.0, (0.5, 1.0)), (0.0, (0.0, 0.5))]) == approx((0.25, 0.75))
    assert m.mean_interval([(1.0, (0.4, 1.0)), (1.0, (0.2, 1.0))]) == approx((0.5, 1.0))
    assert m.mean_interval([(0.4, (0.1, 0.8))]) == approx((0.1, 0.8))
    assert m.mean_interval([]) is None


def clusters_are_resampled_whole(m):
    def mean(rows):
        return sum(rows) / len(rows)

    assert m.resampled([[1.0, 1.0], [0.0]], mean, seed=0) == (0.0, 1.0)
    assert m.resampled([[1.0], [1.0]], mean, seed=0) is None
    assert m.resampled([], mean, seed=0) is None
    many = [[i % 3 + i / 1000] for i in range(30)]
    low, high = m.resampled(many, mean, seed=0)
    assert (low, high) == m.resampled(many, mean, seed=0)
    assert (low, high) != m.resampled(many, mean, seed=1)
    assert 0.6 < low < 0.8 < 1.2 < high < 1.4
    drawn = []
    m.resampled([[1.0], [2.0, 3.0]], lambda rows: drawn.append(len(rows)), seed=0, n=50)
    assert set(drawn) == {2, 3, 4}
    assert len(drawn) == 50
    assert m.resampled([[1.0], [0.0]], lambda rows: None, seed=0) is None

    def of_one_kind(rows):
        return mean(rows) if len(set(rows)) < 2 else None

    assert m.resampled([[1.0], [2.0]], of_one_kind, seed=0) == (1.0, 2.0)


CHECKS = {
    "superalign.measures.bias": [bias_by_hand, bias_where_nothing_is_told_is_scaled_by_error],
    "superalign.measures.choices": [
        chances_of_options,
        the_likeliest_option,
        classes_count_alike,
        f1_by_class,
    ],
    "superalign.measures.grouped": [
        independent_rows_have_wilsons_interval,
        rows_of_a_cluster_count_once_where_they_are_alike,
        a_mean_of_shares_has_a_width_at_its_bounds,
        clusters_are_resampled_whole,
    ],
}
